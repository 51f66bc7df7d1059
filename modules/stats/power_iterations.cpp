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
void fill_random_columns(random_key key, matrix_view<float> x) {
    std::vector<std::uint32_t> words(x.columns);
    for (std::size_t r = 0; r < x.rows; ++r) {
        fill_random(key.fold_in(r), words);
        for (std::size_t c = 0; c < x.columns; ++c)
            x(r, c) = static_cast<float>(static_cast<std::int32_t>(words[c])) * 0x1p-31F;
    }
}

svd_subspace power_iterations(svd_problem& problem, truncated_svd_options const& options) {
    auto const m = problem.a.rows(), n = problem.a.columns();
    auto columns = std::min({checked_sum(options.rank, options.oversampling), m, n});
    tall_matrix left(m, columns), right(n, columns);
    fill_random_columns(options.key, left.first(columns));
    for (std::size_t i = 0;; ++i) {
        problem.transposed_times(left, right, columns);
        columns = problem.arithmetic.nearly_orthonormalize(right.first(columns), 0).rows();
        if (i == options.power_iterations) break;
        problem.times(right, left, columns);
        columns = problem.arithmetic.nearly_orthonormalize(left.first(columns), 0).rows();
    }
    return {.basis = std::move(right), .columns = columns};
}
}
