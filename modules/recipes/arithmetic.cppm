export module wordmill.recipes:arithmetic;
import wordmill.compute;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
/// What computes the layers of a model.
export struct arithmetic_options {
    compute_device device = compute_device::cpu;
    unsigned threads = 0;                 ///< of the CPU; 0 = as many as the machine allows
    precision products = precision::fp32; ///< tf32 is for GPUs only
};

/// The operations of a device, and the name of the GPU; the name is empty on the CPU.
export struct chosen_arithmetic {
    std::shared_ptr<operations<float>> ops;
    std::string gpu{};
};

/// Chooses the device for a model that needs `bytes()` of its memory, which is asked only where there is a GPU.
/// `automatic` chooses a GPU that is usable and has that much memory free. `tell` is told why an existing GPU is not
/// chosen.
///
/// `failure::unavailable` when CUDA is asked for and there is no usable GPU, or one without the memory. Other errors
/// are those of `cpu_operations`, which refuses tf32.
export [[nodiscard]] chosen_arithmetic choose_arithmetic(arithmetic_options const& options,
                                                         std::function<std::uint64_t()> const& bytes,
                                                         std::function<void(std::string const&)> const& tell = {});
}
