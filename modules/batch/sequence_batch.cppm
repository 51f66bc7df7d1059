export module wordmill.batch:sequence_batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Pairs of a source and a target sequence side by side: what a sequence-to-sequence model learns from. Time-major:
/// element t * lanes + b is step t of lane b. Shorter sequences are padded at their ends; padding changes neither loss
/// nor gradients. Lanes are in order of falling source length.
export struct sequence_batch : block_header {
    std::size_t lanes = 0;                       ///< B: pairs
    std::size_t source_steps = 0;                ///< S: the longest source
    std::size_t target_steps = 0;                ///< T: the longest target, its end token included
    std::vector<token_id> sources{};             ///< [S, B], padded with the padding token
    std::vector<std::uint32_t> source_lengths{}; ///< [B], 1 or more, falling
    std::vector<token_id> inputs{};              ///< [T, B]: the begin token, then the target; padded likewise
    std::vector<token_id> targets{};             ///< [T, B]: the target, then the end token; `no_token` after it
    std::uint64_t counted = 0;                   ///< targets that are tokens
    std::vector<std::uint64_t> pairs{};          ///< [B], the number of each pair in the stream
};
}
