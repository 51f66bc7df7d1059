export module wordmill.pipeline:bptt;
import :encoded_corpus;
import :stored_ids;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How a corpus of N tokens is laid out in lanes. Its N - 1 pairs of a token and the one after it are the training
/// examples.
export enum class lane_layout : std::uint8_t {
    /// Each pair once in a pass. Lanes are contiguous and differ by at most one pair; where one is shorter, the last
    /// step has `no_token` as its target. A pass begins with `bptt_batch::begins` and ends with a shorter batch.
    parts,
    /// The book's `get_batch`: lane b begins at pair b floor((N - 1) / lanes), runs on over the next lane's part and
    /// from the last pair to the first. A pass is floor((N - 1) / (lanes steps)) whole batches; the next pass continues
    /// where it ended, with the hidden state as it is.
    wrap_around,
};

export struct bptt_options {
    std::size_t lanes = 20; ///< B
    std::size_t steps = 35; ///< T
    lane_layout layout = lane_layout::parts;
    /// `start` or `next` of an earlier batch: `record` counts steps, `block` the batches of the pass before it. With
    /// `wrap_around` the end of a pass is the start of the next; otherwise nothing comes after it.
    position from{};
    monitor progress{}; ///< gets the tokens read
};

/// One pass over a corpus in lanes. Each lane has a reader of its own that keeps one checked chunk of 256 KiB, so the
/// memory does not depend on the corpus. `failure::usage` without lanes or steps, `failure::bad_data` with both sizes
/// when the corpus is too short: fewer pairs than lanes, or for `wrap_around` than lanes times steps.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<bptt_batch>
bptt_batches(encoded_corpus corpus, bptt_options options = {});
/// The same, of ids in a temporary file.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<bptt_batch>
bptt_batches(stored_ids corpus, bptt_options options = {});
/// The same, of ids in memory.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<bptt_batch>
bptt_batches(std::vector<token_id> corpus, bptt_options options = {});

/// Batches of one pass over `tokens` tokens.
export [[nodiscard]] std::uint64_t batches_in_pass(std::uint64_t tokens, bptt_options const& options);
}
