module;
#include <cstdint>
#include <string>
#include <vector>
export module wordmill.device;

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
}
