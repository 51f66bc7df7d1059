// For .cu files only: a sparse matrix on a device, ready for products.
#pragma once
#include "linear_algebra.hpp"
#include "queue.hpp"
#include "wordmill/cuda/svd_on_device.hpp"
#include "wordmill/cuda/tall.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wordmill::cuda {
/// A matrix in compressed sparse row form. Offsets and columns have 32 bits if that is enough to count the entries,
/// else 64.
class sparse_on_device {
public:
    sparse_on_device(queue& q, std::size_t rows, std::size_t columns, std::size_t entries);
    sparse_on_device(sparse_on_device const&) = delete;
    sparse_on_device& operator=(sparse_on_device const&) = delete;
    ~sparse_on_device();

    /// Fills a matrix and its transpose.
    static void load(queue& q, sparse_matrix const& from, sparse_on_device& to, sparse_on_device& transposed);
    /// y = this x. Sums are added in the same order each time.
    void times(queue& q, sparse_handle const& handle, tall x, tall y);
    [[nodiscard]] static bool needs_64_bits(std::size_t entries) noexcept { return entries > INT32_MAX; }

private:
    /// What cuSPARSE prepared before the first product of a shape.
    struct plan {
        std::size_t columns;
        std::size_t x_stride;
        std::size_t y_stride;
        cusparseConstSpMatDescr_t matrix;
        array<char> memory;
    };
    plan const& plan_for(queue& q, sparse_handle const& handle, tall x, tall y);
    template <class Index>
    static void load_as(queue& q, sparse_matrix const& from, sparse_on_device& to, sparse_on_device& transposed);

    std::size_t rows_;
    std::size_t columns_;
    std::size_t entries_;
    array<char> offsets_;
    array<char> columns_of_;
    array<float> values_;
    std::vector<plan> plans_{};
};
}
