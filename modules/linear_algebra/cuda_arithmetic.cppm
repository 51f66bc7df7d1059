module;
#include "wordmill/cuda/svd_on_device.hpp"
module wordmill.linear_algebra:cuda_arithmetic;
import :tall_matrix;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Bytes that the matrix needs on a GPU.
[[nodiscard]] std::size_t device_bytes(csr_view<float const> a);

/// Arithmetic on the first usable GPU: products with A by cuSPARSE, other products by cuBLAS. Products of two tall
/// matrices are always in double precision.
class cuda_arithmetic final : public tall_arithmetic, device_code {
public:
    /// `turned`: A is the transpose of `a`. `a` is copied.
    cuda_arithmetic(csr_view<float const> a, bool turned);

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
    static cuda::tall there(tall_view x) noexcept;
    cuda::svd_on_device device_;
};
}
