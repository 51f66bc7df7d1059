module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :model;

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

std::uint64_t language_model_options::weights() const {
    std::uint64_t values = checked_product(vocabulary_size, embedding_size);
    auto const gates = checked_product(gates_of(cell), hidden_size);
    for (std::size_t l = 0; l < layers; ++l)
        values = checked_sum(values, checked_product((l == 0 ? embedding_size : hidden_size) + hidden_size + 1, gates));
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
    // The embedding and its dropout; of each layer its gates, hidden values, cells, r h, dropout, sums of a skip
    // connection and the gradient of its input; the gradient of the last layer's input; ids and losses.
    auto const in_row = 3 * embedding_size + layers * (gates_of(cell) + 8) * hidden_size + 2 * hidden_size + 10;
    auto const states = checked_product(lanes, 6 * layers * hidden_size);
    // What cuDNN keeps of each row, its copies of the weights, and memory to try its plans.
    bool const by_library = cell != recurrent_cell::gru;
    auto const gates = gates_of(cell) * hidden_size;
    auto const kept = by_library ? checked_product(rows, layers * (2 * gates + 2 * hidden_size) + embedding_size) : 0;
    auto const copies = by_library ? checked_product(3 * gates, embedding_size + 2 * layers * hidden_size + layers) : 0;
    auto const columns = softmax == softmax_kind::sampled ? std::min(vocabulary_size, samples + rows) : vocabulary_size;
    auto const at_once = std::max<std::uint64_t>(cuda_options().logits_at_once, checked_product(64, columns));
    auto const logits = std::min<std::uint64_t>(checked_product(rows, columns), at_once);
    auto const rounding = (1 + layers) << 16; // of the sizes of allocations
    std::uint64_t values = 0;
    for (auto const part : {checked_product(rows, in_row), states, kept, copies, logits})
        values = checked_sum(values, part);
    return checked_sum(checked_product(values, sizeof(float)), rounding + cuda_library_bytes);
}

