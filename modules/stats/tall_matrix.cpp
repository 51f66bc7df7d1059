module;
#include <algorithm>
#include <cblas.h>
#include <cmath>
#include <cstddef>
#include <lapacke.h>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import :tall_matrix;
import :tasks;

namespace wordmill::detail {
namespace {
constexpr std::size_t rows_at_once = 256; // of a panel: they stay in the cache

int blas(std::size_t size) {
    expect(size <= std::numeric_limits<int>::max(), "OpenBLAS: a size in 32 bits");
    return static_cast<int>(size);
}

struct blas_users {
    std::mutex mutex{};
    int count = 0;
    int threads_before = 1;
};
blas_users& all_blas_users() {
    static blas_users users;
    return users;
}

/// The rows of x as double, [rows, columns] without gaps.
void widen(matrix_view<float const> x, std::size_t first, std::size_t rows, double* out) {
    for (std::size_t r = 0; r < rows; ++r) {
        auto const row = x.row(first + r);
        out = std::copy(row.begin(), row.end(), out);
    }
}
std::vector<float> narrow(matrix_view<double const> c) {
    std::vector<float> out(c.rows * c.columns);
    for (std::size_t r = 0; r < c.rows; ++r)
        for (std::size_t k = 0; k < c.columns; ++k) out[r * c.columns + k] = static_cast<float>(c(r, k));
    return out;
}

/// Calls work(first, rows, member) for pieces of a panel.
template <class Work> void for_pieces(std::size_t first, std::size_t last, Work const& work) {
    for (; first < last; first += rows_at_once) work(first, std::min(rows_at_once, last - first));
}
}

tall_arithmetic::tall_arithmetic(unsigned threads) : team_(threads) {
    auto& users = all_blas_users();
    std::scoped_lock const lock(users.mutex);
    if (users.count++ > 0) return;
    users.threads_before = openblas_get_num_threads();
    openblas_set_num_threads(1);
}

tall_arithmetic::~tall_arithmetic() {
    auto& users = all_blas_users();
    std::scoped_lock const lock(users.mutex);
    if (--users.count == 0) openblas_set_num_threads(users.threads_before);
}

/// Sums of [p, q] over panels of rows: `panel(first, last, member, sum)` adds those of rows first .. last.
template <class Panel>
matrix<double> tall_arithmetic::sum_over_panels(std::size_t rows, std::size_t p, std::size_t q, Panel panel) {
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

matrix<double> tall_arithmetic::gram(matrix_view<float const> x) {
    auto const p = x.columns;
    std::vector<double> scratch(team_.members() * rows_at_once * p);
    auto sum = sum_over_panels(x.rows, p, p, [&](std::size_t from, std::size_t to, std::size_t member, double* out) {
        auto* const wide = scratch.data() + member * rows_at_once * p;
        for_pieces(from, to, [&](std::size_t first, std::size_t rows) {
            widen(x, first, rows, wide);
            cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, blas(p), blas(rows), 1, wide, blas(p), 1, out, blas(p));
        });
    });
    for (std::size_t r = 0; r < p; ++r)
        for (std::size_t c = 0; c < r; ++c) sum.view()(r, c) = sum.view()(c, r);
    return sum;
}

matrix<double> tall_arithmetic::gram(matrix_view<float const> x, matrix_view<float const> y) {
    auto const p = x.columns, q = y.columns;
    std::vector<double> scratch(team_.members() * rows_at_once * (p + q));
    return sum_over_panels(x.rows, p, q, [&](std::size_t from, std::size_t to, std::size_t member, double* out) {
        auto* const wide_x = scratch.data() + member * rows_at_once * (p + q);
        auto* const wide_y = wide_x + rows_at_once * p;
        for_pieces(from, to, [&](std::size_t first, std::size_t rows) {
            widen(x, first, rows, wide_x);
            widen(y, first, rows, wide_y);
            cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, blas(p), blas(q), blas(rows), 1, wide_x, blas(p),
                        wide_y, blas(q), 1, out, blas(q));
        });
    });
}

matrix<double> tall_arithmetic::quick_gram(matrix_view<float const> x, matrix_view<float const> y) {
    auto const p = x.columns, q = y.columns;
    std::vector<float> scratch(team_.members() * p * q);
    return sum_over_panels(x.rows, p, q, [&](std::size_t from, std::size_t to, std::size_t member, double* out) {
        auto* const piece = scratch.data() + member * p * q;
        for_pieces(from, to, [&](std::size_t first, std::size_t rows) {
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, blas(p), blas(q), blas(rows), 1, &x(first, 0),
                        blas(x.stride), &y(first, 0), blas(y.stride), 0, piece, blas(q));
            for (std::size_t k = 0; k < p * q; ++k) out[k] += static_cast<double>(piece[k]);
        });
    });
}

