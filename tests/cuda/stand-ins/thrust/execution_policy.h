// Adds the policy of Thrust's CUDA back end, whose work the sequential back end does.
#pragma once
#include_next <thrust/execution_policy.h>

#include "../../emulator/emulator.hpp"
#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system_error.h>

THRUST_NAMESPACE_BEGIN
namespace cuda {
struct emulated : thrust::cpp::execution_policy<emulated> {
    emulator::device_access access;
    explicit emulated(cudaStream_t stream) : access(stream) {
        if (auto const code = emulator::count_launch(); code != cudaSuccess)
            throw thrust::system_error(static_cast<int>(code), thrust::generic_category());
    }
};
struct parallel {
    template <class Allocator> parallel operator()(Allocator&) const { return {}; }
    [[nodiscard]] emulated on(cudaStream_t stream) const { return emulated(stream); }
};
inline constexpr parallel par_nosync{};
}
THRUST_NAMESPACE_END
