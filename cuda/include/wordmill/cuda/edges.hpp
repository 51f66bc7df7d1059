// Plain header for clang and nvcc: what the windows of a block's neighbours need to know of it.
#pragma once
#include "wordmill/cuda/draws.hpp"
#include <cstdint>

namespace wordmill::cuda {
/// A block of tokens before subsampling.
struct token_span {
    std::uint32_t const* ids;           ///< [count]
    std::uint32_t const* sentence_ends; ///< [sentences], rising positions in `ids`
    std::uint32_t count;
    std::uint32_t sentences;
};

/// Which tokens subsampling keeps; see the stage `subsample`.
struct keep_rule {
    std::uint32_t const* below; ///< [V], out of 2^32 - 1; null when nothing is dropped
    std::uint64_t key;          ///< of the block

    /// Whether token `at` of the block, an `id`, is kept.
    [[nodiscard]] WORDMILL_HOST_DEVICE bool operator()(std::uint32_t at, std::uint32_t id) const {
        return below == nullptr || random_words(key, at / 4).word[at % 4] <= below[id];
    }
};

/// How many kept tokens of a block its neighbours' windows reach.
struct block_edges {
    std::uint32_t first; ///< before the first sentence end
    std::uint32_t last;  ///< after the last sentence end, without those counted in `first`
};

/// Writes the first kept tokens of a block, at most `most_first`, and the last, at most `most_last`; both in the order
/// of the text. A windows' stage sees no difference between the block and these tokens.
[[nodiscard]] WORDMILL_HOST_DEVICE inline block_edges find_edges(token_span const& block, keep_rule const& keeps,
                                                                 std::uint32_t most_first, std::uint32_t* first,
                                                                 std::uint32_t most_last, std::uint32_t* last) {
    block_edges found{0, 0};
    auto const first_end = block.sentences > 0 ? block.sentence_ends[0] : block.count;
    std::uint32_t at = 0;
    for (; at < first_end && found.first < most_first; ++at)
        if (keeps(at, block.ids[at])) first[found.first++] = block.ids[at];
    auto const last_end = block.sentences > 0 ? block.sentence_ends[block.sentences - 1] : at;
    auto const stop = last_end > at ? last_end : at;
    for (auto from = block.count; from > stop && found.last < most_last; --from)
        if (keeps(from - 1, block.ids[from - 1])) last[found.last++] = block.ids[from - 1];
    for (std::uint32_t i = 0; i < found.last / 2; ++i) {
        auto const other = last[i];
        last[i] = last[found.last - 1 - i];
        last[found.last - 1 - i] = other;
    }
    return found;
}
}
