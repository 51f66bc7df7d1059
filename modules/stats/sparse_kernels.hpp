#pragma once
// Rows of a sparse matrix times a dense one, in vector registers, chosen for the processor at run time. Plain C++
// without modules: the unit is compiled once for every instruction set.
#include <cstddef>
#include <cstdint>

namespace wordmill::kernels {
/// A matrix in compressed sparse row form.
struct sparse_rows {
    std::uint64_t const* offsets;
    std::uint32_t const* columns;
    float const* values;
};
/// A dense row-major matrix, rows `stride` floats apart.
template <class T> struct dense_rows {
    T* data;
    std::size_t stride;
};

/// y = a x for the rows first .. last of a and y, `width` columns of x and y. Each sum is taken in an order that
/// depends on its row alone.
void sparse_times_dense(sparse_rows const& a, std::size_t first, std::size_t last, dense_rows<float const> x,
                        std::size_t width, dense_rows<float> y);
}
