module;
#include "kernels.hpp"

module wordmill.word2vec:kernel_views;
import wordmill.batch;
import wordmill.core;
import :huffman;
import :model;
import wordmill.standard;

// The kernels are compiled separately; they see ids as plain numbers and models as plain arrays.
namespace wordmill {
inline std::uint32_t const* numbers(std::vector<token_id> const& ids) {
    return reinterpret_cast<std::uint32_t const*>(ids.data());
}

inline kernels::tables tables_of(embedding_weights& weights) {
    return {weights.input().data, weights.output().data, weights.input().stride};
}

inline kernels::input_form form_of(cbow_input form) {
    switch (form) {
    case cbow_input::sum: return kernels::input_form::sum;
    case cbow_input::mean: return kernels::input_form::mean;
    case cbow_input::mean_with_whole_gradient: break;
    }
    return kernels::input_form::mean_with_whole_gradient;
}

inline kernels::windows windows_of(window_batch const& batch, huffman_tree const& tree) {
    if (batch.negative_count > kernels::most_negatives)
        throw error(failure::usage, "negative samples: expected at most " + std::to_string(kernels::most_negatives)
                                        + ", found " + std::to_string(batch.negative_count));
    auto const steps = tree.steps();
    return {
        .targets = numbers(batch.targets),
        .context_ends = batch.context_ends.data(),
        .contexts = numbers(batch.contexts),
        .negatives = numbers(batch.negatives),
        .count = batch.size(),
        .negative_count = batch.negative_count,
        .per_pair = batch.sharing == negative_sharing::pair ? batch.negative_count : std::size_t{0},
        .per_target = batch.sharing == negative_sharing::window ? batch.negative_count : std::size_t{0},
        .pairs_apart = batch.sharing == negative_sharing::pair && tree.empty(),
        .path_ends = tree.empty() ? nullptr : tree.path_ends().data(),
        .path_steps = tree.empty() ? nullptr : &steps.data()->packed,
        .most_outputs = tree.empty() ? std::size_t{batch.negative_count} + 1 : tree.longest_path(),
    };
}
}
