module;
#include <memory>
#include <utility>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :activation_layer;
import :operations;
import :shapes;

namespace wordmill {
template <class T> activation_layer<T>::activation_layer(std::shared_ptr<operations<T>> ops, activation f)
    : ops_(std::move(ops)), f_(f), y_(ops_), d_x_(ops_) {}

template <class T> device_view<T const> activation_layer<T>::forward(device_view<T const> x) {
    x_ = x;
    auto const y = y_.resize(x.rows, x.columns);
    ops_->activate(f_, x, y);
    return y;
}

template <class T> device_view<T const> activation_layer<T>::backward(device_view<T const> d_y) {
    check_shape({"activation", {}, "gradient"}, d_y, y_.rows(), y_.columns());
    auto const d_x = d_x_.resize(d_y.rows, d_y.columns);
    ops_->activate_backward(f_, goes_back_from_argument(f_) ? x_ : y_.view(), d_y, d_x);
    return d_x;
}

template class activation_layer<float>;
template class activation_layer<double>;
}
