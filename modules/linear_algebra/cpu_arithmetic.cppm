module wordmill.linear_algebra:cpu_arithmetic;
import :tall_matrix;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// Arithmetic on several threads of the processor. Rows are divided into the same panels for any number of threads,
/// each panel is computed by one thread, and sums over panels are taken in order: so results do not depend on the
/// number of threads.
class cpu_arithmetic final : public tall_arithmetic, device_code {
public:
    /// `turned`: A is the transpose of `a`. `a` must stay valid.
    cpu_arithmetic(csr_view<float const> a, bool turned, unsigned threads);

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
    csr<float> const other_; ///< the transpose of the matrix given
    csr_view<float const> a_;
    csr_view<float const> transposed_;
    task_team team_;
};
}
