// Kernels with one fault each. Without arguments: those that the emulator itself reports, and those that show in
// results. With a name: one that a sanitizer reports. Without this test, an emulator that stopped finding faults would
// be silent.
#include "emulator/emulator.hpp"
#include "warp.hpp"
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using wordmill::cuda::block_memory, wordmill::cuda::launch;

namespace {
int failures = 0;

void check(cudaError_t code) {
    if (code == cudaSuccess) return;
    std::printf("failed: %s\n", cudaGetErrorString(code));
    std::exit(1);
}

template <class T> class on_device {
public:
    explicit on_device(std::size_t count) : size_(count) {
        check(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)));
    }
    explicit on_device(std::vector<T> const& from) : on_device(from.size()) {
        check(cudaMemcpy(data_, from.data(), size_ * sizeof(T), cudaMemcpyHostToDevice));
    }
    on_device(on_device const&) = delete;
    on_device& operator=(on_device const&) = delete;
    ~on_device() { (void)cudaFree(data_); }
    operator T*() const { return data_; }
    [[nodiscard]] std::vector<T> read() const {
        std::vector<T> out(size_);
        check(cudaMemcpy(out.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost));
        return out;
    }

private:
    T* data_ = nullptr;
    std::size_t size_;
};

// What the emulator reports

constexpr unsigned line_of_barrier = __LINE__ + 2;
__global__ void barrier_for_some() {
    if (threadIdx.x < 40) __syncthreads();
}
__global__ void two_barriers() {
    if (threadIdx.x % 2 == 0)
        __syncthreads();
    else
        __syncthreads();
}
__global__ void silent_lane() {
    if (threadIdx.x < 8) __shfl_sync(0xff, 1.0f, 9);
}
__global__ void different_masks() { __syncwarp(threadIdx.x % 32 == 31 ? 0xfffffffe : 0xffffffff); }
__global__ void lane_that_has_ended() {
    if (threadIdx.x == 31) return;
    wordmill::cuda::warp_sum(1);
}
__global__ void waits_for_ever() {
    auto& flag = block_memory<unsigned>();
    while (atomicAdd(&flag, 0) == 0xffffffff) {}
}
void expect_report(std::string const& expected, void (*kernel)()) {
    auto const code = launch(kernel, {2, 64});
    std::string const found = code == cudaSuccess ? "no error" : cudaGetErrorString(code);
    bool const ok = found.find(expected) != std::string::npos;
    failures += ok ? 0 : 1;
    std::printf("%-6s %s\n", ok ? "ok" : "FAILED", found.c_str());
}

// What shows in results, under some schedules

__global__ void turned(int const* from, int* to) {
    auto& shared = block_memory<int[64]>();
    shared[threadIdx.x] = from[threadIdx.x];
    to[threadIdx.x] = shared[63 - threadIdx.x]; // no barrier before
}
__global__ void plus_one(int* x) { x[threadIdx.x] += 1; }

template <class Run> void expect_wrong_sometimes(char const* what, Run run) {
    int wrong = 0;
    for (emulator::settings.seed = 1; emulator::settings.seed <= 20; ++emulator::settings.seed) wrong += run() ? 0 : 1;
    failures += wrong > 0 ? 0 : 1;
    std::printf("%-6s %s: wrong under %d of 20 schedules\n", wrong > 0 ? "ok" : "FAILED", what, wrong);
}
bool turns() {
    std::vector<int> values(64);
    for (int i = 0; i < 64; ++i) values[static_cast<std::size_t>(i)] = i;
    on_device<int> const from(values), to(64);
    check(launch(turned, {1, 64}, from, to));
    for (int i = 0; auto x : to.read())
        if (x != 63 - i++) return false;
    return true;
}
bool copies_after_the_kernel(bool waits) {
    cudaStream_t work, copy;
    cudaEvent_t done;
    check(cudaStreamCreate(&work)), check(cudaStreamCreate(&copy)), check(cudaEventCreate(&done));
    on_device<int> const x(std::vector<int>(64, 5));
    std::vector<int> found(64);
    check(launch(plus_one, {1, 64, 0, work}, x));
    check(cudaEventRecord(done, work));
    if (waits) check(cudaStreamWaitEvent(copy, done));
    check(cudaMemcpyAsync(found.data(), x, 64 * sizeof(int), cudaMemcpyDeviceToHost, copy));
    check(cudaStreamSynchronize(copy));
    check(cudaStreamDestroy(work)), check(cudaStreamDestroy(copy)), check(cudaEventDestroy(done));
    return found == std::vector<int>(64, 6);
}

