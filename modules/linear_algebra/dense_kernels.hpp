#pragma once
// Products of dense matrices, vectorised; the code is chosen for the processor at run time. Plain C++ without modules,
// because dense_kernels.cpp is compiled once for every instruction set.
#include <cstddef>

namespace wordmill::kernels {
/// The left operand a [rows, inner] of a product: entry (r, k) is data[r * row_step + k * inner_step]. A transposed
/// matrix has a row step of 1.
template <class T> struct left_operand {
    T const* data;
    std::size_t row_step;
    std::size_t inner_step;
};
/// A row-major matrix, rows `stride` values apart.
template <class T> struct row_major {
    T* data;
    std::size_t stride;
};
/// The sizes of c [rows, columns] = a [rows, inner] b [inner, columns].
struct product_shape {
    std::size_t rows, inner, columns;
};
enum class part { all, upper };

/// c += a b. With `part::upper` the entries below the diagonal may stay as they are. c overlaps no operand. The order
/// of the sum of an entry depends only on `inner`: 256 products at a time are summed from 0, then added to c.
void add_product(left_operand<float> a, row_major<float const> b, row_major<float> c, product_shape shape,
                 part wanted = part::all);
void add_product(left_operand<double> a, row_major<double const> b, row_major<double> c, product_shape shape,
                 part wanted = part::all);
}
