module;
#include <cmath>
#include <cstddef>
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
import :decoder;
import :encoder;
import :encoder_decoder;
import :options;

namespace wordmill::detail {
template <class T>
decoder<T>::decoder(seq2seq_options const& o, parameter_set<T>& set, parameter<T>& table, random_key key)
    : options_(o),
      ops_(set.ops()),
      embed_(table),
      kept_(ops_),
      inputs_(ops_),
      joined_(ops_),
      combined_(ops_),
      output_(ops_),
      state_(ops_),
      feed_(ops_),
      reordered_(ops_),
      reordered_cells_(ops_),
      order_(ops_->queue()),
      d_combined_(ops_),
      d_joined_(ops_),
      d_state_(ops_),
      d_feed_(ops_),
      d_embedded_(ops_),
      d_start_(ops_) {
    auto const h = o.hidden_size;
    for (std::size_t l = 0; l < o.layers; ++l) {
        auto const inputs = l == 0 ? o.decoder_input() : h;
        auto const parameters =
            add_recurrent(set, "decoder." + std::to_string(l), inputs, h, o, key.fold_in(0).fold_in(l));
        layers_.push_back({recurrent<T>({.cell = o.cell, .stateful = true}, parameters), o.skip && inputs == h,
                           tensor<T>(ops_), tensor<T>(ops_)});
    }
    if (o.attention)
        attention_.emplace(*o.attention,
                           add_attention(*o.attention, {.query = h, .key = h}, "attention", set, key.fold_in(1)), ops_);
    if (o.combines())
        combine_ = &add_normal(set, "combine.weight", o.joined_size(), h, key.fold_in(2),
                               1 / std::sqrt(static_cast<double>(o.joined_size())));
}

template <class T> device_view<T const> decoder<T>::drop(std::size_t place, std::size_t first, device_view<T const> x,
                                                         device_view<T> to) const {
    auto const ratio = options_.dropout;
    ops_->drop({.key = pass_.key.fold_in(place).fold_in(first), .ratio = ratio, .scale = 1 / (1 - ratio)}, x, to);
    return to;
}

/// Everything that does not depend on the tokens.
template <class T> void decoder<T>::start(encoded_sources<T> const& from, std::size_t steps, pass const& p) {
    pass_ = p;
    lanes_ = from.lanes;
    steps_ = decodes_ ? 1 : steps;
    auto const rows = steps_ * lanes_;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        auto state = from.states[l];
        if (options_.start == decoder_start::hidden) state.cells = {};
        layers_[l].cells.set_state(state);
        if (layers_[l].skip) (void)layers_[l].sum.resize(rows, options_.hidden_size);
        if (drops()) (void)layers_[l].dropped.resize(rows, options_.hidden_size);
    }
    encoder_state_ = from.states.back().hidden;
    if (attention_) attention_->attend_to(from.outputs, lanes_, from.lengths, steps);
    if (options_.decoder_input() != options_.embedding_size) (void)inputs_.resize(rows, options_.decoder_input());
    if (options_.joined_size() != options_.hidden_size) (void)joined_.resize(rows, options_.joined_size());
    if (combine_ != nullptr) (void)combined_.resize(rows, options_.hidden_size);
    if (drops()) (void)output_.resize(rows, options_.projected_size());
}

/// The input of the first layer at these steps.
template <class T> device_view<T const> decoder<T>::layer_input(std::size_t first, std::size_t steps) {
    auto const x = part(embedded_, first, steps);
    if (inputs_.rows() == 0 || options_.decoder_input() == options_.embedding_size) return x;
    auto const d = options_.embedding_size, h = options_.hidden_size;
    auto const all = part(inputs_.view(), first, steps);
    ops_->copy(x, columns_of(all, 0, d));
    if (options_.peeky) ops_->repeat_rows(encoder_state_, columns_of(all, d, h));
    if (options_.input_feeding) {
        auto const to = columns_of(all, options_.decoder_input() - h, h);
        if (decodes_ ? decoded_ == 0 : first == 0)
            ops_->fill(to, 0);
        else if (decodes_)
            ops_->copy(feed_.view(), to);
        else if (combine_ != nullptr)
            ops_->copy(part(combined_.view(), first - 1, 1), to);
        else
            ops_->copy(columns_of(part(joined_.view(), first - 1, 1), context_column(), h), to);
    }
    return all;
}

