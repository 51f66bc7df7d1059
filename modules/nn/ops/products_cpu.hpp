#pragma once
// Vectorised matrix products: the interface of products_cpu_kernels.cpp, which is compiled once for every instruction
// set; the code is chosen for the processor at run time.
//
// The right operand of a product is called wide: it is packed into panels of `panel_width()` columns, and each panel
// stores its rows one after the other. The left operand is called narrow: a few of its rows are multiplied at a time.
// Every value of a result is a sum over k in ascending order, so it does not depend on how the work is divided into
// blocks.
#include <cstddef>

namespace wordmill::product_kernels {
/// Floats in a row of a panel; at most 32.
[[nodiscard]] std::size_t panel_width();
/// The largest number of rows of the narrow operand that are multiplied together.
[[nodiscard]] std::size_t most_rows();

/// Value (k, n) is `data[k * k_step + n * n_step]`; one of the steps is 1.
struct operand {
    float const* data;
    std::size_t k_step;
    std::size_t n_step;
};
/// Packs [k, n] into ceil(n / width) panels that begin `panel_step` floats apart; columns beyond n become 0.
void pack_wide(operand from, std::size_t k, std::size_t n, float* to, std::size_t panel_step);
/// Packs [rows, k], whose rows are `n_step` apart, into groups of rows: group g begins at (its first row) * k and holds
/// k columns of its rows.
void pack_narrow(operand from, std::size_t rows, std::size_t k, float* to);
/// Packs [rows, k], whose rows are contiguous and `stride` apart, into panels of `panel_width()` columns, as
/// `narrow_form::panels` says. k is a multiple of the width.
void pack_narrow_panels(float const* from, std::size_t stride, std::size_t rows, std::size_t k, float* to);

/// The layout of the narrow operand.
enum class narrow_form : unsigned char {
    groups,  ///< as pack_narrow writes it
    columns, ///< value (r, k) at r + k * step
    rows,    ///< value (r, k) at r * step + k
    panels,  ///< value (r, k) at r * width + k % width + k / width * step; k is a multiple of the width
};
struct narrow_operand {
    float const* data;
    narrow_form form;
    std::size_t step;
};
/// [rows, k] packed by `pack_narrow_panels` or `pack_narrow`.
[[nodiscard]] inline narrow_operand packed_rows(float const* data, bool in_panels, std::size_t rows) {
    if (in_panels) return {data, narrow_form::panels, rows * panel_width()};
    return {data, narrow_form::groups, 0};
}
enum class put : unsigned char { store, add };
/// Where a product is written: value (r, c) of panel p is at `data[r * row_step + p * panel_step + c]`.
struct destination {
    float* data;
    std::size_t row_step;
    std::size_t panel_step;
    put how;
    float const* start = nullptr; ///< [n, padded to panels] the initial value of each row of a stored product; null: 0
    float* maxima = nullptr;      ///< [rows, width / 2]: raised to the largest values of each row
};
/// Multiplies `rows` rows of a by n columns of the panels, with sums over k.
void multiply(narrow_operand a, std::size_t rows, float const* panels, std::size_t panel_step, std::size_t k,
              std::size_t n, destination to);
}
