module;
#include <cstddef>
#include <memory>
#include <string>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :operations;
import :parameters;
import :recurrent;
import :shapes;
import :tensor;

namespace wordmill {
template <class T> recurrent<T>::recurrent(recurrent_options const& options, recurrent_parameters<T> const& p)
    : options_(options),
      input_(&p.input),
      hidden_weights_(&p.hidden),
      bias_(&p.bias),
      ops_(p.input.ops()),
      gates_(ops_),
      hidden_(ops_),
      cells_(ops_),
      state_(ops_),
      state_cells_(ops_),
      d_state_(ops_),
      d_cells_(ops_),
      d_x_(ops_) {
    auto const size = p.hidden.rows();
    auto const gates = gates_of(options.cell) * size;
    check_shape({"recurrent", p.hidden.name()}, p.hidden.rows(), p.hidden.columns(), size, gates);
    check_shape({"recurrent", p.input.name()}, p.input.rows(), p.input.columns(), p.input.rows(), gates);
    check_shape({"recurrent", p.bias.name()}, p.bias.rows(), p.bias.columns(), 1, gates);
}

template <class T> recurrent_weights<T> recurrent<T>::weights() noexcept {
    return {input_->values(), hidden_weights_->values(), bias_->values()};
}

/// Fills the first rows of the run with the present state, or with zeros if there is none.
template <class T> void recurrent<T>::start(std::size_t lanes) {
    auto const known = has_state_ && (options_.stateful || was_set_);
    if (known) check_size({"recurrent", input_->name(), "lanes of its state"}, lanes, state_.rows());
    auto const begin = [&](device_view<T> run, tensor<T> const& state) {
        auto const first = rows_of(run, 0, lanes);
        if (known)
            ops_->copy(state.view(), first);
        else
            ops_->fill(first, 0);
    };
    begin(run_.hidden, state_);
    if (has_cells()) begin(run_.cells, state_cells_);
}

template <class T> device_view<T const> recurrent<T>::forward(device_view<T const> x, std::size_t lanes) {
    check_shape({"recurrent", input_->name()}, x, x.rows, input_->rows());
    if (lanes == 0 || x.rows == 0 || x.rows % lanes != 0)
        throw error(failure::usage, "recurrent " + input_->name() + ": expected one step or more of "
                                        + std::to_string(lanes) + " lanes, found " + std::to_string(x.rows) + " rows");
    x_ = x;
    auto const size = hidden_weights_->rows();
    auto const steps = x.rows;
    run_ = {lanes, gates_.resize(steps, bias_->columns()), hidden_.resize(steps + lanes, size),
            has_cells() ? cells_.resize(steps + lanes, size) : device_view<T>()};
    start(lanes);
    ops_->recurrent_forward({options_.cell, weights(), x, run_});
    ops_->copy(rows_of(run_.hidden, steps, lanes), state_.resize(lanes, size));
    if (has_cells()) ops_->copy(rows_of(run_.cells, steps, lanes), state_cells_.resize(lanes, size));
    has_state_ = true;
    was_set_ = went_back_ = false;
    return rows_of(run_.hidden, lanes, steps);
}

template <class T> device_view<T const> recurrent<T>::backward(device_view<T const> d_y) {
    expect(!went_back_, "recurrent: backward once after every forward");
    auto const size = hidden_weights_->rows();
    check_shape({"recurrent", input_->name(), "gradient"}, d_y, x_.rows, size);
    went_back_ = true;
    auto const d_state = d_state_.resize(run_.lanes, size);
    auto const d_cells = has_cells() ? d_cells_.resize(run_.lanes, size) : device_view<T>();
    ops_->fill(d_state, 0);
    if (has_cells()) ops_->fill(d_cells, 0);
    auto const input = input_->add_dense();
    auto const hidden = hidden_weights_->add_dense();
    auto const bias = bias_->add_dense();
    expect(input.beta == hidden.beta && input.beta == bias.beta, "recurrent: its parameters are used together");
    auto const d_x = d_x_.resize(x_.rows, x_.columns);
    ops_->recurrent_backward({options_.cell, weights(), x_, run_},
                             {.hidden = d_y,
                              .state = d_state,
                              .cells = d_cells,
                              .x = d_x,
                              .weights = {input.gradient, hidden.gradient, bias.gradient},
                              .beta = input.beta});
    return d_x;
}

template <class T> void recurrent<T>::set_state(recurrent_state<T> const& state) {
    auto const lanes = state.hidden.rows;
    auto const size = hidden_weights_->rows();
    check_shape({"recurrent", input_->name(), "state"}, state.hidden, lanes, size);
    ops_->copy(state.hidden, state_.resize(lanes, size));
    if (has_cells()) {
        auto const cells = state_cells_.resize(lanes, size);
        if (!state.cells) {
            ops_->fill(cells, 0);
        } else {
            check_shape({"recurrent", input_->name(), "cells"}, state.cells, lanes, size);
            ops_->copy(state.cells, cells);
        }
    }
    has_state_ = was_set_ = true;
}

template <class T> recurrent_state<T> recurrent<T>::state() const noexcept {
    if (!has_state_) return {};
    return {state_.view(), has_cells() ? state_cells_.view() : device_view<T const>()};
}

template <class T> recurrent_state<T> recurrent<T>::d_state() const noexcept {
    return {d_state_.view(), has_cells() ? d_cells_.view() : device_view<T const>()};
}

template class recurrent<float>;
template class recurrent<double>;
}
