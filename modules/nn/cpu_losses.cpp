module;
#include "cpu_elements.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>
module wordmill.nn;
import :cpu;
import :operations;
import wordmill.core;

namespace wordmill::detail {
/// Of `row_sums_`, in order.
loss_sum cpu_arithmetic::sum_of_losses(std::size_t count) {
    loss_sum loss{0, count};
    for (auto const row : row_sums_) loss.sum += row;
    return loss;
}

loss_sum cpu_arithmetic::softmax_loss(const_mat logits, ids targets, mat probabilities) {
    expect(targets.size() == logits.rows, "softmax loss: a target for every row");
    expect(same_shape(logits, probabilities), "softmax loss: two matrices of one shape");
    std::size_t count = 0;
    for (auto const target : targets) {
        expect(target == no_token || index(target) < logits.columns, "softmax loss: a target is one of the columns");
        if (target != no_token) ++count;
    }
    row_sums_.assign(logits.rows, 0);
    if (logits.columns == 0) return {};
    for_rows(logits, [&](std::size_t r) {
        auto const counts = targets[r] != no_token;
        auto const logit = counts ? logits(r, index(targets[r])) : 0;
        auto const all = cpu_kernels::softmax(logits.row(r).data(), probabilities.row(r).data(), logits.columns);
        if (counts) row_sums_[r] = static_cast<double>(all) - static_cast<double>(logit);
    });
    return sum_of_losses(count);
}

void cpu_arithmetic::softmax_loss_backward(const_mat probabilities, ids targets, float scale, mat d_logits) {
    expect(targets.size() == probabilities.rows, "softmax loss: a target for every row");
    expect(same_shape(probabilities, d_logits), "softmax loss: two matrices of one shape");
    for_rows(probabilities, [&](std::size_t r) {
        auto* const to = d_logits.row(r).data();
        if (targets[r] == no_token) {
            std::fill_n(to, d_logits.columns, 0.0F);
            return;
        }
        auto const at_target = probabilities(r, index(targets[r]));
        cpu_kernels::scale(scale, probabilities.row(r).data(), to, d_logits.columns);
        to[index(targets[r])] = (at_target - 1) * scale;
    });
}

loss_sum cpu_arithmetic::sigmoid_loss(const_mat x, std::span<std::uint8_t const> labels, float scale, mat d_x) {
    expect(labels.size() == x.rows * x.columns, "sigmoid loss: a label for every value");
    expect(same_shape(x, d_x), "sigmoid loss: two matrices of one shape");
    row_sums_.assign(x.rows, 0);
    for_rows(x, [&](std::size_t r) {
        row_sums_[r] = cpu_kernels::sigmoid_loss(x.row(r).data(), labels.data() + r * x.columns, scale,
                                                 d_x.row(r).data(), x.columns);
    });
    return sum_of_losses(x.rows * x.columns);
}
}
