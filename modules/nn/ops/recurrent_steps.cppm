module wordmill.nn:recurrent_steps;
import :bf16;
import :cpu_operands;
import :products_panels;
import :recurrent_operations;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// Recurrent layers. Terms that do not depend on the previous step are one product over all steps. The weights of the
/// product with the previous hidden values are packed once and read at every step.
class recurrent_arithmetic {
public:
    recurrent_arithmetic(task_team& team, products& all) : team_(team), products_(all) {}

    void forward(recurrent_pass<float, matrix_view> const& pass);
    /// Leaves the gradients of the gates' arguments in the run, and computes the gradient of the hidden weights.
    void backward(recurrent_pass<float, matrix_view> const& pass,
                  recurrent_gradients<float, matrix_view> const& gradients);

private:
    /// The right operand that the products of all steps share.
    struct step_weights {
        wide_operand wide{};
        bf16_packed half{};  ///< used instead of `wide` in bf16
        turned_view plain{}; ///< used instead of `wide` for one step of a few lanes
        std::size_t n = 0;   ///< columns of `plain`
    };
    struct step_scratch {
        scratch wide{};
        scratch_memory<bf16> half{};
    };
    [[nodiscard]] step_weights pack(turned_view from, std::size_t lanes, std::size_t k, std::size_t n,
                                    std::size_t steps, step_scratch& to);
    /// Some lanes, whose steps one thread computes alone, or all lanes, whose steps all threads share.
    struct lane_part {
        std::size_t first = 0;
        std::size_t count = 0;
        float* narrow = nullptr; ///< for the left operands of its products
        bool alone = false;
    };
    /// Calls work(part) for parts that make up all lanes, several at once when that is faster. `k` is the largest
    /// number of columns of a left operand.
    template <class Work>
    void for_parts(std::size_t lanes, std::size_t k, step_weights const& a, step_weights const& b, Work const& work);
    void step_product(lane_part const& part, matrix_view<float const> a, step_weights const& b, matrix_view<float> c,
                      bool add);
    static void hold(recurrent_run<float, matrix_view> const& run, std::size_t row, std::size_t b);
    template <class Work>
    void for_lanes(lane_part const& part, std::size_t lanes, std::size_t values, Work const& work);

    task_team& team_;
    products& products_;
    scratch bias_{};
    step_scratch weights_{};   ///< of the hidden values, as a right operand
    step_scratch candidate_{}; ///< the weights of a GRU's third gate
    scratch narrow_{};         ///< the left operand of a step
    scratch reset_hidden_{};   ///< GRU: r h; in the backward pass, of all steps
    scratch d_reset_{};        ///< GRU: the gradient of r h
    scratch no_gradient_{};    ///< a row of zeros
    scratch held_{};           ///< [B, H], the gradients of states that do not change at a step
};
}
