module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.linear_algebra;
import wordmill.core;
import wordmill.compute;
import :cpu_arithmetic;
import :cuda_arithmetic;
import :decompositions;
import :signs;
import :svd_subspaces;
import :tall_matrix;
import :truncated_svd;

namespace wordmill {
namespace {
using detail::fix_signs, detail::tall_matrix;

constexpr double least_value = 1e-6; // relative; smaller values are lost in single precision

/// Returns the magnitude of the largest entry.
float check_values(csr_view<float const> a) {
    float largest = 0;
    for (std::size_t r = 0; r < a.rows; ++r)
        for (auto i = a.row_offsets[r]; i < a.row_offsets[r + 1]; ++i) {
            if (!std::isfinite(a.values[i]))
                throw error(failure::bad_data, "truncated SVD: expected finite values, found "
                                                   + std::to_string(a.values[i]) + " in row " + std::to_string(r)
                                                   + ", column " + std::to_string(a.columns_of[i]));
            largest = std::max(largest, std::abs(a.values[i]));
        }
    return largest;
}

/// A basis of the whole space.
detail::svd_subspace all_directions(detail::tall_arithmetic& arithmetic, std::size_t n) {
    detail::svd_subspace all{.basis = tall_matrix(arithmetic, n, n), .columns = n};
    matrix<float> one(n, n);
    for (std::size_t i = 0; i < n; ++i) one.view()(i, i) = 1;
    arithmetic.write(one.view(), all.basis.first(n));
    return all;
}

/// Solves (A V)^T (A V) y = s^2 V^T V y for the best approximations within the span of V. V need not be exactly
/// orthonormal. Values that single precision cannot hold beside the largest are left out; the vectors of the others are
/// the first columns.
detail::eigenpairs solve_small(detail::tall_arithmetic& arithmetic, detail::tall_view v, detail::tall_view av,
                               std::size_t rank) {
    auto const squares = arithmetic.gram(av), lengths = arithmetic.gram(v);
    auto found = detail::largest_eigenpairs(squares.view(), lengths.view(), std::min(v.columns, rank));
    std::size_t kept = 0;
    for (auto& value : found.values) {
        value = std::sqrt(std::max(0.0, value));
        if (!(value > 0) || value <= least_value * found.values.front()) break;
        ++kept;
    }
    found.values.resize(kept);
    return found;
}

/// Orthonormalises nearly orthonormal columns, changing the first ones least. Returns how many were independent.
std::size_t straighten(detail::tall_arithmetic& arithmetic, detail::tall_view u) {
    auto const inverse = detail::inverse_cholesky(arithmetic.gram(u).view());
    u.columns = inverse.rows();
    arithmetic.rotate(u, inverse.view());
    return u.columns;
}

/// Computes the whole decomposition from a subspace of right singular vectors.
truncated_svd finish(detail::svd_problem& problem, detail::svd_subspace space, std::size_t rank) {
    auto& arithmetic = problem.arithmetic;
    auto const& v = space.basis;
    tall_matrix av(arithmetic, problem.rows, space.columns);
    tall_matrix u(arithmetic, problem.rows, std::min(rank, space.columns));
    problem.times(v, av, space.columns);
    auto [s, vectors] = solve_small(arithmetic, v.first(space.columns), av.first(space.columns), rank);
    auto rotation = std::as_const(vectors).view();
    rotation.columns = s.size();
    arithmetic.rotate(v.first(space.columns), rotation);
    arithmetic.rotate(av.first(space.columns), rotation);
    arithmetic.divide(av.first(s.size()), s, u.first(s.size()));
    s.resize(straighten(arithmetic, u.first(s.size())));

    std::vector<double> residuals(s.size());
    arithmetic.add_squares(av.first(s.size()), u.first(s.size()), s, residuals);
    tall_matrix atu(arithmetic, problem.columns, s.size());
    problem.transposed_times(u, atu, s.size());
    arithmetic.add_squares(atu.first(s.size()), v.first(s.size()), s, residuals);
    for (auto& residual : residuals) residual = std::sqrt(residual) / s[0];
    return {.u = arithmetic.read(u.first(s.size())),
            .singular_values = std::move(s),
            .v = arithmetic.read(v.first(residuals.size())),
            .residuals = std::move(residuals),
            .converged = space.converged,
            .products = problem.products};
}

detail::svd_subspace subspace(detail::svd_problem& problem, truncated_svd_options options) {
    auto const n = problem.columns;
    options.rank = std::min(options.rank, n);
    if (n <= detail::lanczos_width(options.rank) + 2 * detail::lanczos_block)
        return all_directions(problem.arithmetic, n);
    return options.method == svd_method::quick ? detail::power_iterations(problem, options)
                                               : detail::block_lanczos(problem, options);
}

/// Bytes that a GPU needs for the whole computation: the matrix and its transpose, a basis, and the final vectors.
std::size_t device_bytes(csr_view<float const> a, std::size_t rank) {
    constexpr std::size_t scratch = std::size_t{1} << 29;
    auto const rows = std::max(a.rows, a.columns), columns = std::min(a.rows, a.columns);
    auto const width =
        std::min(detail::lanczos_width(std::min(rank, columns)) + 4 * detail::lanczos_block, columns + 16);
    return detail::device_bytes(a) + checked_product(checked_product(rows + columns, width), sizeof(float)) + scratch;
}

std::unique_ptr<detail::tall_arithmetic> arithmetic_for(csr_view<float const> a, bool turned, bool cuda,
                                                        unsigned threads) {
    if (cuda) return on_cuda([&] { return std::make_unique<detail::cuda_arithmetic>(a, turned); });
    return std::make_unique<detail::cpu_arithmetic>(a, turned, threads);
}

/// All values times 2^exponent.
std::vector<float> scaled(std::span<float const> values, int exponent) {
    std::vector<float> out(values.size());
    std::ranges::transform(values, out.begin(), [&](float value) { return std::ldexp(value, exponent); });
    return out;
}
}

double truncated_svd::residual() const noexcept { return residuals.empty() ? 0 : *std::ranges::max_element(residuals); }

truncated_svd truncate_svd(csr_view<float const> a, truncated_svd_options const& options) {
    if (options.rank == 0) throw error(failure::usage, "truncated SVD: expected a rank of 1 or more, found 0");
    if (!(options.tolerance > 0 && options.tolerance < 1))
        throw error(failure::usage,
                    "truncated SVD: expected a tolerance between 0 and 1, found " + std::to_string(options.tolerance));
    bool const cuda = takes_cuda(options.device, device_bytes(a, options.rank), true);
    auto const largest = check_values(a);
    if (largest == 0)
        return {.requested = options.rank, .u = matrix<float>(a.rows, 0), .v = matrix<float>(a.columns, 0)};
    // Squares of values far from 1 would exceed the range of a float.
    auto const exponent = std::abs(std::ilogb(largest)) > 30 ? -std::ilogb(largest) : 0;
    std::vector<float> near_one;
    if (exponent != 0) a.values = near_one = scaled(a.values, exponent);

    auto const wide = a.rows < a.columns;
    auto const arithmetic = arithmetic_for(a, wide, cuda, options.threads);
    detail::svd_problem problem{
        .arithmetic = *arithmetic, .rows = std::max(a.rows, a.columns), .columns = std::min(a.rows, a.columns)};
    auto svd = finish(problem, subspace(problem, options), options.rank);
    svd.requested = options.rank;
    if (wide) std::swap(svd.u, svd.v);
    fix_signs(svd.u.view(), svd.v.view());
    for (auto& value : svd.singular_values) value = std::ldexp(value, -exponent);
    return svd;
}

matrix<float> svd_vectors(truncated_svd const& svd, svd_vector_options const& options) {
    if (!(options.power >= 0) || !std::isfinite(options.power))
        throw error(failure::usage,
                    "SVD vectors: expected a power of 0 or more, found " + std::to_string(options.power));
    auto const u = svd.u.view(), v = svd.v.view();
    if (options.add_contexts && u.rows != v.rows)
        throw error(failure::usage, "SVD vectors: expected as many contexts as rows, to add them, found "
                                        + std::to_string(v.rows) + " and " + std::to_string(u.rows));
    matrix<float> out(u.rows, u.columns);
    for (std::size_t c = 0; c < u.columns; ++c) {
        auto const weight = std::pow(svd.singular_values[c], options.power);
        for (std::size_t r = 0; r < u.rows; ++r) {
            auto const sum = static_cast<double>(u(r, c)) + (options.add_contexts ? static_cast<double>(v(r, c)) : 0);
            out.view()(r, c) = static_cast<float>(weight * sum);
        }
    }
    return out;
}
}
