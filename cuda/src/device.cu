#include "check.hpp"
#include "wordmill/cuda/device.hpp"
#include <atomic>
#include <cstdio>

namespace wordmill::cuda {
namespace {
version from_number(int number) noexcept { return {number / 1000, number % 1000 / 10}; }

bool older(version a, version b) noexcept { return a.major != b.major ? a.major < b.major : a.minor < b.minor; }

/// Attributes can be queried without opening a context on the device.
version capability(int device) {
    version v;
    check(cudaDeviceGetAttribute(&v.major, cudaDevAttrComputeCapabilityMajor, device), "compute capability");
    check(cudaDeviceGetAttribute(&v.minor, cudaDevAttrComputeCapabilityMinor, device), "compute capability");
    return v;
}

std::atomic<int> chosen{-1};

/// The first device that can run the kernels, or the reason why there is none.
void find_usable(availability& found) {
    auto* const reason = found.reason;
    constexpr auto size = sizeof found.reason;
    version const driver = driver_version();
    if (driver.major == 0) {
        std::snprintf(reason, size, "no NVIDIA driver");
        return;
    }
    int count = 0;
    cudaError_t const code = cudaGetDeviceCount(&count);
    (void)cudaGetLastError(); // clear the error, so that the next call does not report it
    if (code == cudaErrorInsufficientDriver) {
        found.present = true;
        version const runtime = runtime_version();
        std::snprintf(reason, size, "the NVIDIA driver supports CUDA %d.%d, this program needs %d.%d", driver.major,
                      driver.minor, runtime.major, runtime.minor);
        return;
    }
    if (code == cudaErrorNoDevice || (code == cudaSuccess && count == 0)) {
        std::snprintf(reason, size, "no CUDA device");
        return;
    }
    found.present = true;
    check(code, "device count");
    int const only = chosen;
    if (only >= count) {
        std::snprintf(reason, size, "no CUDA device %d; there %s %d, numbered from 0", only, count == 1 ? "is" : "are",
                      count);
        return;
    }
    version const least{least_major, least_minor};
    version best;
    for (int device = only < 0 ? 0 : only; device < (only < 0 ? count : only + 1); ++device) {
        version const v = capability(device);
        if (!older(v, least)) {
            found.usable = true;
            found.device = device;
            return;
        }
        if (older(best, v)) best = v;
    }
    std::snprintf(reason, size, "compute capability %d.%d < %d.%d", best.major, best.minor, least.major, least.minor);
}
}

void fail(cudaError_t code, char const* what, std::source_location where) {
    char text[256];
    std::snprintf(text, sizeof text, "%s: %s (%s), at %s:%u", what, cudaGetErrorString(code), cudaGetErrorName(code),
                  file_of(where), static_cast<unsigned>(where.line()));
    throw cuda_error(static_cast<int>(code), text);
}

void choose_device(int device) noexcept { chosen = device; }

availability check_devices() noexcept {
    availability result;
    try {
        find_usable(result);
    } catch (cuda_error const& e) {
        std::snprintf(result.reason, sizeof result.reason, "%s", e.what());
    }
    return result;
}

bool available() noexcept { return check_devices().usable; }

version driver_version() noexcept {
    int number = 0;
    return cudaDriverGetVersion(&number) == cudaSuccess ? from_number(number) : version{};
}

version runtime_version() noexcept {
    int number = 0;
    return cudaRuntimeGetVersion(&number) == cudaSuccess ? from_number(number) : version{};
}

int device_count() noexcept {
    int count = 0;
    cudaError_t const code = cudaGetDeviceCount(&count);
    (void)cudaGetLastError();
    return code == cudaSuccess ? count : 0;
}

device_properties describe(int device) {
    cudaDeviceProp p{};
    check(cudaGetDeviceProperties(&p, device), "device properties");
    device_properties out;
    std::snprintf(out.name, sizeof out.name, "%s", p.name);
    out.memory = p.totalGlobalMem;
    out.compute_capability = {p.major, p.minor};
    out.multiprocessors = p.multiProcessorCount;
    return out;
}

std::size_t free_memory(int device) {
    int previous = 0;
    check(cudaGetDevice(&previous), "current device");
    check(cudaSetDevice(device), "device selection");
    std::size_t free = 0;
    std::size_t total = 0;
    cudaError_t const code = cudaMemGetInfo(&free, &total);
    check(cudaSetDevice(previous), "device selection");
    check(code, "free memory");
    return free;
}
}
