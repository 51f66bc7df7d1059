// Completes builds without the CUDA Toolkit: nothing is available, the rest throws.
#include "wordmill/cuda/device.hpp"
#include <cstddef>
#include <cstdio>

namespace wordmill::cuda {
namespace {
constexpr char without[] = "built without CUDA";
}

availability check_devices() noexcept {
    availability result;
    std::snprintf(result.reason, sizeof result.reason, "%s", without);
    return result;
}

bool available() noexcept { return false; }
version driver_version() noexcept { return {}; }
version runtime_version() noexcept { return {}; }
int device_count() noexcept { return 0; }
device_properties describe(int) { throw cuda_error(-1, without); }
std::size_t free_memory(int) { throw cuda_error(-1, without); }
}
