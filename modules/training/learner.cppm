export module wordmill.training:learner;
import :checkpoint;
import wordmill.compute;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// What a run (`trainer`) drives: parameters, and whatever else it takes to go on exactly where training stopped.
/// Every learner can say how far it is, and be saved between two calls:
/// - `steps()`: updates so far, of the whole run
/// - `learning_rate()`: of the next update
/// - `save_checkpoint(path, notes)`: writes everything, and `notes`, to a safetensors file with a checksum, atomically
/// - `load_checkpoint(path)`: reads it all back and returns the notes; `failure::bad_data` for damage and other sizes
///
/// It learns in one of two ways. `step(batch)` makes one update and returns the loss before it (`step_learner`).
/// `learn(blocks)` learns from all blocks of a generator, on threads of its own, and returns the sum of their losses
/// (`leg_learner`): the run cuts an epoch into legs, and saves between them.
///
/// The run tells its monitor of every step of a `step_learner`, unless that has a member `reports_progress` and does so
/// itself. Two further members are called where they exist: `begin_epoch(epoch)` before the first block of an epoch
/// (from 0), also after a resume, and `end_epoch()` after the last.
export template <class Learner>
concept learner = requires(Learner& l, Learner const& c, std::string const& path, note_map const& notes) {
    { c.steps() } -> std::convertible_to<std::uint64_t>;
    { c.learning_rate() } -> std::convertible_to<double>;
    l.save_checkpoint(path, notes);
    { l.load_checkpoint(path) } -> std::convertible_to<note_map>;
};

/// A learner that makes one update for each batch, a `block_header`.
export template <class Learner, class Batch>
concept step_learner = learner<Learner> && requires(Learner& l, Batch const& batch) {
    { l.step(batch) } -> std::convertible_to<loss_sum>;
};

/// A learner that is handed the blocks of a leg. `passed(block)` is called for each of them first, in the order of the
/// stream, and returns how many tokens it stands for; the learner notes what it has to know to go on after it.
export template <class Learner, class Block>
concept leg_learner = learner<Learner> && requires(Learner& l, generator<Block> blocks, Block const& block) {
    { l.learn(std::move(blocks)) } -> std::convertible_to<loss_sum>;
    { l.passed(block) } -> std::convertible_to<std::uint64_t>;
};

/// A `step_learner` of parameters, an optimizer and a function that computes gradients: `gradients(batch)` runs forward
/// and backward and returns the loss, as a `deferred` value or as the host has it. Gradients start at zero and
/// accumulate. Everything is borrowed. For one thread at a time.
export template <class Gradients> class gradient_learner {
public:
    gradient_learner(parameter_set<float>& parameters, optimizer_options const& options, Gradients gradients)
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

    /// Writes weights, moments, steps, learning rate and `notes`.
    void save_checkpoint(std::string const& path, note_map notes) {
        saved_tensors tensors;
        tensors.add(*parameters_, optimizer_, notes);
        save_tensors(path, tensors.all(), notes, {.output = {.overwrite = true}});
    }
    /// `failure::bad_data` for a file without a checksum, damage, and sizes that are not those of the parameters, which
    /// must then not be used.
    note_map load_checkpoint(std::string const& path) {
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
