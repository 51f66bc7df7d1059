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
template <class T> __device__ T warp_sum(T x) {
    for (int bits = 16; bits > 0; bits /= 2) x += __shfl_xor_sync(whole_warp, x, bits);
    return x;
}
/// The sums over all lanes of eight values: that of value lane / 4, with 9 shuffles instead of 40.
__device__ inline float warp_sum_of_each(float const (&x)[8]) {
    unsigned const lane = threadIdx.x % 32;
    float four[4], two[2];
    for (unsigned i = 0; i < 4; ++i) { // each half of the warp keeps four of the values, and so on
        bool const upper = (lane & 16) != 0;
        four[i] = (upper ? x[i + 4] : x[i]) + __shfl_xor_sync(whole_warp, upper ? x[i] : x[i + 4], 16);
    }
    for (unsigned i = 0; i < 2; ++i) {
        bool const upper = (lane & 8) != 0;
        two[i] = (upper ? four[i + 2] : four[i]) + __shfl_xor_sync(whole_warp, upper ? four[i] : four[i + 2], 8);
    }
    bool const upper = (lane & 4) != 0;
    float sum = (upper ? two[1] : two[0]) + __shfl_xor_sync(whole_warp, upper ? two[0] : two[1], 4);
    sum += __shfl_xor_sync(whole_warp, sum, 2);
    return sum + __shfl_xor_sync(whole_warp, sum, 1);
}
/// The maximum over all lanes, in every lane.
__device__ inline float warp_max(float x) {
    for (int bits = 16; bits > 0; bits /= 2) x = fmaxf(x, __shfl_xor_sync(whole_warp, x, bits));
    return x;
}
}
