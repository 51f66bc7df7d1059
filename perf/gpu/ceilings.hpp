// Plain header between nvcc and the program: what a device can do at best, and its clock.
#pragma once
#include "wordmill/cuda/device_queue.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>

namespace perf::gpu {
/// The time that the device takes for the work of a queue.
class device_clock {
public:
    explicit device_clock(wordmill::cuda::device_queue& where);
    ~device_clock();
    void start();
    /// Seconds since the start, after all work is done.
    [[nodiscard]] double stop();

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Each queues its work and returns; pointers are to memory of the device.

void copy(wordmill::cuda::device_queue& where, void const* from, void* to, std::size_t bytes);
/// Reads all floats, a multiple of 1024, `passes` times, past the first-level caches. `out`: one float.
void read(wordmill::cuda::device_queue& where, float const* from, std::size_t floats, unsigned passes, unsigned blocks,
          float* out);
/// Adds to row `ids` [count] of a table, a warp for each row: float by float, or four at a time.
enum class adding : std::uint8_t { floats, vectors };
void add_to_rows(wordmill::cuda::device_queue& where, adding how, float* table, unsigned row_floats,
                 std::uint32_t const* ids, std::size_t count, unsigned blocks);
/// `count` kernels that do nothing, one after the other.
void launch_nothing(wordmill::cuda::device_queue& where, unsigned count);
}
