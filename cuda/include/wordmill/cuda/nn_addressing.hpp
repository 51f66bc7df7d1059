// Plain header between nvcc and the modules: what the heads of a neural Turing machine do with its memory.
#pragma once
#include "wordmill/cuda/nn_device.hpp"

namespace wordmill::cuda {
/// A step of addressing: heads of B lanes on a memory [N B, M], whose row n B + b is slot n of lane b. The arguments of
/// a head are those of key, key strength, gate, sharpening and shifts.
struct memory_addressing {
    std::size_t lanes; ///< B
    std::size_t heads;
    float_input memory;
    float_input arguments;     ///< [B, heads (M + 3 + S)]
    float_input before;        ///< [B, heads N]
    float_matrix similarities; ///< [B, heads N]
    float_matrix weights;      ///< [B, heads N]
    float added_square;        ///< part of the square of each length in a similarity
    float least_weight;        ///< of a shifted weighting
};
struct memory_addressing_gradients {
    float_input weights;
    float_matrix arguments; ///< overwritten
    float_matrix before;    ///< overwritten; may be `weights`
    float_matrix memory;    ///< added to
};
/// A step of writing. The arguments of a head are those of its erase and its add vector.
struct memory_writing {
    std::size_t lanes; ///< B
    std::size_t heads;
    float_input memory;    ///< [N B, M], before the step
    float_input arguments; ///< [B, heads 2 M]
    float_input weights;   ///< [B, heads N]
    float_matrix after;
};
struct memory_writing_gradients {
    float_matrix memory;    ///< in: of the memory after the step; out: before it
    float_matrix arguments; ///< overwritten
    float_matrix weights;   ///< added to
};

void address(nn_device& nn, memory_addressing const& step);
void address_backward(nn_device& nn, memory_addressing const& step, memory_addressing_gradients const& gradients);
void write_memory(nn_device& nn, memory_writing const& step);
void write_memory_backward(nn_device& nn, memory_writing const& step, memory_writing_gradients const& gradients);
}
