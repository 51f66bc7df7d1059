module;
module wordmill.linear_algebra:sparse_multiply;
import wordmill.core;
import wordmill.stream;

namespace wordmill::detail {
/// y [m, l] = a [m, n] times x [n, l] on the threads of a team, the same bytes for any number of them. Takes
/// 16 bytes per row of `a` when x is more than one tile.
void multiply(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y, task_team& team);
}
