module;
#include <cstddef>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :affine;
import :operations;
import :parameters;
import :shapes;

namespace wordmill {
template <class T> affine<T>::affine(parameter<T>& weights, parameter<T>* bias, transposed form)
    : weights_(&weights), bias_(bias), form_(form), y_(weights.ops()), d_x_(weights.ops()) {
    auto const outputs = form == transposed::yes ? weights.rows() : weights.columns();
    if (bias != nullptr) check_shape({"affine", bias->name(), "bias"}, bias->rows(), bias->columns(), 1, outputs);
}

template <class T> device_view<T const> affine<T>::forward(device_view<T const> x) {
    auto const turned = form_ == transposed::yes;
    check_shape({"affine", weights_->name()}, x, x.rows, turned ? weights_->columns() : weights_->rows());
    x_ = x;
    auto const y = y_.resize(x.rows, turned ? weights_->rows() : weights_->columns());
    auto& ops = *weights_->ops();
    if (bias_ != nullptr)
        ops.affine(x, form_, weights_->values(), bias_->values(), y);
    else
        ops.multiply(transposed::no, x, form_, weights_->values(), 0, y);
    return y;
}

template <class T> device_view<T const> affine<T>::backward(device_view<T const> d_y) {
    check_shape({"affine", weights_->name(), "gradient"}, d_y, y_.rows(), y_.columns());
    auto& ops = *weights_->ops();
    auto const [gradient, beta] = weights_->add_dense();
    auto const turned = form_ == transposed::yes;
    ops.multiply(transposed::yes, turned ? d_y : x_, transposed::no, turned ? x_ : d_y, beta, gradient);
    if (bias_ != nullptr) {
        auto const bias = bias_->add_dense();
        ops.sum_rows(d_y, bias.beta, bias.gradient);
    }
    auto const d_x = d_x_.resize(x_.rows, x_.columns);
    ops.multiply(transposed::no, d_y, turned ? transposed::no : transposed::yes, weights_->values(), 0, d_x);
    return d_x;
}

template class affine<float>;
template class affine<double>;
}
