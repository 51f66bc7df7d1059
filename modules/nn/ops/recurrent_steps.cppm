module wordmill.nn:recurrent_steps;
import :bf16;
import :cpu_operands;
import :products_panels;
import :recurrent_operations;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// Recurrent layers: what does not depend on the step before is one product over all steps; the weights of the one
/// that does are packed once and read at every step.
class recurrent_arithmetic {
public:
    recurrent_arithmetic(task_team& team, products& all) : team_(team), products_(all) {}

    void forward(recurrent_pass<float, matrix_view> const& pass);
    /// Leaves the gradients of the gates' arguments in the run, and of the weights those of the hidden ones.
    void backward(recurrent_pass<float, matrix_view> const& pass,
                  recurrent_gradients<float, matrix_view> const& gradients);

private:
    /// The right operand of the products of all steps.
    struct step_weights {
        wide_operand wide{};
        bf16_packed half{}; ///< in its place
    };
    struct step_scratch {
        scratch wide{};
        scratch_memory<bf16> half{};
    };
    [[nodiscard]] step_weights pack(turned_view from, std::size_t lanes, std::size_t k, std::size_t n,
                                    step_scratch& to);
    void step_product(matrix_view<float const> a, step_weights const& b, matrix_view<float> c, bool add);
    template <class Work> void for_lanes(std::size_t lanes, std::size_t values, Work const& work);

    task_team& team_;
    products& products_;
    scratch bias_{};
    step_scratch weights_{};   ///< of the hidden values, as a right operand
    step_scratch candidate_{}; ///< those of a GRU's third gate
    scratch narrow_{};         ///< the left operand of a step
    scratch reset_hidden_{};   ///< GRU: r h; of all steps on the way back
    scratch d_reset_{};        ///< GRU: the gradient of r h
};
}
