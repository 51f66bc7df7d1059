#include "queue.hpp"
#include "wordmill/cuda/device.hpp"
#include <cstdio>

namespace wordmill::cuda {
int usable_device() {
    auto const found = check_devices();
    if (!found.usable) throw cuda_error(cudaErrorNoDevice, found.reason);
    return found.device;
}

queue::queue() : device_(usable_device()) {
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
        current_device const scope(device_);
        if (memory != nullptr) (void)cudaFreeAsync(memory, stream_);
    } catch (cuda_error const&) {
        // the device is gone, and all that was on it
    }
}

void queue::wait(char const* what, std::source_location where) { check(cudaStreamSynchronize(stream_), what, where); }
}
