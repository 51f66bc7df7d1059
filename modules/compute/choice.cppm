export module wordmill.compute:choice;
import wordmill.standard;

namespace wordmill {
/// A CUDA device visible to this process.
export struct cuda_device {
    int number{};                   ///< as in "cuda:0"
    std::string name{};             ///< the vendor's name for it
    std::uint64_t memory{};         ///< bytes
    std::string compute_capability; ///< "9.0"
    int multiprocessors{};
};

/// Whether and how this program can use GPUs on this machine.
export struct cuda_report {
    bool available{};    ///< at least one device can run our kernels
    std::string reason;  ///< why not, in one line; empty when available
    std::string runtime; ///< version of the built-in CUDA runtime: "13.0"; empty in a build without CUDA
    std::string driver;  ///< newest CUDA version that the driver supports; empty without a driver
    std::vector<cuda_device> devices{};
};

/// Queries the driver and the devices. On machines without a driver and in builds without CUDA, the report says why
/// there is no GPU. Any thread may call. `failure::unavailable` when a device exists but does not respond.
export [[nodiscard]] cuda_report query_cuda();

/// Where a task runs.
export enum class compute_device : std::uint8_t {
    automatic, ///< on a usable GPU if there is one, else on the CPU
    cpu,
    cuda, ///< on a GPU; an error if there is none
};

/// GPU work of this process is done on this device from now on, and on no other; by default it is the first usable one.
/// For the beginning of a program.
export void use_cuda_device(int number) noexcept;

export struct device_choice {
    bool cuda = false; ///< on the first usable GPU; else on the CPU
    /// The name of the GPU; on the CPU, the reason why an existing GPU is not used. Empty if there is no GPU.
    std::string note{};
};

/// Chooses the device for a task. `linear_algebra`: the task also needs NVIDIA's cuBLAS and cuSPARSE, which are loaded
/// only then. Any thread may call. `failure::unavailable` when `wanted` is `cuda` and no GPU is usable.
export [[nodiscard]] device_choice choose_device(compute_device wanted, bool linear_algebra = false);
/// Whether to use a GPU for a task that needs `bytes` of its memory. `automatic` uses a GPU only if it has that much
/// memory free. Errors are those of `choose_device`.
export [[nodiscard]] bool takes_cuda(compute_device wanted, std::size_t bytes, bool linear_algebra = false);

/// Free memory of the first usable GPU, in bytes. `failure::unavailable` when there is none.
export [[nodiscard]] std::uint64_t query_cuda_memory();

/// Rethrows the exception that is being handled: a GPU error as a `wordmill::error`, any other unchanged.
export [[noreturn]] void rethrow_from_cuda();
/// Calls `work` and returns its result. A GPU error is thrown as a `wordmill::error`: `failure::resource` when the GPU
/// runs out of memory, else `failure::unavailable`.
export template <class Work> auto on_cuda(Work const& work) {
    try {
        return work();
    } catch (...) {
        rethrow_from_cuda();
    }
}
}
