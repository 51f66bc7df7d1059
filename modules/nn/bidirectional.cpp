module;
#include <cstddef>
#include <cstdint>
#include <memory>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :operations;
import :parameters;
import :recurrent;
import :shapes;
import :tensor;

namespace wordmill {
template <class T>
bidirectional<T>::bidirectional(recurrent_options const& options, recurrent_parameters<T> const& forwards,
                                recurrent_parameters<T> const& backwards)
    : ops_(forwards.input.ops()),
      forwards_(options, forwards),
      backwards_(options, backwards),
      hidden_(forwards.hidden.rows()),
      turned_(ops_),
      y_(ops_),
      d_y_(ops_),
      d_x_(ops_),
      state_(ops_),
      state_cells_(ops_) {
    check_shape({"bidirectional", backwards.input.name()}, backwards.input.rows(), backwards.input.columns(),
                forwards.input.rows(), forwards.input.columns());
}

template <class T> device_view<T const> bidirectional<T>::forward(device_view<T const> x, std::size_t lanes,
                                                                  device_span<std::uint32_t const> lengths) {
    auto const y = y_.resize(x.rows, 2 * hidden_);
    ops_->copy(forwards_.forward(x, lanes, lengths), columns_of(y, 0, hidden_)); // checks the sizes
    lanes_ = lanes;
    lengths_ = lengths;
    auto const turned = turned_.resize(x.rows, x.columns);
    ops_->reverse_steps(lanes, x, lengths, turned);
    ops_->reverse_steps(lanes, backwards_.forward(turned, lanes, lengths), lengths, columns_of(y, hidden_, hidden_));
    return y;
}

template <class T>
device_view<T const> bidirectional<T>::backward(device_view<T const> d_y, recurrent_state<T> const& d_final) {
    if (d_y) check_shape({"bidirectional", {}, "gradient"}, d_y, y_.rows(), y_.columns());
    auto const half = [&](device_view<T const> d, std::size_t first) {
        if (!d) return d;
        check_shape({"bidirectional", {}, "gradient of the final state"}, d, lanes_, 2 * hidden_);
        return columns_of(d, first, hidden_);
    };
    recurrent_state<T> const d_forwards{half(d_final.hidden, 0), half(d_final.cells, 0)};
    recurrent_state<T> const d_backwards{half(d_final.hidden, hidden_), half(d_final.cells, hidden_)};
    device_view<T const> d_left{}, d_right{};
    if (d_y) {
        auto const turned = d_y_.resize(d_y.rows, hidden_);
        ops_->reverse_steps(lanes_, columns_of(d_y, hidden_, hidden_), lengths_, turned);
        d_left = columns_of(d_y, 0, hidden_);
        d_right = turned;
    }
    auto const d_x = d_x_.resize(turned_.rows(), turned_.columns());
    ops_->reverse_steps(lanes_, backwards_.backward(d_right, d_backwards), lengths_, d_x);
    ops_->add(forwards_.backward(d_left, d_forwards), 1, d_x);
    return d_x;
}

template <class T> recurrent_state<T> bidirectional<T>::state() {
    auto const left = forwards_.state(), right = backwards_.state();
    if (!left.hidden) return {};
    auto const beside = [&](device_view<T const> a, device_view<T const> b, tensor<T>& to) -> device_view<T const> {
        if (!a) return {};
        auto const both = to.resize(a.rows, 2 * hidden_);
        ops_->copy(a, columns_of(both, 0, hidden_));
        ops_->copy(b, columns_of(both, hidden_, hidden_));
        return both;
    };
    return {beside(left.hidden, right.hidden, state_), beside(left.cells, right.cells, state_cells_)};
}

template class bidirectional<float>;
template class bidirectional<double>;
}
