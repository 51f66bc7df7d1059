module;
#include <cstddef>
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
      d_x_(ops_) {
    check_shape({"bidirectional", backwards.input.name()}, backwards.input.rows(), backwards.input.columns(),
                forwards.input.rows(), forwards.input.columns());
}

template <class T> void bidirectional<T>::turn(device_view<T const> x, device_view<T> to) {
    for (std::size_t r = 0; r < x.rows; r += lanes_)
        ops_->copy(rows_of(x, r, lanes_), rows_of(to, x.rows - lanes_ - r, lanes_));
}

template <class T> device_view<T const> bidirectional<T>::forward(device_view<T const> x, std::size_t lanes) {
    auto const y = y_.resize(x.rows, 2 * hidden_);
    ops_->copy(forwards_.forward(x, lanes), columns_of(y, 0, hidden_)); // checks the sizes
    lanes_ = lanes;
    auto const turned = turned_.resize(x.rows, x.columns);
    turn(x, turned);
    turn(backwards_.forward(turned, lanes), columns_of(y, hidden_, hidden_));
    return y;
}

template <class T> device_view<T const> bidirectional<T>::backward(device_view<T const> d_y) {
    check_shape({"bidirectional", {}, "gradient"}, d_y, y_.rows(), y_.columns());
    auto const d_backwards = d_y_.resize(d_y.rows, hidden_);
    turn(columns_of(d_y, hidden_, hidden_), d_backwards);
    auto const d_x = d_x_.resize(turned_.rows(), turned_.columns());
    turn(backwards_.backward(d_backwards), d_x);
    ops_->add(forwards_.backward(columns_of(d_y, 0, hidden_)), 1, d_x);
    return d_x;
}

template class bidirectional<float>;
template class bidirectional<double>;
}
