module;
#include <cmath>
#include <cstddef>
#include <string>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :activation_layer;
import :affine;
import :feed_forward;
import :operations;
import :parameters;

namespace wordmill {
template <class T> feed_forward_parameters<T>
add_feed_forward(std::size_t size, std::size_t inner, std::string const& name, parameter_set<T>& set, random_key key) {
    feed_forward_parameters<T> const made{
        set.add(name + ".inner", size, inner), set.add(name + ".inner_bias", 1, inner),
        set.add(name + ".outer", inner, size), set.add(name + ".outer_bias", 1, size)};
    auto const bound = std::sqrt(6 / static_cast<double>(size + inner));
    fill_uniform(made.inner, key.fold_in(0), bound);
    fill_uniform(made.outer, key.fold_in(1), bound);
    return made;
}

template <class T> feed_forward<T>::feed_forward(feed_forward_parameters<T> const& p, activation f)
    : inner_(p.inner, &p.inner_bias), activation_(p.inner.ops(), f), outer_(p.outer, &p.outer_bias) {}

template <class T> device_view<T const> feed_forward<T>::forward(device_view<T const> x) {
    return outer_.forward(activation_.forward(inner_.forward(x)));
}

template <class T> device_view<T const> feed_forward<T>::backward(device_view<T const> d_y) {
    return inner_.backward(activation_.backward(outer_.backward(d_y)));
}

template feed_forward_parameters<float> add_feed_forward(std::size_t, std::size_t, std::string const&,
                                                         parameter_set<float>&, random_key);
template feed_forward_parameters<double> add_feed_forward(std::size_t, std::size_t, std::string const&,
                                                          parameter_set<double>&, random_key);
template class feed_forward<float>;
template class feed_forward<double>;
}
