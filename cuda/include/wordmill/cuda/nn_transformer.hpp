// Plain header between nvcc and the modules: layer normalisation, multi-head attention and rotary positions.
#pragma once
#include "wordmill/cuda/nn_device.hpp"

namespace wordmill::cuda {
inline constexpr std::size_t largest_head = 256;

/// As `wordmill::normalization`: statistics [N, 2] of the rows of x [N, H].
struct normalization {
    float_input x;
    float_input gain;
    float_matrix statistics;
};
/// x is overwritten; beta is for gain and bias [1, H].
struct normalization_gradients {
    float_input y;
    float_matrix x;
    float_matrix gain;
    float_matrix bias;
    float beta;
};
void normalize(nn_device& nn, normalization const& of, float epsilon, float_input bias, float_matrix y);
/// The order of the sums for gain and bias depends on the shape only.
void normalize_backward(nn_device& nn, normalization const& of, normalization_gradients const& gradients);

/// As `wordmill::multi_head_pass`. Row n lanes + b of a matrix is row n of lane b.
struct multi_head_pass {
    std::size_t lanes;
    std::size_t heads;
    float_input queries;                        ///< [N B, H]
    float_input keys;                           ///< [S B, H]
    float_input values;                         ///< [S B, H]
    device_values<std::uint32_t const> lengths; ///< [B] keys of each lane; none: S for all
    bool causal;
    std::size_t offset;
    float_matrix outputs;  ///< [N B, H]
    float_matrix log_sums; ///< [N B, heads]
};
/// All but `outputs` are overwritten.
struct multi_head_gradients {
    float_input outputs;
    float_matrix queries;
    float_matrix keys;
    float_matrix values;
};
void multi_head_forward(nn_device& nn, multi_head_pass const& pass);
void multi_head_backward(nn_device& nn, multi_head_pass const& pass, multi_head_gradients const& gradients);
/// The weights of one head, [N B, S], from the log sums of the forward pass.
void multi_head_weights(nn_device& nn, multi_head_pass const& pass, std::size_t head, float_matrix weights);

/// Turns columns 2 i and 2 i + 1 of each head of x by (first + n step) 10000^(-2 i / size of a head) in row n of a
/// lane.
struct rotation {
    std::int64_t first;
    std::int64_t step;
};
void rotate(nn_device& nn, rotation const& by, std::size_t lanes, std::size_t heads, float_matrix x);
}
