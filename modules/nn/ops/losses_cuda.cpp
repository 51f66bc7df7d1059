module;
#include "wordmill/cuda/nn_losses.hpp"
#include <cstddef>
#include <cstdint>
#include <type_traits>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
namespace {
static_assert(sizeof(loss_sum) == sizeof(cuda::summed_loss)
                  && std::is_standard_layout_v<loss_sum> && offsetof(loss_sum, sum) == offsetof(cuda::summed_loss, sum)
                  && offsetof(loss_sum, count) == offsetof(cuda::summed_loss, count),
              "kernels add to a loss_sum");
[[nodiscard]] cuda::loss_place place_of(cuda::device_values<loss_sum> total, bool counts) {
    return {reinterpret_cast<cuda::summed_loss*>(total.data), counts};
}
}

void cuda_losses::softmax_loss(const_view logits, id_span targets, view probabilities, loss_target loss,
                               float smoothing) {
    expect(targets.size() == logits.rows && probabilities.rows == logits.rows
               && probabilities.columns == logits.columns,
           "softmax loss: a target for every row");
    on_cuda([&] {
        cuda::softmax_loss(device_, there(logits), there(targets), there(probabilities),
                           place_of(there(loss.total), loss.counts), smoothing);
    });
}
void cuda_losses::softmax_loss_backward(const_view probabilities, id_span targets, float scale, view d_logits,
                                        float smoothing) {
    expect(targets.size() == probabilities.rows && d_logits.rows == probabilities.rows
               && d_logits.columns == probabilities.columns,
           "softmax loss: a target for every row");
    on_cuda([&] {
        cuda::softmax_loss_backward(device_, there(probabilities), there(targets), scale, there(d_logits), smoothing);
    });
}
void cuda_losses::projection_loss(const_view x, projection<float> const& to, id_span targets, loss_target loss,
                                  projection_gradients<float> const& gradients) {
    auto const turned = to.form == transposed::yes;
    auto const columns = turned ? to.weights.rows : to.weights.columns;
    auto const& g = gradients;
    expect(columns > 0 && targets.size() == x.rows && x.columns == (turned ? to.weights.columns : to.weights.rows),
           "projection loss: weights for every value of a row, a target for every row");
    expect(!to.bias || (to.bias.rows == 1 && to.bias.columns == columns), "projection loss: a bias for every column");
    expect(!g.x
               || (g.x.rows == x.rows && g.x.columns == x.columns && g.to.weights.rows == to.weights.rows
                   && g.to.weights.columns == to.weights.columns && (!to.bias || g.to.bias.columns == columns)),
           "projection loss: gradients in the shapes of what they belong to");
    on_cuda([&] {
        cuda::projection_loss(device_, there(x), {there(to.weights), turned, there(to.bias)}, there(targets),
                              place_of(there(loss.total), loss.counts),
                              {.x = there(g.x),
                               .weights = there(g.to.weights),
                               .bias = there(g.to.bias),
                               .weights_beta = g.weights_beta,
                               .bias_beta = g.bias_beta,
                               .mean_over = g.mean_over,
                               .smoothing = g.smoothing});
    });
}
void cuda_losses::sigmoid_loss(const_view x, device_span<std::uint8_t const> labels, float scale, view d_x,
                               loss_target loss) {
    expect(labels.size() == x.rows * x.columns && d_x.rows == x.rows && d_x.columns == x.columns,
           "sigmoid loss: a label for every value");
    on_cuda([&] {
        cuda::sigmoid_loss(device_, there(x), there(labels), scale, there(d_x),
                           place_of(there(loss.total), loss.counts));
    });
}
}
