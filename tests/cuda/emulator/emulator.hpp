// Runs kernels on the CPU. Every CUDA thread is a fiber. All fibers of a kernel run on one thread of the operating
// system, in an order that a seed decides. Threads that wait for others that never come are reported. Tests include
// this header for `settings`; device code gets it through include/cuda_runtime.h.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <driver_types.h>
#include <functional>
#include <source_location>
#include <string>
#include <vector_types.h>

namespace emulator {
using place = std::source_location;

struct options {
    std::uint64_t seed = 1;                     ///< of the order of threads, blocks and streams
    std::size_t memory = std::size_t{4} << 30;  ///< bytes of the device; more cannot be allocated
    std::uint64_t lose_device_after = 0;        ///< the number of the launch at which the device is lost; 0: never
    bool counts = false;                        ///< says at the end how often work was launched and waited for
    unsigned threads_in_flight = 2048;          ///< blocks start while their threads are no more than this
    std::uint64_t most_idle_turns = 50'000'000; ///< turns without progress until a livelock is reported
};
/// Reads WORDMILL_EMULATOR_SEED, WORDMILL_EMULATOR_MEMORY (bytes), WORDMILL_EMULATOR_LOSE_DEVICE_AFTER,
/// WORDMILL_EMULATOR_THREADS (in flight) and WORDMILL_EMULATOR_COUNTS (1: yes). Ends the process with a message when
/// one of them is not a number.
[[nodiscard]] options options_from_environment();
inline options settings = options_from_environment();

struct shape {
    dim3 blocks, threads;
    std::size_t shared_bytes;
    place where;
};
/// Calls `body` in every thread of a grid. Returns what went wrong, or nothing. For one thread of the host at a time.
[[nodiscard]] std::string run(shape const&, std::function<void()> const& body);

// The runtime. Work is queued, and done at once or as late as the program allows, as the seed decides. Any thread of
// the host may call it: calls take turns.

cudaError_t launch(shape const&, cudaStream_t, std::function<void()> body);
/// Queues the work of a library on the memory of the device. Counts as a launch. Work returns what went wrong, or
/// nothing.
cudaError_t enqueue(cudaStream_t, std::function<std::string()> work);
/// Counts a launch. Returns an error when the device is lost.
cudaError_t count_launch();
[[nodiscard]] std::size_t allocations(); ///< on the device, not freed yet
/// While one lives, the host may access memory of the device, which the address sanitizer reports at other times, and
/// work of the stream is not put off. For code that works in place of a library, such as the host back ends of Thrust.
class device_access {
public:
    explicit device_access(cudaStream_t = nullptr);
    device_access(device_access const&) = delete;
    device_access& operator=(device_access const&) = delete;
    ~device_access();

private:
    cudaStream_t stream_;
};

// For device code.

/// Waits until all threads of the block have come here.
void meet_block(place);
using values_of_lanes = std::array<std::uint64_t, 32>;
/// What a lane gets, from what the lanes in `mask` gave and from its own argument.
using combination = std::uint64_t (*)(values_of_lanes const& given, unsigned mask, unsigned argument);
/// Waits until the lanes in `mask` have come here. `ordered`: memory written before is visible after.
std::uint64_t meet_warp(unsigned mask, std::uint64_t value, unsigned argument, combination, bool ordered, place);
/// A point where another thread may run.
void pause();
/// Memory of the block, the same for each call with a key. Filled with 0xff, like all memory of the device.
[[nodiscard]] void* block_memory(void const* key, std::size_t bytes, std::size_t alignment);
[[nodiscard]] void* dynamic_block_memory();
[[noreturn]] void fail(std::string what);
}

inline uint3 threadIdx, blockIdx;
inline dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;
