// Plain header for clang and nvcc: the random numbers of the processor's stages, drawn where a kernel needs them.
#pragma once
#include "wordmill/cuda/entries.hpp"
#include <cstdint>

namespace wordmill::cuda {
struct four_words {
    std::uint32_t word[4];
};

/// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). The lower half of the key comes
/// first.
[[nodiscard]] WORDMILL_HOST_DEVICE inline four_words philox(four_words counter, std::uint64_t key) {
    auto key0 = static_cast<std::uint32_t>(key);
    auto key1 = static_cast<std::uint32_t>(key >> 32);
    auto c0 = counter.word[0], c1 = counter.word[1], c2 = counter.word[2], c3 = counter.word[3];
    for (int round = 0; round < 10; ++round) {
        auto const a = std::uint64_t{0xD2511F53} * c0;
        auto const b = std::uint64_t{0xCD9E8D57} * c2;
        c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ key0;
        c1 = static_cast<std::uint32_t>(b);
        c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ key1;
        c3 = static_cast<std::uint32_t>(a);
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
    }
    return {{c0, c1, c2, c3}};
}
/// Words 4 n .. 4 n + 3 of the stream `random_key::engine` of a key. `kind` 1 makes the words that child keys come
/// from.
[[nodiscard]] WORDMILL_HOST_DEVICE inline four_words random_words(std::uint64_t key, std::uint64_t n,
                                                                  std::uint32_t kind = 0) {
    return philox({{static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(n >> 32), kind, 0}}, key);
}
/// `random_key::fold_in`.
[[nodiscard]] WORDMILL_HOST_DEVICE inline std::uint64_t child_key(std::uint64_t key, std::uint64_t value) {
    auto const words = random_words(key, value, 1);
    return static_cast<std::uint64_t>(words.word[0]) << 32 | words.word[1];
}

/// A radius in 1 .. `widest` from a random word, as the stage `context_windows` draws it.
[[nodiscard]] WORDMILL_HOST_DEVICE inline std::uint32_t shrunk_radius(std::uint32_t word, std::uint32_t widest) {
    return 1 + static_cast<std::uint32_t>((static_cast<std::uint64_t>(word) * widest) >> 32);
}

/// A column of the alias table of a noise distribution: the type itself is drawn below the threshold, out of 2^32.
struct noise_column {
    std::uint32_t threshold;
    std::uint32_t alias;
};

/// A noise distribution, as `noise_distribution` has it.
struct noise_table {
    noise_column const* columns; ///< [size]
    std::uint32_t const* after;  ///< [size]: the next type that can be drawn
    std::uint32_t size;

    [[nodiscard]] WORDMILL_HOST_DEVICE std::uint32_t draw(std::uint32_t column, std::uint32_t toss) const {
        auto const at = static_cast<std::uint32_t>((static_cast<std::uint64_t>(column) * size) >> 32);
        auto const c = columns[at];
        return toss < c.threshold ? at : c.alias;
    }
};

/// Negative samples of a block, as the stage `negative_samples` draws them.
struct negative_draws {
    std::uint64_t key;
    std::uint64_t redraw_key;
    bool exclude_target;
    static constexpr int most_redraws = 16;

    /// Sample number `n` of the block, for a target.
    [[nodiscard]] WORDMILL_HOST_DEVICE std::uint32_t draw(noise_table const& noise, std::uint64_t n,
                                                          std::uint32_t target) const {
        auto const words = random_words(key, n / 2);
        auto const first = n % 2 == 0;
        auto const drawn = noise.draw(first ? words.word[0] : words.word[2], first ? words.word[1] : words.word[3]);
        return drawn == target && exclude_target ? draw_again(noise, n, target) : drawn;
    }

private:
    [[nodiscard]] WORDMILL_HOST_DEVICE std::uint32_t draw_again(noise_table const& noise, std::uint64_t n,
                                                                std::uint32_t target) const {
        for (int i = 0; i < most_redraws; i += 2) {
            auto const words = random_words(redraw_key, (n * most_redraws + static_cast<std::uint64_t>(i)) / 2);
            auto drawn = noise.draw(words.word[0], words.word[1]);
            if (drawn != target) return drawn;
            drawn = noise.draw(words.word[2], words.word[3]);
            if (drawn != target) return drawn;
        }
        return noise.after[target];
    }
};
}
