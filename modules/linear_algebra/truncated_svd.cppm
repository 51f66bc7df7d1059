export module wordmill.linear_algebra:truncated_svd;
import wordmill.core;
import wordmill.compute;
import wordmill.standard;

namespace wordmill {
/// How the singular vectors are computed.
export enum class svd_method : std::uint8_t {
    accurate, ///< block Lanczos with thick restarts, until the residuals show that the values are accurate
    quick,    ///< a random subspace after some power iterations (Halko, Martinsson, Tropp 2011); values are too low
};

export struct truncated_svd_options {
    std::size_t rank = 100;
    svd_method method = svd_method::accurate;
    double tolerance = 1e-6;          ///< accurate: approximate relative error of the singular values
    std::size_t most_steps = 1000;    ///< accurate: stops after this many products of 16 columns with A and A^T
    std::size_t oversampling = 20;    ///< quick: columns in addition to the rank
    std::size_t power_iterations = 2; ///< quick
    random_key key{};
    unsigned threads = 1; ///< 0: as many as the machine allows; same bytes for any number
    /// A GPU gives the same results to within the tolerance, and the same bytes in every run. `automatic` uses a GPU
    /// only if the problem fits its memory.
    compute_device device = compute_device::cpu;
};

/// The largest singular values of a matrix A [m, n] and their vectors: u diag(singular_values) v^T approximates A as
/// closely as rank r allows.
export struct truncated_svd {
    std::size_t requested = 0;             ///< the rank asked for
    matrix<float> u{};                     ///< [m, r]; in each column the first entry of largest magnitude is positive
    std::vector<double> singular_values{}; ///< [r], falling, above 0; r < requested when A has no more
    matrix<float> v{};                     ///< [n, r]
    /// [r]: sqrt(|A v - s u|^2 + |A^T u - s v|^2) / s_1 as measured at the end. A singular value of A lies within 0.71
    /// of that times s_1.
    std::vector<double> residuals{};
    bool converged = true;      ///< accurate: to the tolerance, or as far as single precision allows
    std::uint64_t products = 0; ///< columns multiplied by A or its transpose

    [[nodiscard]] inline std::size_t rank() const noexcept { return singular_values.size(); }
    [[nodiscard]] double residual() const noexcept; ///< the largest; 0 when there are none
};

/// Products run in single precision, sums of squares and small problems in double, so singular values below 1e-6 of the
/// largest count as 0. An empty or all-zero matrix has rank 0. Needs memory for a second copy of `a` and about
/// 3 rank + 130 floats for each of its rows and columns. `failure::bad_data` naming row and column of a value that is
/// not finite, `failure::usage` for a rank of 0 or a tolerance outside (0, 1). `failure::unavailable` when a GPU is
/// demanded and none is usable, `failure::resource` when its memory is too small.
///
/// Formulas: thick restarts after Wu & Simon 2000, on A^T A, or A A^T where that is smaller; the vectors and values at
/// the end from the small problem (A V)^T (A V).
export [[nodiscard]] truncated_svd truncate_svd(csr_view<float const> a, truncated_svd_options const& options = {});

export struct svd_vector_options {
    double power = 0.5;        ///< p of U S^p; 0, 0.5 and 1 are usual (Levy, Goldberg, Dagan 2015)
    bool add_contexts = false; ///< U S^p + V S^p
};
/// Vectors [m, r] of the rows of a matrix: the rows of U S^p. `failure::usage` for a power that is negative or not
/// finite, or when contexts are to be added and A is not square.
export [[nodiscard]] matrix<float> svd_vectors(truncated_svd const& svd, svd_vector_options const& options = {});
}
