// Kernels that call device functions, for tests of the functions: nvcc's on a GPU, and the emulator's.
#pragma once
#include <cstdint>

namespace wordmill::cuda::test {
constexpr unsigned warp_functions = 15;
/// Calls each function in all lanes of one warp. Writes the results to out [warp_functions, 32], in the memory of the
/// host.
void call_warp_functions(std::uint32_t* out);

constexpr unsigned memory_functions = 8;
/// Calls functions of memory in 3 blocks of 32 threads. Writes what is in memory afterwards to out [memory_functions].
void call_memory_functions(float* out);
}
