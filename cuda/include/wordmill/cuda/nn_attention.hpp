// Plain header between nvcc and the modules: scores of additive attention.
#pragma once
#include "wordmill/cuda/nn_device.hpp"

namespace wordmill::cuda {
/// Queries [T B, A], keys [S B, A] and a vector [1, A]. Row n B + b of a matrix is row n of lane b.
struct additive_attention {
    std::size_t lanes; ///< B
    float_input queries;
    float_input keys;
    float_input vector;
    device_values<std::uint32_t const> lengths; ///< [B] columns of scores of each lane; none: all
};

/// scores [T B, S] = v . tanh(q + k); 0 in columns from the length of the lane on.
void additive_scores(nn_device& nn, additive_attention const& of, float_matrix scores);
/// Overwrites `d_queries`, adds to `d_keys`, and computes d_vector = new values + beta d_vector.
void additive_scores_backward(nn_device& nn, additive_attention const& of, float_input d_scores, float_matrix d_queries,
                              float_matrix d_keys, float beta, float_matrix d_vector);
}
