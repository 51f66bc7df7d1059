// Plain header between nvcc and the modules: norms of gradients and the steps of optimizers.
#pragma once
#include "wordmill/cuda/nn_device.hpp"
#include "wordmill/cuda/nn_losses.hpp"

namespace wordmill::cuda {
enum class optimizer_kind : std::uint8_t { sgd, momentum, nesterov, adagrad, rmsprop, adam };

/// One step of an optimizer, by the formulas of `wordmill::update_rule`.
struct update_step {
    optimizer_kind kind;
    float rate;
    float a;
    float b;
    float epsilon;
    double gradient_scale;
    double max_norm; ///< 0: gradients are not clipped
    bool all_rows;   ///< updates rows without a gradient by a gradient of 0; false: leaves them
};
/// What decides whether an update is applied; see `wordmill::update_guard`.
struct update_numbers {
    device_values<double const> squares;
    summed_loss const* loss; ///< null: not known
};
struct update_target {
    float_input gradient;
    device_values<std::uint32_t const> rows; ///< of each row of the gradient, ascending; none: its own number
    float_matrix values;
    float_matrix first;
    float_matrix second;
};

/// How many matrices one call takes.
inline constexpr std::size_t most_matrices = 16;

/// sums[i] += the squares of all values of matrix i, added in double precision in an order that depends on the shapes
/// only. The matrices are named in the memory of the host.
void sums_of_squares(nn_device& nn, device_values<float_input const> all, double* sums);
/// The targets are named in the memory of the host.
void update(nn_device& nn, update_step const& step, device_values<update_target const> all,
            update_numbers const& guard);
}
