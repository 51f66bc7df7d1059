module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>
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

template <class T> void recurrent<T>::begin(std::size_t steps, std::size_t lanes) {
    if (lanes == 0 || steps == 0)
        refuse({"recurrent", input_->name()}, "one step or more of one lane or more",
               std::to_string(steps) + " steps of " + std::to_string(lanes) + " lanes");
    auto const size = hidden_weights_->rows();
    auto const rows = checked_product(steps, lanes);
    run_ = {lanes, gates_.resize(rows, bias_->columns()), hidden_.resize(rows + lanes, size),
            has_cells() ? cells_.resize(rows + lanes, size) : device_view<T>()};
    start(lanes);
    lengths_ = {};
    segments_.clear();
    rows_ = 0;
    was_set_ = false;
    went_back_ = true; // there is no step yet
}

template <class T> recurrent_pass<T> recurrent<T>::pass_of(segment const& s) {
    auto const rows = s.x.rows + run_.lanes;
    return {options_.cell,
            weights(),
            s.x,
            {run_.lanes, rows_of(run_.gates, s.first_row, s.x.rows), rows_of(run_.hidden, s.first_row, rows),
             has_cells() ? rows_of(run_.cells, s.first_row, rows) : device_view<T>(), s.reserve},
            lengths_};
}

template <class T> device_view<T const> recurrent<T>::forward_steps(device_view<T const> x, std::size_t first_step) {
    auto const lanes = run_.lanes, size = hidden_weights_->rows();
    expect(lanes > 0 && first_step * lanes == rows_, "recurrent: segments of steps without gaps, after begin");
    check_shape({"recurrent", input_->name()}, x, x.rows, input_->rows());
    if (x.rows == 0 || x.rows % lanes != 0 || x.rows > run_.gates.rows - rows_)
        refuse({"recurrent", input_->name(), "segment"},
               "1 to " + std::to_string(run_.gates.rows / lanes - first_step) + " steps of " + std::to_string(lanes)
                   + " lanes",
               std::to_string(x.rows) + " rows");
    segment next{x, rows_, {}};
    if (auto const values = ops_->recurrent_reserve(pass_of(next)); values > 0) {
        while (reserves_.size() <= segments_.size()) reserves_.emplace_back(ops_);
        next.reserve = reserves_[segments_.size()].resize(1, values);
    }
    ops_->recurrent_forward(pass_of(next));
    segments_.push_back(next);
    auto const y = rows_of(run_.hidden, rows_ + lanes, x.rows);
    rows_ += x.rows;
    ops_->copy(rows_of(run_.hidden, rows_, lanes), state_.resize(lanes, size));
    if (has_cells()) ops_->copy(rows_of(run_.cells, rows_, lanes), state_cells_.resize(lanes, size));
    has_state_ = true;
    went_back_ = false;
    return y;
}

template <class T> device_view<T const> recurrent<T>::forward(device_view<T const> x, std::size_t lanes,
                                                              device_span<std::uint32_t const> lengths) {
    check_shape({"recurrent", input_->name()}, x, x.rows, input_->rows());
    if (lanes == 0 || x.rows == 0 || x.rows % lanes != 0)
        throw error(failure::usage, "recurrent " + input_->name() + ": expected one step or more of "
                                        + std::to_string(lanes) + " lanes, found " + std::to_string(x.rows) + " rows");
    if (!lengths.empty()) check_size({"recurrent", input_->name(), "lengths"}, lengths.size(), lanes);
    begin(x.rows / lanes, lanes);
    lengths_ = lengths;
    return forward_steps(x, 0);
}

template <class T> void recurrent<T>::begin_backward(recurrent_state<T> const& d_final) {
    expect(!went_back_, "recurrent: backward once after every forward");
    auto const lanes = run_.lanes, size = hidden_weights_->rows();
    auto const take = [&](device_view<T const> from, char const* part, tensor<T>& to) {
        if (from) check_shape({"recurrent", input_->name(), part}, from, lanes, size);
        auto const d = to.resize(lanes, size);
        if (from)
            ops_->copy(from, d);
        else
            ops_->fill(d, 0);
    };
    take(d_final.hidden, "gradient of the final state", d_state_);
    if (has_cells()) take(d_final.cells, "gradient of the final cells", d_cells_);
    went_back_ = true;
}

template <class T> device_view<T const> recurrent<T>::backward_steps(device_view<T const> d_y, std::size_t first_step) {
    expect(went_back_ && !segments_.empty() && segments_.back().first_row == first_step * run_.lanes,
           "recurrent: segments go back in reverse order, after begin_backward");
    auto const last = segments_.back();
    auto const x = last.x;
    if (d_y) check_shape({"recurrent", input_->name(), "gradient"}, d_y, x.rows, hidden_weights_->rows());
    segments_.pop_back();
    auto const input = input_->add_dense();
    auto const hidden = hidden_weights_->add_dense();
    auto const bias = bias_->add_dense();
    expect(input.beta == hidden.beta && input.beta == bias.beta, "recurrent: its parameters are used together");
    auto const d_x = d_x_.resize(x.rows, x.columns);
    ops_->recurrent_backward(pass_of(last), {.hidden = d_y,
                                             .state = d_state_.view(),
                                             .cells = has_cells() ? d_cells_.view() : device_view<T>(),
                                             .x = d_x,
                                             .weights = {input.gradient, hidden.gradient, bias.gradient},
                                             .beta = input.beta});
    return d_x;
}

template <class T>
device_view<T const> recurrent<T>::backward(device_view<T const> d_y, recurrent_state<T> const& d_final) {
    expect(!went_back_ && segments_.size() == 1, "recurrent: backward once after every forward");
    if (d_y)
        check_shape({"recurrent", input_->name(), "gradient"}, d_y, segments_.back().x.rows, hidden_weights_->rows());
    begin_backward(d_final);
    return backward_steps(d_y, 0);
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
