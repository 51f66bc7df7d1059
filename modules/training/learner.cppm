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
/// A learner is what a training run (`trainer`) trains: parameters, and all other state that is needed to continue
/// exactly where training stopped. Every learner reports its progress and can be saved between two calls:
/// - `steps()`: updates so far, of the whole run
/// - `learning_rate()`: of the next update
/// - `save_checkpoint(path, notes)`: writes everything, and `notes`, to a safetensors file with a checksum, atomically
/// - `load_checkpoint(path)`: reads it all back and returns the notes; `failure::bad_data` for damage and other sizes
///
/// A learner is trained in one of two ways. `step(batch)` makes one update and returns the loss before it
/// (`step_learner`). `learn(blocks)` trains on all blocks of a generator, on its own threads, and returns the sum of
/// their losses (`leg_learner`). The run divides an epoch into legs, each a sequence of blocks, and saves between legs.
///
/// The run reports every step of a `step_learner` to its monitor, unless the learner has a member `reports_progress`,
/// which means that it reports them itself. Two further members are called where they exist: `begin_epoch(epoch)`
/// before the first block of an epoch (from 0), also after a resume, and `end_epoch()` after the last.
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

/// A learner that is trained on the blocks of a leg. `passed(block)` is called for each block before it is delivered,
/// in the order of the stream. It returns the number of tokens that the block stands for, and the learner records what
/// it needs to continue after the block.
export template <class Learner, class Block>
concept leg_learner = learner<Learner> && requires(Learner& l, generator<Block> blocks, Block const& block) {
    { l.learn(std::move(blocks)) } -> std::convertible_to<loss_sum>;
    { l.passed(block) } -> std::convertible_to<std::uint64_t>;
};

/// A `step_learner` of parameters, an optimizer and a function that computes gradients: `gradients(batch)` runs forward
/// and backward and returns the loss, as a `deferred` value or as a value on the host. Gradients start at zero and
/// accumulate. Everything is borrowed. For one thread at a time.
export template <class Gradients> class gradient_learner {
public:
    gradient_learner(parameter_set<float>& parameters, optimizer_options const& options, Gradients gradients)
        : parameters_(&parameters),
          known_(parameters.ops()->queue()),
          optimizer_(parameters, options),
          gradients_(std::move(gradients)) {}

    /// Makes one update and returns the loss before it. A loss or gradient that is not finite is a `failure::bad_data`
    /// with the step; the parameters are then unchanged.
    template <class Batch> loss_sum step(Batch const& batch) {
        parameters_->begin_step();
        auto const loss = on_device(gradients_(batch));
        norm_ = update(optimizer_, loss);
        return loss.wait();
    }
    [[nodiscard]] std::uint64_t steps() const noexcept { return optimizer_.steps(); }
    [[nodiscard]] double learning_rate() const noexcept { return optimizer_.learning_rate(); }
    void set_learning_rate(double rate) { optimizer_.set_learning_rate(rate); }
    /// The norm of the gradients of the last step before clipping.
    [[nodiscard]] double gradient_norm() const noexcept { return norm_; }

    /// Writes weights, moments, steps, learning rate and `notes`.
    void save_checkpoint(std::string const& path, note_map notes) {
        saved_tensors tensors;
        tensors.add(*parameters_, optimizer_, notes);
        save_tensors(path, tensors.all(), notes, {.output = {.overwrite = true}});
    }
    /// Reads a checkpoint back and returns the notes. `failure::bad_data` for a file without a checksum, for damage,
    /// and for sizes that are not those of the parameters; the parameters must then not be used.
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
    deferred<loss_sum> known_; // a copy on the device of a loss from the host
    optimizer<float> optimizer_;
    Gradients gradients_;
    double norm_ = 0;
};
}
