module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :operations;
import :parameters;
import :position_encoding;
import :shapes;

namespace wordmill {
template <class T> position_encoding<T>::position_encoding(std::shared_ptr<operations<T>> ops, std::size_t size)
    : ops_(std::move(ops)), size_(size), sines_(ops_), rows_(ops_->queue()), y_(ops_) {}
template <class T> position_encoding<T>::position_encoding(parameter<T>& table)
    : ops_(table.ops()), learned_(&table), size_(table.columns()), sines_(ops_), rows_(ops_->queue()), y_(ops_) {}

template <class T>
device_view<T const> position_encoding<T>::forward(device_view<T const> x, std::size_t lanes, std::size_t first_step) {
    check_shape({"position encoding"}, x, x.rows, size_);
    expect(lanes > 0 && x.rows % lanes == 0, "position encoding: as many rows for every lane");
    auto const needed = first_step + x.rows / lanes;
    if (learned_ != nullptr && needed > learned_->rows())
        refuse({"position encoding", learned_->name()}, "at most " + std::to_string(learned_->rows()) + " positions",
               std::to_string(needed));
    if (learned_ == nullptr && needed > sines_.rows()) compute_sines(std::max(needed, 2 * sines_.rows()));
    auto& rows = rows_.host();
    rows.clear();
    for (std::size_t r = 0; r < x.rows; ++r) rows.push_back(id_at(first_step + r / lanes));
    auto const y = y_.resize(x.rows, x.columns);
    ops_->gather(learned_ != nullptr ? learned_->values() : sines_.view(), rows_.upload(), y);
    ops_->add(x, 1, y);
    return y;
}

template <class T> void position_encoding<T>::compute_sines(std::size_t positions) {
    std::vector<T> values;
    for (std::size_t t = 0; t < positions; ++t)
        for (std::size_t c = 0; c < size_; ++c) {
            auto const exponent = static_cast<double>(c / 2 * 2) / static_cast<double>(size_);
            auto const angle = static_cast<double>(t) * std::pow(10000.0, -exponent);
            values.push_back(static_cast<T>(c % 2 == 0 ? std::sin(angle) : std::cos(angle)));
        }
    (void)sines_.resize(positions, size_);
    sines_.assign(values);
}

template <class T> void position_encoding<T>::backward(device_view<T const> d_y) {
    check_shape({"position encoding", {}, "gradient"}, d_y, rows_.host().size(), size_);
    if (learned_ != nullptr) learned_->add_rows(d_y, rows_.host());
}

template class position_encoding<float>;
template class position_encoding<double>;
}
