export module wordmill.training:checkpoint;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.standard;

// The parts that checkpoints of all models share. A model with further state adds it.
namespace wordmill {
/// Host copies of the tensors to write to a file.
export class saved_tensors {
public:
    void add(std::string name, std::uint64_t rows, std::uint64_t columns, std::vector<float> values);
    void add(parameter_set<float>& parameters); ///< under their names
    /// Adds the weights and the state of their optimizer: the notes "steps" and "rate", and tensors with the prefix
    /// "optimizer.".
    void add(parameter_set<float>& parameters, optimizer<float>& of, note_map& notes);
    [[nodiscard]] std::span<named_tensor const> all();

private:
    std::vector<std::vector<float>> values_{};
    std::vector<named_tensor> tensors_{};
};

/// Reads a file of tensors that has a checksum; `failure::bad_data` for a file without one, and for damage.
export [[nodiscard]] loaded_tensors load_checkpoint_tensors(std::string const& path);
/// A matrix of the file. `failure::bad_data` with both shapes when its shape is another.
export [[nodiscard]] std::span<float const> matrix_in(loaded_tensors const& from, std::string const& name,
                                                      std::uint64_t rows, std::uint64_t columns);
/// The reverse of `saved_tensors::add`. Removes the notes that it reads from `notes`. `failure::bad_data` for a tensor
/// or note that is missing or has another shape; some parameters may then already be overwritten.
export void restore(parameter_set<float>& parameters, loaded_tensors const& from);
export void restore(parameter_set<float>& parameters, optimizer<float>& of, loaded_tensors const& from,
                    note_map& notes);

/// Makes one update and returns the norm of the gradients before clipping. A loss or gradient that is not finite is a
/// `failure::bad_data` with the step and the learning rate; nothing is changed then.
export double update(optimizer<float>& of, deferred<loss_sum> const& loss);

/// What a step has found.
export struct step_outcome {
    loss_sum loss;
    double norm; ///< of the gradients before clipping
};
/// Calls `gradients`, which returns the loss of a batch and leaves its gradients, and makes one update, as one step of
/// the queue (`compute_queue::run_step`). Errors are those of `update`.
export step_outcome update_step(optimizer<float>& of, compute_queue& queue, std::uint64_t shape,
                                std::function<deferred<loss_sum>()> const& gradients);
}
