module;
#include <algorithm>
#include <cblas.h>
#include <cmath>
#include <cstddef>
#include <lapacke.h>
#include <limits>
#include <memory>
#include <string>
#include <vector>
module wordmill.linear_algebra;
import wordmill.compute;
import wordmill.core;
import :tall_matrix;

namespace wordmill::detail {
namespace {
int blas(std::size_t size) {
    expect(size <= std::numeric_limits<int>::max(), "OpenBLAS: a size in 32 bits");
    return static_cast<int>(size);
}
}

matrix<double> tall_arithmetic::nearly_orthonormalize(tall_view x, double negligible) {
    constexpr double least = 1e-6; // shorter directions are mostly rounding errors
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

matrix<double> tall_arithmetic::orthonormalize(tall_view x, double negligible) {
    auto const back = nearly_orthonormalize(x, negligible);
    auto const kept = x.columns = back.rows();
    // Removes the effect of rounding without rotating the columns: G = x^T x becomes G^(-1/2) G G^(-1/2).
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

std::vector<float> narrowed(matrix_view<double const> c) {
    std::vector<float> out(c.rows * c.columns);
    for (std::size_t r = 0; r < c.rows; ++r)
        for (std::size_t k = 0; k < c.columns; ++k) out[r * c.columns + k] = static_cast<float>(c(r, k));
    return out;
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
        auto const from = n - 1 - i; // they ascend
        found.values[i] = values[from];
        for (std::size_t r = 0; r < n; ++r) found.vectors.view()(r, i) = vectors[from * n + r];
    }
    return found;
}
}
