module;
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :hidden_layers;
import :model;
import :recurrent_layers;

namespace wordmill::detail {
template <class T>
recurrent_layers<T>::recurrent_layers(language_model_options const& options, parameter_set<T>& set, random_key key)
    : options_(options), ops_(set.ops()) {
    for (std::size_t l = 0; l < options.layers; ++l) add_recurrent(l, set, key.fold_in(2 + l));
    if (options.dropout > 0)
        for (std::size_t i = 0; i <= options.layers; ++i)
            drops_.emplace_back(
                ops_, dropout_options{.ratio = options.dropout, .per_sequence = options.dropout_per_sequence});
}

template <class T> void recurrent_layers<T>::add_recurrent(std::size_t l, parameter_set<T>& set, random_key key) {
    auto const name = "recurrent." + std::to_string(l);
    auto const inputs = l == 0 ? options_.embedding_size : options_.hidden_size;
    auto const hidden = options_.hidden_size, gates = gates_of(options_.cell) * hidden;
    auto& w =
        add_normal(set, name + ".input", inputs, gates, key.fold_in(0), 1 / std::sqrt(static_cast<double>(inputs)));
    auto& u =
        add_normal(set, name + ".hidden", hidden, gates, key.fold_in(1), 1 / std::sqrt(static_cast<double>(hidden)));
    auto& b = set.add(name + ".bias", 1, gates);
    if (options_.cell == recurrent_cell::lstm)
        ops_->fill(columns_of(b.values(), hidden, hidden), static_cast<T>(options_.forget_bias));
    recurrents_.emplace_back(recurrent_options{.cell = options_.cell, .stateful = true},
                             recurrent_parameters<T>{w, u, b});
    sums_.emplace_back();
    if (options_.skip && inputs == hidden) sums_.back().emplace(ops_);
    d_sums_.emplace_back(ops_);
}

template <class T> device_view<T const> recurrent_layers<T>::drop(std::size_t place, device_view<T const> x,
                                                                  pass const& p, std::size_t lanes) {
    if (drops_.empty()) return x;
    return drops_[place].forward(x, {.training = p.training, .key = p.key.fold_in(place)}, lanes);
}

template <class T>
device_view<T const> recurrent_layers<T>::sum(device_view<T const> a, device_view<T const> b, tensor<T>& to) {
    auto const out = to.resize(a.rows, a.columns);
    ops_->copy(a, out);
    ops_->add(b, 1, out);
    return out;
}

template <class T>
device_view<T const> recurrent_layers<T>::forward(device_view<T const> x, std::size_t lanes, pass const& p) {
    x = drop(0, x, p, lanes);
    for (std::size_t l = 0; l < recurrents_.size(); ++l) {
        auto y = recurrents_[l].forward(x, lanes);
        if (sums_[l]) y = sum(x, y, *sums_[l]);
        x = drop(l + 1, y, p, lanes);
    }
    return x;
}

template <class T> device_view<T const> recurrent_layers<T>::backward(device_view<T const> d) {
    for (auto l = recurrents_.size(); l-- > 0;) {
        if (!drops_.empty()) d = drops_[l + 1].backward(d);
        auto const d_x = recurrents_[l].backward(d);
        d = sums_[l] ? sum(d, d_x, d_sums_[l]) : d_x;
    }
    return drops_.empty() ? d : drops_[0].backward(d);
}

template <class T> void recurrent_layers<T>::reset_state() noexcept {
    for (auto& layer : recurrents_) layer.reset_state();
}

template <class T> language_model_state<T> recurrent_layers<T>::state() {
    language_model_state<T> out;
    for (auto const& layer : recurrents_) {
        auto const state = layer.state();
        out.lanes = state.hidden.rows;
        if (out.lanes == 0) return {};
        out.hidden.push_back(on_host(*ops_, state.hidden));
        if (options_.cell == recurrent_cell::lstm) out.cells.push_back(on_host(*ops_, state.cells));
    }
    return out;
}

template <class T> void recurrent_layers<T>::set_state(language_model_state<T> const& state) {
    if (state.lanes == 0) return reset_state();
    bool const has_cells = options_.cell == recurrent_cell::lstm;
    auto const size = checked_product(state.lanes, options_.hidden_size);
    auto const fits = [&](std::vector<std::vector<T>> const& parts, std::size_t layers) {
        if (parts.size() != layers) return false;
        for (auto const& part : parts)
            if (part.size() != size) return false;
        return true;
    };
    if (!state.memory.empty() || !fits(state.hidden, options_.layers)
        || !fits(state.cells, has_cells ? options_.layers : 0))
        throw error(failure::bad_data, "language model: expected a state of " + std::to_string(options_.layers)
                                           + " layers of " + std::to_string(state.lanes) + " x "
                                           + std::to_string(options_.hidden_size) + " values, found another");
    tensor<T> hidden(ops_, state.lanes, options_.hidden_size), cells(ops_, state.lanes, options_.hidden_size);
    for (std::size_t l = 0; l < options_.layers; ++l) {
        hidden.assign(state.hidden[l]);
        if (has_cells) cells.assign(state.cells[l]);
        recurrents_[l].set_state({.hidden = hidden.view(),
                                  .cells = has_cells ? device_view<T const>(cells.view()) : device_view<T const>()});
    }
}

template class recurrent_layers<float>;
template class recurrent_layers<double>;
}
