module wordmill.nn:recurrent_reference;
import :elements_reference;
import :memory_reference;
import :operation_code;
import :products_reference;
import :recurrent_operations;
import :rows_reference;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
// Recurrent layers, one lane and one value at a time, by the formulas of `recurrent_cell`.
namespace reference_loops {
/// One lane at one step. Replaces the arguments of the gates in `gates` [gates H] by their values; computes `h` and `c`
/// [H].
template <class T> void cell_forward(recurrent_cell cell, matrix_view<T> const& u, std::span<T const> h_before,
                                     std::span<T const> c_before, std::span<T> gates, std::span<T> h, std::span<T> c) {
    auto const n = h.size();
    // adds to gate `g` the product of the previous hidden values, each times its `weight`, with U
    auto const recur = [&](std::size_t g, auto weight) {
        for (std::size_t j = g * n; j < (g + 1) * n; ++j)
            for (std::size_t k = 0; k < n; ++k) gates[j] += weight(k) * u(k, j);
    };
    auto const whole = [&](std::size_t k) { return h_before[k]; };
    switch (cell) {
    case recurrent_cell::tanh:
        recur(0, whole);
        for (std::size_t k = 0; k < n; ++k) h[k] = gates[k] = std::tanh(gates[k]);
        return;
    case recurrent_cell::lstm:
        for (std::size_t g = 0; g < 4; ++g) recur(g, whole);
        for (std::size_t k = 0; k < n; ++k) {
            auto const input = gates[k] = sigmoid(gates[k]);
            auto const forget = gates[n + k] = sigmoid(gates[n + k]);
            auto const candidate = gates[2 * n + k] = std::tanh(gates[2 * n + k]);
            auto const output = gates[3 * n + k] = sigmoid(gates[3 * n + k]);
            c[k] = forget * c_before[k] + input * candidate;
            h[k] = output * std::tanh(c[k]);
        }
        return;
    case recurrent_cell::gru:
        for (std::size_t g = 0; g < 2; ++g) recur(g, whole);
        for (std::size_t k = 0; k < 2 * n; ++k) gates[k] = sigmoid(gates[k]);
        recur(2, [&](std::size_t k) { return gates[n + k] * h_before[k]; });
        for (std::size_t k = 0; k < n; ++k) {
            auto const candidate = gates[2 * n + k] = std::tanh(gates[2 * n + k]);
            h[k] = (1 - gates[k]) * h_before[k] + gates[k] * candidate;
        }
    }
}

/// The backward pass of `cell_forward`. Replaces `gates` by the gradients of their arguments, and `d_h` and `d_c` [H],
/// the gradients of the state after the step, by those of the state before it. Adds to `d_u`. `scratch` is [(gates + 1)
/// H].
template <class T> void cell_backward(recurrent_cell cell, matrix_view<T> const& u, std::span<T const> h_before,
                                      std::span<T const> c_before, std::span<T const> c, std::span<T> gates,
                                      std::span<T> d_h, std::span<T> d_c, matrix_view<T> const& d_u,
                                      std::span<T> scratch) {
    auto const n = d_h.size();
    auto const y = scratch.first(gates.size());
    auto const d_before = scratch.subspan(gates.size(), n);
    std::ranges::copy(gates, y.begin());
    std::ranges::fill(d_before, T(0));
    // computes the gradient of the hidden values that entered gate g, times `weight`, from that of the gate's argument
    auto const recur = [&](std::size_t g, auto weight, auto take) {
        for (std::size_t k = 0; k < n; ++k) {
            T sum = 0;
            for (std::size_t j = g * n; j < (g + 1) * n; ++j) {
                sum += gates[j] * u(k, j);
                d_u(k, j) += weight(k) * gates[j];
            }
            take(k, sum);
        }
    };
    auto const whole = [&](std::size_t k) { return h_before[k]; };
    auto const add = [&](std::size_t k, T sum) { d_before[k] += sum; };
    switch (cell) {
    case recurrent_cell::tanh:
        for (std::size_t k = 0; k < n; ++k) gates[k] = d_h[k] * (1 - y[k] * y[k]);
        recur(0, whole, add);
        break;
    case recurrent_cell::lstm:
        for (std::size_t k = 0; k < n; ++k) {
            auto const input = y[k], forget = y[n + k], candidate = y[2 * n + k], output = y[3 * n + k];
            auto const squashed = std::tanh(c[k]);
            auto const d_cell = d_c[k] + d_h[k] * output * (1 - squashed * squashed);
            gates[k] = d_cell * candidate * input * (1 - input);
            gates[n + k] = d_cell * c_before[k] * forget * (1 - forget);
            gates[2 * n + k] = d_cell * input * (1 - candidate * candidate);
            gates[3 * n + k] = d_h[k] * squashed * output * (1 - output);
            d_c[k] = d_cell * forget;
        }
        for (std::size_t g = 0; g < 4; ++g) recur(g, whole, add);
        break;
    case recurrent_cell::gru:
        for (std::size_t k = 0; k < n; ++k) {
            auto const update = y[k], candidate = y[2 * n + k];
            gates[2 * n + k] = d_h[k] * update * (1 - candidate * candidate);
            gates[k] = d_h[k] * (candidate - h_before[k]) * update * (1 - update);
            d_before[k] = d_h[k] * (1 - update);
        }
        recur(
            2, [&](std::size_t k) { return y[n + k] * h_before[k]; }, [&](std::size_t k, T sum) { // the gradient of r h
                auto const reset = y[n + k];
                gates[n + k] = sum * h_before[k] * reset * (1 - reset);
                d_before[k] += sum * reset;
            });
        for (std::size_t g = 0; g < 2; ++g) recur(g, whole, add);
    }
    for (std::size_t k = 0; k < n; ++k) d_h[k] = d_before[k];
}
}

