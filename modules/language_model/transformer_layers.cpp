module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.training;
import :hidden_layers;
import :model;
import :transformer_layers;

namespace wordmill::detail {
template <class T>
transformer_layers<T>::transformer_layers(language_model_options const& o, parameter_set<T>& set, random_key key)
    : shape_(*o.transformer),
      size_(o.hidden_size),
      ops_(set.ops()),
      stack_(shape_.stack(o.layers, o.hidden_size, o.dropout), "transformer", set, key.fold_in(2)),
      x_(ops_),
      d_x_(ops_),
      inputs_(ops_) {}

/// Embeddings times sqrt(H), as in Vaswani et al. 2017, 3.4.
template <class T> device_view<T const> transformer_layers<T>::scaled(device_view<T const> x, device_view<T> to) {
    ops_->copy(x, to);
    ops_->scale(to, static_cast<T>(std::sqrt(static_cast<double>(size_))));
    return to;
}

template <class T>
device_view<T const> transformer_layers<T>::forward(device_view<T const> x, std::size_t lanes, pass const& p) {
    end_steps();
    stack_.begin(lanes, x.rows / lanes);
    auto const y =
        stack_.forward(scaled(x, x_.resize(x.rows, x.columns)), 0, {.training = p.training, .key = p.key.fold_in(0)});
    if (!p.training) stack_.carry();
    return y;
}

template <class T> device_view<T const> transformer_layers<T>::backward(device_view<T const> d) {
    auto const d_x = stack_.backward(d);
    stack_.carry();
    return scaled(d_x, d_x_.resize(d_x.rows, d_x.columns));
}

template <class T> void transformer_layers<T>::begin_steps(std::size_t lanes) {
    stack_.begin(lanes, shape_.context);
    (void)inputs_.resize(shape_.context * lanes, size_);
    steps_ = 0;
}

template <class T> void transformer_layers<T>::end_steps() {
    if (steps_ > 0) stack_.carry();
    steps_ = 0;
}

template <class T> device_view<T const> transformer_layers<T>::next(device_view<T const> x) {
    auto const lanes = x.rows;
    if (steps_ == 0) begin_steps(lanes);
    if (steps_ == shape_.context) {
        if (shape_.memory > 0) stack_.carry();
        begin_steps(lanes);
        auto const kept = shape_.memory > 0 ? 0 : shape_.context / 2;
        if (kept > 0) {
            auto const first = rows_of(inputs_.view(), 0, kept * lanes);
            ops_->copy(rows_of(inputs_.view(), (shape_.context - kept) * lanes, kept * lanes), first);
            (void)stack_.forward(first, 0);
        }
        steps_ = kept;
    }
    auto const y = stack_.forward(scaled(x, rows_of(inputs_.view(), steps_ * lanes, lanes)), steps_);
    ++steps_;
    return y;
}

template <class T> void transformer_layers<T>::reset_state() noexcept {
    stack_.forget();
    steps_ = 0;
}

template <class T> language_model_state<T> transformer_layers<T>::state() {
    end_steps();
    auto const memory = stack_.memory();
    language_model_state<T> out{.lanes = memory.lanes};
    for (auto const& layer : memory.layers) out.memory.push_back(on_host(*ops_, layer));
    return out;
}

template <class T> void transformer_layers<T>::set_state(language_model_state<T> const& state) {
    reset_state();
    if (state.lanes == 0) return;
    auto const row = 2 * size_;
    auto const layers = stack_.options().layers;
    auto const size = state.memory.empty() ? 0 : state.memory.front().size();
    auto const rows = size / row;
    bool fits = state.memory.size() == layers && state.hidden.empty() && rows > 0 && rows * row == size
                && rows % state.lanes == 0 && rows / state.lanes <= shape_.memory;
    for (auto const& part : state.memory) fits = fits && part.size() == size;
    if (!fits)
        throw error(failure::bad_data, "language model: expected a memory of " + std::to_string(layers)
                                           + " layers of up to " + std::to_string(shape_.memory) + " positions of "
                                           + std::to_string(state.lanes) + " x " + std::to_string(row)
                                           + " values, found another");
    std::vector<tensor<T>> all;
    transformer_memory<T> memory{.lanes = state.lanes};
    for (auto const& part : state.memory) {
        all.emplace_back(ops_, rows, row).assign(part);
        memory.layers.push_back(all.back().view());
    }
    stack_.set_memory(memory);
}

template class transformer_layers<float>;
template class transformer_layers<double>;
}
