export module wordmill.training:checkpoint;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.standard;

// What the checkpoints of all models have in common; a model with a state of its own adds it.
namespace wordmill {
/// Copies on the host of what a file is to hold.
export class saved_tensors {
public:
    void add(std::string name, std::uint64_t rows, std::uint64_t columns, std::vector<float> values);
    void add(parameter_set<float>& parameters); ///< under their names
    /// The weights, and in notes "steps" and "rate" and tensors "optimizer." all that the optimizer remembers of them.
    void add(parameter_set<float>& parameters, optimizer<float>& of, note_map& notes);
    [[nodiscard]] std::span<named_tensor const> all();

private:
    std::vector<std::vector<float>> values_{};
    std::vector<named_tensor> tensors_{};
};

/// Reads a file of tensors that has a checksum; `failure::bad_data` for one without, and for damage.
export [[nodiscard]] loaded_tensors load_checkpoint_tensors(std::string const& path);
/// A matrix of the file; `failure::bad_data` with both shapes when it has another.
export [[nodiscard]] std::span<float const> matrix_in(loaded_tensors const& from, std::string const& name,
                                                      std::uint64_t rows, std::uint64_t columns);
/// The reverse of `saved_tensors::add`; the notes that are read are taken out of `notes`. `failure::bad_data` for what
/// is missing or of another shape; some parameters may then have been read already.
export void restore(parameter_set<float>& parameters, loaded_tensors const& from);
export void restore(parameter_set<float>& parameters, optimizer<float>& of, loaded_tensors const& from,
                    note_map& notes);

/// One update; returns the norm of the gradients before clipping. What is not finite is a `failure::bad_data` with the
/// step and the learning rate, before anything is changed.
export double update(optimizer<float>& of, deferred<loss_sum> const& loss);
}
