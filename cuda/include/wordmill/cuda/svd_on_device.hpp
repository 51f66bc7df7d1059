// Plain header between nvcc and the modules.
#pragma once
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/error.hpp"
#include "wordmill/cuda/tall.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>

namespace wordmill::cuda {
/// Whether cuBLAS and cuSPARSE are available as well, which a `svd_on_device` needs; never throws.
[[nodiscard]] availability check_linear_algebra() noexcept;

/// A sparse matrix in the memory of the host.
struct sparse_matrix {
    std::size_t rows;
    std::size_t columns;
    std::uint64_t const* offsets;    ///< [rows + 1]
    std::uint32_t const* columns_of; ///< [offsets[rows]], rising in a row
    float const* values;
};

/// A sparse matrix A on a device, and what the search for its singular vectors does with tall matrices
/// there. Products of tall matrices with each other run in double precision, the others in single precision and never
/// in TF32; the same bytes each time on a device. For one thread at a time; every member throws cuda_error.
class svd_on_device {
public:
    /// Makes the transpose too. `turned`: A is the transpose of what is given. Works in `where`, which must outlive it
    /// and has the memory of the tall matrices.
    svd_on_device(device_queue& where, sparse_matrix const& a, bool turned);
    ~svd_on_device();
    /// Bytes of the device that the constructor needs.
    [[nodiscard]] static std::size_t bytes_of(std::size_t rows, std::size_t columns, std::size_t entries) noexcept;

    /// Matrices of the same shape that do not overlap.
    void copy(tall from, tall to);

    void times(tall x, tall y);            ///< y = A x
    void transposed_times(tall y, tall x); ///< x = A^T y
    /// x^T y, [columns of x, columns of y].
    void gram(tall x, tall y, double* product);
    /// z -= x c, c [columns of x, columns of z].
    void subtract(tall x, float const* c, tall z);
    /// The first `columns` of x become x c, c [columns of x, columns].
    void rotate(tall x, float const* c, std::size_t columns);
    /// to = x diag(1 / s).
    void divide(tall x, double const* s, tall to);
    /// Adds the squares of the lengths of the columns of x - y diag(s) to sums [columns].
    void add_squares(tall x, tall y, double const* s, double* sums);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
