module wordmill.linear_algebra:tall_matrix;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Columns of a dense row-major matrix with many rows.
using tall_view = device_view<float>;

/// A sparse matrix A [m, n], tall matrices beside it, and what the search for its singular vectors does with them: on
/// the CPU or on a GPU. Results on the host wait for it. For one thread at a time.
class tall_arithmetic {
public:
    explicit tall_arithmetic(std::shared_ptr<compute_queue> queue) : queue_(std::move(queue)) {}
    tall_arithmetic(tall_arithmetic const&) = delete;
    tall_arithmetic& operator=(tall_arithmetic const&) = delete;
    virtual ~tall_arithmetic() = default;

    /// Of the device, which has the memory of the tall matrices.
    [[nodiscard]] std::shared_ptr<compute_queue> const& queue() const noexcept { return queue_; }
    /// From a matrix of the same shape without gaps.
    void write(matrix_view<float const> from, tall_view to) {
        expect(from.stride == from.columns, "tall matrix: written from rows without gaps");
        queue_->upload(std::span(from.data, from.rows * from.columns), to);
    }
    /// Waits for it.
    [[nodiscard]] matrix<float> read(tall_view x) {
        matrix<float> out(x.rows, x.columns);
        queue_->download(x, std::span(out.view().data, x.rows * x.columns));
        queue_->wait();
        return out;
    }
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

private:
    std::shared_ptr<compute_queue> queue_;
};

/// A dense [n, width] matrix with n large, row-major, its rows at cache lines; zero at first.
class tall_matrix {
public:
    tall_matrix(tall_arithmetic& where, std::size_t rows, std::size_t width)
        : stride_((width + line_floats - 1) / line_floats * line_floats),
          memory_(where.queue(), checked_product(rows, stride_)),
          all_(memory_.matrix(rows, stride_)) {}

    [[nodiscard]] inline std::size_t rows() const noexcept { return all_.rows; }
    /// The first `columns`.
    [[nodiscard]] inline tall_view first(std::size_t columns) const noexcept { return some(0, columns); }
    /// The first `columns` and those that fill up a cache line with them: sparse products like whole lines.
    [[nodiscard]] inline tall_view first_lines(std::size_t columns) const noexcept {
        return first((columns + line_floats - 1) / line_floats * line_floats);
    }
    [[nodiscard]] inline tall_view some(std::size_t from, std::size_t columns) const noexcept {
        return columns_of(all_, from, columns);
    }

private:
    static constexpr std::size_t line_floats = 16;
    std::size_t stride_;
    buffer<float> memory_;
    tall_view all_;
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
