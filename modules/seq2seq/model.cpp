module;
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>
module wordmill.seq2seq;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :encoder_decoder;
import :model;
import :options;
import :recurrent_layers;
import :transformer_layers;

namespace wordmill {
template <class T> struct seq2seq_model<T>::layers {
    seq2seq_options options;
    std::shared_ptr<operations<T>> ops;
    parameter_set<T> parameters;
    std::unique_ptr<detail::encoder_decoder<T>> hidden;
    std::unique_ptr<output_layer<T>> output;
    affine<T> to_logits;
    tensor<T> probabilities;
    std::vector<T> host_probabilities{};
    std::vector<std::size_t> sources{}; // of each lane that decodes

    layers(seq2seq_options const& o, std::shared_ptr<operations<T>> device, random_key key)
        : options(o),
          ops(std::move(device)),
          parameters(ops),
          hidden(make_hidden_layers(key)),
          output(make_output_layer<T>(
              {.classes = o.target_vocabulary, .hidden_size = o.projected_size(), .smoothing = o.label_smoothing},
              parameters, key.fold_in(4))),
          to_logits(parameters.at("projection.weight"), &parameters.at("projection.bias")),
          probabilities(ops) {}

    std::unique_ptr<detail::encoder_decoder<T>> make_hidden_layers(random_key key) {
        if (options.transformer) return std::make_unique<detail::transformer_layers<T>>(options, parameters, key);
        return std::make_unique<detail::recurrent_layers<T>>(options, parameters, key);
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
    auto const loss = m.output->learn(m.hidden->forward(batch, {.training = true, .key = key}), batch.targets, key);
    m.hidden->backward(m.output->backward());
    return loss;
}

template <class T> deferred<loss_sum> seq2seq_model<T>::evaluate(sequence_batch const& batch) {
    return layers_->output->evaluate(layers_->hidden->forward(batch, {}), batch.targets);
}

template <class T>
void seq2seq_model<T>::begin_decoding(sequence_batch const& batch, std::size_t steps, std::size_t copies) {
    auto& sources = layers_->sources;
    sources.clear();
    for (std::size_t b = 0; b < batch.lanes; ++b) sources.insert(sources.end(), copies, b);
    layers_->hidden->begin(batch, steps, copies);
}

template <class T> std::vector<T> seq2seq_model<T>::next_logits(std::span<token_id const> tokens) {
    auto& m = *layers_;
    return on_host(*m.ops, m.to_logits.forward(m.hidden->next(tokens)));
}

template <class T> std::span<T const> seq2seq_model<T>::next_probabilities(std::span<token_id const> tokens) {
    auto& m = *layers_;
    auto const logits = m.to_logits.forward(m.hidden->next(tokens));
    auto const to = m.probabilities.resize(logits.rows, logits.columns);
    m.ops->activate(activation::softmax, logits, to);
    auto& queue = *m.ops->queue();
    m.host_probabilities.resize(to.rows * to.columns);
    queue.download(device_view<T const>(to), std::span(m.host_probabilities));
    queue.wait();
    return m.host_probabilities;
}

template <class T> void seq2seq_model<T>::reorder(std::span<token_id const> lanes) {
    auto& m = *layers_;
    std::vector<std::size_t> moved;
    for (auto const lane : lanes) {
        expect(index(lane) < m.sources.size(), "sequence to sequence: the number of a lane");
        moved.push_back(m.sources[index(lane)]);
    }
    if (moved == m.sources) return m.hidden->reorder(lanes);
    m.hidden->select(lanes);
    m.sources = std::move(moved);
}

template <class T> std::vector<T> seq2seq_model<T>::attention_weights(attention_choice const& choice) const {
    if (!layers_->options.transformer && (choice.layer || choice.head))
        throw error(failure::usage, "attention: expected the model of a Transformer with a layer or a head, found a "
                                    "recurrent one");
    auto const weights = layers_->hidden->weights(choice);
    return weights ? on_host(*layers_->ops, weights) : std::vector<T>();
}

template <class T> seq2seq_options const& seq2seq_model<T>::options() const noexcept { return layers_->options; }
template <class T> parameter_set<T>& seq2seq_model<T>::parameters() noexcept { return layers_->parameters; }

template class seq2seq_model<float>;
template class seq2seq_model<double>;
}
