export module wordmill.batch:border_state;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// What a stream of windows carries over the border of a block; to be saved with a position.
export struct border_state {
    std::vector<token_id> before{}; ///< last tokens of the sentence that goes on, at most as many as a window reaches
    std::uint64_t tokens = 0;       ///< of the epoch so far, dropped ones included
    [[nodiscard]] bool operator==(border_state const&) const = default;
};
}
