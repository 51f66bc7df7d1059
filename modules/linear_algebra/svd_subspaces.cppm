module wordmill.linear_algebra:svd_subspaces;
import wordmill.compute;
import wordmill.core;
import :tall_matrix;
import :truncated_svd;
import wordmill.standard;

namespace wordmill::detail {
/// A matrix A [m, n] whose singular vectors are searched for, with a count of the products computed.
struct svd_problem {
    tall_arithmetic& arithmetic;
    std::size_t rows;    ///< m
    std::size_t columns; ///< n
    std::uint64_t products = 0;

    /// y = A x, for the first `width` columns of both.
    void times(tall_matrix const& x, tall_matrix& y, std::size_t width) {
        arithmetic.times(x.first_lines(width), y.first_lines(width));
        products += width;
    }
    /// x = A^T y.
    void transposed_times(tall_matrix const& y, tall_matrix& x, std::size_t width) {
        arithmetic.transposed_times(y.first_lines(width), x.first_lines(width));
        products += width;
    }
};

/// Nearly orthonormal columns whose span is close to that of the right singular vectors of the largest singular values.
struct svd_subspace {
    tall_matrix basis; ///< [n, columns or more]
    std::size_t columns = 0;
    bool converged = true;
};
/// Fills x with random numbers between -1 and 1, the same for the same key.
void fill_random_columns(tall_arithmetic& arithmetic, random_key key, tall_view x);
inline constexpr std::size_t lanczos_block = 16; // columns: a cache line of floats
/// n must be at least `lanczos_width(options.rank) + 2 * lanczos_block`.
[[nodiscard]] svd_subspace block_lanczos(svd_problem& problem, truncated_svd_options const& options);
[[nodiscard]] std::size_t lanczos_width(std::size_t rank);
/// One power iteration: left = A right and right = A^T left, both made nearly orthonormal. `columns` falls when A has
/// less than full rank. Returns the lengths of the columns of `right` before orthonormalisation: estimates of the
/// singular values, falling. A^T A is never formed, so directions of small singular values keep their precision.
std::vector<double> power_round(svd_problem& problem, tall_matrix& right, tall_matrix& left, std::size_t& columns);
[[nodiscard]] svd_subspace power_iterations(svd_problem& problem, truncated_svd_options const& options);
}
