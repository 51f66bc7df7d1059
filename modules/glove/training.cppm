export module wordmill.glove:training;
import :model;
import :shuffled;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
export struct glove_epoch_options {
    unsigned threads = 1;    ///< 0 = as many as the machine allows
    std::uint64_t epoch = 0; ///< each epoch visits the entries in its own order
    double rate = 0.05;      ///< learning rate of AdaGrad, the same in all epochs
    monitor progress{};      ///< receives each block; its entries count as tokens
};

/// Trains for one pass over the entries. The loss is the sum of f(x) (w . c + b + b~ - log x)^2 over entries above 0,
/// each measured when it is trained on; its mean is twice the cost that the original program prints. The result is the
/// same, bit for bit, for any number of threads on one instruction set, because threads never change the same row (see
/// `shuffled_cooccurrences`). A rate that is not above 0 and at most 1, and entries of another vocabulary size, are a
/// `failure::usage`. A loss that is no longer finite is a `failure::bad_data`. When the monitor requests a stop,
/// `failure::interrupted` is thrown between two rounds; the model has then been trained on part of the entries.
export loss_sum train_glove_epoch(glove_model& model, shuffled_cooccurrences const& entries,
                                  glove_epoch_options const& options);

/// A part of an epoch: the blocks of one shift (see `shuffled_cooccurrences`).
export struct glove_round : block_header {
    std::uint64_t epoch = 0;
    std::size_t shift = 0;
};
/// The rounds of an epoch from the position `from` on; its `record` is the number of the next round.
export [[nodiscard]] generator<glove_round> glove_rounds(shuffled_cooccurrences entries, std::uint64_t epoch,
                                                         position from = {});
/// Trains on all blocks of a round, as `train_glove_epoch` does for all rounds of an epoch.
export loss_sum train_glove_round(glove_model& model, shuffled_cooccurrences const& entries, glove_round const& round,
                                  glove_epoch_options const& options);

/// A GloVe training run as a `step_learner`, which a `trainer` drives over `glove_rounds`. The model must outlive the
/// learner.
export class glove_learner {
public:
    /// Ignores the epoch of the options; each round has its own.
    glove_learner(glove_model& model, shuffled_cooccurrences entries, glove_epoch_options options)
        : model_(&model), entries_(std::move(entries)), options_(std::move(options)) {}

    static constexpr bool reports_progress = true; ///< reports to the monitor, block by block
    loss_sum step(glove_round const& round) {
        auto const loss = train_glove_round(*model_, entries_, round, options_);
        ++rounds_;
        return loss;
    }
    [[nodiscard]] std::uint64_t steps() const noexcept { return rounds_; } ///< rounds
    [[nodiscard]] double learning_rate() const noexcept { return options_.rate; }
    /// Writes "parameters" and "squared-gradients" [2V, D + 1] with notes to a safetensors file with a checksum.
    void save_checkpoint(std::string const& path, note_map notes) const;
    /// Reads a checkpoint without a second copy in memory. Damage and another size are a `failure::bad_data`, after
    /// which the model must not be used.
    note_map load_checkpoint(std::string const& path);

private:
    glove_model* model_;
    shuffled_cooccurrences entries_;
    glove_epoch_options options_;
    std::uint64_t rounds_ = 0;
};

/// Bytes of memory of a run: the model, and the entries within their memory budget (see `shuffled_cooccurrences`).
export [[nodiscard]] std::uint64_t glove_memory_bytes(glove_options const& options, std::uint64_t entries,
                                                      std::uint64_t entry_memory_bytes, unsigned threads);
}
