module;
#include "kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
module wordmill.word2vec;
import wordmill.batch;
import wordmill.core;
import :example_lists;
import :huffman;
import :kernel_views;
import :model;
import :scratch;
import :weights;

namespace wordmill {
training_scratch::training_scratch() : memory_(std::make_unique<detail::working_memory>()) {}
training_scratch::training_scratch(training_scratch&&) noexcept = default;
training_scratch& training_scratch::operator=(training_scratch&&) noexcept = default;
training_scratch::~training_scratch() = default;

word2vec_model::word2vec_model(word2vec_options options, random_key key)
    : options_(options),
      weights_(options.subwords.empty() ? options.vocabulary_size : options.subwords.table_rows(),
               options.vocabulary_size, options.dimension, options.first_values, key) {
    if (!(options.first_values >= 0) || !std::isfinite(options.first_values))
        throw error(failure::usage,
                    "word vectors: expected first values of 0 or more, found " + std::to_string(options.first_values));
    auto const check = [&](std::size_t types, char const* what) {
        if (types != options.vocabulary_size)
            throw error(failure::usage, std::string("word vectors: expected ") + what + " of "
                                            + std::to_string(options.vocabulary_size) + " types, found "
                                            + std::to_string(types));
    };
    if (!options.tree.empty()) check(options.tree.size(), "a tree");
    if (!options.subwords.empty()) check(options.subwords.size(), "subwords");
}

loss_sum word2vec_model::step(window_batch const& batch, float learning_rate, training_scratch& scratch) {
    auto const tables = tables_of(weights_);
    auto const windows = windows_of(batch, options_.tree); // checks the batch
    auto const form = form_of(options_.cbow);
    bool const cbow = options_.architecture == architecture::cbow;
    auto& s = *scratch.memory_;
    if (options_.subwords.empty()) {
        auto* const memory = s.floats.reserve(kernels::scratch_floats(tables.stride, windows.most_outputs));
        auto const total = cbow ? kernels::train_cbow(tables, windows, form, learning_rate, memory)
                                : kernels::train_skip_gram(tables, windows, learning_rate, memory);
        return {total.loss, total.examples};
    }
    loss_sum total{.count = cbow ? batch.size() : batch.pairs()};
    constexpr std::size_t some = 64; // windows at a time, to bound the memory and stay in the cache
    for (std::size_t first = 0; first < batch.size(); first += some) {
        s.lists.set(options_, batch, first, std::min(first + some, batch.size()));
        auto* const memory = s.floats.reserve(kernels::list_scratch_floats(tables.stride, s.lists.outputs()));
        total.sum += kernels::train_lists(tables, s.lists.view(), form, learning_rate, memory);
    }
    return total;
}

void word2vec_model::vector_of(token_id id, std::span<float> to) const {
    expect(to.size() == options_.dimension, "a vector has the model's dimension");
    auto const table = weights_.input();
    if (options_.subwords.empty()) {
        std::ranges::copy(table.row(index(id)), to.begin());
        return;
    }
    auto const rows = options_.subwords.rows_of(id);
    std::ranges::fill(to, 0.0F);
    for (auto const row : rows)
        for (std::size_t c = 0; c < to.size(); ++c) to[c] += table(row, c);
    for (auto& x : to) x /= static_cast<float>(rows.size());
}

std::string_view word2vec_model::instruction_set() { return kernels::instruction_set(); }
}
