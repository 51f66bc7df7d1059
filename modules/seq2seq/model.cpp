module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.seq2seq;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :decoder;
import :encoder;
import :model;
import :options;

namespace wordmill {
template <class T> struct seq2seq_model<T>::layers {
    seq2seq_options options;
    std::shared_ptr<operations<T>> ops;
    parameter_set<T> parameters;
    detail::encoder<T> encode;
    detail::decoder<T> decode;
    std::unique_ptr<output_layer<T>> output;
    affine<T> to_logits;
    // Copies of what was encoded, while several lanes decode the same source.
    tensor<T> copied_outputs;
    std::vector<tensor<T>> copied_states;
    mirrored<std::uint32_t> copied_lengths;
    mirrored<token_id> rows;
    tensor<T> probabilities;

    layers(seq2seq_options const& o, std::shared_ptr<operations<T>> device, random_key key)
        : options(o),
          ops(std::move(device)),
          parameters(ops),
          encode(o, parameters, add_table("source.embedding", o.source_vocabulary, key.fold_in(0)), key.fold_in(1)),
          decode(o, parameters,
                 o.shared_embedding ? parameters.at("source.embedding")
                                    : add_table("target.embedding", o.target_vocabulary, key.fold_in(2)),
                 key.fold_in(3)),
          output(make_output_layer<T>(
              {.classes = o.target_vocabulary, .hidden_size = o.projected_size(), .smoothing = o.label_smoothing},
              parameters, key.fold_in(4))),
          to_logits(parameters.at("projection.weight"), &parameters.at("projection.bias")),
          copied_outputs(ops),
          copied_lengths(ops->queue()),
          rows(ops->queue()),
          probabilities(ops) {
        for (std::size_t i = 0; i < 2 * o.layers; ++i) copied_states.emplace_back(ops);
    }

    parameter<T>& add_table(char const* name, std::size_t rows_of_table, random_key key) {
        constexpr double deviation = 0.01; // the book's
        return detail::add_normal(parameters, name, rows_of_table, options.embedding_size, key, deviation);
    }

    detail::encoded_sources<T> encoded(sequence_batch const& batch, pass const& p) {
        return encode.forward(batch.sources, batch.lanes, batch.source_lengths, p);
    }
    device_view<T const> forward(sequence_batch const& batch, pass const& p) {
        auto const from = encoded(batch, {.training = p.training, .key = p.key.fold_in(0)});
        return decode.forward(from, batch.inputs, {.training = p.training, .key = p.key.fold_in(1)});
    }

    /// Each lane several times, the copies of a lane side by side.
    detail::encoded_sources<T> copied(detail::encoded_sources<T> const& from, std::size_t copies) {
        detail::encoded_sources<T> out{.lanes = from.lanes * copies};
        auto& numbers = rows.host();
        auto const repeat = [&](std::size_t count) { // of rows
            numbers.clear();
            for (std::size_t r = 0; r < count; ++r) numbers.insert(numbers.end(), copies, id_at(r));
            return rows.upload();
        };
        auto const copy = [&](device_view<T const> x, tensor<T>& to) -> device_view<T const> {
            if (!x) return {};
            ops->gather(x, repeat(x.rows), to.resize(x.rows * copies, x.columns));
            return to.view();
        };
        if (options.attention) out.outputs = copy(from.outputs, copied_outputs);
        for (std::size_t l = 0; l < from.states.size(); ++l)
            out.states.push_back({copy(from.states[l].hidden, copied_states[2 * l]),
                                  copy(from.states[l].cells, copied_states[2 * l + 1])});
        return out;
    }
};

template <class T>
seq2seq_model<T>::seq2seq_model(seq2seq_options const& options, std::shared_ptr<operations<T>> ops, random_key key)
    : layers_((options.check(), std::make_unique<layers>(options, std::move(ops), key))) {}
template <class T> seq2seq_model<T>::seq2seq_model(seq2seq_model&&) noexcept = default;
template <class T> seq2seq_model<T>& seq2seq_model<T>::operator=(seq2seq_model&&) noexcept = default;
template <class T> seq2seq_model<T>::~seq2seq_model() = default;

template <class T> deferred<loss_sum> seq2seq_model<T>::learn(sequence_batch const& batch, random_key key) {
    auto& m = *layers_;
    m.parameters.begin_step();
    auto const loss = m.output->learn(m.forward(batch, {.training = true, .key = key}), batch.targets, key);
    m.decode.backward(m.output->backward());
    m.encode.backward(m.decode.d_outputs(), m.decode.d_states());
    return loss;
}

template <class T> deferred<loss_sum> seq2seq_model<T>::evaluate(sequence_batch const& batch) {
    return layers_->output->evaluate(layers_->forward(batch, {}), batch.targets);
}

template <class T>
void seq2seq_model<T>::begin_decoding(sequence_batch const& batch, std::size_t steps, std::size_t copies) {
    auto& m = *layers_;
    auto from = m.encoded(batch, {});
    if (copies > 1) {
        auto out = m.copied(from, copies);
        auto& lengths = m.copied_lengths.host();
        lengths.clear();
        for (auto const length : batch.source_lengths) lengths.insert(lengths.end(), copies, length);
        out.lengths = m.copied_lengths.upload();
        from = std::move(out);
    }
    m.decode.begin(from, steps);
}

template <class T> std::vector<T> seq2seq_model<T>::next_logits(std::span<token_id const> tokens) {
    auto& m = *layers_;
    return on_host(*m.ops, m.to_logits.forward(m.decode.next(tokens)));
}

template <class T> std::vector<T> seq2seq_model<T>::next_probabilities(std::span<token_id const> tokens) {
    auto& m = *layers_;
    auto const logits = m.to_logits.forward(m.decode.next(tokens));
    auto const to = m.probabilities.resize(logits.rows, logits.columns);
    m.ops->activate(activation::softmax, logits, to);
    return on_host(*m.ops, to);
}

template <class T> void seq2seq_model<T>::reorder(std::span<token_id const> lanes) { layers_->decode.reorder(lanes); }

template <class T> std::vector<T> seq2seq_model<T>::attention_weights() const {
    auto const weights = layers_->decode.weights();
    return weights ? on_host(*layers_->ops, weights) : std::vector<T>();
}

template <class T> seq2seq_options const& seq2seq_model<T>::options() const noexcept { return layers_->options; }
template <class T> parameter_set<T>& seq2seq_model<T>::parameters() noexcept { return layers_->parameters; }

template class seq2seq_model<float>;
template class seq2seq_model<double>;
}
