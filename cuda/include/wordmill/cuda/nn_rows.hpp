// Plain header between nvcc and the modules: operations of layers on rows given by number, and on rows of sequences.
#pragma once
#include "wordmill/cuda/nn_device.hpp"

namespace wordmill::cuda {
using row_numbers = device_values<std::uint32_t const>;

void gather(nn_device& nn, float_input table, row_numbers rows, float_matrix out); ///< out[i] = table[rows[i]]
/// table[rows[i]] += x[i], in order.
void scatter_add(nn_device& nn, float_input x, row_numbers rows, float_matrix table);
/// to[places[i]] += x[i] from zero, in order.
void sum_into(nn_device& nn, float_input x, row_numbers places, float_matrix to);
void dot_rows(nn_device& nn, float_input a, float_input h, float_matrix out); ///< out[n, k] = a[n K + k] . h[n]
void dot_rows_backward(nn_device& nn, float_input d_out, float_input a, float_input h, float_matrix d_a,
                       float_matrix d_h);

/// Reverses the first lengths[b] steps of each lane and copies the others; row t lanes + b is lane b at step t.
void reverse_steps(nn_device& nn, std::size_t lanes, float_input x, row_numbers lengths, float_matrix y);
void repeat_rows(nn_device& nn, float_input from, float_matrix to); ///< [B, H] to every step of [T B, H]
/// to [B, H] = the sum over the steps of x [T B, H] + beta to.
void sum_steps(nn_device& nn, float_input x, float beta, float_matrix to);
}
