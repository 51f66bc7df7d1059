export module wordmill.linear_algebra:dense_check;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// c [p, q] = a^T b, for a [n, p] and b [n, q], by a library for dense matrices.
export using dense_product =
    std::function<void(matrix_view<double const> a, matrix_view<double const> b, matrix_view<double> c)>;

/// Compares products of several shapes with plain sums. `rounding` is the library's unit roundoff: 2^-53 for doubles,
/// 2^-24 for floats. Operands are exact in floats. An entry that is off by more than n roundings of the sum of the
/// sizes of its n products is a `failure::unavailable` that names `library`, entry, shape and both values.
export void check_dense_product(std::string const& library, double rounding, dense_product const& multiply);

/// The same for the products of the OpenBLAS that is in use, whose kernels differ from processor to processor; some
/// releases have kernels with wrong results. Checks once a process, in a few milliseconds; every later call is free.
/// Any thread may call. The truncated SVD does, before it relies on them.
export void check_openblas();
}
