export module wordmill.seq2seq:training;
import :model;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
/// The learning rate of each step, from 0.
export using step_rate = std::function<double(std::uint64_t step)>;

/// Trains a model, and saves and restores all that is needed to continue exactly where training stopped. The model is
/// borrowed. For one thread at a time.
export class seq2seq_trainer {
public:
    /// `key` is for dropout: batch n of the run uses key.fold_in(n). Without `rate` the learning rate stays what the
    /// optimizer's options say.
    seq2seq_trainer(seq2seq_model<float>& model, optimizer_options const& options, random_key key, step_rate rate = {});

    /// Makes one update and returns the loss before it. A loss or gradient that is not finite is a `failure::bad_data`
    /// with the step; the model is then unchanged.
    loss_sum step(sequence_batch const& batch);
    [[nodiscard]] std::uint64_t steps() const noexcept { return optimizer_.steps(); }
    [[nodiscard]] double learning_rate() const noexcept { return optimizer_.learning_rate(); }
    void set_learning_rate(double rate) { optimizer_.set_learning_rate(rate); }
    /// The norm of the gradients of the last step before clipping.
    [[nodiscard]] double gradient_norm() const noexcept { return norm_; }

    /// Writes weights, moments, steps, learning rate and `notes` to a safetensors file, atomically.
    void save_checkpoint(std::string const& path, note_map const& notes) const;
    /// Reads a checkpoint back and returns the notes. `failure::bad_data` for a file without a checksum, for damage,
    /// and for sizes that are not the model's; the model must then not be used.
    note_map load_checkpoint(std::string const& path);

private:
    seq2seq_model<float>* model_;
    mutable optimizer<float> optimizer_;
    random_key key_;
    step_rate rate_;
    double norm_ = 0;
};
}
