module wordmill.linear_algebra:decompositions;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// The largest eigenvalues of a symmetric matrix, falling, and their vectors as columns [n, count].
struct eigenpairs {
    std::vector<double> values;
    matrix<double> vectors;
};
[[nodiscard]] eigenpairs largest_eigenpairs(matrix_view<double const> symmetric, std::size_t count);
/// The largest solutions of symmetric y = value metric y, with y^T metric y = 1. The metric must be positive definite.
[[nodiscard]] eigenpairs largest_eigenpairs(matrix_view<double const> symmetric, matrix_view<double const> metric,
                                            std::size_t count);

/// The inverse of the upper triangular r with r^T r = the symmetric matrix g (Cholesky). When g is not positive
/// definite, that of its largest leading part which is: the inverse is then smaller than g, perhaps empty.
[[nodiscard]] matrix<double> inverse_cholesky(matrix_view<double const> g);
}
