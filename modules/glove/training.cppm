export module wordmill.glove:training;
import :model;
import :shuffled;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct glove_epoch_options {
    unsigned threads = 1;    ///< 0 = as many as the machine allows
    std::uint64_t epoch = 0; ///< each has an order of its own
    double rate = 0.05;      ///< of AdaGrad, the same in all epochs
    monitor progress{};      ///< is told of each block; its entries count as tokens
};

/// The loss of entries, each when its turn came.
export struct glove_loss {
    double sum = 0;            ///< of f(x) (w . c + b + b~ - log x)^2
    std::uint64_t entries = 0; ///< of the matrix, above 0
    /// Twice the cost that the original program prints.
    [[nodiscard]] inline double mean() const noexcept { return entries == 0 ? 0 : sum / static_cast<double>(entries); }
};

/// One pass over the entries. The result is the same, bit for bit, for any number of threads (on one instruction set):
/// threads never change the same row (see `shuffled_cooccurrences`). `failure::usage` for a rate that is not above 0
/// and at most 1 or entries of another vocabulary size, `failure::bad_data` when the loss is not finite any more,
/// `failure::interrupted` between two blocks when the monitor is asked to stop: the model has then learnt from some.
export glove_loss train_glove_epoch(glove_model& model, shuffled_cooccurrences const& entries,
                                    glove_epoch_options const& options);

/// Bytes of a run: the model, and the entries in the memory they are given (see `shuffled_cooccurrences`).
export [[nodiscard]] std::uint64_t glove_memory_bytes(glove_options const& options, std::uint64_t entries,
                                                      std::uint64_t entry_memory_bytes, unsigned threads);
}
