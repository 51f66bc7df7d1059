module;
#include "recurrent_cpu.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
module wordmill.nn;
import :bf16;
import :cpu_operands;
import :products_panels;
import :recurrent_steps;
import :recurrent_operations;
import wordmill.core;
import wordmill.stream;

namespace wordmill::detail {
namespace {
constexpr std::size_t worth_sharing = std::size_t{1} << 20; // multiplications; fewer do not pay for waking threads
constexpr std::size_t values_worth_sharing = std::size_t{1} << 14;
constexpr std::size_t parts_of_a_member = 4;
constexpr std::size_t least_lanes = 24;                    // of a part that a thread computes alone
constexpr std::size_t most_weights = std::size_t{1} << 19; // that every thread can keep in a cache of its own

[[nodiscard]] turned_view rows_first(matrix_view<float const> m) { return {m.data, m.stride, 1}; }
[[nodiscard]] turned_view columns_first(matrix_view<float const> m) { return {m.data, 1, m.stride}; }

/// The lanes whose sequences have not ended.
struct running_lanes {
    std::span<std::uint32_t const> lengths; ///< [B]; empty: none ends
    std::size_t lanes;

    [[nodiscard]] bool all(std::size_t step) const {
        return std::ranges::all_of(lengths, [step](auto length) { return length > step; });
    }
    [[nodiscard]] bool runs(std::size_t lane, std::size_t step) const {
        return lengths.empty() || lengths[lane] > step;
    }
    /// The number of rows up to the last lane that runs.
    [[nodiscard]] std::size_t rows(std::size_t step) const {
        auto last = lanes;
        while (last > 0 && !runs(last - 1, step)) --last;
        return last;
    }
};
}

recurrent_arithmetic::step_weights recurrent_arithmetic::pack(turned_view from, std::size_t lanes, std::size_t k,
                                                              std::size_t n, std::size_t steps, step_scratch& to) {
    if (auto* const half = products_.half(); half && bf16_products::pays(lanes, k, n))
        return {.half = half->pack(from, lanes, k, n, to.half)};
    if (steps == 1 && products::are_few(lanes, from)) return {.plain = from, .n = n};
    return {.wide = pack_wide(team_, from, k, n, to.wide)};
}

template <class Work> void recurrent_arithmetic::for_parts(std::size_t lanes, std::size_t k, step_weights const& a,
                                                           step_weights const& b, Work const& work) {
    auto const members = team_.members();
    bool const packed = a.wide.data != nullptr && (b.wide.data != nullptr || b.half.data == nullptr);
    auto const parts = packed && a.wide.k * a.wide.n <= most_weights ? std::min(members, lanes / least_lanes) : 0;
    auto* const narrow = narrow_.take(checked_product(lanes + members, k));
    if (parts <= 1) return work(lane_part{.count = lanes, .narrow = narrow, .alone = members == 1 && packed});
    team_.run(parts, [&](std::size_t part, std::size_t) {
        auto const first = part * lanes / parts;
        work(lane_part{
            .first = first, .count = (part + 1) * lanes / parts - first, .narrow = narrow + first * k, .alone = true});
    });
}

/// c = a b or c += a b for the few rows of a step. The weights are not in the
/// cache, so each panel is read once for all rows.
void recurrent_arithmetic::step_product(lane_part const& part, matrix_view<float const> a, step_weights const& weights,
                                        matrix_view<float> c, bool add) {
    product_target const to{.data = c.data, .stride = c.stride, .add = add};
    if (weights.half.data) return products_.half()->multiply(rows_first(a), weights.half, to);
    if (weights.plain.data) return products_.multiply(rows_first(a), weights.plain, a.rows, a.columns, weights.n, to);
    auto const& b = weights.wide;
    auto const left = pack_narrow(rows_first(a), a.rows, a.columns, part.narrow);
    auto const panels = b.panels();
    if (part.alone) return multiply_panels(left, b, 0, panels, to);
    auto const shared = a.rows * b.k * b.n >= worth_sharing;
    auto const parts = shared ? std::min(panels, parts_of_a_member * team_.members()) : 1;
    team_.run(parts, [&](std::size_t some, std::size_t) {
        for (auto panel = some * panels / parts; panel < (some + 1) * panels / parts; ++panel)
            multiply_panels(left, b, panel, panel + 1, to);
    });
}

template <class Work>
void recurrent_arithmetic::for_lanes(lane_part const& part, std::size_t lanes, std::size_t values, Work const& work) {
    auto const parts = !part.alone && lanes * values >= values_worth_sharing ? std::min(lanes, team_.members()) : 1;
    auto const some = [&](std::size_t i, std::size_t) {
        for (auto lane = i * lanes / parts; lane < (i + 1) * lanes / parts; ++lane) work(lane);
    };
    if (part.alone) return some(0, 0);
    team_.run(parts, some);
}

/// The state of lane b stays what it was at the step that begins at `row`.
void recurrent_arithmetic::hold(recurrent_run<float, matrix_view> const& run, std::size_t row, std::size_t b) {
    std::ranges::fill(run.gates.row(row + b), 0.0F);
    std::ranges::copy(run.hidden.row(row + b), run.hidden.row(row + run.lanes + b).begin());
    if (run.cells.data != nullptr)
        std::ranges::copy(run.cells.row(row + b), run.cells.row(row + run.lanes + b).begin());
}

void recurrent_arithmetic::forward(recurrent_pass<float, matrix_view> const& pass) {
    auto const& [cell, w, x, run, lengths] = pass;
    auto const lanes = run.lanes, n = run.hidden.columns, width = w.input.columns;
    auto* const bias = bias_.take(padded_columns(width));
    std::fill_n(std::copy_n(w.bias.data, width, bias), padded_columns(width) - width, 0.0F);
    products_.multiply(rows_first(x), rows_first(w.input), x.rows, x.columns, width,
                       {.data = run.gates.data, .stride = run.gates.stride, .start = bias});
    auto const direct = cell == recurrent_cell::gru ? 2 * n : width; // columns that use the hidden values unchanged
    auto const weights = pack(rows_first(w.hidden), lanes, n, direct, x.rows / lanes, weights_);
    auto const candidate = pack(rows_first(columns_of(w.hidden, direct, width - direct)), lanes, n, width - direct,
                                x.rows / lanes, candidate_);
    matrix_view<float> const reset{reset_hidden_.take(lanes * n), lanes, n, n};
    auto const in_half = weights.half.data || candidate.half.data; // packed for products of all lanes
    for_parts(lanes, n, weights, candidate, [&](lane_part const& part) {
        running_lanes const running{lengths.empty() ? lengths : lengths.subspan(part.first, part.count), part.count};
        for (std::size_t row = part.first, step = 0; row < x.rows; row += lanes, ++step) {
            auto const rows = in_half ? part.count : running.rows(step);
            auto const gates = rows_of(run.gates, row, rows);
            auto const before = rows_of(run.hidden, row, rows), after = rows_of(run.hidden, row + lanes, rows);
            auto const reset_rows = rows_of(reset, part.first, rows);
            if (rows > 0) step_product(part, before, weights, columns_of(gates, 0, direct), true);
            if (cell == recurrent_cell::gru && rows > 0) {
                for_lanes(part, rows, n, [&](std::size_t b) {
                    cpu_kernels::gru_forward_gates(gates.row(b).data(), before.row(b).data(), reset_rows.row(b).data(),
                                                   n);
                });
                step_product(part, reset_rows, candidate, columns_of(gates, direct, n), true);
            }
            for_lanes(part, part.count, n, [&](std::size_t b) {
                if (!running.runs(b, step)) return hold(run, row, b);
                switch (cell) {
                case recurrent_cell::tanh:
                    return cpu_kernels::tanh_forward(gates.row(b).data(), after.row(b).data(), n);
                case recurrent_cell::gru:
                    return cpu_kernels::gru_forward_state(gates.row(b).data(), before.row(b).data(),
                                                          after.row(b).data(), n);
                case recurrent_cell::lstm:
                    cpu_kernels::lstm_forward(gates.row(b).data(), run.cells.row(row + b).data(),
                                              run.cells.row(row + lanes + b).data(), after.row(b).data(), n);
                }
            });
        }
    });
}

void recurrent_arithmetic::backward(recurrent_pass<float, matrix_view> const& pass,
                                    recurrent_gradients<float, matrix_view> const& gradients) {
    auto const& [cell, w, x, run, lengths] = pass;
    auto const d_state = gradients.state, d_cells = gradients.cells, d_hidden_weights = gradients.weights.hidden;
    auto const add = gradients.beta != 0;
    auto const lanes = run.lanes, n = run.hidden.columns, width = w.input.columns, all = run.gates.rows;
    auto d_hidden = gradients.hidden;
    if (d_hidden.data == nullptr) { // one row for all
        auto* const zeros = no_gradient_.take(n);
        std::fill_n(zeros, n, 0.0F);
        d_hidden = {zeros, all, n, 0};
    }
    auto const is_gru = cell == recurrent_cell::gru;
    auto const direct = is_gru ? 2 * n : width;
    auto const weights = pack(columns_first(columns_of(w.hidden, 0, direct)), lanes, direct, n, all / lanes, weights_);
    auto const candidate = pack(columns_first(columns_of(w.hidden, direct, width - direct)), lanes, width - direct, n,
                                all / lanes, candidate_);
    matrix_view<float> const reset{is_gru ? reset_hidden_.take(all * n) : nullptr, all, n, n};
    matrix_view<float> const d_reset{is_gru ? d_reset_.take(lanes * n) : nullptr, lanes, n, n};
    auto const in_half = weights.half.data || candidate.half.data; // packed for products of all lanes
    matrix_view<float> const all_held{lengths.empty() ? nullptr : held_.take(lanes * n), lanes, n, n};
    for_parts(lanes, direct, weights, candidate, [&](lane_part const& part) {
        running_lanes const running{lengths.empty() ? lengths : lengths.subspan(part.first, part.count), part.count};
        auto const d_part = rows_of(d_state, part.first, part.count);
        auto const held = rows_of(all_held, part.first, part.count);
        for (auto row = all + part.first; row > part.first;) {
            row -= lanes;
            auto const step = row / lanes, rows = in_half ? part.count : running.rows(step);
            auto const gates = rows_of(run.gates, row, rows);
            auto const before = rows_of(run.hidden, row, rows);
            auto const whole = running.all(step);
            for_lanes(part, part.count, n, [&](std::size_t b) {
                auto const* const d = d_hidden.row(row + b).data();
                if (!whole && !running.runs(b, step)) { // the products below may overwrite the gradient of the state
                    for (std::size_t k = 0; k < n; ++k) d_part(b, k) += d[k];
                    std::ranges::copy(d_part.row(b), held.row(b).begin());
                    if (is_gru) std::ranges::fill(reset.row(row + b), 0.0F);
                    return;
                }
                switch (cell) {
                case recurrent_cell::tanh:
                    return cpu_kernels::tanh_backward(gates.row(b).data(), d, d_part.row(b).data(), n);
                case recurrent_cell::gru:
                    return cpu_kernels::gru_backward_state(gates.row(b).data(), before.row(b).data(), d,
                                                           d_part.row(b).data(), reset.row(row + b).data(), n);
                case recurrent_cell::lstm:
                    cpu_kernels::lstm_backward(gates.row(b).data(), run.cells.row(row + b).data(),
                                               run.cells.row(row + lanes + b).data(), d, d_part.row(b).data(),
                                               d_cells.row(part.first + b).data(), n);
                }
            });
            if (rows == 0) continue;
            if (is_gru) {
                auto const d_rows = rows_of(d_reset, part.first, rows);
                step_product(part, columns_of(gates, direct, n), candidate, d_rows, false);
                for_lanes(part, rows, n, [&](std::size_t b) {
                    cpu_kernels::gru_backward_reset(gates.row(b).data(), before.row(b).data(), d_rows.row(b).data(),
                                                    d_part.row(b).data(), n);
                });
            }
            step_product(part, columns_of(gates, 0, direct), weights, rows_of(d_part, 0, rows), is_gru);
            for (std::size_t b = 0; !whole && b < rows; ++b)
                if (!running.runs(b, step)) std::ranges::copy(held.row(b), d_part.row(b).begin());
        }
    });
    auto const before = rows_of(run.hidden, 0, all);
    products_.multiply(columns_first(before), rows_first(run.gates), n, all, direct,
                       {.data = d_hidden_weights.data, .stride = d_hidden_weights.stride, .add = add});
    if (is_gru)
        products_.multiply(columns_first(reset), rows_first(columns_of(run.gates, direct, n)), n, all, n,
                           {.data = d_hidden_weights.data + direct, .stride = d_hidden_weights.stride, .add = add});
}
}
