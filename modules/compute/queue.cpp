module;
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
module wordmill.compute;
import :queue;
import wordmill.core;

namespace wordmill {
namespace {
constexpr std::size_t alignment = 64;

class processor final : public compute_queue {
public:
    queue_mark mark() override { return {}; }
    bool done(queue_mark) override { return true; }
    void wait(queue_mark) override {}

protected:
    void* allocate(std::size_t bytes) override {
        // From calloc, because pages that are never written then take no memory. Its address is kept before the block.
        auto* const whole = static_cast<char*>(std::calloc(checked_sum(bytes, alignment), 1));
        if (whole == nullptr)
            throw error(failure::resource, "compute: cannot allocate " + format_bytes(bytes) + " of memory");
        static_assert(alignof(std::max_align_t) >= sizeof(void*));
        auto* const block = whole + alignment - reinterpret_cast<std::uintptr_t>(whole) % alignment;
        std::memcpy(block - sizeof(void*), &whole, sizeof(void*));
        return block;
    }
    void release(void* memory) noexcept override {
        void* whole = nullptr;
        std::memcpy(&whole, static_cast<char*>(memory) - sizeof(void*), sizeof(void*));
        std::free(whole);
    }
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
