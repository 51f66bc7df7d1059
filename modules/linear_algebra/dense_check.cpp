module;
#include <cblas.h>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>
module wordmill.linear_algebra;
import wordmill.core;
import :dense_check;

namespace wordmill {
namespace {
struct product_shape {
    std::size_t n, p, q;
};
// A single number, sizes below a register's, sizes that are not multiples of it, and blocks as the SVD multiplies them.
constexpr product_shape shapes[] = {{1, 1, 1}, {7, 3, 5}, {33, 17, 9}, {64, 16, 16}, {256, 64, 48}, {255, 61, 47}};

/// Multiples of 2^-23 between -1 and 1: exact in floats.
matrix<double> some_matrix(std::size_t rows, std::size_t columns, random_key key) {
    matrix<double> x(rows, columns);
    auto random = key.engine();
    for (std::size_t r = 0; r < rows; ++r)
        for (auto& value : x.view().row(r)) value = static_cast<double>(2 * random.uniform() - 1);
    return x;
}

int blas_size(std::size_t n) { return static_cast<int>(n); } // sizes of `shapes`

void multiply_doubles(matrix_view<double const> a, matrix_view<double const> b, matrix_view<double> c) {
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, blas_size(c.rows), blas_size(c.columns), blas_size(a.rows), 1,
                a.data, blas_size(a.stride), b.data, blas_size(b.stride), 0, c.data, blas_size(c.stride));
}
std::vector<float> as_floats(matrix_view<double const> x) { // no gaps between rows
    std::vector<float> out;
    for (std::size_t i = 0; i < x.rows * x.columns; ++i) out.push_back(static_cast<float>(x.data[i]));
    return out;
}
/// Computes a^T b with a transposed operand, then adds -3 a^T b with a plain one: the result is -2 a^T b.
void multiply_floats(matrix_view<double const> a, matrix_view<double const> b, matrix_view<double> c) {
    auto const n = a.rows, p = c.rows, q = c.columns;
    auto const left = as_floats(a), right = as_floats(b);
    std::vector<float> turned(n * p), sum(p * q);
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t i = 0; i < p; ++i) turned[i * n + r] = left[r * p + i];
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, blas_size(p), blas_size(q), blas_size(n), 1, left.data(),
                blas_size(p), right.data(), blas_size(q), 0, sum.data(), blas_size(q));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, blas_size(p), blas_size(q), blas_size(n), -3, turned.data(),
                blas_size(n), right.data(), blas_size(q), 1, sum.data(), blas_size(q));
    for (std::size_t i = 0; i < p; ++i)
        for (std::size_t k = 0; k < q; ++k) c(i, k) = static_cast<double>(sum[i * q + k]) / -2;
}
/// a^T b from the upper half of [a b]^T [a b].
void multiply_by_squares(matrix_view<double const> a, matrix_view<double const> b, matrix_view<double> c) {
    auto const n = a.rows, p = c.rows, q = c.columns, both = p + q;
    std::vector<double> joined(n * both), square(both * both);
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t k = 0; k < both; ++k) joined[r * both + k] = k < p ? a(r, k) : b(r, k - p);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, blas_size(both), blas_size(n), 1, joined.data(), blas_size(both),
                0, square.data(), blas_size(both));
    for (std::size_t i = 0; i < p; ++i)
        for (std::size_t k = 0; k < q; ++k) c(i, k) = square[i * both + p + k];
}
}

void check_dense_product(std::string const& library, double rounding, dense_product const& multiply) {
    for (auto const [n, p, q] : shapes) {
        auto const a = some_matrix(n, p, random_key(n)), b = some_matrix(n, q, random_key(n).fold_in(1));
        matrix<double> c(p, q);
        multiply(a.view(), b.view(), c.view());
        for (std::size_t i = 0; i < p; ++i)
            for (std::size_t k = 0; k < q; ++k) {
                double sum = 0, sizes = 0;
                for (std::size_t r = 0; r < n; ++r) {
                    auto const term = a.view()(r, i) * b.view()(r, k);
                    sum += term;
                    sizes += std::abs(term);
                }
                auto const found = c.view()(i, k);
                if (std::abs(found - sum) <= static_cast<double>(n + 2) * 4 * rounding * sizes)
                    continue; // false for NaN
                throw error(failure::unavailable,
                            library + " computes wrong products on this processor: expected " + format_exact(sum)
                                + " in row " + std::to_string(i) + ", column " + std::to_string(k) + " of a product ["
                                + std::to_string(p) + ", " + std::to_string(n) + "] [" + std::to_string(n) + ", "
                                + std::to_string(q) + "], found " + format_exact(found),
                            {}, "update the library or choose another of its kernels");
            }
    }
}

void check_openblas() {
    static std::once_flag checked;
    std::call_once(checked, [] {
        auto const library = [](char const* what) {
            return "OpenBLAS (" + std::string(what) + ", kernels for " + openblas_get_corename()
                   + ", another with OPENBLAS_CORETYPE)";
        };
        check_dense_product(library("dgemm"), 0x1p-53, multiply_doubles);
        check_dense_product(library("dsyrk"), 0x1p-53, multiply_by_squares);
        check_dense_product(library("sgemm"), 0x1p-24, multiply_floats);
    });
}
}
