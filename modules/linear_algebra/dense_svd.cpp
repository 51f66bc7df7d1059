module;
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>
module wordmill.linear_algebra;
import wordmill.core;
import :dense_svd;
import :signs;

namespace wordmill {
dense_svd full_svd(matrix_view<double const> a) {
    auto const rank = std::min(a.rows, a.columns);
    dense_svd svd{.u = matrix<double>(a.rows, rank),
                  .singular_values = std::vector<double>(rank),
                  .v = matrix<double>(a.columns, rank)};
    if (rank == 0) return svd;
    Eigen::MatrixXd whole(static_cast<Eigen::Index>(a.rows), static_cast<Eigen::Index>(a.columns));
    for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t c = 0; c < a.columns; ++c) {
            if (!std::isfinite(a(r, c)))
                throw error(failure::bad_data, "full SVD: expected finite values, found " + std::to_string(a(r, c))
                                                   + " in row " + std::to_string(r) + ", column " + std::to_string(c));
            whole(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)) = a(r, c);
        }
    Eigen::BDCSVD<Eigen::MatrixXd> const found(whole, Eigen::ComputeThinU | Eigen::ComputeThinV);
    if (found.info() != Eigen::Success) throw error(failure::internal, "full SVD: the iteration did not converge");
    svd.singular_values.assign(found.singularValues().begin(), found.singularValues().end());
    auto const copy = [rank](Eigen::MatrixXd const& from, matrix_view<double> to) {
        for (std::size_t r = 0; r < to.rows; ++r)
            for (std::size_t k = 0; k < rank; ++k)
                to(r, k) = from(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k));
    };
    copy(found.matrixU(), svd.u.view());
    copy(found.matrixV(), svd.v.view());
    detail::fix_signs(svd.u.view(), svd.v.view());
    return svd;
}
}
