module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.training;
import :hidden_layers;
import :model;
import :recurrent_layers;
import :transformer_layers;

namespace wordmill {
void language_model_options::check() const {
    auto const refuse = [](std::string const& text) { throw error(failure::usage, "language model: " + text); };
    auto const positive = [&](std::size_t size, char const* what) {
        if (size == 0) refuse(std::string("expected ") + what + " of 1 or more, found 0");
    };
    positive(vocabulary_size, "a vocabulary");
    positive(embedding_size, "an embedding size");
    positive(hidden_size, "a hidden size");
    positive(layers, "a number of layers");
    if (!(dropout >= 0 && dropout < 1))
        refuse("expected a dropout ratio from 0 to below 1, found " + std::to_string(dropout));
    if (tied && embedding_size != hidden_size)
        refuse("tied weights: expected equal sizes of embedding and hidden layer, found "
               + std::to_string(embedding_size) + " and " + std::to_string(hidden_size));
    if (transformer) {
        if (embedding_size != hidden_size)
            refuse("transformer: expected equal sizes of embedding and layers, found " + std::to_string(embedding_size)
                   + " and " + std::to_string(hidden_size));
        if (skip || dropout_per_sequence)
            refuse("transformer: expected neither skip connections nor one dropout mask for all steps, found one");
        if (transformer->context == 0) refuse("transformer: expected a context of 1 position or more, found 0");
        (void)transformer->stack(layers, hidden_size, dropout);
    }
    if (!std::isfinite(forget_bias)) refuse("expected a finite forget bias");
    if (softmax == softmax_kind::sampled && samples == 0) refuse("sampled softmax: expected 1 sample or more, found 0");
    if (softmax != softmax_kind::adaptive) {
        if (!cutoffs.empty()) refuse("cutoffs: expected an adaptive softmax beside them, found another");
        return;
    }
    if (tied) refuse("adaptive softmax: expected weights of its own, found tied ones");
    if (cutoffs.empty()) refuse("adaptive softmax: expected one cutoff or more, found none");
    std::size_t before = 0;
    for (auto const cutoff : cutoffs) {
        if (cutoff <= before || cutoff >= vocabulary_size)
            refuse("adaptive softmax: expected ascending cutoffs above 0 and below the vocabulary's "
                   + std::to_string(vocabulary_size) + ", found " + std::to_string(cutoff)
                   + (before == 0 ? std::string() : " after " + std::to_string(before)));
        before = cutoff;
    }
}

namespace {
/// The number of weights of the layers between the embedding and the last one.
std::uint64_t hidden_weights(language_model_options const& o) {
    if (o.transformer) return weights_of(o.transformer->stack(o.layers, o.hidden_size, o.dropout));
    std::uint64_t values = 0;
    auto const gates = checked_product(gates_of(o.cell), o.hidden_size);
    for (std::size_t l = 0; l < o.layers; ++l)
        values = checked_sum(values,
                             checked_product((l == 0 ? o.embedding_size : o.hidden_size) + o.hidden_size + 1, gates));
    return values;
}

/// The numbers that the layers of a model keep for a step of a lane, and for a lane.
struct kept_numbers {
    std::uint64_t of_row = 0;
    std::uint64_t of_lane = 0;
    std::uint64_t of_model = 0;
};
kept_numbers kept_by(language_model_options const& o) {
    auto const e = o.embedding_size, h = o.hidden_size;
    if (!o.transformer) {
        auto const gates = gates_of(o.cell) * h;
        // The embedding and its dropout; of each layer its gates, hidden values, cells, r h, dropout, sums of a skip
        // connection and the gradient of its input; the gradient of the last layer's input; ids and losses.
        kept_numbers kept{3 * e + o.layers * (gates + 8 * h) + 2 * h + 10, 6 * o.layers * h};
        if (o.cell == recurrent_cell::gru) return kept;
        // What cuDNN keeps of each row, its copies of the weights, and memory to try its plans.
        kept.of_row += o.layers * (2 * gates + 2 * h) + e;
        kept.of_model = checked_product(3 * gates, e + 2 * o.layers * h + o.layers);
        return kept;
    }
    auto const stack = o.transformer->stack(o.layers, h, o.dropout);
    // The embedding, scaled, with positions and dropout, and their gradients; of each layer queries, keys, values,
    // contexts and their projection, the values inside the feed-forward layer, and what is normalised, dropped and
    // added around both; the gradients of all of these, of one layer; the last normalisation; ids and losses. Keys and
    // values of the memory beside those of the segment, and their gradients.
    return {22 * h + o.layers * (13 * h + 3 * stack.inner + stack.heads) + stack.inner + 10,
            o.layers * stack.memory * 8 * h};
}
}

std::uint64_t language_model_options::weights() const {
    auto values = checked_sum(checked_product(vocabulary_size, embedding_size), hidden_weights(*this));
    if (softmax != softmax_kind::adaptive)
        return checked_sum(values, checked_product(vocabulary_size, tied ? 1 : hidden_size + 1));
    values = checked_sum(values, checked_product(cutoffs.front() + cutoffs.size(), hidden_size + 1));
    for (std::size_t i = 0; i < cutoffs.size(); ++i) {
        auto const last = i + 1 < cutoffs.size() ? cutoffs[i + 1] : vocabulary_size;
        values =
            checked_sum(values, checked_product(hidden_size + last - cutoffs[i], adaptive_dimension(hidden_size, i)));
    }
    return values;
}

std::uint64_t language_model_options::memory_bytes() const {
    auto const all = weights();
    auto gradients = all;
    if (softmax == softmax_kind::sampled) {
        // The rows of the candidates, their gradients, and these again in the parameter, instead of gradients for all
        // words.
        gradients -= checked_product(vocabulary_size, hidden_size + 1);
        gradients = checked_sum(gradients, checked_product(3 * std::min(samples, vocabulary_size), hidden_size + 1));
    }
    return checked_product(checked_sum(all, gradients), 4);
}

std::uint64_t language_model_options::working_bytes(std::size_t lanes, std::size_t steps) const {
    auto const rows = checked_product(lanes, steps);
    auto const kept = kept_by(*this);
    auto const states = checked_product(lanes, kept.of_lane);
    auto const columns = softmax == softmax_kind::sampled ? std::min(vocabulary_size, samples + rows) : vocabulary_size;
    auto const values = checked_sum(checked_product(rows, kept.of_row), checked_sum(states, kept.of_model));
    return cuda_step_bytes(values, 1 + layers, rows, columns);
}

template <class T> struct language_model<T>::layers {
    language_model_options options;
    std::shared_ptr<operations<T>> ops;
    parameter_set<T> parameters;
    embedding<T> embed;
    std::unique_ptr<output_layer<T>> output;
    std::unique_ptr<detail::hidden_layers<T>> hidden;

    layers(language_model_options const& o, std::shared_ptr<operations<T>> device, random_key key)
        : options(o),
          ops(std::move(device)),
          parameters(ops),
          embed(detail::add_normal(parameters, "embedding.weight", o.vocabulary_size, o.embedding_size, key.fold_in(0),
                                   o.transformer ? 1 / std::sqrt(static_cast<double>(o.hidden_size)) : 0.01)),
          output(make_output_layer<T>({.classes = o.vocabulary_size,
                                       .hidden_size = o.hidden_size,
                                       .softmax = o.softmax,
                                       .samples = o.samples,
                                       .cutoffs = o.cutoffs,
                                       .tied = o.tied ? &parameters.at("embedding.weight") : nullptr},
                                      parameters, key.fold_in(1))),
          hidden(make_hidden_layers(key)) {}

    std::unique_ptr<detail::hidden_layers<T>> make_hidden_layers(random_key key) {
        if (options.transformer) return std::make_unique<detail::transformer_layers<T>>(options, parameters, key);
        return std::make_unique<detail::recurrent_layers<T>>(options, parameters, key);
    }

    /// The input of the last layer, [T B, H].
    device_view<T const> forward(std::span<token_id const> tokens, std::size_t lanes, pass const& p) {
        return hidden->forward(embed.forward(tokens), lanes, p);
    }
};

template <class T> language_model<T>::language_model(language_model_options const& options,
                                                     std::shared_ptr<operations<T>> ops, random_key key)
    : layers_((options.check(), std::make_unique<layers>(options, std::move(ops), key))) {}
template <class T> language_model<T>::language_model(language_model&&) noexcept = default;
template <class T> language_model<T>& language_model<T>::operator=(language_model&&) noexcept = default;
template <class T> language_model<T>::~language_model() = default;

template <class T> deferred<loss_sum> language_model<T>::learn(bptt_batch const& batch, random_key key) {
    auto& m = *layers_;
    if (batch.begins) reset_state();
    m.parameters.begin_step();
    auto const h = m.forward(batch.inputs, batch.lanes, {.training = true, .key = key});
    auto const loss = m.output->learn(h, batch.targets, key.fold_in(m.options.layers + 1)); // after those of dropout
    m.embed.backward(m.hidden->backward(m.output->backward()));
    return loss;
}

template <class T> deferred<loss_sum> language_model<T>::evaluate(bptt_batch const& batch) {
    if (batch.begins) reset_state();
    return layers_->output->evaluate(layers_->forward(batch.inputs, batch.lanes, {}), batch.targets);
}

template <class T> std::vector<T> language_model<T>::next_logits(std::span<token_id const> tokens) {
    auto& m = *layers_;
    return m.output->logits(m.hidden->next(m.embed.forward(tokens)));
}

template <class T> void language_model<T>::reset_state() noexcept { layers_->hidden->reset_state(); }
template <class T> language_model_state<T> language_model<T>::state() const { return layers_->hidden->state(); }
template <class T> void language_model<T>::set_state(language_model_state<T> const& state) {
    layers_->hidden->set_state(state);
}

template <class T> language_model_options const& language_model<T>::options() const noexcept {
    return layers_->options;
}
template <class T> parameter_set<T>& language_model<T>::parameters() noexcept { return layers_->parameters; }

template class language_model<float>;
template class language_model<double>;
}
