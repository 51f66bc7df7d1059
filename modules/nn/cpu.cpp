module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>
module wordmill.nn;
import :cpu;
import :cpu_operands;
import :cpu_products;
import :operations;
import wordmill.core;

namespace wordmill {
namespace detail {
namespace {
[[nodiscard]] turned_view view_of(transposed form, matrix_view<float const> m) {
    return form == transposed::yes ? turned_view{m.data, 1, m.stride} : turned_view{m.data, m.stride, 1};
}
void check_run(recurrent_cell cell, recurrent_weights<float> const& w, matrix_view<float const> x,
               recurrent_run<float> const& run) {
    auto const h = run.hidden.columns;
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

std::string cpu_arithmetic::name() const {
    return "cpu, " + std::to_string(team_.members()) + (team_.members() == 1 ? " thread" : " threads")
           + (half_ ? ", bf16" : "");
}

float* cpu_arithmetic::allocate(std::size_t count) {
    auto const lines = (checked_product(count, sizeof(float)) + 63) / 64;
    auto* const memory = static_cast<float*>(std::aligned_alloc(64, checked_product(lines, 64)));
    if (memory == nullptr)
        throw error(failure::resource,
                    "tensor: " + format_bytes(count * sizeof(float)) + " of memory are not to be had");
    std::fill_n(memory, count, 0.0F);
    return memory;
}
void cpu_arithmetic::release(float* memory) noexcept { std::free(memory); }
void cpu_arithmetic::upload(std::span<float const> from, mat to) {
    expect(from.size() == to.rows * to.columns, "upload: as many values as the matrix has");
    copy({from.data(), to.rows, to.columns, to.columns}, to);
}
void cpu_arithmetic::download(const_mat from, std::span<float> to) {
    expect(to.size() == from.rows * from.columns, "download: as many values as the matrix has");
    copy(from, {to.data(), from.rows, from.columns, from.columns});
}
void cpu_arithmetic::copy(const_mat from, mat to) {
    expect(same_shape(from, to), "copy: two matrices of one shape");
    for_pieces(from, whole(from, to), [&](std::size_t r, std::size_t c, std::size_t n) {
        std::copy_n(from.data + r * from.stride + c, n, to.data + r * to.stride + c);
    });
}
void cpu_arithmetic::fill(mat x, float value) {
    for_pieces(x, whole(x),
               [&](std::size_t r, std::size_t c, std::size_t n) { std::fill_n(x.data + r * x.stride + c, n, value); });
}

void cpu_arithmetic::multiply(transposed a_form, const_mat a, transposed b_form, const_mat b, float beta, mat c) {
    auto const a_turned = a_form == transposed::yes, b_turned = b_form == transposed::yes;
    auto const inner = a_turned ? a.rows : a.columns;
    expect((a_turned ? a.columns : a.rows) == c.rows && (b_turned ? b.rows : b.columns) == c.columns
               && (b_turned ? b.columns : b.rows) == inner,
           "multiply: [m, k] times [k, n] is [m, n]");
    if (inner == 0 && beta == 0) return fill(c, 0);
    if (beta != 0 && beta != 1) scale(c, beta);
    if (inner == 0) return;
    products_.multiply(view_of(a_form, a), view_of(b_form, b), c.rows, inner, c.columns,
                       {.data = c.data, .stride = c.stride, .add = beta != 0});
}

loss_sum cpu_arithmetic::projection_loss(const_mat x, projection<float> to, ids targets, mat d_x,
                                         projection<float> gradients, float weights_beta, float bias_beta,
                                         std::uint64_t mean_over) {
    auto const turned = to.form == transposed::yes;
    auto const columns = turned ? to.weights.rows : to.weights.columns;
    expect(targets.size() == x.rows, "softmax loss: a target for every row");
    expect((turned ? to.weights.columns : to.weights.rows) == x.columns && x.columns > 0
               && (to.bias.data == nullptr || to.bias.columns == columns),
           "projection loss: x [N, D], weights between D and V, a bias of V");
    for (auto const target : targets)
        expect(target == no_token || index(target) < columns, "softmax loss: a target is one of the columns");
    if (d_x.data != nullptr) {
        expect(same_shape(x, d_x) && same_shape(to.weights, gradients.weights)
                   && (to.bias.data == nullptr) == (gradients.bias.data == nullptr),
               "projection loss: gradients in the shapes of what they belong to");
        expect((weights_beta == 0 || weights_beta == 1) && (bias_beta == 0 || bias_beta == 1),
               "projection loss: gradients are added to, or not");
        if (x.rows == 0 && weights_beta == 0) fill(gradients.weights, 0);
        if (x.rows == 0 && bias_beta == 0 && gradients.bias.data != nullptr) fill(gradients.bias, 0);
    }
    return projection_.work_out(x, to, targets, d_x, gradients, weights_beta, bias_beta, mean_over);
}

void cpu_arithmetic::recurrent_forward(recurrent_cell cell, recurrent_weights<float> w, const_mat x,
                                       recurrent_run<float> run) {
    check_run(cell, w, x, run);
    if (x.rows > 0) recurrent_.forward(cell, w, x, run);
}

void cpu_arithmetic::recurrent_backward(recurrent_cell cell, recurrent_weights<float> w, const_mat x,
                                        recurrent_run<float> run, const_mat d_hidden, mat d_state, mat d_cells, mat d_x,
                                        recurrent_weights<float> gradients, float beta) {
    check_run(cell, w, x, run);
    auto const h = run.hidden.columns;
    expect(d_hidden.rows == x.rows && d_hidden.columns == h && d_state.rows == run.lanes && d_state.columns == h
               && (cell != recurrent_cell::lstm || (d_cells.rows == run.lanes && d_cells.columns == h)),
           "recurrent: gradients of every step and lane");
    expect(beta == 0 || beta == 1, "recurrent: gradients are added to, or not");
    if (x.rows == 0) {
        if (beta == 0)
            for (auto const& gradient : {gradients.input, gradients.hidden, gradients.bias}) fill(gradient, 0);
        return;
    }
    recurrent_.backward(cell, w, run, d_hidden, d_state, d_cells, gradients.hidden, beta != 0);
    multiply(transposed::yes, x, transposed::no, run.gates, beta, gradients.input);
    sum_rows(run.gates, beta, gradients.bias);
    if (d_x.data != nullptr) multiply(transposed::no, run.gates, transposed::yes, w.input, 0, d_x);
}
}

std::shared_ptr<operations<float>> cpu_operations(unsigned threads, precision products) {
    return std::make_shared<detail::cpu_arithmetic>(threads, products);
}
}
