// Plain header between nvcc and the modules: what all operations of layers on a device share.
#pragma once
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/entries.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace wordmill::cuda {
/// A row-major matrix in the memory of a device, consecutive rows `stride` values apart. A null `data` means that there
/// is no matrix.
template <class T> struct device_matrix {
    T* data = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t stride = 0;

    template <class Same>
        requires std::is_same_v<Same, T>
    WORDMILL_HOST_DEVICE operator device_matrix<Same const>() const {
        return {data, rows, columns, stride};
    }
};
using float_matrix = device_matrix<float>;
using float_input = device_matrix<float const>;

/// Consecutive values in the memory of a device.
template <class T> struct device_values {
    T* data = nullptr;
    std::size_t size = 0;
};

/// The type that operands of products are rounded to, to the nearest even. Sums are in fp32.
enum class product_precision : std::uint8_t {
    fp32,
    tf32, ///< 11 significant bits
    bf16, ///< 8 significant bits
};

/// Bytes of the device that cuBLAS works in: as many as its documentation advises for GPUs of compute capability 9.
inline constexpr std::size_t cublas_workspace = std::size_t{32} << 20;

struct nn_options {
    bool libraries = true; ///< cuBLAS computes products and cuDNN recurrent layers, where they are found
    product_precision products = product_precision::fp32;
    /// How many logits of a projection are in memory at a time; at least those of 64 rows are.
    std::size_t logits_at_once = std::size_t{1} << 24;
};

/// The device that the functions of the headers nn_*.hpp compute on. A function puts its work in the queue and does not
/// wait for it; everything that its arguments refer to is in the memory of the device. Callers check all sizes and
/// numbers of rows. For one thread at a time; every function throws cuda_error.
class nn_device {
public:
    /// `where` must outlive it.
    nn_device(device_queue& where, nn_options const& options);
    ~nn_device();
    [[nodiscard]] bool has_cublas() const noexcept;
    [[nodiscard]] bool has_cudnn() const noexcept;

    struct state;
    /// For the code of the device.
    [[nodiscard]] state& of() const noexcept { return *state_; }

private:
    std::unique_ptr<state> state_;
};
}
