// Plain header for clang and nvcc: entries of sparse matrices, with the same layout on both sides.
#pragma once
#include <cstdint>

#ifdef __CUDACC__
#define WORDMILL_HOST_DEVICE __host__ __device__
#else
#define WORDMILL_HOST_DEVICE
#endif

namespace wordmill::cuda {
/// An entry of a matrix of weights, laid out as `wordmill::cooccurrence`.
struct weighted_entry {
    std::uint32_t row;
    std::uint32_t column;
    std::uint64_t weight;
};

/// An entry of a matrix of values.
struct valued_entry {
    std::uint32_t row;
    std::uint32_t column;
    float value;
};
}