// What has to work: any thread of the host may use the device.

void several_threads_take_turns() {
    constexpr int rounds = 20;
    auto const work = [](unsigned threads, bool& ok) {
        cudaStream_t stream = nullptr;
        check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
        std::vector<int> const ones(threads, 1);
        std::vector<int> found(threads);
        on_device<int> const x(ones);
        for (int i = 0; i < rounds; ++i) check(launch(plus_one, {1, threads, 0, stream}, x));
        check(cudaMemcpyAsync(found.data(), x, threads * sizeof(int), cudaMemcpyDeviceToHost, stream));
        check(cudaStreamSynchronize(stream));
        check(cudaStreamDestroy(stream));
        ok = found == std::vector<int>(threads, rounds + 1);
    };
    bool one = false, other = false;
    std::thread beside(work, 40, std::ref(other));
    work(33, one);
    beside.join();
    failures += one && other ? 0 : 1;
    std::printf("%-6s two threads of the host\n", one && other ? "ok" : "FAILED");
}

// What a stream that is captured refuses, and what a graph cannot be updated to.

void expect(bool holds, char const* what) {
    failures += holds ? 0 : 1;
    std::printf("%-6s %s\n", holds ? "ok" : "FAILED", what);
}
void graphs_do_what_was_captured() {
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    on_device<int> const x(std::vector<int>(64));
    std::vector<int> found(64);
    auto const captured = [&](auto work) {
        cudaGraph_t graph = nullptr;
        check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
        work();
        check(cudaStreamEndCapture(stream, &graph));
        return graph;
    };
    auto const add_and_read = [&](unsigned threads) {
        return captured([&] {
            check(launch(plus_one, {1, threads, 0, stream}, x));
            check(cudaMemcpyAsync(found.data(), x, 64 * sizeof(int), cudaMemcpyDeviceToHost, stream));
        });
    };
    auto const launched = [&](cudaGraphExec_t graph) {
        check(cudaGraphLaunch(graph, stream));
        check(cudaStreamSynchronize(stream));
        return std::accumulate(found.begin(), found.end(), 0);
    };
    auto* const all = add_and_read(64);
    auto* const half = add_and_read(32);
    cudaGraphExec_t executable = nullptr;
    check(cudaGraphInstantiate(&executable, all, 0));
    check(cudaStreamSynchronize(stream));
    expect(std::accumulate(found.begin(), found.end(), 0) == 0, "what is captured is not done");
    expect(launched(executable) == 64 && launched(executable) == 128, "a graph is done as often as it is launched");
    cudaGraphExecUpdateResultInfo result{};
    expect(cudaGraphExecUpdate(executable, half, &result) == cudaSuccess && launched(executable) == 160,
           "an update changes the shape of a launch");
    auto* const other = captured([&] { check(launch(plus_one, {1, 64, 0, stream}, x)); });
    expect(cudaGraphExecUpdate(executable, other, &result) == cudaErrorGraphExecUpdateFailure
               && launched(executable) == 192,
           "an update to less work fails");
    auto const rows = [&](std::size_t pitch) {
        return captured(
            [&] { check(cudaMemcpy2DAsync(found.data(), pitch, x, 8, 4, 2, cudaMemcpyDeviceToHost, stream)); });
    };
    auto *const near = rows(8), *const far = rows(12);
    cudaGraphExec_t copies = nullptr;
    check(cudaGraphInstantiate(&copies, near, 0));
    expect(cudaGraphExecUpdate(copies, far, &result) != cudaSuccess, "an update to other rows fails");
    bool refused = true;
    auto* const nothing = captured([&] {
        void* memory = nullptr;
        refused = cudaMallocAsync(&memory, 4, stream) == cudaErrorStreamCaptureUnsupported
                  && cudaFreeAsync(x, stream) == cudaErrorStreamCaptureUnsupported
                  && cudaStreamSynchronize(stream) == cudaErrorStreamCaptureUnsupported
                  && cudaStreamQuery(stream) == cudaErrorStreamCaptureUnsupported;
    });
    expect(refused, "allocating, releasing and waiting are refused");
    (void)cudaGetLastError();
    for (auto* const graph : {all, half, other, near, far, nothing}) check(cudaGraphDestroy(graph));
    for (auto* const graph : {executable, copies}) check(cudaGraphExecDestroy(graph));
    check(cudaStreamDestroy(stream));
}

