#pragma once
// Matrix products in vector registers, chosen for the processor at run time: the plain face of
// products_cpu_kernels.cpp, which is compiled once for every instruction set.
//
// A product has a wide operand, the right one, packed into panels of `panel_width()` columns with one row of a panel
// behind the other, and a narrow one, the left, of which a few rows are worked on at a time. Every value of a result is
// the sum over k in ascending order, so it does not depend on how the work is cut into blocks.
#include <cstddef>

namespace wordmill::product_kernels {
/// Floats of a row of a panel; at most 32.
[[nodiscard]] std::size_t panel_width();
/// Rows of the narrow operand that are worked on together, at most.
[[nodiscard]] std::size_t most_rows();

/// Value (k, n) is `data[k * k_step + n * n_step]`; one of the steps is 1.
struct operand {
    float const* data;
    std::size_t k_step;
    std::size_t n_step;
};
/// [k, n] into ceil(n / width) panels, `panel_step` floats from one to the next; columns beyond n become 0.
void pack_wide(operand from, std::size_t k, std::size_t n, float* to, std::size_t panel_step);
/// [rows, k], row by `n_step`, into groups: group g begins at (its first row) * k and holds k columns of its rows.
void pack_narrow(operand from, std::size_t rows, std::size_t k, float* to);

/// How the narrow operand lies in memory.
enum class narrow_form : unsigned char {
    groups,  ///< as pack_narrow leaves it
    columns, ///< value (r, k) at r + k * step
    panels,  ///< value (r, k) at r * width + k % width + k / width * step; k is a multiple of the width
};
struct narrow_operand {
    float const* data;
    narrow_form form;
    std::size_t step;
};
enum class put : unsigned char { store, add };
/// Where a product goes: value (r, c) of panel p at `data[r * row_step + p * panel_step + c]`.
struct destination {
    float* data;
    std::size_t row_step;
    std::size_t panel_step;
    put how;
    float const* start = nullptr; ///< [n, padded to panels] what each row of a stored product begins with; none: 0
    float* maxima = nullptr;      ///< [rows, width / 2]: raised to the values of each row
};
/// The product of `rows` rows and n columns over k.
void multiply(narrow_operand a, std::size_t rows, float const* panels, std::size_t panel_step, std::size_t k,
              std::size_t n, destination to);
}