/// Computes what enters the projection from the hidden values of the last layer.
template <class T> void decoder<T>::join(std::size_t first, std::size_t steps, device_view<T const> top) {
    auto const h = options_.hidden_size;
    auto const joined = part(joined_.view(), first, steps);
    if (attention_)
        ops_->copy(attention_->forward(top, decodes_ ? decoded_ : first), columns_of(joined, context_column(), h));
    if (options_.peeky) ops_->repeat_rows(encoder_state_, columns_of(joined, state_column(), h));
    ops_->copy(top, columns_of(joined, top_column(), h));
    if (combine_ == nullptr) return;
    auto const combined = part(combined_.view(), first, steps);
    ops_->multiply(transposed::no, joined, transposed::no, combine_->values(), 0, combined);
    ops_->activate(activation::tanh, combined, combined);
}

template <class T> void decoder<T>::run_steps(std::size_t first, std::size_t steps) {
    auto x = layer_input(first, steps);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        auto& layer = layers_[l];
        auto y = feeds_ ? layer.cells.forward_steps(x, first) : layer.cells.forward(x, lanes_);
        if (layer.skip) {
            auto const sum = part(layer.sum.view(), first, steps);
            ops_->copy(x, sum);
            ops_->add(y, 1, sum);
            y = sum;
        }
        if (drops() && l + 1 < layers_.size()) y = drop(1 + l, first, y, part(layer.dropped.view(), first, steps));
        x = y;
    }
    if (options_.joined_size() == options_.hidden_size) {
        top_ = x; // only whole batches and single decoded steps come here
        return;
    }
    join(first, steps, x);
}

template <class T> device_view<T const> decoder<T>::forward(encoded_sources<T> const& from,
                                                            std::span<token_id const> inputs, pass const& p) {
    decodes_ = false;
    start(from, inputs.size() / from.lanes, p);
    embedded_ = embed_.forward(inputs);
    if (drops()) embedded_ = drop(0, 0, embedded_, kept_.resize(embedded_.rows, embedded_.columns));
    feeds_ = options_.input_feeding;
    if (feeds_) {
        for (auto& layer : layers_) layer.cells.begin(steps_, lanes_);
        for (std::size_t t = 0; t < steps_; ++t) run_steps(t, 1);
    } else {
        run_steps(0, steps_);
    }
    return result();
}

template <class T> device_view<T const> decoder<T>::result() {
    device_view<T const> const out = combine_ != nullptr                              ? combined_.view()
                                     : options_.joined_size() == options_.hidden_size ? top_
                                                                                      : joined_.view();
    return drops() ? drop(1 + layers_.size(), 0, out, output_.view()) : out;
}

template <class T> void decoder<T>::begin(encoded_sources<T> const& from, std::size_t steps) {
    decodes_ = true;
    feeds_ = false;
    decoded_ = 0;
    start(from, steps, {});
    if (!options_.peeky) return;
    ops_->copy(encoder_state_, state_.resize(lanes_, options_.hidden_size)); // later sources reuse its memory
    encoder_state_ = state_.view();
}

template <class T> device_view<T const> decoder<T>::next(std::span<token_id const> tokens) {
    embedded_ = embed_.forward(tokens);
    run_steps(0, 1);
    ++decoded_;
    if (options_.input_feeding) {
        auto const h = options_.hidden_size;
        ops_->copy(combine_ != nullptr ? device_view<T const>(combined_.view())
                                       : columns_of(device_view<T const>(joined_.view()), context_column(), h),
                   feed_.resize(lanes_, h));
    }
    return result();
}

template <class T> void decoder<T>::reorder(std::span<token_id const> lanes) {
    auto const order = order_.assign(lanes);
    auto const h = options_.hidden_size;
    for (auto& layer : layers_) {
        auto const state = layer.cells.state();
        recurrent_state<T> to;
        ops_->gather(state.hidden, order, reordered_.resize(lanes_, h));
        to.hidden = reordered_.view();
        if (state.cells) {
            ops_->gather(state.cells, order, reordered_cells_.resize(lanes_, h));
            to.cells = reordered_cells_.view();
        }
        layer.cells.set_state(to);
    }
    if (options_.input_feeding) {
        ops_->gather(feed_.view(), order, reordered_.resize(lanes_, h));
        std::swap(feed_, reordered_);
    }
}

template <class T> void decoder<T>::select(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths) {
    lanes_ = lanes.size();
    reorder(lanes);
    if (options_.peeky) {
        ops_->gather(encoder_state_, order_.device(), reordered_.resize(lanes_, options_.hidden_size));
        std::swap(state_, reordered_);
        encoder_state_ = state_.view();
    }
    if (attention_) attention_->reorder(lanes, lengths);
    for (auto* const x : {&inputs_, &joined_, &combined_})
        if (x->rows() > 0) (void)x->resize(lanes_, x->columns());
}

template <class T> device_view<T const> decoder<T>::weights() const {
    return attention_ ? attention_->weights() : device_view<T const>();
}

template class decoder<float>;
template class decoder<double>;
}
