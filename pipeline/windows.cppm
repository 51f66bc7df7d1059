export module wordmill.pipeline:windows;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// Which tokens are the contexts of a target.
export struct window_options {
    std::uint32_t radius = 5;             ///< tokens on each side, at most
    std::optional<std::uint32_t> left{};  ///< instead of the radius: tokens before the target ...
    std::optional<std::uint32_t> right{}; ///< ... and after it. One of the two may be 0
    bool shrink = true; ///< each target draws its radius from 1 .. radius, as in word2vec; if false, windows are full
    bool cross_sentences = false; ///< for text without sentences, such as text8
    random_key key{};             ///< block n is drawn with key.fold_in(n): give each epoch its own
    tally counts{};               ///< notes "target without context"

    [[nodiscard]] inline std::uint32_t before() const noexcept { return left.value_or(radius); }
    [[nodiscard]] inline std::uint32_t behind() const noexcept { return right.value_or(radius); }
};

/// A block and the tokens around it that its windows reach.
export struct bordered_block : block_header {
    token_block block{};
    std::vector<token_id> before{}; ///< earlier tokens of the sentence that the block begins in
    std::vector<token_id> after{};  ///< later tokens of the sentence that continues after the block
    std::uint64_t first_token = 0;  ///< tokens before the block in the epoch
    border_state state{};           ///< the state after the block; with the position `next`, the place to resume
};

/// Adds to each block the tokens beyond its borders, so that windows extend across blocks. Delays the stream by one
/// block, or more when blocks are shorter than a window. Order and headers are unchanged.
export [[nodiscard]] generator<bordered_block> with_borders(generator<token_block> blocks, window_options options,
                                                            border_state from = {});

/// A stage from tokens to targets with their contexts, in the order of the text. A sentence of one token has no target.
/// The result depends only on the key, the block and its borders. Safe on many threads at once.
export class context_windows {
public:
    struct scratch {
        std::vector<std::uint32_t> words;
        std::vector<token_id> joined;
    };
    /// Windows whose sides are both 0 are a `failure::usage`.
    explicit context_windows(window_options options = {});
    [[nodiscard]] window_batch operator()(bordered_block const& block, scratch& space) const;

private:
    window_options options_;
};

/// The dense form of the full windows of a corpus in memory, as `create_contexts_target` in Saito 2018, "Deep Learning
/// from Scratch 2": row i of `contexts` [N, 2 radius] holds the tokens around target i + radius, left to right. Targets
/// whose window is not full are skipped.
export struct dense_windows {
    std::vector<token_id> contexts{}; ///< [N, 2 radius]
    std::vector<token_id> targets{};  ///< [N]
    std::uint32_t radius = 1;
};
export [[nodiscard]] dense_windows contexts_and_targets(std::span<token_id const> corpus, std::uint32_t radius = 1);
}
