module;
#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>
module wordmill.stats:tall_matrix;
import :tasks;
import wordmill.core;

namespace wordmill::detail {
/// A dense [n, width] matrix with n large, row-major, its rows at cache lines; zero at first.
class tall_matrix {
public:
    tall_matrix(std::size_t rows, std::size_t width)
        : rows_(rows), stride_((width + line_floats - 1) / line_floats * line_floats) {
        auto const floats = checked_product(rows_, stride_);
        memory_.reset(static_cast<float*>(::operator new(checked_product(floats, sizeof(float)), line)));
        std::fill_n(memory_.get(), floats, 0.0F);
    }

    [[nodiscard]] inline std::size_t rows() const noexcept { return rows_; }
    /// The first `columns`.
    [[nodiscard]] inline matrix_view<float> first(std::size_t columns) const noexcept { return some(0, columns); }
    /// The first `columns` and those that fill up a cache line with them: sparse products like whole lines.
    [[nodiscard]] inline matrix_view<float> first_lines(std::size_t columns) const noexcept {
        return first((columns + line_floats - 1) / line_floats * line_floats);
    }
    [[nodiscard]] inline matrix_view<float> some(std::size_t from, std::size_t columns) const noexcept {
        return {memory_.get() + from, rows_, columns, stride_};
    }

private:
    static constexpr std::size_t line_floats = 16;
    static constexpr std::align_val_t line{64};
    struct release {
        void operator()(float* memory) const noexcept { ::operator delete(memory, line); }
    };
    std::size_t rows_;
    std::size_t stride_;
    std::unique_ptr<float[], release> memory_{};
};

/// What a truncated SVD does with tall matrices beside sparse products, on several threads. Rows are shared out in the
/// same panels for any number of threads and sums over panels taken in order, each panel by one thread of OpenBLAS: so
/// results do not depend on the number. While one lives, OpenBLAS uses one thread for all of the process.
class tall_arithmetic {
public:
    explicit tall_arithmetic(unsigned threads);
    tall_arithmetic(tall_arithmetic const&) = delete;
    tall_arithmetic& operator=(tall_arithmetic const&) = delete;
    ~tall_arithmetic();

    [[nodiscard]] inline task_team& team() noexcept { return team_; }

    /// x^T x, in double precision.
    [[nodiscard]] matrix<double> gram(matrix_view<float const> x);
    /// x^T y, in double precision.
    [[nodiscard]] matrix<double> gram(matrix_view<float const> x, matrix_view<float const> y);
    /// x^T y, products of a few hundred rows in single precision.
    [[nodiscard]] matrix<double> quick_gram(matrix_view<float const> x, matrix_view<float const> y);
    /// z -= x c.
    void subtract(matrix_view<float const> x, matrix_view<double const> c, matrix_view<float> z);
    /// The first columns of x become x c, the others stay; c [p, q], q <= p.
    void rotate(matrix_view<float> x, matrix_view<double const> c);
    /// x becomes columns of length 1 at right angles but for rounding, which grows with the condition of x; its longest
    /// directions first. The result is what takes them to what x was, [kept, columns]: x_before = x r. Fewer are kept
    /// where x has less than full rank: directions shorter than `negligible`, or than 1e-6 of the longest, are dropped.
    /// By the eigenvectors of x^T x (Stathopoulos & Wu 2002, "SVQB").
    [[nodiscard]] matrix<double> nearly_orthonormalize(matrix_view<float> x, double negligible);
    /// The same, and once more for what rounding left.
    [[nodiscard]] matrix<double> orthonormalize(matrix_view<float> x, double negligible);

private:
    template <class Panel> matrix<double> sum_over_panels(std::size_t rows, std::size_t p, std::size_t q, Panel panel);
    task_team team_;
};

/// a b.
[[nodiscard]] matrix<double> product(matrix_view<double const> a, matrix_view<double const> b);

/// The largest eigenvalues of a symmetric matrix, falling, and their vectors as columns [n, count].
struct eigenpairs {
    std::vector<double> values;
    matrix<double> vectors;
};
[[nodiscard]] eigenpairs largest_eigenpairs(matrix_view<double const> symmetric, std::size_t count);
}
