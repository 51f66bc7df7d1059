#pragma once
// Products of rows of a sparse matrix with a dense one, vectorised; the code is chosen for the processor at run time.
// Plain C++ without modules, because sparse_kernels.cpp is compiled once for every instruction set.
#include <cstddef>
#include <cstdint>

namespace wordmill::kernels {
/// Rows of a matrix in compressed sparse row form: row r has the entries begins[r] .. ends[r].
struct sparse_rows {
    std::uint64_t const* begins;
    std::uint64_t const* ends;
    std::uint32_t const* columns;
    float const* values;
};
/// A dense row-major matrix, rows `stride` floats apart.
template <class T> struct dense_rows {
    T* data;
    std::size_t stride;
};

/// y = a x, or y += a x when `adds`, for rows first .. last of a and y and `width` columns of x and y. The order of
/// each sum depends only on its row.
void sparse_times_dense(sparse_rows const& a, std::size_t first, std::size_t last, dense_rows<float const> x,
                        std::size_t width, dense_rows<float> y, bool adds);
}
