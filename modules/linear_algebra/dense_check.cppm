export module wordmill.linear_algebra:dense_check;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Computes c [p, q] = a^T b for a [n, p] and b [n, q] with a library for dense matrices.
export using dense_product =
    std::function<void(matrix_view<double const> a, matrix_view<double const> b, matrix_view<double> c)>;

/// Compares products of several shapes with plain sums. `rounding` is the unit roundoff of the library's arithmetic:
/// 2^-53 for doubles, 2^-24 for floats. Operands are exact in floats. An entry is wrong when its error exceeds 4 (n +
/// 2) rounding times the sum of the magnitudes of its n products. A wrong entry is a `failure::unavailable` that names
/// `library`, entry, shape and both values.
export void check_dense_product(std::string const& library, double rounding, dense_product const& multiply);

/// Checks the products of the OpenBLAS in use in the same way. Its kernels differ between processors, and some releases
/// have kernels with wrong results. The first call in a process takes a few milliseconds; later calls cost nothing. Any
/// thread may call. The truncated SVD calls it first.
export void check_openblas();
}
