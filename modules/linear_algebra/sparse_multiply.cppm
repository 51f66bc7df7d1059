module;
module wordmill.linear_algebra:sparse_multiply;
import wordmill.core;
import wordmill.stream;

namespace wordmill::detail {
/// y [m, l] = a [m, n] times x [n, l] on the threads of a team, with the same bytes for any number of threads.
/// Allocates 16 bytes per row of `a` when x does not fit one tile (see `rows_of_tile`).
void multiply(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y, task_team& team);
}
