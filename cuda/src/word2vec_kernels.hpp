// For .cu files only: skip-gram and CBOW on windows that are on the device.
#pragma once
#include "window_kernels.hpp"

namespace wordmill::cuda {
struct word2vec_model_on_device {
    float* input;  ///< [V, stride]
    float* output; ///< [V, stride]
    std::uint32_t stride;
    float const* input_damping;  ///< [V], or null
    float const* output_damping; ///< [V], or null
    noise_table noise;
    std::uint32_t negatives;
    shared_by sharing;
    bool mean, whole_gradient; ///< CBOW
};

/// Targets to train on, in chunks for a warp each.
struct word2vec_work {
    device_block const* blocks;
    std::uint32_t block_count;
    windows_space space;
    word2vec_result* results; ///< [blocks]; losses are added
    std::uint32_t chunks;
    std::uint32_t chunk_targets;
    std::uint32_t* next_chunk; ///< 0 before
};

/// How a model is trained: rows in registers if they fit, else in memory of its own for each warp.
struct word2vec_plan {
    bool cbow;
    std::uint32_t warps;     ///< 1, or a multiple of 4
    unsigned vectors;        ///< float4 of a row in each lane; 0: rows are in `memory`
    std::size_t warp_floats; ///< floats of a warp in `memory`
    float* memory;           ///< [warps, warp_floats]
};
/// The plan without its memory.
[[nodiscard]] word2vec_plan plan_of(word2vec_rules const& rules) noexcept;

cudaError_t train_windows(word2vec_plan const&, word2vec_model_on_device const&, word2vec_work const&, cudaStream_t);
}
