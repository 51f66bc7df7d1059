module;
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/error.hpp"
module wordmill.stats:cuda_calls;
import wordmill.core;
import wordmill.device;
import wordmill.standard;

namespace wordmill::detail {
/// What `work` returns; an error of the device as one of ours.
template <class Work> auto on_cuda(Work const& work) {
    try {
        return work();
    } catch (cuda::cuda_error const& e) {
        throw error(e.out_of_memory() ? failure::resource : failure::unavailable, std::string("CUDA: ") + e.what(), {},
                    "run on the CPU");
    }
}

/// Whether a GPU is used for what needs so many bytes of its memory. `automatic` takes one that has them free. Throws
/// as `choose_device` does.
[[nodiscard]] inline bool takes_cuda(compute_device wanted, std::size_t bytes, bool linear_algebra = false) {
    if (!choose_device(wanted, linear_algebra).cuda) return false;
    if (wanted == compute_device::cuda) return true;
    return on_cuda([&] { return bytes <= cuda::free_memory(cuda::check_devices().device); });
}
}
