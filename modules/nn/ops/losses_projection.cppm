module wordmill.nn:losses_projection;
import :bf16;
import :losses_bf16;
import :cpu_operands;
import :products_panels;
import :loss_operations;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// The softmax loss of a projection and its gradients. Works on a few hundred rows at a time, and within them on a few
/// hundred columns of logits at a time, which stay in the cache:
///
///   first pass, by columns: logits; from them e = exp(logit - m), m the largest of the row in these columns; sum of e
///   then, by rows: the logarithm L of the sum of exp(logit) over all columns, the loss
///   second pass, by columns: the gradient of the logits, exp(m - L) e - 1 at the target, and its three products
///
/// So weights and logits are each read twice, and nothing else of their size is. Rows without a target, such as the
/// padding of shorter sequences, are left out from the start. The second pass sums d_x over a few fixed groups of
/// columns, so that the result does not depend on the number of threads.
class projection_arithmetic {
public:
    /// Without `half`, all products are in fp32.
    projection_arithmetic(task_team& team, bf16_products* half) : team_(team) {
        if (half) half_.emplace(team, *half);
    }

    /// loss_operations<float>::projection_loss
    loss_sum work_out(matrix_view<float const> x, projection<float, matrix_view> const& to,
                      std::span<token_id const> targets, projection_gradients<float, matrix_view> const& gradients);

private:
    struct block;
    loss_sum work_out_rows(matrix_view<float const> x, projection<float, matrix_view> const& to,
                           std::span<token_id const> targets,
                           projection_gradients<float, matrix_view> const& gradients);
    template <class Copy> void for_kept_rows(Copy const& copy);
    void prepare(block& b);
    void shrink_columns(block& b, std::size_t piece, std::size_t member);
    void sum_weights(projection<float, matrix_view> const& to, std::size_t depth, std::size_t columns);
    void add_losses(block& b, loss_sum& loss);
    void spread_columns(block& b, std::size_t piece, std::size_t member, float* d_x, std::size_t stride, bool add);
    void spread_all(block& b, matrix_view<float> d_x);
    void add_weight_gradients(block const& b, std::size_t piece);

    task_team& team_;
    std::optional<bf16_projection> half_{};
    std::vector<std::size_t> kept_{}; ///< the rows with a target
    std::vector<token_id> kept_targets_{};
    scratch kept_x_{};        ///< these rows of x, then of d_x
    scratch logits_{};        ///< [panels, rows, width]; without gradients, of each member's columns
    scratch bias_{};          ///< [V, padded]
    scratch rows_narrow_{};   ///< x as the left operand, [rows, D]
    scratch turned_narrow_{}; ///< the transpose of x as the left operand, [D, rows]
    scratch rows_wide_{};     ///< x as the right operand, [rows, D]
    scratch weights_{};       ///< of each member: packed weights of a piece
    scratch maxima_{};        ///< of each member: [rows, width / 2]
    scratch row_numbers_{};   ///< [rows]: target logits, log sums, weights of rows; of each member: factors
    scratch column_sums_{};   ///< of each member
    scratch most_{};          ///< [pieces, rows], and the sums of e
    scratch partial_{};       ///< d_x of groups of columns
    scratch all_columns_{};   ///< smoothing: the sum of the columns of the weights, [D + 1], the last value of the bias
};
}
