module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>
module wordmill.linear_algebra;
import wordmill.compute;
import wordmill.core;
import :svd_subspaces;
import :tall_matrix;
import :truncated_svd;

namespace wordmill::detail {
void fill_random_columns(tall_arithmetic& arithmetic, random_key key, tall_view x) {
    constexpr std::size_t rows_at_once = 4096;
    std::vector<std::uint32_t> words(x.columns);
    matrix<float> made(std::min(rows_at_once, x.rows), x.columns);
    for (std::size_t first = 0; first < x.rows; first += rows_at_once) {
        auto part = made.view();
        part.rows = std::min(rows_at_once, x.rows - first);
        for (std::size_t r = 0; r < part.rows; ++r) {
            fill_random(key.fold_in(first + r), words);
            for (std::size_t c = 0; c < x.columns; ++c)
                part(r, c) = static_cast<float>(static_cast<std::int32_t>(words[c])) * 0x1p-31F;
        }
        arithmetic.write(part, rows_of(x, first, part.rows));
    }
}

std::vector<double> power_round(svd_problem& problem, tall_matrix& right, tall_matrix& left, std::size_t& columns) {
    auto& arithmetic = problem.arithmetic;
    problem.times(right, left, columns);
    columns = arithmetic.nearly_orthonormalize(left.first(columns), 0).rows();
    problem.transposed_times(left, right, columns);
    auto const back = arithmetic.nearly_orthonormalize(right.first(columns), 0);
    columns = back.rows();
    std::vector<double> values;
    for (std::size_t i = 0; i < columns; ++i) {
        auto const row = back.view().row(i);
        values.push_back(std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0)));
    }
    return values;
}

svd_subspace power_iterations(svd_problem& problem, truncated_svd_options const& options) {
    auto& arithmetic = problem.arithmetic;
    auto const m = problem.rows, n = problem.columns;
    auto columns = std::min({checked_sum(options.rank, options.oversampling), m, n});
    tall_matrix left(arithmetic, m, columns), right(arithmetic, n, columns);
    fill_random_columns(arithmetic, options.key, left.first(columns));
    problem.transposed_times(left, right, columns);
    columns = arithmetic.nearly_orthonormalize(right.first(columns), 0).rows();
    for (std::size_t i = 0; i < options.power_iterations; ++i) (void)power_round(problem, right, left, columns);
    return {.basis = std::move(right), .columns = columns};
}
}
