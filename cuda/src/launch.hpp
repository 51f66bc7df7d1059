// For .cu files only. CUDA's syntax for launches and shared memory has no form in C++. These functions stand in for it,
// so that nvcc and clang++ compile the same kernels; clang++ compiles them for the emulator of the tests.
#pragma once
#include <cstddef>
#include <cuda_runtime.h>
#include <source_location>
#include <type_traits>

namespace wordmill::cuda {
/// The shape of a launch, its dynamic shared memory and its stream. `where` names the launch in reports.
struct grid {
    dim3 blocks;
    dim3 threads;
    std::size_t shared_bytes = 0;
    cudaStream_t stream = nullptr;
    std::source_location where = std::source_location::current();
};

#ifdef __CUDACC__
/// Static shared memory: one T per block, not initialised. All calls with the same T return the same memory, so T is a
/// type of the kernel's own.
template <class T> __device__ T& block_memory() {
    __shared__ T memory;
    return memory;
}
/// Dynamic shared memory: `grid::shared_bytes` of it, aligned to 16 bytes.
template <class T> __device__ T* dynamic_block_memory() {
    extern __shared__ __align__(16) unsigned char memory[];
    return reinterpret_cast<T*>(memory);
}
/// Queues a kernel. Returns the error of the launch, not one of the kernel's execution.
template <class... P> cudaError_t launch(void (*kernel)(P...), grid g, std::type_identity_t<P>... arguments) {
    constexpr std::size_t without_asking = std::size_t{48} * 1024;
    if (g.shared_bytes > without_asking) {
        cudaError_t const code =
            cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(g.shared_bytes));
        if (code != cudaSuccess) return code;
    }
    kernel<<<g.blocks, g.threads, g.shared_bytes, g.stream>>>(arguments...);
    return cudaGetLastError();
}
#else
template <class T> T& block_memory() {
    static char key;
    return *static_cast<T*>(emulator::block_memory(&key, sizeof(T), alignof(T)));
}
template <class T> T* dynamic_block_memory() { return static_cast<T*>(emulator::dynamic_block_memory()); }
template <class... P> cudaError_t launch(void (*kernel)(P...), grid g, std::type_identity_t<P>... arguments) {
    auto const code =
        emulator::launch({g.blocks, g.threads, g.shared_bytes, g.where}, g.stream, [=] { kernel(arguments...); });
    auto const failed = cudaGetLastError();
    return code != cudaSuccess ? code : failed;
}
#endif
}
