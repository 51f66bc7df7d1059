// For .cu files only: host memory that the device copies from and to by itself, and events in a queue.
#pragma once
#include "queue.hpp"
#include <algorithm>

namespace wordmill::cuda {
/// Page-locked memory of the host. Work that uses it must be done before it is released or grows.
template <class T> class pinned {
public:
    pinned() = default;
    pinned(pinned const&) = delete;
    pinned& operator=(pinned const&) = delete;
    ~pinned() { release(); }

    [[nodiscard]] T* data() const noexcept { return data_; }
    [[nodiscard]] T& operator[](std::size_t i) const noexcept { return data_[i]; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Provides at least `count` elements and keeps the first `used`.
    T* grown_to(std::size_t count, std::size_t used = 0) {
        if (size_ >= count) return data_;
        count = count < 2 * size_ ? 2 * size_ : count;
        void* memory = nullptr;
        check(cudaHostAlloc(&memory, count * sizeof(T), cudaHostAllocDefault), "page-locked memory");
        auto* const grown = static_cast<T*>(memory);
        std::copy_n(data_, used, grown);
        release();
        data_ = grown;
        size_ = count;
        return data_;
    }

private:
    void release() noexcept {
        if (data_ != nullptr) (void)cudaFreeHost(data_);
        data_ = nullptr;
        size_ = 0;
    }
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

/// A point in the work of a queue.
class event {
public:
    event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "event"); }
    event(event const&) = delete;
    event& operator=(event const&) = delete;
    ~event() { (void)cudaEventDestroy(event_); }

    void record(queue& q) { check(cudaEventRecord(event_, q.stream()), "event"); }
    void wait() { check(cudaEventSynchronize(event_), "work of the device"); }
    [[nodiscard]] bool reached() {
        auto const code = cudaEventQuery(event_);
        if (code == cudaErrorNotReady) {
            (void)cudaGetLastError(); // "not ready" is not an error
            return false;
        }
        check(code, "work of the device");
        return true;
    }

private:
    cudaEvent_t event_ = nullptr;
};
}
