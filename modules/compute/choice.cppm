export module wordmill.compute:choice;
import wordmill.standard;

namespace wordmill {
/// A CUDA device as this process sees it.
export struct cuda_device {
    int number{};                   ///< as in "cuda:0"
    std::string name{};             ///< the vendor's
    std::uint64_t memory{};         ///< bytes
    std::string compute_capability; ///< "9.0"
    int multiprocessors{};
};

/// What the GPU side of this program can do on this machine.
export struct cuda_report {
    bool available{};    ///< some device can run our kernels
    std::string reason;  ///< why not, in one line; empty when available
    std::string runtime; ///< CUDA runtime built in: "13.0"; empty in a build without CUDA
    std::string driver;  ///< newest CUDA version the driver runs; empty without a driver
    std::vector<cuda_device> devices{};
};

/// Asks driver and devices. Works, and says why there is no GPU, on machines without a driver and in builds
/// without CUDA. Any thread may call. Throws `failure::unavailable` when a device is there but does not answer.
export [[nodiscard]] cuda_report query_cuda();

/// Where a task runs.
export enum class compute_device : std::uint8_t {
    automatic, ///< on a GPU that can be used, else on the CPU
    cpu,
    cuda, ///< on a GPU, or not at all
};

export struct device_choice {
    bool cuda = false; ///< on the first usable GPU; else on the CPU
    /// The GPU's name; or why one that is there is not used. Empty on the CPU where there is none.
    std::string note{};
};

/// `linear_algebra`: the task needs NVIDIA's cuBLAS and cuSPARSE too, which are loaded when asked for. Any thread may
/// call. `failure::unavailable` when a GPU is demanded and there is none that can be used.
export [[nodiscard]] device_choice choose_device(compute_device wanted, bool linear_algebra = false);
/// Whether a GPU is used for a task that needs `bytes` of its memory. `automatic` takes one that has them free. Errors
/// are those of `choose_device`.
export [[nodiscard]] bool takes_cuda(compute_device wanted, std::size_t bytes, bool linear_algebra = false);

/// Throws the exception that is being handled: an error of the GPU side as a `wordmill::error`, any other as it is.
export [[noreturn]] void rethrow_from_cuda();
/// What `work` returns; errors of the GPU side come as ours. `failure::resource` when its memory does not suffice, else
/// `failure::unavailable`.
export template <class Work> auto on_cuda(Work const& work) {
    try {
        return work();
    } catch (...) {
        rethrow_from_cuda();
    }
}
}
