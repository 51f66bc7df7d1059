module wordmill.nn:cpu;
import :cpu_bf16;
import :cpu_products;
import :cpu_projection;
import :cpu_recurrent;
import :operations;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// The operations on the processor: in vector registers, by several threads. What is summed is cut into parts by its
/// shape alone, so the number of threads changes no result.
class cpu_arithmetic final : public operations<float> {
public:
    cpu_arithmetic(unsigned threads, precision products)
        : team_(threads), half_(products == precision::bf16 ? std::make_unique<bf16_products>(team_) : nullptr) {}
    std::string name() const override;

    float* allocate(std::size_t count) override;
    void release(float* memory) noexcept override;
    void upload(std::span<float const> from, mat to) override;
    void download(const_mat from, std::span<float> to) override;
    void copy(const_mat from, mat to) override;
    void fill(mat x, float value) override;

    void multiply(transposed a_form, const_mat a, transposed b_form, const_mat b, float beta, mat c) override;
    void add_row(const_mat row, mat x) override;
    void sum_rows(const_mat x, float beta, mat row) override;
    void add(const_mat x, float scale, mat y) override;
    void scale(mat x, float factor) override;
    void multiply_values(const_mat a, const_mat b, mat c) override;
    double sum_of_squares(const_mat x) override;

    void activate(activation f, const_mat x, mat y) override;
    void activate_backward(activation f, const_mat y, const_mat d_y, mat d_x) override;
    void drop(dropout_mask const& mask, const_mat x, mat y) override;

    loss_sum softmax_loss(const_mat logits, ids targets, mat probabilities) override;
    void softmax_loss_backward(const_mat probabilities, ids targets, float scale, mat d_logits) override;
    loss_sum projection_loss(const_mat x, projection<float> to, ids targets, mat d_x, projection<float> gradients,
                             float weights_beta, float bias_beta, std::uint64_t mean_over) override;
    loss_sum sigmoid_loss(const_mat x, std::span<std::uint8_t const> labels, float scale, mat d_x) override;

    void gather(const_mat table, ids rows, mat out) override;
    void scatter_add(const_mat x, ids rows, mat table) override;
    void sum_into(const_mat x, std::span<std::uint32_t const> places, mat to) override;
    void dot_rows(const_mat a, const_mat h, mat out) override;
    void dot_rows_backward(const_mat d_out, const_mat a, const_mat h, mat d_a, mat d_h) override;

    void recurrent_forward(recurrent_cell cell, recurrent_weights<float> w, const_mat x,
                           recurrent_run<float> run) override;
    void recurrent_backward(recurrent_cell cell, recurrent_weights<float> w, const_mat x, recurrent_run<float> run,
                            const_mat d_hidden, mat d_state, mat d_cells, mat d_x, recurrent_weights<float> gradients,
                            float beta) override;

    void update(update_rule const& rule, const_mat g, ids rows, mat values, mat first, mat second) override;

private:
    static constexpr std::size_t values_at_once = std::size_t{1} << 14; // of a task that works value by value

    /// Calls work(r, c, n) for all pieces of a matrix: n values from (r, c). `whole` says that there are no gaps
    /// between rows.
    template <class Work> void for_pieces(const_mat x, bool whole, Work const& work) {
        if (whole) {
            auto const size = x.rows * x.columns;
            team_.run((size + values_at_once - 1) / values_at_once, [&](std::size_t task, std::size_t) {
                auto const first = task * values_at_once;
                work(std::size_t{0}, first, std::min(values_at_once, size - first));
            });
        } else {
            for_rows(x, [&](std::size_t r) { work(r, std::size_t{0}, x.columns); });
        }
    }
    /// Calls work(r) for every row.
    template <class Work> void for_rows(const_mat x, Work const& work) {
        auto const at_once = std::max<std::size_t>(1, values_at_once / std::max<std::size_t>(1, x.columns));
        team_.run((x.rows + at_once - 1) / at_once, [&](std::size_t task, std::size_t) {
            for (auto r = task * at_once; r < std::min(x.rows, (task + 1) * at_once); ++r) work(r);
        });
    }
    template <class... Matrices> [[nodiscard]] static bool whole(Matrices const&... all) {
        return ((all.stride == all.columns) && ...);
    }
    [[nodiscard]] loss_sum sum_of_losses(std::size_t count);

    task_team team_;
    std::unique_ptr<bf16_products> half_; // none: all in fp32
    products products_{team_, half_.get()};
    projection_arithmetic projection_{team_, half_.get()};
    recurrent_arithmetic recurrent_{team_, products_};
    std::vector<double> row_sums_{};     // scratch
    std::vector<std::uint32_t> words_{}; // scratch
};

[[nodiscard]] inline bool same_shape(matrix_view<float const> a, matrix_view<float const> b) {
    return a.rows == b.rows && a.columns == b.columns;
}
}