// What sanitizers report

__global__ void past_shared_memory(int* to) {
    auto* const shared = wordmill::cuda::dynamic_block_memory<int>();
    shared[threadIdx.x] = 1;
    *to = shared[threadIdx.x];
}
__global__ void past_memory(int* to) { to[threadIdx.x] = 1; }
__global__ void misaligned(float* x) { wordmill::cuda::vector_at<float4>(x + 1) = {}; }
__global__ void no_syncwarp(int* to) {
    auto& shared = block_memory<int[32]>();
    shared[threadIdx.x] = 1;
    __shfl_sync(wordmill::cuda::whole_warp, 0, 0); // orders nothing
    to[threadIdx.x] = shared[31 - threadIdx.x];
}
__global__ void blocks_share(int* to) { *to = static_cast<int>(blockIdx.x); }
__global__ void lost_updates(float* x) { *x += 1; }

int one_fault(std::string_view name) {
    on_device<int> const x(std::vector<int>(63));
    on_device<float> const y(std::vector<float>(8));
    if (name == "shared") check(launch(past_shared_memory, {1, 64, 63 * sizeof(int)}, x));
    if (name == "memory") check(launch(past_memory, {1, 64}, x));
    if (name == "misaligned") check(launch(misaligned, {1, 1}, y));
    if (name == "host") return *x;
    if (name == "barrier") check(launch(turned, {1, 63}, x, x));
    if (name == "syncwarp") check(launch(no_syncwarp, {1, 32}, x));
    if (name == "blocks") check(launch(blocks_share, {50, 1}, x));
    if (name == "updates") check(launch(lost_updates, {2, 32}, y));
    return 0;
}
}

int main(int argc, char** argv) {
    if (argc > 1) return one_fault(argv[1]);
    expect_report(std::string(": threads 0-39 wait at faults_test.cpp:") + std::to_string(line_of_barrier)
                      + ", 40-63 ended",
                  barrier_for_some);
    expect_report("at different places: faults_test.cpp:", two_barriers);
    expect_report("reads from lane 9, which gives nothing", silent_lane);
    expect_report("different masks", different_masks);
    expect_report("deadlock", lane_that_has_ended);
    emulator::settings.most_idle_turns = 100'000;
    expect_report("livelock", waits_for_ever);
    expect_wrong_sometimes("a barrier is missing", turns);
    expect_wrong_sometimes("an event is not waited for", [] { return copies_after_the_kernel(false); });
    for (emulator::settings.seed = 1; emulator::settings.seed <= 20; ++emulator::settings.seed)
        failures += copies_after_the_kernel(true) ? 0 : 1;
    several_threads_take_turns();
    graphs_do_what_was_captured();
    if (emulator::allocations() != 0) ++failures, std::printf("FAILED memory of the device was not released\n");
    std::printf("%s\n", failures == 0 ? "all passed" : "some failed");
    return failures == 0 ? 0 : 1;
}
