export module wordmill.pipeline:bptt;
import :encoded_corpus;
import :stored_ids;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How a corpus of N tokens is laid out in lanes. The training examples are its N - 1 pairs of consecutive tokens.
export enum class lane_layout : std::uint8_t {
    /// A pass contains each pair once. Lanes are contiguous, and their lengths differ by at most one pair; in a shorter
    /// lane the last step has `no_token` as its target. A pass begins with `bptt_batch::begins` and ends with a shorter
    /// batch.
    parts,
    /// `get_batch` of Saito 2018, "Deep Learning from Scratch 2": lane b begins at pair b floor((N - 1) / lanes),
    /// continues through the parts of the next lanes, and wraps from the last pair to the first. A pass is floor((N -
    /// 1) / (lanes steps)) whole batches; the next pass continues where the last one ended and keeps the hidden state.
    wrap_around,
};

export struct bptt_options {
    std::size_t lanes = 20; ///< B
    std::size_t steps = 35; ///< T
    lane_layout layout = lane_layout::parts;
    /// `start` or `next` of an earlier batch: `record` is the number of steps and `block` the number of batches of the
    /// pass before it. With `wrap_around` the end of a pass is the start of the next; otherwise nothing follows it.
    position from{};
    monitor progress{}; ///< receives the tokens read
};

/// One pass over a corpus in lanes. Each lane has its own reader, which holds one checked chunk of 256 KiB, so the
/// memory does not depend on the corpus. 0 lanes or 0 steps are a `failure::usage`. A corpus with fewer pairs than
/// lanes, or for `wrap_around` than lanes times steps, is a `failure::bad_data` with both sizes.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<bptt_batch>
bptt_batches(encoded_corpus corpus, bptt_options options = {});
/// The same for ids in a temporary file.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<bptt_batch>
bptt_batches(stored_ids corpus, bptt_options options = {});
/// The same for ids in memory.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<bptt_batch>
bptt_batches(std::vector<token_id> corpus, bptt_options options = {});

/// The number of batches in one pass over `tokens` tokens.
export [[nodiscard]] std::uint64_t batches_in_pass(std::uint64_t tokens, bptt_options const& options);
}
