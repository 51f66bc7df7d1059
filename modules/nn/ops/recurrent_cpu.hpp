#pragma once
// The elementwise arithmetic of recurrent layers, vectorised, for one lane at one step: the interface of
// recurrent_cpu_kernels.cpp. `gates` is [gates n], in the order of `recurrent_cell`; the other arguments are rows of n.
#include <cstddef>

namespace wordmill::cpu_kernels {
/// Replace the arguments of the gates by their values.
void lstm_forward(float* gates, float const* cells_before, float* cells, float* hidden, std::size_t n);
void tanh_forward(float* gates, float* hidden, std::size_t n);
/// The first function computes the first two gates and `reset_hidden` = r h, the second the third gate and the hidden
/// values.
void gru_forward_gates(float* gates, float const* hidden_before, float* reset_hidden, std::size_t n);
void gru_forward_state(float* gates, float const* hidden_before, float* hidden, std::size_t n);

/// Replace the values of the gates by the gradients of their arguments. The gradient of the hidden values is d_hidden +
/// d_state. Replace `d_cells` by the gradient of the cells before the step.
void lstm_backward(float* gates, float const* cells_before, float const* cells, float const* d_hidden,
                   float const* d_state, float* d_cells, std::size_t n);
void tanh_backward(float* gates, float const* d_hidden, float const* d_state, std::size_t n);
/// Handles all gates except the second. Replaces `d_state` by the part of the gradient of `hidden_before` that bypasses
/// the gates, and sets `reset_hidden` to r h.
void gru_backward_state(float* gates, float const* hidden_before, float const* d_hidden, float* d_state,
                        float* reset_hidden, std::size_t n);
/// Handles the second gate, from the gradient of r h; adds r times that gradient to `d_state`.
void gru_backward_reset(float* gates, float const* hidden_before, float const* d_reset_hidden, float* d_state,
                        std::size_t n);
}
