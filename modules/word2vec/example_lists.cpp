module;
#include "kernels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>
module wordmill.word2vec;
import wordmill.batch;
import wordmill.core;
import wordmill.text;
import :example_lists;
import :huffman;
import :model;

namespace wordmill {
namespace {
constexpr float positive = -1; // the kernels' sign of label 1
}

example_lists::sizes example_lists::sizes_of(word2vec_options const& model, window_batch const& batch,
                                             std::size_t first, std::size_t last) {
    bool const cbow = model.architecture == architecture::cbow;
    sizes s;
    for (auto i = first; i < last; ++i) {
        auto const contexts = batch.contexts_of(i);
        auto const rows = [&](token_id id) {
            return model.subwords.empty() ? std::size_t{1} : model.subwords.rows_of(id).size();
        };
        if (!cbow) s.inputs += rows(batch.targets[i]);
        for (auto const id : contexts) {
            if (cbow) s.inputs += rows(id);
            if (!cbow && !model.tree.empty()) s.outputs += model.tree.path(id).size();
        }
        if (model.tree.empty())
            s.outputs += (cbow                                      ? std::size_t{1}
                          : batch.sharing == negative_sharing::pair ? contexts.size() * (batch.negative_count + 1)
                                                                    : contexts.size())
                         + batch.negative_count;
        else if (cbow)
            s.outputs += model.tree.path(batch.targets[i]).size();
    }
    return s;
}

void example_lists::reserve(std::size_t examples, sizes most) {
    input_ends_.reserve(examples);
    output_ends_.reserve(examples);
    inputs_.reserve(most.inputs);
    outputs_.reserve(most.outputs);
    weights_.reserve(most.outputs + kernels::row_floats);
}

void example_lists::add_input(subword_table const& subwords, token_id id) {
    if (subwords.empty()) return inputs_.push_back(static_cast<std::uint32_t>(index(id)));
    auto const rows = subwords.rows_of(id);
    inputs_.insert(inputs_.end(), rows.begin(), rows.end());
}

void example_lists::add_output(std::uint32_t row, float weight) {
    outputs_.push_back(row);
    weights_.push_back(weight);
}

void example_lists::add_path(huffman_tree const& tree, token_id id) {
    for (auto const step : tree.path(id)) add_output(step.node(), step.child() == 0 ? positive : 1.0F);
}

/// The outputs of skip-gram with negative samples.
void example_lists::add_contexts(window_batch const& batch, std::size_t target) {
    auto const contexts = batch.contexts_of(target);
    auto const first = batch.first_context(target);
    bool const apart = batch.sharing == negative_sharing::pair;
    for (std::size_t k = 0; k < contexts.size(); ++k) {
        add_output(static_cast<std::uint32_t>(index(contexts[k])), positive);
        if (!apart) continue;
        for (auto const id : batch.negatives_of(target, first + k))
            if (id != contexts[k]) add_output(static_cast<std::uint32_t>(index(id)), 1.0F);
    }
    if (apart) return;
    for (auto const id : batch.negatives_of(target, first)) {
        auto const others = contexts.size() - static_cast<std::size_t>(std::ranges::count(contexts, id));
        if (others > 0) add_output(static_cast<std::uint32_t>(index(id)), static_cast<float>(others));
    }
}

void example_lists::set(word2vec_options const& model, window_batch const& batch, std::size_t first, std::size_t last) {
    bool const cbow = model.architecture == architecture::cbow;
    input_ends_.clear(), inputs_.clear(), output_ends_.clear(), outputs_.clear(), weights_.clear();
    for (auto i = first; i < last; ++i) {
        auto const contexts = batch.contexts_of(i);
        auto const target = batch.targets[i];
        if (!cbow) add_input(model.subwords, target);
        for (auto const id : contexts) {
            if (cbow) add_input(model.subwords, id);
            if (!cbow && !model.tree.empty()) add_path(model.tree, id);
        }
        if (cbow && !model.tree.empty()) add_path(model.tree, target);
        if (cbow && model.tree.empty()) {
            add_output(static_cast<std::uint32_t>(index(target)), positive);
            for (auto const id : batch.negatives_of(i, batch.first_context(i)))
                add_output(static_cast<std::uint32_t>(index(id)), 1.0F);
        }
        if (!cbow && model.tree.empty()) add_contexts(batch, i);
        input_ends_.push_back(static_cast<std::uint32_t>(inputs_.size()));
        output_ends_.push_back(static_cast<std::uint32_t>(outputs_.size()));
    }
    weights_.resize(outputs_.size() + kernels::row_floats);
}

kernels::lists example_lists::view() const noexcept {
    return {.count = input_ends_.size(),
            .input_ends = input_ends_.data(),
            .inputs = inputs_.data(),
            .output_ends = output_ends_.data(),
            .outputs = outputs_.data(),
            .weights = weights_.data()};
}
}
