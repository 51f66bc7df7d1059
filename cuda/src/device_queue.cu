#include "queue.hpp"
#include "staging.hpp"
#include "wordmill/cuda/device_queue.hpp"

namespace wordmill::cuda {
struct device_queue::state {
    queue work{};
    std::uint64_t marked = 0;
    std::uint64_t reached = 0; // all work before this mark is known to be done
    upload_staging uploads{};
    download_staging downloads{};

    void wait(char const* what) {
        try {
            work.wait(what);
        } catch (cuda_error const&) {
            downloads.forget();
            throw;
        }
        finish();
    }
    /// All work is done.
    void finish() {
        downloads.deliver();
        reached = marked;
    }
};

device_queue::device_queue() : state_(on_device(usable_device(), "queue", [] { return std::make_unique<state>(); })) {}
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
    auto& s = *state_;
    auto const all = bytes * rows;
    if (all == 0) return;
    on_device(s.work.device(), "copy to the device", [&] {
        bool const small = all <= upload_staging::half_bytes;
        auto const* const source = small ? s.uploads.copy_of(s.work, from, all) : from;
        check(cudaMemcpy2DAsync(to, stride, source, bytes, bytes, rows, cudaMemcpyHostToDevice, s.work.stream()),
              "copy to the device");
        // Some systems read pageable memory only when the queue reaches the copy.
        if (!small) s.wait("copy to the device");
    });
}
void device_queue::copy_out(void const* from, std::size_t stride, void* to, std::size_t bytes, std::size_t rows) {
    auto& s = *state_;
    if (bytes == 0 || rows == 0) return;
    on_device(s.work.device(), "copy from the device", [&] {
        auto* const staged = s.downloads.room_for(to, bytes * rows);
        check(cudaMemcpy2DAsync(staged != nullptr ? staged : to, bytes, from, stride, bytes, rows,
                                cudaMemcpyDeviceToHost, s.work.stream()),
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
        if (code != cudaSuccess) s.downloads.forget();
        check(code, "queue");
        s.finish();
        return true;
    });
}
void device_queue::wait(std::uint64_t mark) {
    auto& s = *state_;
    if (mark <= s.reached) return;
    on_device(s.work.device(), "queue", [&] { s.wait("queue"); });
}
}