template <class T> class reference_recurrent : public virtual recurrent_operations<T>, operation_code {
public:
    void recurrent_forward(recurrent_pass<T> const& pass) override {
        check_run(pass);
        auto const [cell, w, x, run, lengths] = memory_of(pass);
        reference_loops::multiply<T>(transposed::no, x, transposed::no, w.input, 0, run.gates);
        reference_loops::add_row<T>(w.bias, run.gates);
        for (std::size_t r = 0; r < x.rows; ++r) {
            auto const after = r + run.lanes;
            if (is_over(lengths, r, run.lanes)) {
                std::ranges::fill(run.gates.row(r), T(0));
                std::ranges::copy(run.hidden.row(r), run.hidden.row(after).begin());
                std::ranges::copy(cell_row(run, r), cell_row(run, after).begin());
                continue;
            }
            reference_loops::cell_forward<T>(cell, w.hidden, run.hidden.row(r), cell_row(run, r), run.gates.row(r),
                                             run.hidden.row(after), cell_row(run, after));
        }
    }
    void recurrent_backward(recurrent_pass<T> const& pass, recurrent_gradients<T> const& gradients) override {
        check_run(pass);
        check_gradients(pass, gradients);
        auto const [cell, w, x, run, lengths] = memory_of(pass);
        auto const d = memory_of(gradients);
        if (d.beta == 0) reference_loops::fill(d.weights.hidden, T(0));
        scratch_.resize(std::max(scratch_.size(), run.gates.columns + run.hidden.columns));
        for (std::size_t r = x.rows; r-- > 0;) {
            auto const lane = r % run.lanes;
            if (d.hidden.data != nullptr) reference_loops::add_to<T>(d.state.row(lane), d.hidden.row(r));
            if (is_over(lengths, r, run.lanes)) continue; // the gates stay 0
            reference_loops::cell_backward<T>(cell, w.hidden, run.hidden.row(r), cell_row(run, r),
                                              cell_row(run, r + run.lanes), run.gates.row(r), d.state.row(lane),
                                              d.cells.data == nullptr ? std::span<T>() : d.cells.row(lane),
                                              d.weights.hidden, scratch_);
        }
        reference_loops::multiply<T>(transposed::yes, x, transposed::no, run.gates, d.beta, d.weights.input);
        reference_loops::sum_rows<T>(run.gates, d.beta, d.weights.bias);
        if (d.x.data != nullptr)
            reference_loops::multiply<T>(transposed::no, run.gates, transposed::yes, w.input, 0, d.x);
    }

private:
    using weights = recurrent_weights<T, matrix_view>;
    using run_view = recurrent_run<T, matrix_view>;
    static std::span<T> cell_row(run_view const& run, std::size_t r) {
        return run.cells.data == nullptr ? std::span<T>() : run.cells.row(r);
    }
    /// Whether the sequence of the lane of row r has ended before that row.
    static bool is_over(std::span<std::uint32_t const> lengths, std::size_t r, std::size_t lanes) {
        return !lengths.empty() && r / lanes >= lengths[r % lanes];
    }

    std::vector<T> scratch_{};
};
}
