module;
#include "elements_cpu.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>
module wordmill.nn;
import :cpu;
import :loss_operations;
import :operation_code;
import wordmill.core;

namespace wordmill::detail {
/// The sum of `shared_.row_sums`, in order, as the loss of `count` rows.
loss_sum cpu_losses::sum_of_losses(std::size_t count) const {
    loss_sum loss{0, count};
    for (auto const row : shared_.row_sums) loss.sum += row;
    return loss;
}

loss_sum cpu_losses::softmax_loss(const_mat logits, ids targets, mat probabilities, float smoothing) {
    expect(targets.size() == logits.rows, "softmax loss: a target for every row");
    expect(same_shape(logits, probabilities), "softmax loss: two matrices of one shape");
    std::size_t count = 0;
    for (auto const target : targets) {
        expect(target == no_token || index(target) < logits.columns, "softmax loss: a target is one of the columns");
        if (target != no_token) ++count;
    }
    shared_.row_sums.assign(logits.rows, 0);
    if (logits.columns == 0) return {};
    shared_.for_rows(logits, [&](std::size_t r) {
        auto const counts = targets[r] != no_token;
        auto logit = counts ? static_cast<double>(logits(r, index(targets[r]))) : 0; // its mean, when smoothed
        if (smoothing != 0 && counts) {
            double sum = 0;
            for (auto const value : logits.row(r)) sum += static_cast<double>(value);
            auto const share = static_cast<double>(smoothing);
            logit = (1 - share) * logit + share / static_cast<double>(logits.columns) * sum;
        }
        auto const all = cpu_kernels::softmax(logits.row(r).data(), probabilities.row(r).data(), logits.columns);
        if (counts) shared_.row_sums[r] = static_cast<double>(all) - logit;
    });
    return sum_of_losses(count);
}

void cpu_losses::softmax_loss_backward(const_mat probabilities, ids targets, float scale, mat d_logits,
                                       float smoothing) {
    expect(targets.size() == probabilities.rows, "softmax loss: a target for every row");
    expect(same_shape(probabilities, d_logits), "softmax loss: two matrices of one shape");
    shared_.for_rows(probabilities, [&](std::size_t r) {
        auto* const to = d_logits.row(r).data();
        if (targets[r] == no_token) {
            std::fill_n(to, d_logits.columns, 0.0F);
            return;
        }
        auto const at_target = probabilities(r, index(targets[r]));
        cpu_kernels::scale(scale, probabilities.row(r).data(), to, d_logits.columns);
        to[index(targets[r])] = (at_target - (1 - smoothing)) * scale;
        if (smoothing == 0) return;
        auto const everywhere = scale * smoothing / static_cast<float>(d_logits.columns);
        for (std::size_t c = 0; c < d_logits.columns; ++c) to[c] -= everywhere;
    });
}

loss_sum cpu_losses::sigmoid_loss(const_mat x, std::span<std::uint8_t const> labels, float scale, mat d_x) {
    expect(labels.size() == x.rows * x.columns, "sigmoid loss: a label for every value");
    expect(same_shape(x, d_x), "sigmoid loss: two matrices of one shape");
    shared_.row_sums.assign(x.rows, 0);
    shared_.for_rows(x, [&](std::size_t r) {
        shared_.row_sums[r] = cpu_kernels::sigmoid_loss(x.row(r).data(), labels.data() + r * x.columns, scale,
                                                        d_x.row(r).data(), x.columns);
    });
    return sum_of_losses(x.rows * x.columns);
}

loss_sum cpu_losses::projection_loss(const_mat x, projection<float, matrix_view> const& to, ids targets,
                                     projection_gradients<float, matrix_view> const& gradients) {
    auto const turned = to.form == transposed::yes;
    auto const columns = turned ? to.weights.rows : to.weights.columns;
    expect(targets.size() == x.rows, "softmax loss: a target for every row");
    expect((turned ? to.weights.columns : to.weights.rows) == x.columns && x.columns > 0
               && (to.bias.data == nullptr || to.bias.columns == columns),
           "projection loss: x [N, D], weights between D and V, a bias of V");
    for (auto const target : targets)
        expect(target == no_token || index(target) < columns, "softmax loss: a target is one of the columns");
    if (gradients.x.data != nullptr) {
        expect(same_shape(x, gradients.x) && same_shape(to.weights, gradients.to.weights)
                   && (to.bias.data == nullptr) == (gradients.to.bias.data == nullptr),
               "projection loss: gradients in the shapes of what they belong to");
        expect((gradients.weights_beta == 0 || gradients.weights_beta == 1)
                   && (gradients.bias_beta == 0 || gradients.bias_beta == 1),
               "projection loss: gradients are added to, or not");
        expect(gradients.smoothing >= 0 && gradients.smoothing < 1, "projection loss: smoothing from 0 up to 1");
        if (x.rows == 0 && gradients.weights_beta == 0) shared_.fill(gradients.to.weights, 0);
        if (x.rows == 0 && gradients.bias_beta == 0 && gradients.to.bias.data != nullptr)
            shared_.fill(gradients.to.bias, 0);
    }
    return projection_.work_out(x, to, targets, gradients);
}
}
