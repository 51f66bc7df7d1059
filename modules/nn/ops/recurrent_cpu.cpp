module;
#include <cstddef>
#include <cstdint>
#include <span>
module wordmill.nn;
import :cpu;
import :recurrent_operations;
import wordmill.core;

namespace wordmill::detail {
namespace {
void check_run(recurrent_cell cell, recurrent_weights<float, matrix_view> const& w, matrix_view<float const> x,
               recurrent_run<float, matrix_view> const& run, std::span<std::uint32_t const> lengths) {
    auto const h = run.hidden.columns;
    expect(lengths.empty() || lengths.size() == run.lanes, "recurrent: a length of every lane");
    expect(run.lanes > 0 && x.rows % run.lanes == 0, "recurrent: as many rows for every lane");
    expect(w.input.rows == x.columns && w.input.columns == gates_of(cell) * h && w.hidden.rows == h
               && w.hidden.columns == w.input.columns && w.bias.columns == w.input.columns,
           "recurrent: weights of [D, gates H], [H, gates H] and [1, gates H]");
    expect(run.gates.rows == x.rows && run.gates.columns == w.input.columns && run.hidden.rows == x.rows + run.lanes
               && (cell != recurrent_cell::lstm
                   || (run.cells.rows == run.hidden.rows && run.cells.columns == run.hidden.columns)),
           "recurrent: a run of [T B, gates H] and [(T + 1) B, H]");
}
}

void cpu_recurrent::forward(recurrent_pass<float, matrix_view> const& pass) {
    check_run(pass.cell, pass.weights, pass.x, pass.run, pass.lengths);
    if (pass.x.rows > 0) recurrent_.forward(pass);
}

void cpu_recurrent::backward(recurrent_pass<float, matrix_view> const& pass,
                             recurrent_gradients<float, matrix_view> const& d) {
    auto const& [cell, w, x, run, lengths] = pass;
    check_run(cell, w, x, run, lengths);
    auto const h = run.hidden.columns;
    expect((d.hidden.data == nullptr || (d.hidden.rows == x.rows && d.hidden.columns == h)) && d.state.rows == run.lanes
               && d.state.columns == h
               && (cell != recurrent_cell::lstm || (d.cells.rows == run.lanes && d.cells.columns == h)),
           "recurrent: gradients of every step and lane");
    expect(d.beta == 0 || d.beta == 1, "recurrent: gradients are added to, or not");
    if (x.rows == 0) {
        if (d.beta == 0)
            for (auto const& gradient : {d.weights.input, d.weights.hidden, d.weights.bias}) shared_.fill(gradient, 0);
        return;
    }
    recurrent_.backward(pass, d);
    shared_.multiply(transposed::yes, x, transposed::no, run.gates, d.beta, d.weights.input);
    shared_.sum_rows(run.gates, d.beta, d.weights.bias);
    if (d.x.data != nullptr) shared_.multiply(transposed::no, run.gates, transposed::yes, w.input, 0, d.x);
}
}
