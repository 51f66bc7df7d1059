module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>
module wordmill.stats;
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
        arithmetic.write(part, x.some_rows(first, part.rows));
    }
}

svd_subspace power_iterations(svd_problem& problem, truncated_svd_options const& options) {
    auto& arithmetic = problem.arithmetic;
    auto const m = problem.rows, n = problem.columns;
    auto columns = std::min({checked_sum(options.rank, options.oversampling), m, n});
    tall_matrix left(arithmetic, m, columns), right(arithmetic, n, columns);
    fill_random_columns(arithmetic, options.key, left.first(columns));
    for (std::size_t i = 0;; ++i) {
        problem.transposed_times(left, right, columns);
        columns = arithmetic.nearly_orthonormalize(right.first(columns), 0).rows();
        if (i == options.power_iterations) break;
        problem.times(right, left, columns);
        columns = arithmetic.nearly_orthonormalize(left.first(columns), 0).rows();
    }
    return {.basis = std::move(right), .columns = columns};
}
}
