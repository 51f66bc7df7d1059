module wordmill.nn:losses_bf16;
import :bf16;
import :cpu_operands;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// The products of `projection_arithmetic` in bf16. The logits of a piece (a range of columns) are stored in rows, not
/// in panels. Functions with a `member` are called from tasks.
class bf16_projection {
public:
    bf16_projection(task_team& team, bf16_products& all) : team_(team), products_(all) {}

    struct sizes {
        std::size_t piece = 0; ///< columns of every piece except the last
        std::size_t last = 0;  ///< columns of the last piece
        bool learns = false;
        bool turned = false; ///< weights are [V, D]
    };
    /// Rounds x [N, D].
    void prepare(matrix_view<float const> x, sizes const& of);
    /// Writes the logits [N, stride] = x w; columns without weights become 0. `weights` is [D, columns of the piece].
    void logits(std::size_t member, turned_view weights, std::size_t columns, float* to, std::size_t stride) noexcept;
    /// Computes the gradients of the weights, [D, columns] or [columns, D] when `turned`, and of x from those of the
    /// logits.
    void gradients(std::size_t member, float const* d_logits, std::size_t stride, turned_view weights,
                   std::size_t columns, product_target d_weights, product_target d_x) noexcept;
    void check() { products_.check(); }

private:
    struct shapes {
        bf16_tiles logits{}, d_weights{}, d_x{};
    };
    [[nodiscard]] shapes shapes_of(std::size_t columns);
    [[nodiscard]] shapes const& of(std::size_t columns) const noexcept {
        return columns == sizes_.piece ? whole_ : last_;
    }

    task_team& team_;
    bf16_products& products_;
    sizes sizes_{};
    shapes whole_{}, last_{};
    std::size_t rows_ = 0, depth_ = 0; // N, D
    bf16* x_ = nullptr;                // [N, D]
    bf16* other_x_ = nullptr;          // x as an operand of the weights' gradients
    std::size_t weights_size_ = 0, logits_size_ = 0;
    scratch_memory<bf16> x_memory_{};
    scratch_memory<bf16> other_x_memory_{};
    scratch_memory<bf16> weights_{};  ///< of each member: those of a piece
    scratch_memory<bf16> d_logits_{}; ///< likewise, and their transpose
};
}
