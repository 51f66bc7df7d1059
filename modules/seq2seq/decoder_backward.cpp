module;
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>
module wordmill.seq2seq;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :decoder;
import :encoder;
import :encoder_decoder;
import :options;

namespace wordmill::detail {
/// The backward pass of `join`: turns the gradient of what enters the projection into that of `joined_`.
template <class T> void decoder<T>::split(std::size_t first, std::size_t steps, device_view<T const> d) {
    auto const h = options_.hidden_size;
    auto const d_joined = part(d_joined_.view(), first, steps);
    if (combine_ == nullptr) {
        ops_->copy(d, d_joined);
    } else {
        auto const d_combined = part(d_combined_.view(), first, steps);
        ops_->copy(d, d_combined);
        if (feeds_ && first + steps < steps_) ops_->add(d_feed_.view(), 1, d_combined);
        ops_->activate_backward(activation::tanh, part(combined_.view(), first, steps), d_combined, d_combined);
        ops_->multiply(transposed::no, d_combined, transposed::yes, combine_->values(), 0, d_joined);
    }
    auto const d_top = columns_of(d_joined, top_column(), h);
    if (attention_) {
        auto const d_context = columns_of(d_joined, context_column(), h);
        if (feeds_ && combine_ == nullptr && first + steps < steps_) ops_->add(d_feed_.view(), 1, d_context);
        ops_->add(attention_->backward(d_context, first), 1, d_top);
    }
    if (options_.peeky) ops_->sum_steps(columns_of(d_joined, state_column(), h), 1, d_state_.view());
}

template <class T> void decoder<T>::run_back(std::size_t first, std::size_t steps, device_view<T const> d) {
    auto const e = options_.embedding_size, h = options_.hidden_size;
    if (options_.joined_size() != h) {
        split(first, steps, d);
        d = columns_of(device_view<T const>(part(d_joined_.view(), first, steps)), top_column(), h);
    }
    for (auto l = layers_.size(); l-- > 0;) {
        auto& layer = layers_[l];
        if (drops() && l + 1 < layers_.size())
            d = drop(1 + l, first, d, part(layer.dropped.view(), first, steps)); // what it held is no longer needed
        auto d_x = feeds_ ? layer.cells.backward_steps(d, first) : layer.cells.backward(d);
        if (layer.skip) {
            auto const sum = part(layer.sum.view(), first, steps);
            ops_->copy(d, sum);
            ops_->add(d_x, 1, sum);
            d_x = sum;
        }
        d = d_x;
    }
    ops_->copy(columns_of(d, 0, e), part(d_embedded_.view(), first, steps));
    if (options_.peeky) ops_->sum_steps(columns_of(d, e, h), 1, d_state_.view());
    if (feeds_) ops_->copy(columns_of(d, options_.decoder_input() - h, h), d_feed_.view());
}

template <class T> void decoder<T>::backward(device_view<T const> d) {
    auto const h = options_.hidden_size;
    if (drops()) d = drop(1 + layers_.size(), 0, d, output_.view());
    if (options_.joined_size() != h) (void)d_joined_.resize(d.rows, options_.joined_size());
    if (combine_ != nullptr) (void)d_combined_.resize(d.rows, h);
    (void)d_embedded_.resize(d.rows, options_.embedding_size);
    if (options_.peeky) ops_->fill(d_state_.resize(lanes_, h), 0);
    if (feeds_) {
        (void)d_feed_.resize(lanes_, h);
        for (auto& layer : layers_) layer.cells.begin_backward();
        for (auto t = steps_; t-- > 0;) run_back(t, 1, part(d, t, 1));
    } else {
        run_back(0, steps_, d);
    }
    if (combine_ != nullptr) {
        auto const to = combine_->add_dense();
        ops_->multiply(transposed::yes, joined_.view(), transposed::no, d_combined_.view(), to.beta, to.gradient);
    }
    device_view<T const> d_embedded = d_embedded_.view();
    if (drops()) d_embedded = drop(0, 0, d_embedded, d_embedded_.view());
    embed_.backward(d_embedded);
}

template <class T> device_view<T const> decoder<T>::d_outputs() {
    return attention_ ? attention_->d_values() : device_view<T const>();
}

template <class T> std::vector<recurrent_state<T>> decoder<T>::d_states() {
    std::vector<recurrent_state<T>> all;
    for (auto const& layer : layers_) {
        all.push_back(layer.cells.d_state());
        if (options_.start == decoder_start::hidden) all.back().cells = {};
    }
    if (options_.peeky) {
        auto const sum = d_start_.resize(lanes_, options_.hidden_size);
        ops_->copy(all.back().hidden, sum);
        ops_->add(d_state_.view(), 1, sum);
        all.back().hidden = sum;
    }
    return all;
}

template void decoder<float>::backward(device_view<float const>);
template void decoder<double>::backward(device_view<double const>);
template device_view<float const> decoder<float>::d_outputs();
template device_view<double const> decoder<double>::d_outputs();
template std::vector<recurrent_state<float>> decoder<float>::d_states();
template std::vector<recurrent_state<double>> decoder<double>::d_states();
}
