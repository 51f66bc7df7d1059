// Kernels that call the functions of cuda/src/primitives.hpp, warp.hpp and draws.hpp: nvcc's on a GPU, and the
// emulator's. All arrays are in the memory of the host.
#pragma once
#include "wordmill/cuda/draws.hpp"
#include <cstddef>
#include <cstdint>

namespace wordmill::cuda::test {
/// Which code adds: that of primitives.hpp for the device at hand, or its twin of four atomic additions.
enum class adder : std::uint8_t { primitive, twin };
/// Adds 4 floats of `values` [4 * count] to `table` [4 * vectors] for each `places` [count], in a thread each.
void call_add_to(adder, float* table, std::size_t vectors, std::uint32_t const* places, float const* values,
                 std::size_t count);

/// warp_sum, warp_max and warp_sum_of_each of `values` [32, 8]: out [3, 32]. The first two are those of value 0.
void call_warp_sums(float const* values, float* out);

/// The words of counters [count] under keys [count]: out [count].
void call_philox(four_words const* counters, std::uint64_t const* keys, std::size_t count, four_words* out);
/// Samples 0 .. count - 1 for a target: out [count]. The tables of `noise` are in the memory of the host.
void call_draws(negative_draws draws, noise_table noise, std::uint32_t target, std::size_t count, std::uint32_t* out);
}
