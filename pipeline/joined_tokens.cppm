module wordmill.pipeline:joined_tokens;
import :windows;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// The tokens of a block together with the tokens before and after it.
struct joined_tokens {
    std::span<token_id const> ids;
    std::size_t first; ///< position of the block's first token
    std::size_t own;   ///< how many tokens the block has
};
inline joined_tokens join_tokens(bordered_block const& block, std::vector<token_id>& space) {
    space.assign(block.before.begin(), block.before.end());
    space.insert(space.end(), block.block.ids.begin(), block.block.ids.end());
    space.insert(space.end(), block.after.begin(), block.after.end());
    return {space, block.before.size(), block.block.ids.size()};
}

/// Calls `take(begin, end, target, stop)` for each sentence. The sentence is begin .. end, and target .. stop is the
/// part inside the block; all are positions in the joined tokens.
template <class Take> void each_sentence(joined_tokens const& joined, token_block const& block, bool cross, Take take) {
    auto const all = joined.ids.size();
    auto const stop = joined.first + joined.own;
    if (cross) return take(std::size_t{0}, all, joined.first, stop);
    std::size_t begin = 0;
    std::size_t target = joined.first;
    for (auto const sentence_end : block.sentence_ends) {
        auto const end = joined.first + sentence_end;
        take(begin, end, target, end);
        begin = target = end;
    }
    take(begin, all, target, stop);
}

/// Draws a radius from the random word `word` as word2vec does: `widest` minus a number in 0 .. widest - 1.
[[nodiscard]] inline std::size_t shrunk_radius(std::uint32_t word, std::size_t widest) noexcept {
    return 1 + static_cast<std::size_t>((std::uint64_t{word} * widest) >> 32);
}
}
