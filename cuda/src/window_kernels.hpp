// For .cu files only: blocks of tokens become windows, drawn as on the processor.
#pragma once
#include "wordmill/cuda/draws.hpp"
#include "wordmill/cuda/edges.hpp"
#include "wordmill/cuda/word2vec_on_device.hpp"
#include <cstdint>
#include <cuda_runtime.h>

namespace wordmill::cuda {
/// A target and where its contexts lie around it.
struct window {
    std::uint32_t at;          ///< of the target in the kept tokens of its block
    std::uint16_t left, right; ///< contexts on each side
    std::uint32_t first_pair;  ///< pairs of the block before those of this target
};

/// A block of a pass, all of it on the device. Offsets are in the arrays of `windows_space`.
struct device_block {
    token_span tokens;
    std::uint32_t const* edges; ///< the tokens before the block, then those behind it
    std::uint32_t before_count, behind_count;
    std::uint32_t kept_offset;  ///< room for count + before_count + behind_count
    std::uint32_t token_offset; ///< room for count
    std::uint32_t end_offset;   ///< room for sentences
    std::uint32_t first_chunk;  ///< chunks of targets of the blocks before
    std::uint64_t keep_key, window_key;
    negative_draws negatives;
    float rate;
};

struct windows_space {
    std::uint32_t* kept;   ///< tokens before each block, its kept tokens, tokens behind it
    std::uint32_t* places; ///< kept tokens of the block before each of its tokens
    std::uint32_t* ends;   ///< sentence ends among kept tokens
    window* windows;
    std::uint32_t* counts; ///< [blocks], windows
};

/// Which tokens are contexts; see `window_options`.
struct window_rule {
    std::uint32_t before, behind;
    bool shrink, cross_sentences;
};

/// Subsamples `count` blocks and makes their windows; writes `kept`, `alone` and `pairs` of their results.
cudaError_t make_windows(device_block const* blocks, unsigned count, std::uint32_t const* keep_below, window_rule,
                         windows_space, word2vec_result* results, cudaStream_t);

/// The edges of `count` blocks. `first` [count, most_first], `last` [count, most_last].
cudaError_t find_edges_of_blocks(token_span const* blocks, unsigned count, std::uint64_t const* keep_keys,
                                 std::uint32_t const* keep_below, std::uint32_t most_first, std::uint32_t most_last,
                                 block_edges* edges, std::uint32_t* first, std::uint32_t* last, cudaStream_t);
}
