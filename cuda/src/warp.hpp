// For .cu files only: what the 32 threads of a warp do together.
#pragma once
#include "launch.hpp"
#include <cmath>

namespace wordmill::cuda {
constexpr unsigned whole_warp = 0xffffffff;

/// Views consecutive elements as one vector, for loads and stores of several elements at once. The address must be
/// aligned for the vector: the undefined-behaviour sanitizer checks that of references, not that of copied aggregates.
template <class Vector, class Element> __device__ Vector& vector_at(Element* first) {
    return *reinterpret_cast<Vector*>(first);
}

/// The sum over all lanes, in every lane.
__device__ inline float warp_sum(float x) {
    for (int bits = 16; bits > 0; bits /= 2) x += __shfl_xor_sync(whole_warp, x, bits);
    return x;
}
/// The maximum over all lanes, in every lane.
__device__ inline float warp_max(float x) {
    for (int bits = 16; bits > 0; bits /= 2) x = fmaxf(x, __shfl_xor_sync(whole_warp, x, bits));
    return x;
}
}