void tall_arithmetic::subtract(matrix_view<float const> x, matrix_view<double const> c, matrix_view<float> z) {
    if (c.rows == 0 || c.columns == 0) return;
    auto const factors = narrow(c);
    team_.run((z.rows + rows_at_once - 1) / rows_at_once, [&](std::size_t piece, std::size_t) {
        auto const first = piece * rows_at_once;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blas(std::min(rows_at_once, z.rows - first)),
                    blas(c.columns), blas(c.rows), -1, &x(first, 0), blas(x.stride), factors.data(), blas(c.columns), 1,
                    &z(first, 0), blas(z.stride));
    });
}

void tall_arithmetic::rotate(matrix_view<float> x, matrix_view<double const> c) {
    expect(c.rows == x.columns && c.columns <= c.rows, "rotate: [n, p] by [p, q], q <= p");
    if (c.columns == 0) return;
    auto const factors = narrow(c);
    auto const q = c.columns;
    std::vector<float> scratch(team_.members() * rows_at_once * q);
    team_.run((x.rows + rows_at_once - 1) / rows_at_once, [&](std::size_t piece, std::size_t member) {
        auto const first = piece * rows_at_once, rows = std::min(rows_at_once, x.rows - first);
        auto* const made = scratch.data() + member * rows_at_once * q;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blas(rows), blas(q), blas(c.rows), 1, &x(first, 0),
                    blas(x.stride), factors.data(), blas(q), 0, made, blas(q));
        for (std::size_t r = 0; r < rows; ++r) std::copy_n(made + r * q, q, &x(first + r, 0));
    });
}

matrix<double> tall_arithmetic::nearly_orthonormalize(matrix_view<float> x, double negligible) {
    constexpr double least = 1e-6; // below, there is little but rounding
    auto const found = largest_eigenpairs(gram(x).view(), x.columns);
    auto const length = [&](std::size_t i) { return std::sqrt(std::max(0.0, found.values[i])); };
    std::size_t kept = 0;
    while (kept < x.columns && length(kept) > std::max(negligible, least * length(0))) ++kept;
    matrix<double> rotation(x.columns, kept), back(kept, x.columns);
    for (std::size_t i = 0; i < kept; ++i)
        for (std::size_t c = 0; c < x.columns; ++c) {
            rotation.view()(c, i) = found.vectors.view()(c, i) / length(i);
            back.view()(i, c) = found.vectors.view()(c, i) * length(i);
        }
    rotate(x, rotation.view());
    return back;
}

matrix<double> tall_arithmetic::orthonormalize(matrix_view<float> x, double negligible) {
    auto const back = nearly_orthonormalize(x, negligible);
    auto const kept = x.columns = back.rows();
    // What rounding left, without turning the columns: G = x^T x becomes G^(-1/2) G G^(-1/2).
    auto const rest = largest_eigenpairs(gram(x).view(), kept);
    matrix<double> root(kept, kept), inverse(kept, kept);
    for (std::size_t i = 0; i < kept; ++i)
        for (std::size_t r = 0; r < kept; ++r)
            for (std::size_t c = 0; c < kept; ++c) {
                auto const entry = rest.vectors.view()(r, i) * rest.vectors.view()(c, i);
                root.view()(r, c) += entry * std::sqrt(rest.values[i]);
                inverse.view()(r, c) += entry / std::sqrt(rest.values[i]);
            }
    rotate(x, inverse.view());
    return product(root.view(), back.view());
}

matrix<double> product(matrix_view<double const> a, matrix_view<double const> b) {
    matrix<double> out(a.rows, b.columns);
    if (a.rows * a.columns * b.columns == 0) return out;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blas(a.rows), blas(b.columns), blas(a.columns), 1, a.data,
                blas(a.stride), b.data, blas(b.stride), 0, out.view().data, blas(b.columns));
    return out;
}

eigenpairs largest_eigenpairs(matrix_view<double const> symmetric, std::size_t count) {
    auto const n = symmetric.rows;
    expect(count <= n && symmetric.columns == n, "eigenpairs: no more than the matrix is wide");
    eigenpairs found{.values = std::vector<double>(count), .vectors = matrix<double>(n, count)};
    if (count == 0) return found;
    std::vector<double> vectors(n * n), values(n);
    for (std::size_t r = 0; r < n; ++r)
        std::ranges::copy(symmetric.row(r), vectors.begin() + static_cast<std::ptrdiff_t>(r * n));
    auto const info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', blas(n), vectors.data(), blas(n), values.data());
    if (info != 0) throw error(failure::internal, "LAPACK dsyevd: expected 0, found " + std::to_string(info));
    for (std::size_t i = 0; i < count; ++i) {
        auto const from = n - 1 - i; // they rise
        found.values[i] = values[from];
        for (std::size_t r = 0; r < n; ++r) found.vectors.view()(r, i) = vectors[from * n + r];
    }
    return found;
}
}
