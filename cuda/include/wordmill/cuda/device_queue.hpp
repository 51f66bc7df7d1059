// Plain header between nvcc and the modules.
#pragma once
#include "wordmill/cuda/error.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>

namespace wordmill::cuda {
class queue;

/// The work of the first usable device, in the order in which it is asked for, and memory there. For one thread at a
/// time; every member but `release` throws cuda_error.
class device_queue {
public:
    device_queue();
    ~device_queue();

    [[nodiscard]] void* allocate(std::size_t bytes); ///< zeros
    /// Free for others once what was asked for until now is done.
    void release(void* memory) noexcept;
    /// `rows` of `bytes` each, without gaps on the host and `stride` bytes apart on the device. `from` is ordinary
    /// memory, not page-locked, and may change when the call returns. Waits for the queue only with more than 512 KiB.
    void copy_in(void const* from, std::size_t bytes, std::size_t rows, void* to, std::size_t stride);
    /// `to` is written when `wait` has returned, or `done` has said so, for a mark made after this call.
    void copy_out(void const* from, std::size_t stride, void* to, std::size_t bytes, std::size_t rows);

    /// A number for all that was asked for until now; they rise.
    [[nodiscard]] std::uint64_t mark() noexcept;
    [[nodiscard]] bool done(std::uint64_t mark);
    void wait(std::uint64_t mark);

    /// All that is asked for from `begin_step` to `end_step` may be done only after `end_step`. From the second step of
    /// a shape on it is launched as one CUDA graph, unless memory is allocated or somebody waits meanwhile.
    void begin_step(std::uint64_t shape);
    void end_step();
    /// Whether steps are launched as graphs; they are unless it is called.
    void use_graphs(bool use) noexcept;

    /// For the code of the device.
    [[nodiscard]] queue& work() noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
