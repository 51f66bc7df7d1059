// Plain header between nvcc and the modules: recurrent layers.
#pragma once
#include "wordmill/cuda/nn_device.hpp"

namespace wordmill::cuda {
enum class recurrent_cell : std::uint8_t { tanh, lstm, gru };

struct recurrent_weights {
    float_matrix input;  ///< [D, gates H]
    float_matrix hidden; ///< [H, gates H]
    float_matrix bias;   ///< [1, gates H]
};

/// A layer over all steps of a sequence, as `wordmill::recurrent_pass`. Row t B + b is lane b at step t.
struct recurrent_layer {
    recurrent_cell cell;
    recurrent_weights weights;
    float_input x; ///< [T B, D]
    std::size_t lanes;
    float_matrix gates;                           ///< [T B, gates H]
    float_matrix hidden;                          ///< [(T + 1) B, H]; the first B rows are the initial state
    float_matrix cells;                           ///< likewise; LSTM only
    device_values<std::uint32_t const> lengths{}; ///< [B] steps of each lane; none: T for all
    device_values<float> reserve{};               ///< what `recurrent_reserve` asked for, from forward to backward
};

/// The gradients of a pass, as `wordmill::recurrent_gradients`.
struct recurrent_layer_gradients {
    float_input hidden; ///< [T B, H] or none
    float_matrix state; ///< [B, H]; in: of the final state; out: of the initial state
    float_matrix cells; ///< likewise; LSTM only
    float_matrix x;     ///< [T B, D] or none
    recurrent_weights weights;
    float beta; ///< 0 overwrites the gradients of the weights, 1 adds to them
};

/// What each way to compute a layer and its gradients takes, and which of them was chosen for its shape.
struct recurrent_plan_times {
    static constexpr std::size_t most = 5;
    struct plan_time {
        char const* name;
        float microseconds;
    };
    plan_time of[most]{};
    std::size_t count = 0; ///< 0: only kernels compute such a layer
    std::size_t chosen = 0;
};

/// How many floats the layer needs as `reserve`: as many as cuDNN asks for if its plan is the fastest, else 0. The
/// plans for a shape are timed once: then the call waits, and overwrites what a forward pass overwrites.
[[nodiscard]] std::size_t recurrent_reserve(nn_device& nn, recurrent_layer const& layer);
[[nodiscard]] recurrent_plan_times recurrent_times(nn_device& nn, recurrent_layer const& layer);

/// With a reserve, gates are not written, nor are cells but the last.
void recurrent_forward(nn_device& nn, recurrent_layer const& layer);
/// Without a reserve, overwrites the gates with the gradients of their arguments.
void recurrent_backward(nn_device& nn, recurrent_layer const& layer, recurrent_layer_gradients const& gradients);
}
