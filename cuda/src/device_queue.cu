#include "queue.hpp"
#include "wordmill/cuda/device_queue.hpp"

namespace wordmill::cuda {
struct device_queue::state {
    queue work{};
    std::uint64_t marked = 0;
    std::uint64_t reached = 0; // all work before this mark is known to be done
};

device_queue::device_queue() : state_(std::make_unique<state>()) {}
device_queue::~device_queue() = default;
queue& device_queue::work() noexcept { return state_->work; }

void* device_queue::allocate(std::size_t bytes) {
    auto& work = state_->work;
    return on_device(work.device(), "device memory", [&] {
        auto* const memory = work.allocate(bytes);
        if (memory != nullptr) check(cudaMemsetAsync(memory, 0, bytes, work.stream()), "device memory");
        return memory;
    });
}
void device_queue::release(void* memory) noexcept { state_->work.release(memory); }

void device_queue::copy_in(void const* from, std::size_t bytes, std::size_t rows, void* to, std::size_t stride) {
    auto& work = state_->work;
    if (bytes == 0 || rows == 0) return;
    on_device(work.device(), "copy to the device", [&] {
        check(cudaMemcpy2DAsync(to, stride, from, bytes, bytes, rows, cudaMemcpyHostToDevice, work.stream()),
              "copy to the device");
        work.wait("copy to the device"); // some systems read pageable memory only when the queue reaches the copy
    });
    state_->reached = state_->marked;
}
void device_queue::copy_out(void const* from, std::size_t stride, void* to, std::size_t bytes, std::size_t rows) {
    auto& work = state_->work;
    if (bytes == 0 || rows == 0) return;
    on_device(work.device(), "copy from the device", [&] {
        check(cudaMemcpy2DAsync(to, bytes, from, stride, bytes, rows, cudaMemcpyDeviceToHost, work.stream()),
              "copy from the device");
    });
}

std::uint64_t device_queue::mark() noexcept { return ++state_->marked; }
bool device_queue::done(std::uint64_t mark) {
    auto& s = *state_;
    if (mark <= s.reached) return true;
    return on_device(s.work.device(), "queue", [&] {
        auto const code = cudaStreamQuery(s.work.stream());
        if (code == cudaErrorNotReady) {
            (void)cudaGetLastError(); // "not ready" is not an error
            return false;
        }
        check(code, "queue");
        s.reached = s.marked;
        return true;
    });
}
void device_queue::wait(std::uint64_t mark) {
    auto& s = *state_;
    if (mark <= s.reached) return;
    on_device(s.work.device(), "queue", [&] { s.work.wait("queue"); });
    s.reached = s.marked;
}
}
