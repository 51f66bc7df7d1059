// For .cu files only: inline PTX, each piece with a twin in C++ for the emulator. This is the only device code that the
// tests do not run without a GPU, so it stays short.
#pragma once
#include <cuda_runtime.h>

namespace wordmill::cuda {
/// Adds four floats to those at `address`, each atomically, and returns nothing. The address is aligned to 16 bytes.
__device__ inline void add_to(float* address, float4 value) {
#if defined(__CUDACC__) && __CUDA_ARCH__ >= 900
    asm volatile("red.global.add.v4.f32 [%0], {%1, %2, %3, %4};"
                 :
                 : "l"(__cvta_generic_to_global(address)), "f"(value.x), "f"(value.y), "f"(value.z), "f"(value.w)
                 : "memory");
#else
    atomicAdd(address, value.x);
    atomicAdd(address + 1, value.y);
    atomicAdd(address + 2, value.z);
    atomicAdd(address + 3, value.w);
#endif
}
}
