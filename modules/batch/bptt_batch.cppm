export module wordmill.batch:bptt_batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Some steps of several lanes of text side by side: what a recurrent language model learns from. Time-major: element
/// t * lanes + b is lane b at step t. A model carries its hidden state from one batch to the next and cuts the
/// gradients there ("truncated backpropagation through time", Williams & Peng 1990).
export struct bptt_batch : block_header {
    std::size_t lanes = 0;           ///< B
    std::size_t steps = 0;           ///< T; the last batch of a pass may have fewer than the others
    bool begins = false;             ///< lanes begin anew: the hidden state is to be reset
    std::uint64_t first_step = 0;    ///< steps of the pass before those of this batch
    std::vector<token_id> inputs{};  ///< [T, B]
    std::vector<token_id> targets{}; ///< [T, B]: the token after each input; `no_token` after the end of a lane
    std::uint64_t counted = 0;       ///< targets that are tokens
};
}
