module;
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :dropout;
import :operations;
import :shapes;
import :tensor;

namespace wordmill {
template <class T> dropout<T>::dropout(std::shared_ptr<operations<T>> ops, dropout_options const& options)
    : ops_(std::move(ops)), options_(options), y_(ops_), d_x_(ops_) {
    if (!(options.ratio >= 0 && options.ratio < 1))
        throw error(failure::usage,
                    "dropout: expected a ratio from 0 to below 1, found " + std::to_string(options.ratio));
}

template <class T>
device_view<T const> dropout<T>::forward(device_view<T const> x, pass const& pass, std::size_t lanes) {
    prepare(x, pass, lanes);
    return apply(x, y_);
}

template <class T>
void dropout<T>::forward_onto(device_view<T const> base, device_view<T const> x, pass const& pass, device_view<T> y) {
    prepare(x, pass, 1);
    if (options_.ratio != 0 && training_) return ops_->sum_dropped(mask_, base, x, y);
    ops_->sum(base, apply(x, y_), y);
}

template <class T> void dropout<T>::prepare(device_view<T const> x, pass const& pass, std::size_t lanes) {
    expect(lanes > 0, "dropout: one lane or more");
    training_ = pass.training;
    auto const inverted = options_.form == dropout_form::inverted;
    mask_ = {pass.key, options_.ratio, inverted ? 1 / (1 - options_.ratio) : 1.0, options_.per_sequence ? lanes : 0};
    rows_ = x.rows;
    columns_ = x.columns;
}

template <class T> device_view<T const> dropout<T>::backward(device_view<T const> d_y) {
    check_shape({"dropout", {}, "gradient"}, d_y, rows_, columns_);
    return apply(d_y, d_x_);
}

template <class T> device_view<T const> dropout<T>::apply(device_view<T const> x, tensor<T>& to) {
    if (options_.ratio == 0 || (!training_ && options_.form == dropout_form::inverted)) return x;
    auto const y = to.resize(x.rows, x.columns);
    if (training_) {
        ops_->drop(mask_, x, y);
    } else {
        ops_->copy(x, y);
        ops_->scale(y, static_cast<T>(1 - options_.ratio));
    }
    return y;
}

template class dropout<float>;
template class dropout<double>;
}
