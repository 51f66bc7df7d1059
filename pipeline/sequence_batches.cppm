export module wordmill.pipeline:sequence_batches;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
export struct sequence_batch_options {
    std::size_t batch_pairs = 128; ///< B; the last batch of a window may have fewer
    /// If not 0, it replaces `batch_pairs`: a batch has as many pairs as keep lanes times the longer of source and
    /// target (with its end token) at most this. A longer pair is a batch of its own.
    std::size_t batch_tokens = 0;
    std::size_t window = 50'000; ///< least number of pairs that are shuffled together; whole blocks are taken
    std::uint64_t window_bytes = std::uint64_t{256} << 20; ///< a window of that size is complete with fewer pairs
    bool shuffle = true;                                   ///< if false, batches are in the order of the stream
    /// With `shuffle`: the pairs of about 100 batches, already shuffled, are sorted by length before they are cut into
    /// batches, so that pairs of a batch have similar lengths. The batches of the window are then shuffled.
    bool bucket = true;
    random_key key{}; ///< of seed and epoch; window n is shuffled with key.fold_in(n)
    sequence_marks source{};
    sequence_marks target{};
    bool reverse_source = false;        ///< the last token first (Sutskever et al. 2014); padding stays at the end
    std::size_t least_source_steps = 0; ///< pads sources further, for tests
    std::size_t least_target_steps = 0; ///< likewise
    /// `start` or `next` of an earlier batch. The stream of pairs is made with `from = from.child(0)`.
    position from{};
    monitor progress{}; ///< receives the tokens of both sides, without marks
};

/// Padded batches of the pairs of a stream, for one epoch. The order depends only on the options and the pairs, their
/// blocks included: windows of whole blocks, one after the other, each shuffled within. Every pair is in one batch.
/// Lanes of a batch are in the order of falling source length, then of the number of the pair. Memory: one window, and
/// the batch. A position is the start of the window in the stream of pairs (`inner`), the batches of the window that
/// were delivered (`file`), and the windows before (`state`); `block` and `record` count batches and pairs. Resuming
/// reads the window again and is exact; a position of other options is a `failure::bad_data`. Sources must not be
/// empty. `batch_pairs` or `window` of 0 are a `failure::usage`.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<sequence_batch>
sequence_batches(generator<token_pair_block> pairs, sequence_batch_options options);

/// A batch of sources without targets, for translation. `sequence_batch::pairs` has the index in `sources` of each
/// lane's source. Sources must not be empty.
export [[nodiscard]] sequence_batch source_batch(std::span<std::span<token_id const> const> sources,
                                                 sequence_marks const& marks, bool reverse = false);
}
