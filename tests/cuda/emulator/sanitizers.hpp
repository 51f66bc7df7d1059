// Tells sanitizers about fibers. The functions are weak: those of the sanitizer that is linked in exist, the others are
// null, and nothing has to be configured.
#pragma once
#include <cstddef>

extern "C" {
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** fake_stack, void const* bottom, std::size_t size);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* fake_stack, void const** bottom_before,
                                                   std::size_t* size_before);
[[gnu::weak]] void __asan_poison_memory_region(void const volatile* address, std::size_t size);
[[gnu::weak]] void __asan_unpoison_memory_region(void const volatile* address, std::size_t size);
[[gnu::weak]] void* __tsan_get_current_fiber();
[[gnu::weak]] void* __tsan_create_fiber(unsigned flags);
[[gnu::weak]] void __tsan_set_fiber_name(void* fiber, char const* name);
[[gnu::weak]] void __tsan_destroy_fiber(void* fiber);
[[gnu::weak]] void __tsan_switch_to_fiber(void* fiber, unsigned flags);
[[gnu::weak]] void __tsan_acquire(void* address);
[[gnu::weak]] void __tsan_release(void* address);
}

namespace emulator::sanitizers {
[[nodiscard]] inline bool threads() { return __tsan_create_fiber != nullptr; }

// The thread sanitizer orders an acquire after the releases at the same address, and nothing else. The order in which
// threads happen to run here implies nothing about a GPU.
inline void acquire(void* address) {
    if (threads()) __tsan_acquire(address);
}
inline void release(void* address) {
    if (threads()) __tsan_release(address);
}

/// A thread in the eyes of the thread sanitizer. What it does comes after what its creator has done so far.
class identity {
public:
    identity(char const* name) : it_(threads() ? __tsan_create_fiber(0) : nullptr) {
        if (threads()) __tsan_set_fiber_name(it_, name);
    }
    identity(identity const&) = delete;
    identity& operator=(identity const&) = delete;
    ~identity() {
        if (threads()) __tsan_destroy_fiber(it_);
    }
    [[nodiscard]] void* get() const { return it_; }

private:
    void* it_;
};
/// Attributes all that follows to another thread. Returns the one before.
inline void* become(void* other) {
    constexpr unsigned without_order = 1;
    if (!threads()) return nullptr;
    void* const before = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(other, without_order);
    return before;
}
template <class Work> void as(void* other, Work work) {
    void* const before = become(other);
    work();
    become(before);
}
}
