module;
#include "dense_kernels.hpp"
#include <algorithm>
#include <cstddef>
#include <vector>
module wordmill.linear_algebra;
import wordmill.compute;
import wordmill.core;
import wordmill.stream;
import :cpu_arithmetic;
import :sparse_multiply;
import :sparse_product;
import :tall_matrix;

namespace wordmill::detail {
namespace {
constexpr std::size_t rows_at_once = 256; // of a panel, so that they stay in the cache

/// Copies rows of x as doubles, [rows, columns] without gaps.
void widen(matrix_view<float const> x, std::size_t first, std::size_t rows, double* out) {
    for (std::size_t r = 0; r < rows; ++r) {
        auto const row = x.row(first + r);
        out = std::copy(row.begin(), row.end(), out);
    }
}

/// Calls work(first, rows) for pieces of a panel.
template <class Work> void for_pieces(std::size_t first, std::size_t last, Work const& work) {
    for (; first < last; first += rows_at_once) work(first, std::min(rows_at_once, last - first));
}
}

cpu_arithmetic::cpu_arithmetic(csr_view<float const> a, bool turned, unsigned threads)
    : tall_arithmetic(processor_queue()),
      other_(transpose(a, threads)),
      a_(turned ? other_.view() : a),
      transposed_(turned ? a : other_.view()),
      team_(threads) {}

void cpu_arithmetic::copy(tall_view from, tall_view to) {
    for (std::size_t r = 0; r < from.rows; ++r) std::ranges::copy(here(from).row(r), here(to).row(r).begin());
}

void cpu_arithmetic::times(tall_view x, tall_view y) { multiply(a_, here(x), here(y), team_); }
void cpu_arithmetic::transposed_times(tall_view y, tall_view x) { multiply(transposed_, here(y), here(x), team_); }

/// Sums of [p, q] over panels of rows: `panel(first, last, member, sum)` adds the terms of rows first .. last.
template <class Panel>
matrix<double> cpu_arithmetic::sum_over_panels(std::size_t rows, std::size_t p, std::size_t q, Panel panel) {
    constexpr std::size_t most_panels = 64, most_partial = std::size_t{1} << 22;
    matrix<double> sum(p, q);
    auto const size = p * q;
    if (size == 0 || rows == 0) return sum;
    auto const panels = std::min(most_panels, std::max<std::size_t>(4, most_partial / size));
    auto const pieces = (rows + rows_at_once - 1) / rows_at_once;
    auto const panel_rows = (pieces + panels - 1) / panels * rows_at_once;
    auto const count = (rows + panel_rows - 1) / panel_rows;
    std::vector<double> partial(checked_product(count, size));
    team_.run(count, [&](std::size_t i, std::size_t member) {
        panel(i * panel_rows, std::min(rows, (i + 1) * panel_rows), member, partial.data() + i * size);
    });
    auto* const to = sum.view().data;
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t k = 0; k < size; ++k) to[k] += partial[i * size + k];
    return sum;
}

matrix<double> cpu_arithmetic::gram(tall_view tall_x) {
    auto const x = here(tall_x);
    auto const p = x.columns;
    std::vector<double> scratch(team_.members() * rows_at_once * p);
    auto sum = sum_over_panels(x.rows, p, p, [&](std::size_t from, std::size_t to, std::size_t member, double* out) {
        auto* const wide = scratch.data() + member * rows_at_once * p;
        for_pieces(from, to, [&](std::size_t first, std::size_t rows) {
            widen(x, first, rows, wide);
            kernels::add_product({wide, 1, p}, {wide, p}, {out, p}, {p, rows, p}, kernels::part::upper);
        });
    });
    for (std::size_t r = 0; r < p; ++r)
        for (std::size_t c = 0; c < r; ++c) sum.view()(r, c) = sum.view()(c, r);
    return sum;
}

