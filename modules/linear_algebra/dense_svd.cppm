export module wordmill.linear_algebra:dense_svd;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A = u diag(singular_values) v^T.
export struct dense_svd {
    matrix<double> u{}; ///< [m, min(m, n)]; in each column the first entry of largest magnitude is positive
    std::vector<double> singular_values{}; ///< [min(m, n)], falling
    matrix<double> v{};                    ///< [n, min(m, n)]
};

/// All singular values and vectors of a small matrix [m, n], in double precision, by divide and conquer (Gu & Eisenstat
/// 1995). `failure::bad_data` naming row and column of a value that is not finite.
export [[nodiscard]] dense_svd full_svd(matrix_view<double const> a);
}
