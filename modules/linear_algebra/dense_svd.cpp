module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <lapacke.h>
#include <limits>
#include <string>
#include <utility>
#include <vector>
module wordmill.linear_algebra;
import wordmill.core;
import :dense_svd;
import :signs;

namespace wordmill {
dense_svd full_svd(matrix_view<double const> a) {
    expect(a.rows <= std::numeric_limits<lapack_int>::max() && a.columns <= std::numeric_limits<lapack_int>::max(),
           "full SVD: sizes in 32 bits");
    auto const rank = std::min(a.rows, a.columns);
    dense_svd svd{.u = matrix<double>(a.rows, rank),
                  .singular_values = std::vector<double>(rank),
                  .v = matrix<double>(a.columns, rank)};
    if (rank == 0) return svd;
    matrix<double> left(a.rows, a.columns), right(rank, a.columns);
    for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t c = 0; c < a.columns; ++c) {
            if (!std::isfinite(a(r, c)))
                throw error(failure::bad_data, "full SVD: expected finite values, found " + std::to_string(a(r, c))
                                                   + " in row " + std::to_string(r) + ", column " + std::to_string(c));
            left.view()(r, c) = a(r, c);
        }
    auto const size = [](std::size_t n) { return static_cast<lapack_int>(n); };
    auto const info =
        LAPACKE_dgesdd(LAPACK_ROW_MAJOR, 'S', size(a.rows), size(a.columns), left.view().data, size(a.columns),
                       svd.singular_values.data(), svd.u.view().data, size(rank), right.view().data, size(a.columns));
    if (info != 0) throw error(failure::internal, "LAPACK dgesdd: expected 0, found " + std::to_string(info));
    for (std::size_t r = 0; r < rank; ++r)
        for (std::size_t c = 0; c < a.columns; ++c) svd.v.view()(c, r) = right.view()(r, c);
    detail::fix_signs(svd.u.view(), svd.v.view());
    return svd;
}
}
