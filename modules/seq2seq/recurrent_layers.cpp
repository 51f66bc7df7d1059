module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>
module wordmill.seq2seq;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :decoder;
import :encoder;
import :encoder_decoder;
import :options;
import :recurrent_layers;

namespace wordmill::detail {
namespace {
template <class T> parameter<T>& add_table(seq2seq_options const& o, parameter_set<T>& set, char const* name,
                                           std::size_t rows, random_key key) {
    constexpr double deviation = 0.01; // the book's
    return add_normal(set, name, rows, o.embedding_size, key, deviation);
}
}

template <class T>
recurrent_layers<T>::recurrent_layers(seq2seq_options const& o, parameter_set<T>& set, random_key key)
    : attends_(o.attention.has_value()),
      encode_(o, set, add_table(o, set, "source.embedding", o.source_vocabulary, key.fold_in(0)), key.fold_in(1)),
      decode_(o, set,
              o.shared_embedding ? set.at("source.embedding")
                                 : add_table(o, set, "target.embedding", o.target_vocabulary, key.fold_in(2)),
              key.fold_in(3)),
      outputs_(set.ops()),
      lengths_(set.ops()->queue()) {
    for (std::size_t i = 0; i < 2 * o.layers; ++i) states_.emplace_back(set.ops());
}

template <class T> encoded_sources<T> recurrent_layers<T>::encoded(sequence_batch const& batch, pass const& p) {
    return encode_.forward(batch.sources, batch.lanes, batch.source_lengths, p);
}

template <class T> device_view<T const> recurrent_layers<T>::forward(sequence_batch const& batch, pass const& p) {
    auto const from = encoded(batch, {.training = p.training, .key = p.key.fold_in(0)});
    return decode_.forward(from, batch.inputs, {.training = p.training, .key = p.key.fold_in(1)});
}

template <class T> void recurrent_layers<T>::backward(device_view<T const> d) {
    decode_.backward(d);
    encode_.backward(decode_.d_outputs(), decode_.d_states());
}

template <class T> void recurrent_layers<T>::begin(sequence_batch const& batch, std::size_t steps, std::size_t copies) {
    auto from = encoded(batch, {});
    from.lengths = lengths_.copy(batch.source_lengths, copies);
    if (copies > 1) {
        from.lanes *= copies;
        from.outputs = attends_ ? outputs_(from.outputs, copies) : device_view<T const>();
        for (std::size_t l = 0; l < from.states.size(); ++l)
            from.states[l] = {states_[2 * l](from.states[l].hidden, copies),
                              states_[2 * l + 1](from.states[l].cells, copies)};
    }
    decode_.begin(from, steps);
}

template class recurrent_layers<float>;
template class recurrent_layers<double>;
}
