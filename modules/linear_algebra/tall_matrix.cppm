module wordmill.linear_algebra:tall_matrix;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Columns of a dense row-major matrix with many rows, consecutive ones `stride` floats apart. Only the arithmetic it
/// belongs to may follow the pointer: it may lead into the memory of a GPU.
struct tall_view {
    float* data = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t stride = 0;

    [[nodiscard]] inline tall_view some_rows(std::size_t from, std::size_t count) const noexcept {
        return {data + from * stride, count, columns, stride};
    }
};

/// A sparse matrix A [m, n], tall matrices beside it, and what the search for its singular vectors does with them: on
/// the CPU or on a GPU. For one thread at a time; tall matrices must not outlive it.
class tall_arithmetic {
public:
    tall_arithmetic() = default;
    tall_arithmetic(tall_arithmetic const&) = delete;
    tall_arithmetic& operator=(tall_arithmetic const&) = delete;
    virtual ~tall_arithmetic() = default;

    /// Zeros, at a cache line.
    [[nodiscard]] virtual float* allocate(std::size_t floats) = 0;
    virtual void release(float* memory) noexcept = 0;
    /// From a matrix of the same shape, and to one.
    virtual void write(matrix_view<float const> from, tall_view to) = 0;
    [[nodiscard]] virtual matrix<float> read(tall_view x) = 0;
    /// Between matrices of the same shape that do not overlap.
    virtual void copy(tall_view from, tall_view to) = 0;

    virtual void times(tall_view x, tall_view y) = 0;            ///< y [m, l] = A x [n, l]
    virtual void transposed_times(tall_view y, tall_view x) = 0; ///< x = A^T y

    /// x^T x, in double precision.
    [[nodiscard]] virtual matrix<double> gram(tall_view x) = 0;
    /// x^T y, in double precision.
    [[nodiscard]] virtual matrix<double> gram(tall_view x, tall_view y) = 0;
    /// x^T y, where products of a few hundred rows may be in single precision.
    [[nodiscard]] virtual matrix<double> quick_gram(tall_view x, tall_view y) = 0;
    /// z -= x c.
    virtual void subtract(tall_view x, matrix_view<double const> c, tall_view z) = 0;
    /// The first columns of x become x c, the others stay; c [p, q], q <= p.
    virtual void rotate(tall_view x, matrix_view<double const> c) = 0;
    /// to = x diag(1 / s).
    virtual void divide(tall_view x, std::vector<double> const& s, tall_view to) = 0;
    /// Adds the squares of the lengths of the columns of x - y diag(s).
    virtual void add_squares(tall_view x, tall_view y, std::vector<double> const& s, std::vector<double>& sums) = 0;

    /// x becomes columns of length 1 at right angles but for rounding, which grows with the condition of x; its longest
    /// directions first. The result is what takes them to what x was, [kept, columns]: x_before = x r. Fewer are kept
    /// where x has less than full rank: directions shorter than `negligible`, or than 1e-6 of the longest, are dropped.
    /// By the eigenvectors of x^T x (Stathopoulos & Wu 2002, "SVQB").
    [[nodiscard]] matrix<double> nearly_orthonormalize(tall_view x, double negligible);
    /// The same, and once more for what rounding left.
    [[nodiscard]] matrix<double> orthonormalize(tall_view x, double negligible);
};

/// A dense [n, width] matrix with n large, row-major, its rows at cache lines; zero at first.
class tall_matrix {
public:
    tall_matrix(tall_arithmetic& where, std::size_t rows, std::size_t width)
        : rows_(rows),
          stride_((width + line_floats - 1) / line_floats * line_floats),
          memory_(where.allocate(checked_product(rows_, stride_)), {&where}) {}

    [[nodiscard]] inline std::size_t rows() const noexcept { return rows_; }
    /// The first `columns`.
    [[nodiscard]] inline tall_view first(std::size_t columns) const noexcept { return some(0, columns); }
    /// The first `columns` and those that fill up a cache line with them: sparse products like whole lines.
    [[nodiscard]] inline tall_view first_lines(std::size_t columns) const noexcept {
        return first((columns + line_floats - 1) / line_floats * line_floats);
    }
    [[nodiscard]] inline tall_view some(std::size_t from, std::size_t columns) const noexcept {
        return {memory_.get() + from, rows_, columns, stride_};
    }

private:
    static constexpr std::size_t line_floats = 16;
    struct release {
        tall_arithmetic* where;
        void operator()(float* memory) const noexcept { where->release(memory); }
    };
    std::size_t rows_;
    std::size_t stride_;
    std::unique_ptr<float[], release> memory_;
};

/// In single precision, without gaps.
[[nodiscard]] std::vector<float> narrowed(matrix_view<double const> c);
/// a b.
[[nodiscard]] matrix<double> product(matrix_view<double const> a, matrix_view<double const> b);

/// The largest eigenvalues of a symmetric matrix, falling, and their vectors as columns [n, count].
struct eigenpairs {
    std::vector<double> values;
    matrix<double> vectors;
};
[[nodiscard]] eigenpairs largest_eigenpairs(matrix_view<double const> symmetric, std::size_t count);
}
