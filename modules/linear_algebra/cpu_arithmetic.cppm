module wordmill.linear_algebra:cpu_arithmetic;
import :tall_matrix;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// On several threads. Rows are shared out in the same panels for any number of threads and sums over panels taken in
/// order, each panel by one thread of OpenBLAS: so results do not depend on the number. While one lives, OpenBLAS uses
/// one thread for all of the process.
class cpu_arithmetic final : public tall_arithmetic, device_code {
public:
    /// `turned`: A is the transpose of `a`, which must stay.
    cpu_arithmetic(csr_view<float const> a, bool turned, unsigned threads);
    ~cpu_arithmetic() override;

    void copy(tall_view from, tall_view to) override;
    void times(tall_view x, tall_view y) override;
    void transposed_times(tall_view y, tall_view x) override;
    [[nodiscard]] matrix<double> gram(tall_view x) override;
    [[nodiscard]] matrix<double> gram(tall_view x, tall_view y) override;
    [[nodiscard]] matrix<double> quick_gram(tall_view x, tall_view y) override;
    void subtract(tall_view x, matrix_view<double const> c, tall_view z) override;
    void rotate(tall_view x, matrix_view<double const> c) override;
    void divide(tall_view x, std::vector<double> const& s, tall_view to) override;
    void add_squares(tall_view x, tall_view y, std::vector<double> const& s, std::vector<double>& sums) override;

private:
    template <class Panel> matrix<double> sum_over_panels(std::size_t rows, std::size_t p, std::size_t q, Panel panel);
    static matrix_view<float> here(tall_view x) noexcept { return memory_of(x); }
    csr<float> const other_; ///< the transpose of what was given
    csr_view<float const> a_;
    csr_view<float const> transposed_;
    task_team team_;
};
}
