export module wordmill.pipeline:kept_borders;
import :subsample;
import :windows;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// A block of tokens without those that no window of another block reaches: `header` and what is left after
/// subsampling of `tokens` tokens, the first before its first sentence end and the last after its last one. When
/// nothing lies between them they are not apart.
export [[nodiscard]] token_block edges_of_block(block_header const& header, std::span<token_id const> first,
                                                std::span<token_id const> last, bool ends_sentence,
                                                std::uint64_t tokens);
/// The edges of a block that `keeps` has not subsampled yet, for windows of these options.
export [[nodiscard]] token_block edges_of_block(token_block const& block, subsample const& keeps,
                                                window_options const& options);

/// `with_borders` for blocks that are subsampled later, where their windows are made: `before`, `after` and `state` are
/// those of the subsampled stream, `block` is as it comes. Looks at a few tokens of each block only.
export [[nodiscard]] generator<bordered_block> with_kept_borders(generator<token_block> blocks, subsample keeps,
                                                                 window_options options, border_state from = {});
}
