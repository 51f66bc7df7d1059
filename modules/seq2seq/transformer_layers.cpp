module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
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
import wordmill.training;
import :encoder_decoder;
import :options;
import :transformer_layers;

namespace wordmill::detail {
namespace {
template <class T> parameter<T>& add_table(seq2seq_options const& o, parameter_set<T>& set, char const* name,
                                           std::size_t rows, random_key key) {
    return add_normal(set, name, rows, o.hidden_size, key, 1 / std::sqrt(static_cast<double>(o.hidden_size)));
}
}

template <class T>
device_view<T const> transformer_layers<T>::scaled_embedding::scaled(device_view<T const> x, tensor<T>& to) {
    auto const out = to.resize(x.rows, x.columns);
    ops->copy(x, out);
    ops->scale(out, static_cast<T>(std::sqrt(static_cast<double>(x.columns))));
    return out;
}

template <class T>
transformer_layers<T>::transformer_layers(seq2seq_options const& o, parameter_set<T>& set, random_key key)
    : layers_(o.layers),
      heads_(o.transformer->heads),
      ops_(set.ops()),
      source_(add_table(o, set, "source.embedding", o.source_vocabulary, key.fold_in(0))),
      encode_(o.encoder_stack(), "encoder", set, key.fold_in(1)),
      target_(o.shared_embedding ? set.at("source.embedding")
                                 : add_table(o, set, "target.embedding", o.target_vocabulary, key.fold_in(2))),
      decode_(o.decoder_stack(), "decoder", set, key.fold_in(3)),
      lengths_(ops_->queue()),
      values_(ops_),
      lane_lengths_(ops_->queue()),
      weights_(ops_) {}

template <class T> device_view<T const> transformer_layers<T>::forward(sequence_batch const& batch, pass const& p) {
    auto const lengths = lengths_.assign(batch.source_lengths);
    auto const values = encode_.forward(source_.forward(batch.sources), batch.lanes, lengths,
                                        {.training = p.training, .key = p.key.fold_in(0)});
    decode_.attend_to(values, batch.lanes, lengths, batch.target_steps);
    return decode_.forward(target_.forward(batch.inputs), 0, {.training = p.training, .key = p.key.fold_in(1)});
}

template <class T> void transformer_layers<T>::backward(device_view<T const> d) {
    target_.backward(decode_.backward(d));
    source_.backward(encode_.backward(decode_.d_values()));
}

template <class T>
void transformer_layers<T>::begin(sequence_batch const& batch, std::size_t steps, std::size_t copies) {
    auto values = encode_.forward(source_.forward(batch.sources), batch.lanes, lengths_.assign(batch.source_lengths));
    if (copies > 1) values = values_(values, copies);
    decode_.attend_to(values, batch.lanes * copies, lane_lengths_.copy(batch.source_lengths, copies), steps);
    steps_ = 0;
}

template <class T> device_view<T const> transformer_layers<T>::next(std::span<token_id const> tokens) {
    return decode_.forward(target_.forward(tokens), steps_++);
}

template <class T> device_view<T const> transformer_layers<T>::weights(attention_choice const& choice) {
    auto const numbers = [](std::optional<std::size_t> one, std::size_t all, char const* what) {
        if (one && *one >= all)
            throw error(failure::usage, std::string("attention: expected a ") + what + " below " + std::to_string(all)
                                            + ", found " + std::to_string(*one));
        return one ? std::pair(*one, *one + 1) : std::pair(std::size_t{0}, all);
    };
    auto const [first_layer, last_layer] = numbers(choice.layer, layers_, "layer");
    auto const [first_head, last_head] = numbers(choice.head, heads_, "head");
    auto const share = 1 / static_cast<double>((last_layer - first_layer) * (last_head - first_head));
    for (auto layer = first_layer; layer < last_layer; ++layer)
        for (auto head = first_head; head < last_head; ++head) {
            auto const weights = decode_.weights(layer, head);
            if (layer == first_layer && head == first_head)
                ops_->fill(weights_.resize(weights.rows, weights.columns), 0);
            ops_->add(weights, static_cast<T>(share), weights_.view());
        }
    return weights_.view();
}

template class transformer_layers<float>;
template class transformer_layers<double>;
}
