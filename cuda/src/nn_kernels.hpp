// For .cu files only: how the operations of layers launch kernels.
#pragma once
#include "linear_algebra.hpp"
#include "queue.hpp"
#include "recurrent_library.hpp"
#include "warp.hpp"
#include "wordmill/cuda/nn_device.hpp"
#include <algorithm>
#include <memory>

namespace wordmill::cuda {
struct nn_device::state {
    queue& work;
    nn_options options;
    array<char> blas_workspace{};
    std::unique_ptr<blas_handle> blas{}; // null: products by kernels of our own
    std::unique_ptr<recurrent_library> recurrent{};
};

/// Calls `work(queue)` with the device current.
template <class Work> void queue_on(nn_device const& nn, char const* what, Work work) {
    auto& q = nn.of().work;
    on_device(q.device(), what, [&] { work(q); });
}

constexpr unsigned most_threads = 256;    // of a block
constexpr std::size_t most_blocks = 4096; // of kernels whose threads take several values

/// The threads of a block that handles `count` values: whole warps.
inline unsigned threads_for(std::size_t count) {
    return static_cast<unsigned>(std::clamp<std::size_t>((count + 31) / 32 * 32, 32, most_threads));
}
inline unsigned blocks_for(std::size_t count, unsigned threads) {
    return static_cast<unsigned>(std::clamp<std::size_t>((count + threads - 1) / threads, 1, most_blocks));
}

template <class T> __device__ T& value_at(device_matrix<T> const& m, std::size_t r, std::size_t c) {
    return m.data[r * m.stride + c];
}

template <class F> __global__ void for_places_kernel(F f, std::size_t rows, std::size_t columns) {
    auto const count = rows * columns;
    auto const all = std::size_t{gridDim.x} * blockDim.x;
    for (auto i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += all) {
        if (rows == 1) {
            f(0, i);
        } else if (count <= UINT32_MAX) { // divisions of 32 bits cost less
            auto const row = static_cast<std::uint32_t>(i) / static_cast<std::uint32_t>(columns);
            f(row, static_cast<std::uint32_t>(i) - row * static_cast<std::uint32_t>(columns));
        } else {
            f(i / columns, i % columns);
        }
    }
}
/// Calls f(row, column), a function of the device, for all places of a matrix in any order.
template <class F> void for_places(nn_device const& nn, char const* what, std::size_t rows, std::size_t columns, F f) {
    auto const count = rows * columns;
    if (count == 0) return;
    queue_on(nn, what, [&](queue& q) {
        auto const threads = threads_for(count);
        check(launch(for_places_kernel<F>, {blocks_for(count, threads), threads, 0, q.stream()}, f, rows, columns),
              what);
    });
}
/// Makes matrices of one shape a single row each, if none has gaps between its rows.
template <class... Matrices> void flatten(Matrices&... all) {
    if (!((all.stride == all.columns) && ...)) return;
    ((all.columns *= all.rows, all.stride = all.columns, all.rows = 1), ...);
}

/// The sum over all threads of the block, in every thread, in an order that depends on the number of threads only.
template <class T> struct block_sums {
    T of_warp[32];
};
template <class T> __device__ T block_sum(T x) {
    auto& sums = block_memory<block_sums<T>>();
    x = warp_sum(x);
    __syncthreads(); // nobody reads the sums of an earlier call any more
    if (threadIdx.x % 32 == 0) sums.of_warp[threadIdx.x / 32] = x;
    __syncthreads();
    T sum = 0;
    for (unsigned w = 0; w < blockDim.x / 32; ++w) sum += sums.of_warp[w];
    return sum;
}
struct block_maxima {
    float of_warp[32];
};
/// The maximum over all threads of the block, in every thread.
__device__ inline float block_max(float x) {
    auto& maxima = block_memory<block_maxima>();
    x = warp_max(x);
    __syncthreads();
    if (threadIdx.x % 32 == 0) maxima.of_warp[threadIdx.x / 32] = x;
    __syncthreads();
    float most = maxima.of_warp[0];
    for (unsigned w = 1; w < blockDim.x / 32; ++w) most = fmaxf(most, maxima.of_warp[w]);
    return most;
}

__device__ inline float sigmoid_of(float x) { return 1.0F / (1.0F + expf(-x)); }
}
