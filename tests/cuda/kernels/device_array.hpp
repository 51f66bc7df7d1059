// For .cu files only: memory of the device for the kernels of tests.
#pragma once
#include "check.hpp"
#include <cstddef>

namespace wordmill::cuda::test {
/// `count` elements, zeros or a copy of what is in the memory of the host.
template <class T> class device_array {
public:
    explicit device_array(std::size_t count) : count_(count) {
        check(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)), "memory");
        check(cudaMemset(data_, 0, count * sizeof(T)), "memory");
    }
    device_array(T const* from, std::size_t count) : device_array(count) {
        check(cudaMemcpy(data_, from, count * sizeof(T), cudaMemcpyHostToDevice), "copy");
    }
    device_array(device_array const&) = delete;
    device_array& operator=(device_array const&) = delete;
    ~device_array() { (void)cudaFree(data_); }
    [[nodiscard]] T* data() const { return data_; }
    void read(T* to) const { check(cudaMemcpy(to, data_, count_ * sizeof(T), cudaMemcpyDeviceToHost), "copy"); }

private:
    T* data_ = nullptr;
    std::size_t count_;
};
}
