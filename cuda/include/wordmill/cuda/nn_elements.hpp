// Plain header between nvcc and the modules: operations of layers on each value or each row.
#pragma once
#include "wordmill/cuda/nn_device.hpp"

namespace wordmill::cuda {
enum class activation : std::uint8_t { sigmoid, tanh, relu, gelu, softmax };

/// Which values are dropped: value (r, c) is kept when word (r mod period) * columns + c of the key's stream is at
/// least `threshold`, and then multiplied by `scale`. A period of 0 means that rows do not repeat.
struct dropping {
    std::uint64_t key;
    std::uint64_t threshold; ///< at most 2^32
    float scale;
    std::size_t period;
};

void copy(nn_device& nn, float_input from, float_matrix to);
void fill(nn_device& nn, float_matrix x, float value);
void add_row(nn_device& nn, float_input row, float_matrix x); ///< each row of x += row [1, n]
/// row [1, n] = the sum of the rows of x + beta row. The order of the sum depends on the shape only.
void sum_rows(nn_device& nn, float_input x, float beta, float_matrix row);
void add(nn_device& nn, float_input x, float scale, float_matrix y); ///< y += scale x
void scale(nn_device& nn, float_matrix x, float factor);
void multiply_values(nn_device& nn, float_input a, float_input b, float_matrix c); ///< c may be a or b
void activate(nn_device& nn, activation f, float_input x, float_matrix y);         ///< y may be x
/// From the result y of f, or the argument of gelu, and the gradient of the result; d_x may be d_y.
void activate_backward(nn_device& nn, activation f, float_input y, float_input d_y, float_matrix d_x);
void drop(nn_device& nn, dropping const& how, float_input x, float_matrix y); ///< y may be x

/// The softmax of the first lengths[r % lanes] columns of each row r; 0 in the other columns. Without lengths: of all.
void masked_softmax(nn_device& nn, float_input x, std::size_t lanes, device_values<std::uint32_t const> lengths,
                    float_matrix y);
}
