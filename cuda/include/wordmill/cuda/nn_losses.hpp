// Plain header between nvcc and the modules: losses of layers and their gradients.
#pragma once
#include "wordmill/cuda/nn_device.hpp"
#include "wordmill/cuda/nn_products.hpp"

namespace wordmill::cuda {
/// A target that does not count.
inline constexpr std::uint32_t no_target = UINT32_MAX;
using target_numbers = device_values<std::uint32_t const>;

/// A sum of losses and the number of its terms, laid out as `wordmill::loss_sum`.
struct summed_loss {
    double sum;
    std::uint64_t count;
};
/// Where a loss is added; `counts`: so is the number of its terms.
struct loss_place {
    summed_loss* total;
    bool counts;
};

/// The map from hidden values to logits: x W + b, or x W^T + b.
struct output_projection {
    float_matrix weights;
    bool transposed;
    float_matrix bias; ///< [1, V] or none
};
struct output_gradients {
    float_matrix x; ///< none: only the loss
    float_matrix weights;
    float_matrix bias;
    float weights_beta;
    float bias_beta;
    std::uint64_t mean_over; ///< 0: the targets that count
    float smoothing;
};

/// `probabilities` may be the logits.
void softmax_loss(nn_device& nn, float_input logits, target_numbers targets, float_matrix probabilities,
                  loss_place loss, float smoothing);
void softmax_loss_backward(nn_device& nn, float_input probabilities, target_numbers targets, float scale,
                           float_matrix d_logits, float smoothing);
/// Rows are processed in parts, so that the logits of a part stay in the second-level cache.
void projection_loss(nn_device& nn, float_input x, output_projection const& to, target_numbers targets, loss_place loss,
                     output_gradients const& gradients);
void sigmoid_loss(nn_device& nn, float_input x, device_values<std::uint8_t const> labels, float scale, float_matrix d_x,
                  loss_place loss);
}
