#include "ceilings.hpp"
#include "primitives.hpp"
#include "queue.hpp"
#include "warp.hpp"

namespace perf::gpu {
using wordmill::cuda::check;
using wordmill::cuda::device_queue;

namespace {
constexpr unsigned threads = 256;

__global__ void read_kernel(float const* from, std::size_t floats, unsigned passes, float* out) {
    auto const step = std::size_t{gridDim.x} * blockDim.x * 4;
    float sum = 0;
    for (unsigned pass = 0; pass < passes; ++pass) {
        // another part in each pass, so that no load can be taken out of the loop
        auto const part = std::size_t{(blockIdx.x + pass) % gridDim.x} * blockDim.x + threadIdx.x;
        for (auto i = part * 4; i < floats; i += step) {
            auto const x = __ldcg(&wordmill::cuda::vector_at<float4 const>(from + i));
            sum += x.x + x.y + x.z + x.w;
        }
    }
    if (sum == -1.5F) *out = sum; // never: all are 0
}

template <bool Vectors>
__global__ void add_kernel(float* table, unsigned row_floats, std::uint32_t const* ids, std::size_t count) {
    unsigned const lane = threadIdx.x % 32;
    auto const warps = std::size_t{gridDim.x} * blockDim.x / 32;
    for (auto n = (std::size_t{blockIdx.x} * blockDim.x + threadIdx.x) / 32; n < count; n += warps) {
        auto* const row = table + std::size_t{ids[n]} * row_floats;
        if constexpr (Vectors)
            for (auto c = 4 * lane; c < row_floats; c += 4 * 32) wordmill::cuda::add_to(row + c, {1, 1, 1, 1});
        else
            for (auto c = lane; c < row_floats; c += 32) atomicAdd(row + c, 1.0F);
    }
}

__global__ void nothing_kernel() {}

template <class Work> void with(device_queue& where, char const* what, Work work) {
    wordmill::cuda::on_device(where.work().device(), what, [&] { check(work(where.work().stream()), what); });
}
}

struct device_clock::state {
    device_queue& where;
    cudaEvent_t begin = nullptr, end = nullptr;
};
device_clock::device_clock(device_queue& where) : state_(new state{where}) {
    with(where, "event", [&](cudaStream_t) {
        check(cudaEventCreate(&state_->begin), "event");
        return cudaEventCreate(&state_->end);
    });
}
device_clock::~device_clock() {
    (void)cudaEventDestroy(state_->begin);
    (void)cudaEventDestroy(state_->end);
}
void device_clock::start() {
    with(state_->where, "event", [&](cudaStream_t stream) { return cudaEventRecord(state_->begin, stream); });
}
double device_clock::stop() {
    float milliseconds = 0;
    with(state_->where, "event", [&](cudaStream_t stream) {
        check(cudaEventRecord(state_->end, stream), "event");
        check(cudaStreamSynchronize(stream), "work of the device");
        return cudaEventElapsedTime(&milliseconds, state_->begin, state_->end);
    });
    return static_cast<double>(milliseconds) * 1e-3;
}

void copy(device_queue& where, void const* from, void* to, std::size_t bytes) {
    with(where, "copy",
         [&](cudaStream_t stream) { return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream); });
}
void read(device_queue& where, float const* from, std::size_t floats, unsigned passes, unsigned blocks, float* out) {
    with(where, "reading", [&](cudaStream_t stream) {
        return wordmill::cuda::launch(read_kernel, {blocks, threads, 0, stream}, from, floats, passes, out);
    });
}
void add_to_rows(device_queue& where, adding how, float* table, unsigned row_floats, std::uint32_t const* ids,
                 std::size_t count, unsigned blocks) {
    with(where, "adding", [&](cudaStream_t stream) {
        return wordmill::cuda::launch(how == adding::vectors ? add_kernel<true> : add_kernel<false>,
                                      {blocks, threads, 0, stream}, table, row_floats, ids, count);
    });
}
void launch_nothing(device_queue& where, unsigned count) {
    with(where, "launch", [&](cudaStream_t stream) {
        for (unsigned i = 0; i < count; ++i)
            check(wordmill::cuda::launch(nothing_kernel, {1, 32, 0, stream}), "launch");
        return cudaSuccess;
    });
}
}
