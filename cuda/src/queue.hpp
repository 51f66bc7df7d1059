// For .cu files only: work in order on one device, and memory that is taken and given back in that order.
#pragma once
#include "check.hpp"
#include <cstddef>
#include <cstdint>
#include <new>
#include <source_location>
#include <thrust/execution_policy.h>
#include <thrust/system/system_error.h>
#include <thrust/system_error.h>
#include <utility>

namespace wordmill::cuda {
/// The number of the first device that can be used. Throws cuda_error with the reason where there is none.
[[nodiscard]] int usable_device();

/// A stream of the first usable device with a memory pool of its own. For one thread at a time.
class queue {
public:
    queue(); ///< of `usable_device()`
    queue(queue const&) = delete;
    queue& operator=(queue const&) = delete;
    ~queue();

    [[nodiscard]] cudaStream_t stream() const noexcept { return stream_; }
    [[nodiscard]] int device() const noexcept { return device_; }
    /// Memory for work that comes later on this queue; nullptr for 0 bytes.
    [[nodiscard]] void* allocate(std::size_t bytes, std::source_location where = std::source_location::current());
    /// Free for others once what was queued until now is done.
    void release(void* memory) noexcept;
    /// Until all work is done; the place where its errors come out.
    void wait(char const* what, std::source_location where = std::source_location::current());

private:
    int device_;
    cudaStream_t stream_ = nullptr;
    cudaMemPool_t pool_ = nullptr;
};

/// Makes a device the calling thread's while it lives.
class current_device {
public:
    explicit current_device(int device) {
        check(cudaGetDevice(&before_), "current device");
        check(cudaSetDevice(device), "device selection");
    }
    current_device(current_device const&) = delete;
    current_device& operator=(current_device const&) = delete;
    ~current_device() { (void)cudaSetDevice(before_); }

private:
    int before_ = 0;
};

/// `count` elements in the memory of a device, not initialised. The queue must outlive it.
template <class T> class array {
public:
    array() = default;
    array(queue& q, std::size_t count) : queue_(&q), size_(count) {
        if (count > SIZE_MAX / sizeof(T)) throw cuda_error(cudaErrorMemoryAllocation, "a size overflows 64 bits");
        data_ = static_cast<T*>(q.allocate(count * sizeof(T)));
    }
    array(array&& other) noexcept { swap(other); }
    array& operator=(array&& other) noexcept {
        swap(other);
        return *this;
    }
    ~array() {
        if (data_ != nullptr) queue_->release(data_);
    }

    [[nodiscard]] T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// At least `count` elements; what was there is lost when it has to grow.
    T* grown_to(queue& q, std::size_t count) {
        if (size_ < count) {
            *this = array();
            *this = array(q, count);
        }
        return data_;
    }

private:
    void swap(array& other) noexcept {
        std::swap(queue_, other.queue_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }
    queue* queue_ = nullptr;
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Copies from the caller's memory, which is free to change afterwards.
template <class T> void upload(queue& q, T const* from, std::size_t count, T* to) {
    if (count == 0) return;
    check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyHostToDevice, q.stream()), "copy to the device");
    q.wait("copy to the device");
}
/// Copies to the caller's memory, when all that was queued before is done.
template <class T> void download(queue& q, T const* from, std::size_t count, T* to) {
    if (count == 0) return;
    check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDeviceToHost, q.stream()), "copy from the device");
    q.wait("copy from the device");
}

/// Where Thrust takes temporary memory from.
class queue_allocator {
public:
    using value_type = char;
    explicit queue_allocator(queue& q) : queue_(&q) {}
    [[nodiscard]] char* allocate(std::ptrdiff_t bytes) {
        return static_cast<char*>(queue_->allocate(static_cast<std::size_t>(bytes)));
    }
    void deallocate(char* memory, std::size_t) noexcept { queue_->release(memory); }

private:
    queue* queue_;
};

/// Thrust's algorithms on the queue; they return without waiting where they have nothing to return.
[[nodiscard]] inline auto policy_of(queue& q, queue_allocator& memory) {
    return thrust::cuda::par_nosync(memory).on(q.stream());
}

/// Calls `work` with the device current, and says of Thrust's exceptions what cuda_error says.
template <class Work> auto on_device(int device, char const* what, Work work) {
    try {
        current_device const scope(device);
        return work();
    } catch (thrust::system_error const& e) {
        (void)cudaGetLastError();
        fail(static_cast<cudaError_t>(e.code().value()), what, std::source_location::current());
    } catch (std::bad_alloc const&) {
        fail(cudaErrorMemoryAllocation, what, std::source_location::current());
    }
}
}
