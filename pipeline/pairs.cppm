export module wordmill.pipeline:pairs;
import :windows;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A stage from tokens to pairs of types that stand in one window, for counting co-occurrence. Windows are those of
/// `context_windows`. When they are full and reach as far left as right, each pair is made once and stands for both
/// directions. The result depends on the key, the block and its borders alone. Safe on many threads at once.
export class cooccurrence_pairs {
public:
    struct scratch {
        std::vector<std::uint32_t> words;
        std::vector<token_id> joined;
    };
    /// `failure::usage` when both sides are 0 or reach farther than a pair can say.
    explicit cooccurrence_pairs(window_options options = {});
    /// `failure::usage` for a vocabulary of more types than a pair can say.
    [[nodiscard]] pair_batch operator()(bordered_block const& block, scratch& space) const;

private:
    window_options options_;
};
}
