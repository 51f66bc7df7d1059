// Plain header between nvcc and the modules.
#pragma once
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/draws.hpp"
#include "wordmill/cuda/edges.hpp"
#include "wordmill/cuda/error.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>

namespace wordmill::cuda {
/// Who shares negative samples; see `negative_sharing`.
enum class shared_by : std::uint8_t { pair, window, batch };

/// What a model learns, and how. Everything that is drawn comes from the keys of the blocks.
struct word2vec_rules {
    std::uint32_t types = 0;     ///< V
    std::uint32_t dimension = 0; ///< D
    std::uint32_t stride = 0;    ///< floats from row to row, a multiple of 4; those beyond D are 0
    bool cbow = false;
    bool mean = false;           ///< CBOW: contexts are averaged, else added
    bool whole_gradient = false; ///< CBOW: each context gets the gradient of the mean, not its share
    std::uint32_t negatives = 5; ///< 1 .. 255
    shared_by sharing = shared_by::window;
    bool exclude_target = true;
    std::uint32_t before = 5; ///< tokens of a window, at most 65,535 on each side
    std::uint32_t behind = 5;
    bool shrink = true;
    bool cross_sentences = false;
    std::uint32_t warps = 1;          ///< windows in training at a time: 1, or a multiple of 4
    std::uint32_t warp_targets = 256; ///< consecutive targets of one warp
    /// Words of 32 bits that are sent at once, ids and sentence ends; a longer block goes alone.
    std::uint32_t slab_words = 1U << 22;
};

/// Tables of a model's data, in the memory of the host.
struct word2vec_tables {
    std::uint32_t const* keep_below; ///< [V], out of 2^32 - 1; null when nothing is dropped
    noise_column const* noise;       ///< [V]
    std::uint32_t const* after;      ///< [V], see `noise_table`
    float const* input_damping;      ///< [V]: what updates of a row are multiplied by; null for 1
    float const* output_damping;     ///< [V]
};

/// A block of tokens, and what a pass makes of it.
struct word2vec_block {
    token_span tokens;           ///< in the memory of the host; ignored for a block that is stored
    std::uint32_t const* before; ///< [before_count]: kept tokens before the block that its windows reach
    std::uint32_t const* behind; ///< [behind_count]
    std::uint32_t before_count;
    std::uint32_t behind_count;
    std::uint64_t keep_key;
    std::uint64_t window_key;
    negative_draws negatives;
    float rate;
};

/// What became of a block.
struct word2vec_result {
    double loss;
    std::uint64_t pairs;   ///< of targets and contexts
    std::uint32_t targets; ///< with contexts
    std::uint32_t kept;    ///< tokens
    std::uint32_t alone;   ///< kept tokens without contexts
};

/// Skip-gram and CBOW with negative samples on a device. One warp trains window after window as `reference` of the
/// module word2vec does; several train at the same time, and see each other's changes late. No update is lost. For one
/// thread at a time; every member throws cuda_error.
class word2vec_on_device {
public:
    /// Bytes of the device that a model needs, the slabs of a stream included.
    [[nodiscard]] static std::size_t bytes_of(word2vec_rules const& rules, bool subsamples, bool damps) noexcept;

    /// `storage`: bytes of the device that blocks may take, to be trained on again. Works in `where`, which must
    /// outlive it.
    word2vec_on_device(device_queue& where, word2vec_rules const& rules, word2vec_tables const& tables,
                       std::size_t storage);
    ~word2vec_on_device();

    /// Both tables, [V, stride].
    void write(float const* input, float const* output);
    void read(float* input, float* output);

    /// Trains on a block, after all that were added before. The block's arrays may change when the call returns; the
    /// work is done some time later. `store`: keeps it on the device if there is room; returns whether there is.
    bool add(word2vec_block const& block, bool store);
    /// Trains on the stored block `number` with the edges, keys and rate of `block`.
    void add_stored(std::size_t number, word2vec_block const& block);
    /// Begins the work of the blocks that were added last, which otherwise wait for more.
    void submit();
    /// The results of the oldest blocks whose work is done, in order, without those returned before; at most `most`.
    /// `all`: waits for the work of every submitted block.
    std::size_t take_results(word2vec_result* results, std::size_t most, bool all);

    /// Stored blocks are numbered in the order in which they came.
    void forget_stored();
    /// The edges of the first `count` stored blocks, subsampled with these keys [count]. `first` [count, behind] and
    /// `last` [count, before] receive the tokens.
    void edges_of_stored(std::uint64_t const* keep_keys, std::size_t count, block_edges* edges, std::uint32_t* first,
                         std::uint32_t* last);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
