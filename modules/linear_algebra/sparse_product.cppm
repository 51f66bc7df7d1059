export module wordmill.linear_algebra:sparse_product;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The transpose [n, m] of a sparse matrix [m, n], with ascending columns in each row. 0 threads: as many as the
/// machine allows.
export [[nodiscard]] csr<float> transpose(csr_view<float const> a, unsigned threads = 1);

/// y [m, l] = a [m, n] times x [n, l], in single precision; y must not overlap a or x. Rows are distributed over
/// `threads` by their numbers of entries (0: as many threads as the machine allows). The result has the same bytes for
/// any number of threads.
export void sparse_product(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y,
                           unsigned threads = 1);

/// The same, entry by entry, with sums in double precision.
export void sparse_product_reference(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y);
}
