#include "queue.hpp"
#include "step_graphs.hpp"
#include "wordmill/cuda/device.hpp"
#include <algorithm>
#include <cstdio>

namespace wordmill::cuda {
namespace {
std::size_t padded(std::size_t bytes) {
    constexpr std::size_t alignment = 256; // that of the runtime's own memory
    return (bytes + alignment - 1) / alignment * alignment;
}
}

int usable_device() {
    auto const found = check_devices();
    if (!found.usable) throw cuda_error(cudaErrorNoDevice, found.reason);
    return found.device;
}

void* scratch_memory::take(queue& q, std::size_t bytes) {
    if (bytes == 0) return nullptr;
    bytes = padded(bytes);
    bool const is_too_small = !blocks_.empty() && blocks_.back().bytes - blocks_.back().used < bytes;
    bool const can_be_whole = in_use_ == 0 && !blocks_.empty() && blocks_.back().bytes < most_;
    if ((is_too_small && blocks_.back().used == 0) || can_be_whole) {
        q.release(blocks_.back().memory);
        blocks_.pop_back();
    }
    if (blocks_.empty() || blocks_.back().bytes - blocks_.back().used < bytes) {
        auto const size = blocks_.empty() ? std::max(bytes, most_) : bytes;
        blocks_.push_back({q.allocate(size), size, 0});
    }
    auto& block = blocks_.back();
    auto* const memory = static_cast<char*>(block.memory) + block.used;
    block.used += bytes;
    in_use_ += bytes;
    most_ = std::max(most_, in_use_);
    return memory;
}

void scratch_memory::give_back(queue& q, std::size_t bytes) noexcept {
    if (bytes == 0) return;
    bytes = padded(bytes);
    in_use_ -= bytes;
    blocks_.back().used -= bytes;
    if (blocks_.back().used > 0 || blocks_.size() == 1) return;
    q.release(blocks_.back().memory);
    blocks_.pop_back();
}

void scratch_memory::release_all(queue& q) noexcept {
    for (auto const& block : blocks_) q.release(block.memory);
    blocks_.clear();
}

queue::queue() : device_(usable_device()), graphs_(std::make_unique<step_graphs>()) {
    current_device const scope(device_);
    int pools = 0;
    check(cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, device_), "memory pools");
    if (pools == 0) throw cuda_error(cudaErrorNotSupported, "the device has no memory pools");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "stream");
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location = {.type = cudaMemLocationTypeDevice, .id = device_};
    try {
        check(cudaMemPoolCreate(&pool_, &properties), "memory pool");
        std::uint64_t keep = UINT64_MAX; // the pool keeps released memory until the queue is destroyed
        check(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep), "memory pool");
    } catch (...) {
        if (pool_ != nullptr) (void)cudaMemPoolDestroy(pool_);
        (void)cudaStreamDestroy(stream_);
        throw;
    }
}

queue::~queue() {
    try {
        current_device const scope(device_);
        if (in_graph()) leave_graph();
        graphs_.reset();
        scratch_.release_all(*this);
        (void)cudaStreamSynchronize(stream_);
        (void)cudaMemPoolDestroy(pool_);
        (void)cudaStreamDestroy(stream_);
    } catch (cuda_error const&) {
        // the device is gone, and all that was on it
    }
}

void* queue::allocate(std::size_t bytes, std::source_location where) {
    void* memory = nullptr;
    if (bytes == 0) return memory;
    leave_graph();
    cudaError_t const code = cudaMallocFromPoolAsync(&memory, bytes, pool_, stream_);
    if (code == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError(); // clear the error
        char what[64];
        std::snprintf(what, sizeof what, "%zu bytes of device memory", bytes);
        fail(code, what, where);
    }
    check(code, "device memory", where);
    return memory;
}

void queue::release(void* memory) noexcept {
    try {
        if (memory == nullptr) return;
        current_device const scope(device_);
        if (in_graph())
            released_in_graph_.push_back(memory);
        else
            (void)cudaFreeAsync(memory, stream_);
    } catch (cuda_error const&) {
        // the device is gone, and all that was on it
    }
}

void queue::wait(char const* what, std::source_location where) {
    leave_graph();
    check(cudaStreamSynchronize(stream_), what, where);
}

bool queue::in_graph() const noexcept { return graphs_ != nullptr && graphs_->capturing(); }
void queue::begin_step(std::uint64_t shape) {
    if (uses_graphs_) graphs_->begin(stream_, shape);
}
void queue::end_step() { launch_graph(true); }
void queue::leave_graph() { launch_graph(false); }
void queue::launch_graph(bool whole) {
    if (!in_graph()) return;
    graphs_->launch(stream_, whole);
    for (auto* const memory : released_in_graph_) (void)cudaFreeAsync(memory, stream_);
    released_in_graph_.clear();
}
}
