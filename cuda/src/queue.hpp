// For .cu files only: work in order on one device, and memory that is allocated and released in that order.
#pragma once
#include "check.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <source_location>
#include <thrust/execution_policy.h>
#include <thrust/system/system_error.h>
#include <thrust/system_error.h>
#include <utility>
#include <vector>

namespace wordmill::cuda {
/// The number of the first usable device. Throws cuda_error with the reason when there is none.
[[nodiscard]] int usable_device();

class queue;
class step_graphs;

/// Memory that operations need only while they are queued, given back in the reverse order. It is kept, so that a step
/// that was done before allocates nothing.
class scratch_memory {
public:
    [[nodiscard]] void* take(queue& q, std::size_t bytes);
    void give_back(queue& q, std::size_t bytes) noexcept;
    void release_all(queue& q) noexcept;

private:
    struct block {
        void* memory;
        std::size_t bytes, used;
    };
    std::vector<block> blocks_{}; // all but one only as long as their memory is in use
    std::size_t in_use_ = 0, most_ = 0;
};

/// A stream of the first usable device with its own memory pool. For one thread at a time.
class queue {
public:
    queue(); ///< a queue of `usable_device()`
    queue(queue const&) = delete;
    queue& operator=(queue const&) = delete;
    ~queue();

    [[nodiscard]] cudaStream_t stream() const noexcept { return stream_; }
    [[nodiscard]] int device() const noexcept { return device_; }
    /// Allocates memory for later work on this queue; nullptr for 0 bytes.
    [[nodiscard]] void* allocate(std::size_t bytes, std::source_location where = std::source_location::current());
    /// Releases memory; it is reused only after the work queued so far is done.
    void release(void* memory) noexcept;
    /// Waits until all work is done and throws its errors.
    void wait(char const* what, std::source_location where = std::source_location::current());
    [[nodiscard]] scratch_memory& scratch() noexcept { return scratch_; }

    /// The work of a step, from `begin_step` to `end_step`, is launched as one graph from its second time on: it is
    /// captured, and the graph of the last step of the same shape is updated to it. A step that allocates or waits is
    /// launched until there, and goes on without a graph. Inside a step only `stream()` may be captured.
    void begin_step(std::uint64_t shape);
    void end_step();
    /// Launches what a step has captured. What follows is work that cannot be captured.
    void leave_graph();
    [[nodiscard]] bool in_graph() const noexcept;
    /// Whether graphs are made at all.
    void use_graphs(bool use) noexcept { uses_graphs_ = use; }

private:
    void launch_graph(bool whole);
    int device_;
    cudaStream_t stream_ = nullptr;
    cudaMemPool_t pool_ = nullptr;
    scratch_memory scratch_{};
    bool uses_graphs_ = true;
    std::unique_ptr<step_graphs> graphs_;
    std::vector<void*> released_in_graph_{}; // free after the launch
};

/// Selects a device for the calling thread for the lifetime of this object.
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
    /// Provides at least `count` elements; growing loses the earlier contents.
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

/// `count` elements for the time of an operation, not initialised. Objects are destroyed in the reverse order of their
/// construction.
template <class T> class scratch {
public:
    scratch(queue& q, std::size_t count) : queue_(&q), size_(count) {
        if (count > SIZE_MAX / sizeof(T)) throw cuda_error(cudaErrorMemoryAllocation, "a size overflows 64 bits");
        data_ = static_cast<T*>(q.scratch().take(q, count * sizeof(T)));
    }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;
    ~scratch() { queue_->scratch().give_back(*queue_, size_ * sizeof(T)); }

    [[nodiscard]] T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    queue* queue_;
    T* data_ = nullptr;
    std::size_t size_;
};

/// Copies from the caller's memory, which may change afterwards.
template <class T> void upload(queue& q, T const* from, std::size_t count, T* to) {
    if (count == 0) return;
    check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyHostToDevice, q.stream()), "copy to the device");
    q.wait("copy to the device");
}
/// Copies to the caller's memory after all work queued before is done.
template <class T> void download(queue& q, T const* from, std::size_t count, T* to) {
    if (count == 0) return;
    check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDeviceToHost, q.stream()), "copy from the device");
    q.wait("copy from the device");
}

/// The allocator of Thrust's temporary memory.
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

/// The execution policy for Thrust's algorithms on the queue. Algorithms without a result return without waiting.
[[nodiscard]] inline auto policy_of(queue& q, queue_allocator& memory) {
    return thrust::cuda::par_nosync(memory).on(q.stream());
}

/// Calls `work` with the device current, and turns Thrust's exceptions into cuda_error.
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