template <class T> struct language_model<T>::layers {
    language_model_options options;
    std::shared_ptr<operations<T>> ops;
    parameter_set<T> parameters;
    embedding<T> embed;
    std::vector<dropout<T>> drops; // none, or one after the embedding and each recurrent layer
    std::vector<recurrent<T>> recurrents;
    std::vector<std::optional<tensor<T>>> sums; // input plus output, for layers with a skip connection
    std::vector<tensor<T>> d_sums;
    std::unique_ptr<output_layer<T>> output;

    layers(language_model_options const& o, std::shared_ptr<operations<T>> device, random_key key)
        : options(o),
          ops(std::move(device)),
          parameters(ops),
          embed(add_normal("embedding.weight", o.vocabulary_size, o.embedding_size, key.fold_in(0), 0.01)),
          output(make_output_layer<T>({.classes = o.vocabulary_size,
                                       .hidden_size = o.hidden_size,
                                       .softmax = o.softmax,
                                       .samples = o.samples,
                                       .cutoffs = o.cutoffs,
                                       .tied = o.tied ? &parameters.at("embedding.weight") : nullptr},
                                      parameters, key.fold_in(1))) {
        for (std::size_t l = 0; l < o.layers; ++l) add_recurrent(l, key.fold_in(2 + l));
        if (o.dropout > 0)
            for (std::size_t i = 0; i <= o.layers; ++i)
                drops.emplace_back(ops, dropout_options{.ratio = o.dropout, .per_sequence = o.dropout_per_sequence});
    }

    parameter<T>& add_normal(std::string name, std::size_t rows, std::size_t columns, random_key key,
                             double deviation) {
        auto& p = parameters.add(std::move(name), rows, columns);
        fill_normal(p, key, deviation);
        return p;
    }
    void add_recurrent(std::size_t l, random_key key) {
        auto const name = "recurrent." + std::to_string(l);
        auto const inputs = l == 0 ? options.embedding_size : options.hidden_size;
        auto const hidden = options.hidden_size, gates = gates_of(options.cell) * hidden;
        auto& w =
            add_normal(name + ".input", inputs, gates, key.fold_in(0), 1 / std::sqrt(static_cast<double>(inputs)));
        auto& u =
            add_normal(name + ".hidden", hidden, gates, key.fold_in(1), 1 / std::sqrt(static_cast<double>(hidden)));
        auto& b = parameters.add(name + ".bias", 1, gates);
        if (options.cell == recurrent_cell::lstm)
            ops->fill(columns_of(b.values(), hidden, hidden), static_cast<T>(options.forget_bias));
        recurrents.emplace_back(recurrent_options{.cell = options.cell, .stateful = true},
                                recurrent_parameters<T>{w, u, b});
        sums.emplace_back();
        if (options.skip && inputs == hidden) sums.back().emplace(ops);
        d_sums.emplace_back(ops);
    }

    device_view<T const> drop(std::size_t place, device_view<T const> x, pass const& p, std::size_t lanes) {
        if (drops.empty()) return x;
        return drops[place].forward(x, {.training = p.training, .key = p.key.fold_in(place)}, lanes);
    }
    /// The input of the last layer, [T B, H].
    device_view<T const> forward(std::span<token_id const> tokens, std::size_t lanes, pass const& p) {
        auto x = drop(0, embed.forward(tokens), p, lanes);
        for (std::size_t l = 0; l < recurrents.size(); ++l) {
            auto y = recurrents[l].forward(x, lanes);
            if (sums[l]) y = sum(x, y, *sums[l]);
            x = drop(l + 1, y, p, lanes);
        }
        return x;
    }
    void backward(device_view<T const> d) {
        for (auto l = recurrents.size(); l-- > 0;) {
            if (!drops.empty()) d = drops[l + 1].backward(d);
            auto const d_x = recurrents[l].backward(d);
            d = sums[l] ? sum(d, d_x, d_sums[l]) : d_x;
        }
        embed.backward(drops.empty() ? d : drops[0].backward(d));
    }
    device_view<T const> sum(device_view<T const> a, device_view<T const> b, tensor<T>& to) {
        auto const out = to.resize(a.rows, a.columns);
        ops->copy(a, out);
        ops->add(b, 1, out);
        return out;
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
    auto const loss = m.output->learn(h, batch.targets, key.fold_in(m.recurrents.size() + 1)); // after those of dropout
    m.backward(m.output->backward());
    return loss;
}

template <class T> deferred<loss_sum> language_model<T>::evaluate(bptt_batch const& batch) {
    if (batch.begins) reset_state();
    return layers_->output->evaluate(layers_->forward(batch.inputs, batch.lanes, {}), batch.targets);
}

template <class T> std::vector<T> language_model<T>::next_logits(std::span<token_id const> tokens) {
    auto& m = *layers_;
    return m.output->logits(m.forward(tokens, tokens.size(), {}));
}

template <class T> void language_model<T>::reset_state() noexcept {
    for (auto& layer : layers_->recurrents) layer.reset_state();
}

template <class T> language_model_state<T> language_model<T>::state() const {
    language_model_state<T> out;
    for (auto const& layer : layers_->recurrents) {
        auto const state = layer.state();
        out.lanes = state.hidden.rows;
        if (out.lanes == 0) return {};
        out.hidden.push_back(on_host(*layers_->ops, state.hidden));
        if (layers_->options.cell == recurrent_cell::lstm) out.cells.push_back(on_host(*layers_->ops, state.cells));
    }
    return out;
}

template <class T> void language_model<T>::set_state(language_model_state<T> const& state) {
    auto& m = *layers_;
    if (state.lanes == 0) return reset_state();
    bool const has_cells = m.options.cell == recurrent_cell::lstm;
    auto const size = checked_product(state.lanes, m.options.hidden_size);
    auto const fits = [&](std::vector<std::vector<T>> const& parts, std::size_t layers) {
        if (parts.size() != layers) return false;
        for (auto const& part : parts)
            if (part.size() != size) return false;
        return true;
    };
    if (!fits(state.hidden, m.options.layers) || !fits(state.cells, has_cells ? m.options.layers : 0))
        throw error(failure::bad_data, "language model: expected a state of " + std::to_string(m.options.layers)
                                           + " layers of " + std::to_string(state.lanes) + " x "
                                           + std::to_string(m.options.hidden_size) + " values, found another");
    tensor<T> hidden(m.ops, state.lanes, m.options.hidden_size), cells(m.ops, state.lanes, m.options.hidden_size);
    for (std::size_t l = 0; l < m.options.layers; ++l) {
        hidden.assign(state.hidden[l]);
        if (has_cells) cells.assign(state.cells[l]);
        m.recurrents[l].set_state({.hidden = hidden.view(),
                                   .cells = has_cells ? device_view<T const>(cells.view()) : device_view<T const>()});
    }
}

template <class T> language_model_options const& language_model<T>::options() const noexcept {
    return layers_->options;
}
template <class T> parameter_set<T>& language_model<T>::parameters() noexcept { return layers_->parameters; }

template class language_model<float>;
template class language_model<double>;
}
