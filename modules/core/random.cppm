export module wordmill.core:random;
import wordmill.standard;

namespace wordmill {
/// Philox 4x32-10: a bijection of a 128-bit counter under a 64-bit key (Salmon et al. 2011, "Parallel random
/// numbers: as easy as 1, 2, 3"). A pure function: the same words on any thread, machine and device.
export [[nodiscard]] constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                                   std::array<std::uint32_t, 2> key) noexcept {
    for (int round = 0; round < 10; ++round) {
        std::uint64_t const a = std::uint64_t{0xD2511F53} * counter[0];
        std::uint64_t const b = std::uint64_t{0xCD9E8D57} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return counter;
}

/// A stream of random words of one key: word n depends on (key, n) only. Not to be shared between threads.
/// Satisfies UniformRandomBitGenerator.
export class random_engine {
public:
    using result_type = std::uint32_t;

    constexpr explicit random_engine(std::uint64_t key) noexcept : key_(key) {}
    /// Begins with word number `word`, a multiple of 4.
    constexpr random_engine(std::uint64_t key, std::uint64_t word) noexcept : key_(key), word_(word) {}

    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

    constexpr result_type operator()() noexcept {
        if (word_ % 4 == 0) {
            std::uint64_t const block = word_ / 4;
            words_ = philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0},
                            {static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32)});
        }
        return words_[word_++ % 4];
    }
    [[nodiscard]] constexpr std::uint64_t next64() noexcept {
        std::uint64_t const high = (*this)();
        return high << 32 | (*this)();
    }
    /// Uniform in [0, 1), 24 random bits.
    [[nodiscard]] constexpr float uniform() noexcept { return static_cast<float>((*this)() >> 8) * 0x1p-24F; }
    /// Uniform in [0, 1), 53 random bits.
    [[nodiscard]] constexpr double uniform_double() noexcept { return static_cast<double>(next64() >> 11) * 0x1p-53; }
    /// Uniform in 0 .. bound - 1 without bias (Lemire 2019); 0 when bound is 0.
    [[nodiscard]] constexpr std::uint64_t below(std::uint64_t bound) noexcept {
        auto product = static_cast<unsigned __int128>(next64()) * bound;
        if (static_cast<std::uint64_t>(product) < bound) {
            std::uint64_t const threshold = (0 - bound) % bound;
            while (static_cast<std::uint64_t>(product) < threshold)
                product = static_cast<unsigned __int128>(next64()) * bound;
        }
        return static_cast<std::uint64_t>(product >> 64);
    }

private:
    std::uint64_t key_;
    std::uint64_t word_ = 0;
    std::array<std::uint32_t, 4> words_{};
};

/// Identifies a family of random streams. Keys are derived and never advanced: fold in the epoch, then the position.
export class random_key {
public:
    constexpr random_key() noexcept = default;
    constexpr explicit random_key(std::uint64_t seed) noexcept : key_(seed) {}

    /// The child key number `value`.
    [[nodiscard]] constexpr random_key fold_in(std::uint64_t value) const noexcept {
        // The second counter word marks derivation, so that a child key never equals a word of an engine's stream.
        auto const words = philox({static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32), 1, 0},
                                  {static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32)});
        return random_key(std::uint64_t{words[0]} << 32 | words[1]);
    }
    [[nodiscard]] constexpr random_engine engine() const noexcept { return random_engine(key_); }
    /// The same stream from word number `word`, a multiple of 4.
    [[nodiscard]] constexpr random_engine engine_from(std::uint64_t word) const noexcept {
        return random_engine(key_, word);
    }
    [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return key_; }
    [[nodiscard]] constexpr bool operator==(random_key const&) const noexcept = default;

private:
    std::uint64_t key_ = 0;
};

/// Fills `words` with words 0, 1, ... of `key.engine()`, several times as fast as calling the engine.
export void fill_random(random_key key, std::span<std::uint32_t> words) noexcept;
}
