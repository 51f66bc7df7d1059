module;
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cstddef>
#include <vector>
module wordmill.linear_algebra;
import wordmill.core;
import :decompositions;

namespace wordmill::detail {
namespace {
using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Index index(std::size_t n) { return static_cast<Eigen::Index>(n); }

Eigen::MatrixXd copy_of(matrix_view<double const> a) {
    return Eigen::Map<row_major const, 0, Eigen::OuterStride<>>(a.data, index(a.rows), index(a.columns),
                                                                Eigen::OuterStride<>(index(a.stride)));
}
/// `Solver` orders its values from the smallest.
template <class Solver> eigenpairs largest_of(Solver const& solved, std::size_t count) {
    if (solved.info() != Eigen::Success)
        throw error(failure::internal, "eigenvalues of a symmetric matrix: the iteration did not converge");
    auto const n = solved.eigenvalues().size();
    expect(index(count) <= n, "eigenpairs: no more than the matrix is wide");
    eigenpairs found{.values = {}, .vectors = matrix<double>(static_cast<std::size_t>(n), count)};
    for (std::size_t i = 0; i < count; ++i) {
        auto const from = n - 1 - index(i);
        found.values.push_back(solved.eigenvalues()[from]);
        for (Eigen::Index r = 0; r < n; ++r)
            found.vectors.view()(static_cast<std::size_t>(r), i) = solved.eigenvectors()(r, from);
    }
    return found;
}
}

eigenpairs largest_eigenpairs(matrix_view<double const> symmetric, std::size_t count) {
    expect(symmetric.columns == symmetric.rows, "eigenpairs: a square matrix");
    if (count == 0) return {.values = {}, .vectors = matrix<double>(symmetric.rows, 0)};
    return largest_of(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(copy_of(symmetric)), count);
}

eigenpairs largest_eigenpairs(matrix_view<double const> symmetric, matrix_view<double const> metric,
                              std::size_t count) {
    expect(symmetric.columns == symmetric.rows && metric.rows == symmetric.rows && metric.columns == symmetric.rows,
           "eigenpairs: square matrices of the same size");
    if (count == 0) return {.values = {}, .vectors = matrix<double>(symmetric.rows, 0)};
    return largest_of(Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd>(copy_of(symmetric), copy_of(metric)),
                      count);
}

matrix<double> inverse_cholesky(matrix_view<double const> g) {
    expect(g.columns == g.rows, "Cholesky: a square matrix");
    auto const whole = copy_of(g);
    auto const factor = [&](std::size_t n) {
        return Eigen::LLT<Eigen::MatrixXd, Eigen::Upper>(whole.topLeftCorner(index(n), index(n)));
    };
    std::size_t good = 0;
    for (std::size_t at_most = g.rows, tried = at_most; good < at_most; tried = (good + at_most + 1) / 2)
        if (factor(tried).info() == Eigen::Success) {
            good = tried;
        } else {
            at_most = tried - 1;
        }
    matrix<double> inverse(good, good);
    if (good > 0)
        Eigen::Map<row_major>(inverse.view().data, index(good), index(good)) =
            factor(good).matrixU().solve(Eigen::MatrixXd::Identity(index(good), index(good)));
    return inverse;
}
}
