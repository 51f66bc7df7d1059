module;
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
module wordmill.compute;
import :queue;
import wordmill.core;

namespace wordmill {
namespace {
constexpr std::align_val_t alignment{64};

class processor final : public compute_queue {
public:
    queue_mark mark() override { return {}; }
    bool done(queue_mark) override { return true; }
    void wait(queue_mark) override {}

protected:
    void* allocate(std::size_t bytes) override {
        auto* const memory = ::operator new(bytes, alignment, std::nothrow);
        if (memory == nullptr)
            throw error(failure::resource, "compute: cannot allocate " + format_bytes(bytes) + " of memory");
        std::memset(memory, 0, bytes);
        return memory;
    }
    void release(void* memory) noexcept override { ::operator delete(memory, alignment); }
    void copy_in(host_rows<void const*> from, void* to, std::size_t stride) override {
        for (std::size_t r = 0; r < from.rows; ++r)
            std::memcpy(static_cast<char*>(to) + r * stride, static_cast<char const*>(from.data) + r * from.bytes,
                        from.bytes);
    }
    void copy_out(void const* from, std::size_t stride, host_rows<void*> to) override {
        for (std::size_t r = 0; r < to.rows; ++r)
            std::memcpy(static_cast<char*>(to.data) + r * to.bytes, static_cast<char const*>(from) + r * stride,
                        to.bytes);
    }
};
}

void wait_quietly(compute_queue& queue, queue_mark at) noexcept {
    try {
        if (!queue.done(at)) queue.wait(at);
    } catch (...) {
        // called in a destructor; a queue that has failed abandons the memory
    }
}

std::shared_ptr<compute_queue> processor_queue() { return std::make_shared<processor>(); }
}
