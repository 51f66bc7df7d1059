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
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :encoder;
import :encoder_decoder;
import :options;

namespace wordmill::detail {
template <class T> recurrent_parameters<T> add_recurrent(parameter_set<T>& set, std::string const& name,
                                                         std::size_t inputs, std::size_t size, seq2seq_options const& o,
                                                         random_key key) {
    auto const gates = gates_of(o.cell) * size;
    auto const deviation = [](std::size_t n) { return 1 / std::sqrt(static_cast<double>(n)); };
    auto& input = add_normal(set, name + ".input", inputs, gates, key.fold_in(0), deviation(inputs));
    auto& hidden = add_normal(set, name + ".hidden", size, gates, key.fold_in(1), deviation(size));
    auto& bias = set.add(name + ".bias", 1, gates);
    if (o.cell == recurrent_cell::lstm)
        set.ops()->fill(columns_of(bias.values(), size, size), static_cast<T>(o.forget_bias));
    return {input, hidden, bias};
}

template <class T>
encoder<T>::encoder(seq2seq_options const& o, parameter_set<T>& set, parameter<T>& table, random_key key)
    : ops_(set.ops()), embed_(table), lengths_(ops_->queue()) {
    for (std::size_t l = 0; l < o.layers; ++l) {
        auto const name = "encoder." + std::to_string(l);
        auto const inputs = l == 0 ? o.embedding_size : o.hidden_size;
        auto const of_layer = key.fold_in(l);
        recurrent_options const how{.cell = o.cell};
        if (o.bidirectional) {
            auto const half = o.hidden_size / 2;
            auto const forwards = add_recurrent(set, name + ".forwards", inputs, half, o, of_layer.fold_in(0));
            auto const backwards = add_recurrent(set, name + ".backwards", inputs, half, o, of_layer.fold_in(1));
            layers_.emplace_back().both.emplace(how, forwards, backwards);
        } else {
            layers_.emplace_back().one.emplace(how, add_recurrent(set, name, inputs, o.hidden_size, o, of_layer));
        }
        sums_.emplace_back();
        if (o.skip && inputs == o.hidden_size) sums_.back().emplace(ops_);
        d_sums_.emplace_back(ops_);
        if (o.dropout > 0) drops_.emplace_back(ops_, dropout_options{.ratio = o.dropout});
    }
}

template <class T> encoded_sources<T> encoder<T>::forward(std::span<token_id const> sources, std::size_t lanes,
                                                          std::span<std::uint32_t const> lengths, pass const& p) {
    encoded_sources<T> out{.lanes = lanes, .lengths = lengths_.assign(lengths)};
    auto x = embed_.forward(sources);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        if (!drops_.empty()) x = drops_[l].forward(x, {.training = p.training, .key = p.key.fold_in(l)}, lanes);
        auto y = layers_[l].visit([&](auto& layer) { return layer.forward(x, lanes, out.lengths); });
        if (sums_[l]) {
            auto const sum = sums_[l]->resize(y.rows, y.columns);
            ops_->copy(x, sum);
            ops_->add(y, 1, sum);
            y = sum;
        }
        out.states.push_back(layers_[l].visit([](auto& layer) { return layer.state(); }));
        x = y;
    }
    out.outputs = x;
    return out;
}

template <class T> void encoder<T>::backward(device_view<T const> d, std::vector<recurrent_state<T>> const& d_states) {
    for (auto l = layers_.size(); l-- > 0;) {
        auto d_x = layers_[l].visit([&](auto& layer) { return layer.backward(d, d_states[l]); });
        if (sums_[l] && d) {
            auto const sum = d_sums_[l].resize(d_x.rows, d_x.columns);
            ops_->copy(d, sum);
            ops_->add(d_x, 1, sum);
            d_x = sum;
        }
        d = drops_.empty() ? d_x : drops_[l].backward(d_x);
    }
    embed_.backward(d);
}

template recurrent_parameters<float> add_recurrent(parameter_set<float>&, std::string const&, std::size_t, std::size_t,
                                                   seq2seq_options const&, random_key);
template recurrent_parameters<double> add_recurrent(parameter_set<double>&, std::string const&, std::size_t,
                                                    std::size_t, seq2seq_options const&, random_key);
template class encoder<float>;
template class encoder<double>;
}
