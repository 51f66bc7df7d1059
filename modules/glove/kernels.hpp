#pragma once
// The arithmetic of GloVe, in vector registers, chosen for the processor at run time. Plain C++ without modules: the
// unit is compiled once for every instruction set.
#include <cstddef>
#include <cstdint>

namespace wordmill::glove_kernels {
inline constexpr std::size_t row_floats = 16; // a cache line
inline constexpr std::size_t most_dimension = std::size_t{1} << 24;
/// Floats of the parameters of a row, and of their squared gradients after them: D components, a bias, and filling
/// whose parameters are 0.
inline constexpr std::size_t stride_of(std::size_t dimension) {
    return (dimension + row_floats) / row_floats * row_floats;
}

/// The rows of a block: targets and contexts. Row k begins at `k * step`.
struct tables {
    float* words;
    float* contexts;
    std::size_t step;
    std::size_t dimension;
};
struct descent {
    float rate;
    float clip;
    float alpha;
    float log_x_max;
};

/// Learns from entries in order: place of the target in bits 48 .. 63, of the context in 32 .. 47, the weight as a
/// float in 0 .. 31. Returns the sum of f(x) diff^2.
[[nodiscard]] double train(tables const& t, std::uint64_t const* entries, std::size_t count, descent const& how);

/// Of the instruction set in use.
[[nodiscard]] char const* instruction_set();
}