matrix<double> cpu_arithmetic::gram(tall_view tall_x, tall_view tall_y) {
    auto const x = here(tall_x), y = here(tall_y);
    auto const p = x.columns, q = y.columns;
    std::vector<double> scratch(team_.members() * rows_at_once * (p + q));
    return sum_over_panels(x.rows, p, q, [&](std::size_t from, std::size_t to, std::size_t member, double* out) {
        auto* const wide_x = scratch.data() + member * rows_at_once * (p + q);
        auto* const wide_y = wide_x + rows_at_once * p;
        for_pieces(from, to, [&](std::size_t first, std::size_t rows) {
            widen(x, first, rows, wide_x);
            widen(y, first, rows, wide_y);
            kernels::add_product({wide_x, 1, p}, {wide_y, q}, {out, q}, {p, rows, q});
        });
    });
}

matrix<double> cpu_arithmetic::quick_gram(tall_view tall_x, tall_view tall_y) {
    auto const x = here(tall_x), y = here(tall_y);
    auto const p = x.columns, q = y.columns;
    std::vector<float> scratch(team_.members() * p * q);
    return sum_over_panels(x.rows, p, q, [&](std::size_t from, std::size_t to, std::size_t member, double* out) {
        auto* const piece = scratch.data() + member * p * q;
        for_pieces(from, to, [&](std::size_t first, std::size_t rows) {
            std::fill_n(piece, p * q, 0.0F);
            kernels::add_product({&x(first, 0), 1, x.stride}, {&y(first, 0), y.stride}, {piece, q}, {p, rows, q});
            for (std::size_t k = 0; k < p * q; ++k) out[k] += static_cast<double>(piece[k]);
        });
    });
}

void cpu_arithmetic::subtract(tall_view tall_x, matrix_view<double const> c, tall_view tall_z) {
    if (c.rows == 0 || c.columns == 0) return;
    auto const x = here(tall_x), z = here(tall_z);
    auto factors = narrowed(c);
    for (auto& factor : factors) factor = -factor;
    team_.run((z.rows + rows_at_once - 1) / rows_at_once, [&](std::size_t piece, std::size_t) {
        auto const first = piece * rows_at_once;
        kernels::add_product({&x(first, 0), x.stride, 1}, {factors.data(), c.columns}, {&z(first, 0), z.stride},
                             {std::min(rows_at_once, z.rows - first), c.rows, c.columns});
    });
}

void cpu_arithmetic::rotate(tall_view tall_x, matrix_view<double const> c) {
    auto const x = here(tall_x);
    expect(c.rows == x.columns && c.columns <= c.rows, "rotate: [n, p] by [p, q], q <= p");
    if (c.columns == 0) return;
    auto const factors = narrowed(c);
    auto const q = c.columns;
    std::vector<float> scratch(team_.members() * rows_at_once * q);
    team_.run((x.rows + rows_at_once - 1) / rows_at_once, [&](std::size_t piece, std::size_t member) {
        auto const first = piece * rows_at_once, rows = std::min(rows_at_once, x.rows - first);
        auto* const made = scratch.data() + member * rows_at_once * q;
        std::fill_n(made, rows * q, 0.0F);
        kernels::add_product({&x(first, 0), x.stride, 1}, {factors.data(), q}, {made, q}, {rows, c.rows, q});
        for (std::size_t r = 0; r < rows; ++r) std::copy_n(made + r * q, q, &x(first + r, 0));
    });
}

void cpu_arithmetic::divide(tall_view tall_x, std::vector<double> const& s, tall_view tall_to) {
    auto const x = here(tall_x), to = here(tall_to);
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < s.size(); ++c) to(r, c) = static_cast<float>(static_cast<double>(x(r, c)) / s[c]);
}

void cpu_arithmetic::add_squares(tall_view tall_x, tall_view tall_y, std::vector<double> const& s,
                                 std::vector<double>& sums) {
    auto const x = here(tall_x), y = here(tall_y);
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < s.size(); ++c) {
            auto const difference = static_cast<double>(x(r, c)) - s[c] * static_cast<double>(y(r, c));
            sums[c] += difference * difference;
        }
}
}
