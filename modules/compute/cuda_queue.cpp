module;
#include "wordmill/cuda/device_queue.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>
module wordmill.compute;
import :choice;
import :queue;
import wordmill.core;

namespace wordmill {
namespace {
class gpu final : public compute_queue {
public:
    queue_mark mark() override { return queue_mark{work.mark()}; }
    bool done(queue_mark at) override {
        return on_cuda([&] { return work.done(static_cast<std::uint64_t>(at)); });
    }
    void wait(queue_mark at) override {
        on_cuda([&] { work.wait(static_cast<std::uint64_t>(at)); });
    }
    cuda::device_queue work{};

protected:
    void begin_step(std::uint64_t shape) override {
        on_cuda([&] { work.begin_step(shape); });
    }
    void end_step() override {
        on_cuda([&] { work.end_step(); });
    }
    void* allocate(std::size_t bytes) override {
        return on_cuda([&] { return work.allocate(bytes); });
    }
    void release(void* memory) noexcept override { work.release(memory); }
    void copy_in(host_rows<void const*> from, void* to, std::size_t stride) override {
        on_cuda([&] { work.copy_in(from.data, from.bytes, from.rows, to, stride); });
    }
    void copy_out(void const* from, std::size_t stride, host_rows<void*> to) override {
        on_cuda([&] { work.copy_out(from, stride, to.data, to.bytes, to.rows); });
    }
};
}

std::shared_ptr<compute_queue> cuda_queue() {
    return on_cuda([] { return std::make_shared<gpu>(); });
}

cuda::device_queue& device_queue_of(compute_queue& queue) {
    auto* const of_gpu = dynamic_cast<gpu*>(&queue);
    expect(of_gpu != nullptr, "device_queue_of: a queue of a GPU");
    return of_gpu->work;
}
}
