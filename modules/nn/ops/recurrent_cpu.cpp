module;
#include <cstddef>
#include <cstdint>
#include <span>
module wordmill.nn;
import :cpu;
import :recurrent_operations;
import wordmill.core;

namespace wordmill::detail {
void cpu_recurrent::forward(recurrent_pass<float, matrix_view> const& pass) {
    check_run(pass);
    if (pass.x.rows > 0) recurrent_.forward(pass);
}

void cpu_recurrent::backward(recurrent_pass<float, matrix_view> const& pass,
                             recurrent_gradients<float, matrix_view> const& d) {
    check_run(pass);
    check_gradients(pass, d);
    auto const& [cell, w, x, run, lengths] = pass;
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
