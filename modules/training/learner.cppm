export module wordmill.training:learner;
import :checkpoint;
import wordmill.compute;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.standard;

namespace wordmill {
/// Parameters, an optimizer and a function that works out gradients: `gradients(batch)` goes forward and back and
/// returns the loss, as a `deferred` value or as the host has it. It adds to gradients that count from nothing.
/// Everything is borrowed. For one thread at a time.
export template <class Gradients> class learner {
public:
    learner(parameter_set<float>& parameters, optimizer_options const& options, Gradients gradients)
        : parameters_(&parameters),
          known_(parameters.ops()->queue()),
          optimizer_(parameters, options),
          gradients_(std::move(gradients)) {}

    /// One update; the loss is that before it. What is not finite is a `failure::bad_data` with the step, and the
    /// parameters are as they were before.
    template <class Batch> loss_sum step(Batch const& batch) {
        parameters_->begin_step();
        auto const loss = on_device(gradients_(batch));
        norm_ = update(optimizer_, loss);
        return loss.wait();
    }
    [[nodiscard]] std::uint64_t steps() const noexcept { return optimizer_.steps(); }
    [[nodiscard]] double learning_rate() const noexcept { return optimizer_.learning_rate(); }
    void set_learning_rate(double rate) { optimizer_.set_learning_rate(rate); }
    /// That of the last step, before it was clipped.
    [[nodiscard]] double gradient_norm() const noexcept { return norm_; }

    /// Writes weights, moments, steps, learning rate and `notes` to a safetensors file, atomically.
    void save_checkpoint(std::string const& path, training_notes notes) {
        saved_tensors tensors;
        tensors.add(*parameters_, optimizer_, notes);
        save_tensors(path, tensors.all(), notes, {.output = {.overwrite = true}});
    }
    /// Reads them all back and returns the notes. `failure::bad_data` for a file without a checksum, damage, and sizes
    /// that are not those of the parameters, which must then not be used.
    training_notes load_checkpoint(std::string const& path) {
        auto const from = load_checkpoint_tensors(path);
        auto notes = from.notes;
        restore(*parameters_, optimizer_, from, notes);
        return notes;
    }

private:
    [[nodiscard]] static deferred<loss_sum> on_device(deferred<loss_sum> loss) { return loss; }
    [[nodiscard]] deferred<loss_sum> on_device(loss_sum const& loss) {
        known_.set(loss);
        return known_;
    }

    parameter_set<float>* parameters_;
    deferred<loss_sum> known_; // a loss that the host gave
    optimizer<float> optimizer_;
    Gradients gradients_;
    double norm_ = 0;
};
}
