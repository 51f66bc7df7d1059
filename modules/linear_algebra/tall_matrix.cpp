module;
#include "dense_kernels.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>
module wordmill.linear_algebra;
import wordmill.compute;
import wordmill.core;
import :decompositions;
import :tall_matrix;

namespace wordmill::detail {
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
    kernels::add_product({a.data, a.stride, 1}, {b.data, b.stride}, {out.view().data, b.columns},
                         {a.rows, a.columns, b.columns});
    return out;
}
}
