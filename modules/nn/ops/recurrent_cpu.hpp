#pragma once
// What recurrent layers do value by value, for one lane at one step, in vector registers: the plain face of
// recurrent_cpu_kernels.cpp. `gates` [gates n] in the order of `recurrent_cell`; the rest are rows of n.
#include <cstddef>

namespace wordmill::cpu_kernels {
/// The arguments of the gates become their values.
void lstm_forward(float* gates, float const* cells_before, float* cells, float* hidden, std::size_t n);
void tanh_forward(float* gates, float* hidden, std::size_t n);
/// The first two gates, and `reset_hidden` = r h; then the third and the hidden values.
void gru_forward_gates(float* gates, float const* hidden_before, float* reset_hidden, std::size_t n);
void gru_forward_state(float* gates, float const* hidden_before, float* hidden, std::size_t n);

/// The values of the gates become the gradients of their arguments. The gradient of the hidden values is d_hidden +
/// d_state, that of the cells before comes out in `d_cells`.
void lstm_backward(float* gates, float const* cells_before, float const* cells, float const* d_hidden,
                   float const* d_state, float* d_cells, std::size_t n);
void tanh_backward(float* gates, float const* d_hidden, float const* d_state, std::size_t n);
/// All but the second gate; `d_state` becomes what goes past the gates, `reset_hidden` r h.
void gru_backward_state(float* gates, float const* hidden_before, float const* d_hidden, float* d_state,
                        float* reset_hidden, std::size_t n);
/// The second gate, from the gradient of r h, which is added to `d_state` through r.
void gru_backward_reset(float* gates, float const* hidden_before, float const* d_reset_hidden, float* d_state,
                        std::size_t n);
}
