export module wordmill.glove:training;
import :model;
import :shuffled;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
export struct glove_epoch_options {
    unsigned threads = 1;    ///< 0 = as many as the machine allows
    std::uint64_t epoch = 0; ///< each has an order of its own
    double rate = 0.05;      ///< of AdaGrad, the same in all epochs
    monitor progress{};      ///< is told of each block; its entries count as tokens
};

/// One pass over the entries. The loss is the sum of f(x) (w . c + b + b~ - log x)^2 over entries above 0, each when
/// its turn came; its mean is twice the cost that the original program prints. The result is the same, bit for bit, for
/// any number of threads (on one instruction set): threads never change the same row (see `shuffled_cooccurrences`).
/// `failure::usage` for a rate that is not above 0 and at most 1 or entries of another vocabulary size,
/// `failure::bad_data` when the loss is not finite any more, `failure::interrupted` between two rounds when the monitor
/// is asked to stop: the model has then been trained on some.
export loss_sum train_glove_epoch(glove_model& model, shuffled_cooccurrences const& entries,
                                  glove_epoch_options const& options);

/// A part of an epoch: the blocks of one shift (see `shuffled_cooccurrences`).
export struct glove_round : block_header {
    std::uint64_t epoch = 0;
    std::size_t shift = 0;
};
/// The rounds of an epoch after the position `from`, of which `record` numbers the next.
export [[nodiscard]] generator<glove_round> glove_rounds(shuffled_cooccurrences entries, std::uint64_t epoch,
                                                         position from = {});
/// Trains on all blocks of a round, as `train_glove_epoch` does for all rounds of an epoch.
export loss_sum train_glove_round(glove_model& model, shuffled_cooccurrences const& entries, glove_round const& round,
                                  glove_epoch_options const& options);

/// GloVe on its way: what a `trainer` drives (a `step_learner`) over `glove_rounds`. The model is borrowed.
export class glove_learner {
public:
    /// The epoch of the options is that of each round.
    glove_learner(glove_model& model, shuffled_cooccurrences entries, glove_epoch_options options)
        : model_(&model), entries_(std::move(entries)), options_(std::move(options)) {}

    static constexpr bool reports_progress = true; ///< to the monitor, block by block
    loss_sum step(glove_round const& round) {
        auto const loss = train_glove_round(*model_, entries_, round, options_);
        ++rounds_;
        return loss;
    }
    [[nodiscard]] std::uint64_t steps() const noexcept { return rounds_; } ///< rounds
    [[nodiscard]] double learning_rate() const noexcept { return options_.rate; }
    /// "parameters" and "squared-gradients" [2V, D + 1] with notes, as a safetensors file with a checksum.
    void save_checkpoint(std::string const& path, note_map notes) const;
    /// Without a second copy in memory. `failure::bad_data` for damage and for another size; the model must then not be
    /// used.
    note_map load_checkpoint(std::string const& path);

private:
    glove_model* model_;
    shuffled_cooccurrences entries_;
    glove_epoch_options options_;
    std::uint64_t rounds_ = 0;
};

/// Bytes of a run: the model, and the entries in the memory they are given (see `shuffled_cooccurrences`).
export [[nodiscard]] std::uint64_t glove_memory_bytes(glove_options const& options, std::uint64_t entries,
                                                      std::uint64_t entry_memory_bytes, unsigned threads);
}
