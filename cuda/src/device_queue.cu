#include "queue.hpp"
#include "staging.hpp"
#include "wordmill/cuda/device_queue.hpp"

namespace wordmill::cuda {
namespace {
/// In one piece where rows have no gaps: only such a copy can be updated in a graph.
cudaError_t copy_rows(void* to, std::size_t to_stride, void const* from, std::size_t from_stride, std::size_t bytes,
                      std::size_t rows, cudaMemcpyKind kind, cudaStream_t stream) {
    if (rows == 1 || (to_stride == bytes && from_stride == bytes))
        return cudaMemcpyAsync(to, from, bytes * rows, kind, stream);
    return cudaMemcpy2DAsync(to, to_stride, from, from_stride, bytes, rows, kind, stream);
}
}

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
        if (!s.uploads.fits(all)) s.work.leave_graph();
        auto const* const source = small ? s.uploads.copy_of(s.work, from, all) : from;
        check(copy_rows(to, stride, source, bytes, bytes, rows, cudaMemcpyHostToDevice, s.work.stream()),
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
        if (staged == nullptr) s.work.leave_graph();
        check(copy_rows(staged != nullptr ? staged : to, bytes, from, stride, bytes, rows, cudaMemcpyDeviceToHost,
                        s.work.stream()),
              "copy from the device");
    });
}

std::uint64_t device_queue::mark() noexcept { return ++state_->marked; }
bool device_queue::done(std::uint64_t mark) {
    auto& s = *state_;
    if (mark <= s.reached) return true;
    return on_device(s.work.device(), "queue", [&] {
        s.work.leave_graph();
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

void device_queue::use_graphs(bool use) noexcept { state_->work.use_graphs(use); }
void device_queue::begin_step(std::uint64_t shape) {
    on_device(state_->work.device(), "step", [&] { state_->work.begin_step(shape); });
}
void device_queue::end_step() {
    on_device(state_->work.device(), "step", [&] { state_->work.end_step(); });
}
}
