export module wordmill.pipeline:pairs;
import :windows;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A stage from tokens to pairs of types in the same window, for counting co-occurrences. Windows are those of
/// `context_windows`. When windows are full and symmetric, each pair is delivered once and stands for both directions.
/// The result depends only on the key, the block and its borders. Safe on many threads at once.
export class cooccurrence_pairs {
public:
    struct scratch {
        std::vector<std::uint32_t> words;
        std::vector<token_id> joined;
    };
    /// Windows whose sides are both 0, or wider than a pair can store, are a `failure::usage`.
    explicit cooccurrence_pairs(window_options options = {});
    /// A vocabulary of more types than a pair can store is a `failure::usage`.
    [[nodiscard]] pair_batch operator()(bordered_block const& block, scratch& space) const;

private:
    window_options options_;
};
}
