module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>
module wordmill.nn;
import wordmill.core;
import :operations;
import :reference_losses;
import :reference_recurrent;
import :reference_update;

namespace wordmill {
namespace {
template <class T> [[nodiscard]] bool same_shape(matrix_view<T const> a, matrix_view<T const> b) {
    return a.rows == b.rows && a.columns == b.columns;
}

constexpr std::align_val_t alignment{64};

template <class T> class reference final : public operations<T> {
public:
    using typename operations<T>::mat;
    using typename operations<T>::const_mat;
    using typename operations<T>::ids;

    std::string name() const override { return "reference"; }

    T* allocate(std::size_t count) override {
        auto const bytes = checked_product(count, sizeof(T));
        try {
            auto* const memory = static_cast<T*>(::operator new(bytes, alignment));
            std::fill_n(memory, count, T(0));
            return memory;
        } catch (std::bad_alloc const&) {
            throw error(failure::resource, "tensor: " + format_bytes(bytes) + " of memory are not to be had");
        }
    }
    void release(T* memory) noexcept override { ::operator delete(memory, alignment); }
    void upload(std::span<T const> from, mat to) override {
        expect(from.size() == to.rows * to.columns, "upload: as many values as the matrix has");
        for (std::size_t r = 0; r < to.rows; ++r)
            std::ranges::copy(from.subspan(r * to.columns, to.columns), to.row(r).begin());
    }
    void download(const_mat from, std::span<T> to) override {
        expect(to.size() == from.rows * from.columns, "download: as many values as the matrix has");
        for (std::size_t r = 0; r < from.rows; ++r)
            std::ranges::copy(from.row(r), to.begin() + static_cast<std::ptrdiff_t>(r * from.columns));
    }
    void copy(const_mat from, mat to) override {
        each(from, to, [](T x, T) { return x; });
    }
    void fill(mat x, T value) override {
        each(x, x, [value](T, T) { return value; });
    }

    void multiply(transposed a_form, const_mat a, transposed b_form, const_mat b, T beta, mat c) override {
        auto const a_turned = a_form == transposed::yes;
        auto const b_turned = b_form == transposed::yes;
        auto const inner = a_turned ? a.rows : a.columns;
        expect((a_turned ? a.columns : a.rows) == c.rows && (b_turned ? b.rows : b.columns) == c.columns
                   && (b_turned ? b.columns : b.rows) == inner,
               "multiply: [m, k] times [k, n] is [m, n]");
        for (std::size_t i = 0; i < c.rows; ++i)
            for (std::size_t j = 0; j < c.columns; ++j) {
                T sum = 0;
                for (std::size_t k = 0; k < inner; ++k)
                    sum += (a_turned ? a(k, i) : a(i, k)) * (b_turned ? b(j, k) : b(k, j));
                c(i, j) = beta == 0 ? sum : sum + beta * c(i, j);
            }
    }
    void add_row(const_mat row, mat x) override {
        expect(row.rows == 1 && row.columns == x.columns, "add_row: a row as wide as the matrix");
        for (std::size_t r = 0; r < x.rows; ++r)
            for (std::size_t c = 0; c < x.columns; ++c) x(r, c) += row(0, c);
    }
    void sum_rows(const_mat x, T beta, mat row) override {
        expect(row.rows == 1 && row.columns == x.columns, "sum_rows: a row as wide as the matrix");
        for (std::size_t c = 0; c < x.columns; ++c) {
            T sum = 0;
            for (std::size_t r = 0; r < x.rows; ++r) sum += x(r, c);
            row(0, c) = beta == 0 ? sum : sum + beta * row(0, c);
        }
    }
    void add(const_mat x, T scale, mat y) override {
        each(x, y, [scale](T a, T b) { return b + scale * a; });
    }
    void scale(mat x, T factor) override {
        each(x, x, [factor](T a, T) { return factor * a; });
    }
    void multiply_values(const_mat a, const_mat b, mat c) override {
        expect(same_shape<T>(a, c) && same_shape<T>(b, c), "multiply_values: three matrices of one shape");
        for (std::size_t r = 0; r < c.rows; ++r)
            for (std::size_t i = 0; i < c.columns; ++i) c(r, i) = a(r, i) * b(r, i);
    }
    double sum_of_squares(const_mat x) override {
        double sum = 0;
        for (std::size_t r = 0; r < x.rows; ++r)
            for (auto const value : x.row(r)) sum += static_cast<double>(value) * static_cast<double>(value);
        return sum;
    }

    void activate(activation f, const_mat x, mat y) override {
        switch (f) {
        case activation::sigmoid: return each(x, y, [](T a, T) { return reference_loops::sigmoid(a); });
        case activation::tanh: return each(x, y, [](T a, T) { return std::tanh(a); });
        case activation::relu: return each(x, y, [](T a, T) { return a < 0 ? T(0) : a; }); // NaN stays NaN
        case activation::softmax:
            expect(same_shape<T>(x, y), "softmax: two matrices of one shape");
            for (std::size_t r = 0; r < x.rows; ++r) reference_loops::softmax<T>(x.row(r), y.row(r));
        }
    }
    void activate_backward(activation f, const_mat y, const_mat d_y, mat d_x) override {
        expect(same_shape<T>(y, d_x) && same_shape<T>(d_y, d_x), "activate_backward: three matrices of one shape");
        for (std::size_t r = 0; r < y.rows; ++r) {
            T dot = 0;
            for (std::size_t c = 0; c < y.columns; ++c) dot += y(r, c) * d_y(r, c);
            for (std::size_t c = 0; c < y.columns; ++c) {
                auto const a = y(r, c);
                auto const d = d_y(r, c);
                d_x(r, c) = f == activation::sigmoid ? d * a * (1 - a)
                            : f == activation::tanh  ? d * (1 - a * a)
                            : f == activation::relu  ? (a > 0 ? d : T(0))
                                                     : a * (d - dot);
            }
        }
    }
    void drop(dropout_mask const& mask, const_mat x, mat y) override {
        expect(same_shape<T>(x, y), "drop: two matrices of one shape");
        auto const key = mask.key.bits();
        for (std::size_t r = 0; r < x.rows; ++r)
            for (std::size_t c = 0; c < x.columns; ++c) {
                std::uint64_t const word = (mask.period == 0 ? r : r % mask.period) * x.columns + c;
                auto const words =
                    philox({static_cast<std::uint32_t>(word / 4), static_cast<std::uint32_t>(word / 4 >> 32), 0, 0},
                           {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
                auto const stays = static_cast<double>(words[word % 4]) * 0x1p-32 >= mask.ratio;
                y(r, c) = stays ? static_cast<T>(mask.scale) * x(r, c) : T(0);
            }
    }

    loss_sum softmax_loss(const_mat logits, ids targets, mat probabilities) override {
        expect(targets.size() == logits.rows, "softmax loss: a target for every row");
        copy(logits, probabilities);
        return reference_loops::softmax_loss(targets, probabilities);
    }
    void softmax_loss_backward(const_mat probabilities, ids targets, T scale, mat d_logits) override {
        expect(targets.size() == probabilities.rows, "softmax loss: a target for every row");
        copy(probabilities, d_logits);
        reference_loops::softmax_loss_backward(targets, scale, d_logits);
    }
    loss_sum projection_loss(const_mat x, projection<T> to, ids targets, mat d_x, projection<T> gradients,
                             T weights_beta, T bias_beta, std::uint64_t mean_over) override {
        auto const turned = to.form == transposed::yes;
        auto const across = turned ? transposed::no : transposed::yes;
        auto const columns = turned ? to.weights.rows : to.weights.columns;
        scratch_.resize(std::max(scratch_.size(), checked_product(x.rows, columns)));
        mat const logits{scratch_.data(), x.rows, columns, columns};
        multiply(transposed::no, x, to.form, to.weights, 0, logits);
        if (to.bias.data != nullptr) add_row(to.bias, logits);
        auto const loss = softmax_loss(logits, targets, logits);
        if (d_x.data == nullptr) return loss;
        auto const over = mean_over == 0 ? loss.count : mean_over;
        softmax_loss_backward(logits, targets, over == 0 ? T(0) : T(1) / static_cast<T>(over), logits);
        multiply(transposed::no, logits, across, to.weights, 0, d_x);
        if (turned)
            multiply(transposed::yes, logits, transposed::no, x, weights_beta, gradients.weights);
        else
            multiply(transposed::yes, x, transposed::no, logits, weights_beta, gradients.weights);
        if (to.bias.data != nullptr) sum_rows(logits, bias_beta, gradients.bias);
        return loss;
    }
    loss_sum sigmoid_loss(const_mat x, std::span<std::uint8_t const> labels, T scale, mat d_x) override {
        expect(labels.size() == x.rows * x.columns, "sigmoid loss: a label for every value");
        return reference_loops::sigmoid_loss(x, labels, scale, d_x);
    }

    void gather(const_mat table, ids rows, mat out) override {
        expect(rows.size() == out.rows && table.columns == out.columns, "gather: a row for every number");
        for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(row_at(table, rows[i]), out.row(i).begin());
    }
    void scatter_add(const_mat x, ids rows, mat table) override {
        expect(rows.size() == x.rows && table.columns == x.columns, "scatter_add: a number for every row");
        for (std::size_t i = 0; i < rows.size(); ++i) add_to(row_at(table, rows[i]), x.row(i));
    }
    void sum_into(const_mat x, std::span<std::uint32_t const> places, mat to) override {
        expect(places.size() == x.rows && to.columns == x.columns, "sum_into: a place for every row");
        fill(to, 0);
        for (std::size_t i = 0; i < places.size(); ++i) add_to(row_at(to, id_at(places[i])), x.row(i));
    }
    void dot_rows(const_mat a, const_mat h, mat out) override {
        expect(out.rows == h.rows && a.rows == out.rows * out.columns && a.columns == h.columns,
               "dot_rows: [N K, D] and [N, D] give [N, K]");
        for (std::size_t n = 0; n < out.rows; ++n)
            for (std::size_t k = 0; k < out.columns; ++k) {
                out(n, k) = 0;
                for (std::size_t c = 0; c < h.columns; ++c) out(n, k) += a(n * out.columns + k, c) * h(n, c);
            }
    }
    void dot_rows_backward(const_mat d_out, const_mat a, const_mat h, mat d_a, mat d_h) override {
        expect(same_shape<T>(a, d_a) && same_shape<T>(h, d_h), "dot_rows_backward: gradients of one shape");
        fill(d_h, 0);
        for (std::size_t n = 0; n < d_out.rows; ++n)
            for (std::size_t k = 0; k < d_out.columns; ++k)
                for (std::size_t c = 0; c < h.columns; ++c) {
                    d_h(n, c) += d_out(n, k) * a(n * d_out.columns + k, c);
                    d_a(n * d_out.columns + k, c) = d_out(n, k) * h(n, c);
                }
    }

    void recurrent_forward(recurrent_cell cell, recurrent_weights<T> w, const_mat x, recurrent_run<T> run) override {
        check(cell, w, x, run);
        multiply(transposed::no, x, transposed::no, w.input, 0, run.gates);
        add_row(w.bias, run.gates);
        for (std::size_t r = 0; r < x.rows; ++r) {
            auto const after = r + run.lanes;
            reference_loops::cell_forward<T>(cell, w.hidden, run.hidden.row(r), cell_row(run, r), run.gates.row(r),
                                             run.hidden.row(after), cell_row(run, after));
        }
    }
    void recurrent_backward(recurrent_cell cell, recurrent_weights<T> w, const_mat x, recurrent_run<T> run,
                            const_mat d_hidden, mat d_state, mat d_cells, mat d_x, recurrent_weights<T> gradients,
                            T beta) override {
        check(cell, w, x, run);
        expect(d_hidden.rows == x.rows && d_state.rows == run.lanes, "recurrent: gradients of every step and lane");
        if (beta == 0) fill(gradients.hidden, 0);
        scratch_.resize(std::max(scratch_.size(), run.gates.columns + run.hidden.columns));
        for (std::size_t r = x.rows; r-- > 0;) {
            auto const lane = r % run.lanes;
            add_to(d_state.row(lane), d_hidden.row(r));
            reference_loops::cell_backward<T>(cell, w.hidden, run.hidden.row(r), cell_row(run, r),
                                              cell_row(run, r + run.lanes), run.gates.row(r), d_state.row(lane),
                                              d_cells.data == nullptr ? std::span<T>() : d_cells.row(lane),
                                              gradients.hidden, scratch_);
        }
        multiply(transposed::yes, x, transposed::no, run.gates, beta, gradients.input);
        sum_rows(run.gates, beta, gradients.bias);
        if (d_x.data != nullptr) multiply(transposed::no, run.gates, transposed::yes, w.input, 0, d_x);
    }

    void update(update_rule const& rule, const_mat g, ids rows, mat values, mat first, mat second) override {
        expect(rows.empty() ? same_shape<T>(g, values) : rows.size() == g.rows && g.columns == values.columns,
               "update: a row of values for every row of the gradient");
        for (std::size_t i = 0; i < g.rows; ++i) {
            auto const r = rows.empty() ? i : index(rows[i]);
            for (std::size_t c = 0; c < g.columns; ++c) {
                T none = 0;
                reference_loops::update(rule, static_cast<T>(rule.gradient_scale) * g(i, c), values(r, c),
                                        first.data == nullptr ? none : first(r, c),
                                        second.data == nullptr ? none : second(r, c));
            }
        }
    }

private:
    /// y = f(x, y), value by value.
    template <class F> static void each(const_mat x, mat y, F f) {
        expect(same_shape<T>(x, y), "two matrices of one shape");
        for (std::size_t r = 0; r < x.rows; ++r)
            for (std::size_t c = 0; c < x.columns; ++c) y(r, c) = f(x(r, c), y(r, c));
    }
    template <class U> static std::span<U> row_at(matrix_view<U> table, token_id id) {
        expect(index(id) < table.rows, "a row number is one of the table's");
        return table.row(index(id));
    }
    static void add_to(std::span<T> to, std::span<T const> x) {
        for (std::size_t c = 0; c < x.size(); ++c) to[c] += x[c];
    }
    static std::span<T> cell_row(recurrent_run<T> const& run, std::size_t r) {
        return run.cells.data == nullptr ? std::span<T>() : run.cells.row(r);
    }
    static void check(recurrent_cell cell, recurrent_weights<T> const& w, const_mat x, recurrent_run<T> const& run) {
        auto const h = run.hidden.columns;
        expect(run.lanes > 0 && x.rows % run.lanes == 0, "recurrent: as many rows for every lane");
        expect(w.input.rows == x.columns && w.input.columns == gates_of(cell) * h && w.hidden.rows == h
                   && w.hidden.columns == w.input.columns && w.bias.columns == w.input.columns,
               "recurrent: weights of [D, gates H], [H, gates H] and [1, gates H]");
        expect(run.gates.rows == x.rows && run.gates.columns == w.input.columns && run.hidden.rows == x.rows + run.lanes
                   && (cell != recurrent_cell::lstm || run.cells.rows == run.hidden.rows),
               "recurrent: a run of [T B, gates H] and [(T + 1) B, H]");
    }

    std::vector<T> scratch_{};
};
}

template <class T> std::shared_ptr<operations<T>> reference_operations() { return std::make_shared<reference<T>>(); }
template std::shared_ptr<operations<float>> reference_operations();
template std::shared_ptr<operations<double>> reference_operations();
}
