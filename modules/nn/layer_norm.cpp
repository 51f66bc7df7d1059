module;
#include <cstddef>
#include <string>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :layer_norm;
import :operations;
import :parameters;
import :shapes;

namespace wordmill {
template <class T>
layer_norm_parameters<T> add_layer_norm(std::size_t size, std::string const& name, parameter_set<T>& set) {
    auto& gain = set.add(name + ".gain", 1, size);
    gain.assign(std::vector<T>(size, 1));
    return {gain, set.add(name + ".bias", 1, size)};
}

template <class T> layer_norm<T>::layer_norm(layer_norm_parameters<T> const& p)
    : gain_(&p.gain), bias_(&p.bias), statistics_(p.gain.ops()), y_(p.gain.ops()), d_x_(p.gain.ops()) {
    for (auto const* one : {gain_, bias_})
        check_shape({"layer norm", one->name()}, one->rows(), one->columns(), 1, p.gain.columns());
}

template <class T> device_view<T const> layer_norm<T>::forward(device_view<T const> x) {
    check_shape({"layer norm", gain_->name()}, x, x.rows, gain_->columns());
    x_ = x;
    auto const y = y_.resize(x.rows, x.columns);
    gain_->ops()->normalize({x, gain_->values(), statistics_.resize(x.rows, 2)}, bias_->values(), y);
    return y;
}

template <class T> device_view<T> layer_norm<T>::backward(device_view<T const> d_y) {
    check_shape({"layer norm", gain_->name(), "gradient"}, d_y, x_.rows, x_.columns);
    auto const gain = gain_->add_dense();
    auto const bias = bias_->add_dense();
    expect(gain.beta == bias.beta, "layer norm: its parameters are used together");
    auto const d_x = d_x_.resize(d_y.rows, d_y.columns);
    gain_->ops()->normalize_backward(
        {x_, gain_->values(), statistics_.view()},
        {.y = d_y, .x = d_x, .gain = gain.gradient, .bias = bias.gradient, .beta = gain.beta});
    return d_x;
}

template layer_norm_parameters<float> add_layer_norm(std::size_t, std::string const&, parameter_set<float>&);
template layer_norm_parameters<double> add_layer_norm(std::size_t, std::string const&, parameter_set<double>&);
template class layer_norm<float>;
template class layer_norm<double>;
}
