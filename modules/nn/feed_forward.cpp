module;
#include <cmath>
#include <cstddef>
#include <string>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
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
    : ops_(p.inner.ops()), f_(f), inner_(p.inner, &p.inner_bias), outer_(p.outer, &p.outer_bias), y_(ops_) {}

template <class T> device_view<T const> feed_forward<T>::forward(device_view<T const> x) {
    (void)inner_.forward(x);
    auto const inner = inner_.y();
    kept_ = inner;
    auto const y = goes_back_from_argument(f_) ? y_.resize(inner.rows, inner.columns) : inner;
    ops_->activate(f_, inner, y);
    return outer_.forward(y);
}

template <class T> device_view<T const> feed_forward<T>::backward(device_view<T const> d_y) {
    (void)outer_.backward(d_y);
    auto const d = outer_.d_x();
    ops_->activate_backward(f_, kept_, d, d);
    return inner_.backward(d);
}

template feed_forward_parameters<float> add_feed_forward(std::size_t, std::size_t, std::string const&,
                                                         parameter_set<float>&, random_key);
template feed_forward_parameters<double> add_feed_forward(std::size_t, std::size_t, std::string const&,
                                                          parameter_set<double>&, random_key);
template class feed_forward<float>;
template class feed_forward<double>;
}
