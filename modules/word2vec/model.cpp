module;
#include "kernels.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>
module wordmill.word2vec;
import wordmill.batch;
import wordmill.core;
import :model;
import :weights;

namespace wordmill {
namespace {
constexpr std::align_val_t cache_line{64};

/// The kernels know ids as plain numbers; they are compiled apart.
std::uint32_t const* numbers(std::vector<token_id> const& ids) {
    return reinterpret_cast<std::uint32_t const*>(ids.data());
}

kernels::input_form form_of(cbow_input form) {
    switch (form) {
    case cbow_input::sum: return kernels::input_form::sum;
    case cbow_input::mean: return kernels::input_form::mean;
    case cbow_input::mean_with_whole_gradient: break;
    }
    return kernels::input_form::mean_with_whole_gradient;
}
}

void training_scratch::release::operator()(float* memory) const noexcept { ::operator delete(memory, cache_line); }

float* training_scratch::reserve(std::size_t floats) {
    if (floats_ < floats) {
        memory_.reset();
        memory_.reset(static_cast<float*>(::operator new(checked_product(floats, sizeof(float)), cache_line)));
        floats_ = floats;
    }
    return memory_.get();
}

word2vec_model::word2vec_model(word2vec_options options, random_key key)
    : options_(options), weights_(options.vocabulary_size, options.dimension, key) {}

training_loss word2vec_model::step(window_batch const& batch, float learning_rate, training_scratch& scratch) {
    if (batch.negative_count > kernels::most_negatives)
        throw error(failure::usage, "negative samples: expected at most " + std::to_string(kernels::most_negatives)
                                        + ", found " + std::to_string(batch.negative_count));
    auto const stride = weights_.input().stride;
    kernels::tables const tables{weights_.input().data, weights_.output().data, stride};
    kernels::windows const windows{
        .targets = numbers(batch.targets),
        .context_ends = batch.context_ends.data(),
        .contexts = numbers(batch.contexts),
        .negatives = numbers(batch.negatives),
        .count = batch.size(),
        .negative_count = batch.negative_count,
        .per_pair = batch.sharing == negative_sharing::pair ? batch.negative_count : std::size_t{0},
        .per_target = batch.sharing == negative_sharing::window ? batch.negative_count : std::size_t{0},
        .pairs_apart = batch.sharing == negative_sharing::pair,
    };
    auto* const memory = scratch.reserve(kernels::scratch_floats(stride, batch.negative_count));
    auto const total = options_.architecture == architecture::cbow
                           ? kernels::train_cbow(tables, windows, form_of(options_.cbow), learning_rate, memory)
                           : kernels::train_skip_gram(tables, windows, learning_rate, memory);
    return {total.loss, total.examples};
}

std::string_view word2vec_model::instruction_set() { return kernels::instruction_set(); }
}
