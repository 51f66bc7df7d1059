module wordmill.linear_algebra:tall_matrix;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// A range of columns of a dense row-major matrix with many rows.
using tall_view = device_view<float>;

/// The arithmetic of the search for the singular vectors of a sparse matrix A [m, n], on the CPU or on a GPU. Tall
/// matrices are dense matrices with m or n rows. A function that returns a result on the host waits for it. For one
/// thread at a time.
class tall_arithmetic {
public:
    explicit tall_arithmetic(std::shared_ptr<compute_queue> queue) : queue_(std::move(queue)) {}
    tall_arithmetic(tall_arithmetic const&) = delete;
    tall_arithmetic& operator=(tall_arithmetic const&) = delete;
    virtual ~tall_arithmetic() = default;

    /// The queue of the device that holds the tall matrices.
    [[nodiscard]] std::shared_ptr<compute_queue> const& queue() const noexcept { return queue_; }
    /// Copies a matrix of the same shape, without gaps, from the host.
    void write(matrix_view<float const> from, tall_view to) {
        expect(from.stride == from.columns, "tall matrix: written from rows without gaps");
        queue_->upload(std::span(from.data, from.rows * from.columns), to);
    }
    /// Waits for x and copies it to the host.
    [[nodiscard]] matrix<float> read(tall_view x) {
        matrix<float> out(x.rows, x.columns);
        queue_->download(x, std::span(out.view().data, x.rows * x.columns));
        queue_->wait();
        return out;
    }
    /// Copies between matrices of the same shape that do not overlap.
    virtual void copy(tall_view from, tall_view to) = 0;

    virtual void times(tall_view x, tall_view y) = 0;            ///< y [m, l] = A x [n, l]
    virtual void transposed_times(tall_view y, tall_view x) = 0; ///< x = A^T y

    /// x^T x, in double precision.
    [[nodiscard]] virtual matrix<double> gram(tall_view x) = 0;
    /// x^T y, in double precision.
    [[nodiscard]] virtual matrix<double> gram(tall_view x, tall_view y) = 0;
    /// x^T y; the products of a few hundred rows may be summed in single precision.
    [[nodiscard]] virtual matrix<double> quick_gram(tall_view x, tall_view y) = 0;
    /// z -= x c.
    virtual void subtract(tall_view x, matrix_view<double const> c, tall_view z) = 0;
    /// Replaces the first q columns of x by x c and leaves the others; c is [p, q], q <= p.
    virtual void rotate(tall_view x, matrix_view<double const> c) = 0;
    /// to = x diag(1 / s).
    virtual void divide(tall_view x, std::vector<double> const& s, tall_view to) = 0;
    /// Adds the squares of the lengths of the columns of x - y diag(s).
    virtual void add_squares(tall_view x, tall_view y, std::vector<double> const& s, std::vector<double>& sums) = 0;

    /// Replaces x by columns that are orthonormal except for rounding, which grows with the condition number of x. The
    /// longest directions of x come first. Returns r [kept, columns] with x_before = x r. Directions shorter than
    /// `negligible`, or than 1e-6 of the longest, are dropped, so fewer columns are kept when x has less than full
    /// rank. Uses the eigenvectors of x^T x (Stathopoulos & Wu 2002, "SVQB").
    [[nodiscard]] matrix<double> nearly_orthonormalize(tall_view x, double negligible);
    /// The same, then once more to remove the effect of rounding.
    [[nodiscard]] matrix<double> orthonormalize(tall_view x, double negligible);

private:
    std::shared_ptr<compute_queue> queue_;
};

/// A dense row-major matrix [n, width] with n large. Rows begin at cache lines; values are zero at first.
class tall_matrix {
public:
    tall_matrix(tall_arithmetic& where, std::size_t rows, std::size_t width)
        : stride_((width + line_floats - 1) / line_floats * line_floats),
          memory_(where.queue(), checked_product(rows, stride_)),
          all_(memory_.matrix(rows, stride_)) {}

    [[nodiscard]] inline std::size_t rows() const noexcept { return all_.rows; }
    /// The first `columns` columns.
    [[nodiscard]] inline tall_view first(std::size_t columns) const noexcept { return some(0, columns); }
    /// The first `columns` columns, rounded up to whole cache lines, with which sparse products are faster.
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

/// The values of c in single precision, without gaps.
[[nodiscard]] std::vector<float> narrowed(matrix_view<double const> c);
/// a b.
[[nodiscard]] matrix<double> product(matrix_view<double const> a, matrix_view<double const> b);
}
