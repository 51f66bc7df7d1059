module;
#include <cstddef>
#include <vector>
module wordmill.stats:sparse_operand;
import :tasks;
import wordmill.core;

namespace wordmill::detail {
/// A sparse matrix whose rows are shared out into tasks of about as many entries each. Somebody else owns it.
class sparse_operand {
public:
    explicit sparse_operand(csr_view<float const> a);

    [[nodiscard]] std::size_t rows() const noexcept { return a_.rows; }
    [[nodiscard]] std::size_t columns() const noexcept { return a_.columns; }
    /// y [m, l] = this [m, n] times x [n, l].
    void times(matrix_view<float const> x, matrix_view<float> y, task_team& team) const;

private:
    csr_view<float const> a_;
    std::vector<std::size_t> cuts_{0}; // a task is the rows between two of them
};
}
