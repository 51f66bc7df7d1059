// Plain header between nvcc and the modules: no CUDA types, no containers, no modules. Any thread may call.
#pragma once
#include "wordmill/cuda/error.hpp"
#include <cstddef>

namespace wordmill::cuda {
/// The lowest compute capability that the kernels are built for.
inline constexpr int least_major = 8;
inline constexpr int least_minor = 0;

/// A CUDA version, 13.0 as {13, 0}; {0, 0} where there is none.
struct version {
    int major = 0;
    int minor = 0;
};

/// Properties of a device; `memory` in bytes. The name ends with a NUL.
struct device_properties {
    char name[256] = {};
    std::size_t memory = 0;
    version compute_capability;
    int multiprocessors = 0;
};

/// Whether this program can use a GPU, and if not the reason in one line ("no NVIDIA driver", "no CUDA device",
/// "compute capability 7.5 < 8.0", "built without CUDA"); the reason is empty if it can.
struct availability {
    bool usable = false;
    bool present = false; ///< there is a GPU, whether usable or not
    int device = -1;      ///< the first usable one, or the one that was chosen
    char reason[160] = {};
};

/// From now on only this device is used, whatever others there are; it need not exist.
void choose_device(int device) noexcept;

/// Queries driver and devices; never throws. Safe on a machine without a driver.
[[nodiscard]] availability check_devices() noexcept;
/// `check_devices().usable`.
[[nodiscard]] bool available() noexcept;

/// The newest CUDA version the installed driver can run; {0, 0} without a driver.
[[nodiscard]] version driver_version() noexcept;
/// The CUDA runtime this library was built with; {0, 0} in a build without CUDA.
[[nodiscard]] version runtime_version() noexcept;

/// The number of devices that are visible to this process; 0 if none is usable. Never throws.
[[nodiscard]] int device_count() noexcept;
/// Properties of one device, 0 <= device < device_count(). Throws cuda_error.
[[nodiscard]] device_properties describe(int device);
/// Bytes free on the device now; opens a context on it (some hundred MB of its memory). Throws cuda_error.
[[nodiscard]] std::size_t free_memory(int device);
}
