module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :operations;
import :parameters;
import :tensor;

namespace wordmill {
namespace {
[[nodiscard]] std::size_t place_of(std::span<token_id const> ascending, token_id id) {
    return static_cast<std::size_t>(std::ranges::lower_bound(ascending, id) - ascending.begin());
}
void sort_and_thin(std::vector<token_id>& ids) {
    std::ranges::sort(ids);
    auto const rest = std::ranges::unique(ids);
    ids.erase(rest.begin(), rest.end());
}
}

template <class T>
parameter<T>::parameter(std::shared_ptr<operations<T>> ops, std::string name, std::size_t rows, std::size_t columns)
    : ops_(std::move(ops)),
      name_(std::move(name)),
      values_(ops_, rows, columns),
      dense_(ops_),
      row_sums_(ops_),
      row_numbers_(ops_->queue()),
      joined_sums_(ops_),
      joined_numbers_(ops_->queue()),
      places_(ops_->queue()),
      joined_places_(ops_->queue()) {}

template <class T> void parameter<T>::begin_step() noexcept {
    has_dense_ = false;
    row_numbers_.host().clear();
}

template <class T> void parameter<T>::make_dense() {
    auto const all = dense_.resize(rows(), columns());
    ops_->fill(all, 0);
    ops_->scatter_add(row_sums_.view(), row_numbers_.device(), all);
    row_numbers_.host().clear();
    has_dense_ = true;
}

template <class T> typename parameter<T>::dense_target parameter<T>::add_dense() {
    if (!row_numbers_.host().empty()) make_dense();
    auto const beta = has_dense_ ? T(1) : T(0);
    has_dense_ = true;
    return {dense_.resize(rows(), columns()), beta};
}

template <class T> void parameter<T>::add_rows(device_view<T const> x, std::span<token_id const> rows) {
    expect(x.rows == rows.size() && x.columns == columns(), "parameter: a number for every row, as wide as its own");
    if (rows.empty()) return;
    if (has_dense_) return ops_->scatter_add(x, joined_places_.assign(rows), dense_.view());
    auto& numbers = row_numbers_.host();
    auto& places = places_.host();
    places.clear();
    if (numbers.empty()) {
        numbers.assign(rows.begin(), rows.end());
        sort_and_thin(numbers);
        (void)row_numbers_.upload();
        for (auto const id : rows) places.push_back(static_cast<std::uint32_t>(place_of(numbers, id)));
        return ops_->sum_into(x, places_.upload(), row_sums_.resize(numbers.size(), columns()));
    }
    auto& joined = joined_numbers_.host();
    auto& joined_places = joined_places_.host();
    joined = numbers;
    joined.insert(joined.end(), rows.begin(), rows.end());
    sort_and_thin(joined);
    (void)joined_numbers_.upload();
    for (auto const id : numbers) places.push_back(static_cast<std::uint32_t>(place_of(joined, id)));
    joined_places.clear();
    for (auto const id : rows) joined_places.push_back(id_at(place_of(joined, id)));
    auto const sums = joined_sums_.resize(joined.size(), columns());
    ops_->sum_into(row_sums_.view(), places_.upload(), sums);
    ops_->scatter_add(x, joined_places_.upload(), sums);
    std::swap(row_sums_, joined_sums_);
    std::swap(row_numbers_, joined_numbers_);
}

template <class T> typename parameter<T>::gradient_view parameter<T>::gradient() noexcept {
    if (has_dense_) return {dense_.view(), {}};
    if (!row_numbers_.host().empty()) return {row_sums_.view(), row_numbers_.device()};
    return {};
}

template <class T> std::vector<T> parameter<T>::host_gradient() {
    if (has_dense_) return dense_.values();
    std::vector<T> all(rows() * columns());
    auto const& numbers = row_numbers_.host();
    auto const sums = numbers.empty() ? std::vector<T>() : row_sums_.values();
    for (std::size_t i = 0; i < numbers.size(); ++i)
        std::copy_n(sums.begin() + static_cast<std::ptrdiff_t>(i * columns()), columns(),
                    all.begin() + static_cast<std::ptrdiff_t>(index(numbers[i]) * columns()));
    return all;
}

template <class T> parameter_set<T>::parameter_set(std::shared_ptr<operations<T>> ops)
    : ops_(std::move(ops)), squares_(ops_->queue()) {}

template <class T> parameter<T>& parameter_set<T>::add(std::string name, std::size_t rows, std::size_t columns) {
    expect(std::ranges::none_of(all_, [&](auto const& p) { return p.name() == name; }),
           "parameters: every name is another");
    return all_.emplace_back(ops_, std::move(name), rows, columns);
}

template <class T> parameter<T>& parameter_set<T>::at(std::string_view name) {
    auto const found = std::ranges::find_if(all_, [&](auto const& p) { return p.name() == name; });
    if (found == all_.end())
        throw error(failure::bad_data, "parameters: expected '" + std::string(name) + "', found no such name");
    return *found;
}

template <class T> void parameter_set<T>::begin_step() noexcept {
    for (auto& p : all_) p.begin_step();
}

template <class T> device_span<double const> parameter_set<T>::gradient_squares() {
    zeros_.assign(all_.size(), 0);
    auto const squares = squares_.grow_to(all_.size());
    ops_->queue()->upload(std::span<double const>(zeros_), squares);
    gradients_.clear();
    for (auto& p : all_) gradients_.push_back(p.gradient().values);
    ops_->sums_of_squares(gradients_, squares);
    return squares;
}

template <class T> double parameter_set<T>::norm_of(std::span<double const> squares) const {
    expect(squares.size() == all_.size(), "parameters: a sum of squares for each");
    double sum = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        if (!std::isfinite(squares[i]))
            throw error(failure::bad_data,
                        "parameters: expected finite gradients, found one of '" + all_[i].name() + "' that is not");
        sum += squares[i];
    }
    return std::sqrt(sum);
}

template <class T> double parameter_set<T>::gradient_norm() {
    auto const squares = gradient_squares();
    host_squares_.resize(squares.size());
    ops_->queue()->download(squares, std::span<double>(host_squares_));
    ops_->queue()->wait();
    return norm_of(host_squares_);
}

template <class T> std::size_t parameter_set<T>::values() const noexcept {
    std::size_t sum = 0;
    for (auto const& p : all_) sum += p.rows() * p.columns();
    return sum;
}

namespace {
/// Computes values 2 i and 2 i + 1 from words 4 i .. 4 i + 3 of the key's stream, taken as two numbers in [0, 1).
template <class T, class F> void fill_pairs(parameter<T>& p, random_key key, F pair) {
    std::vector<T> values(p.rows() * p.columns());
    auto rng = key.engine();
    for (std::size_t i = 0; i < values.size(); i += 2) {
        auto const u = rng.uniform_double();
        auto const v = rng.uniform_double();
        std::array<double, 2> const drawn = pair(u, v);
        values[i] = static_cast<T>(drawn[0]);
        if (i + 1 < values.size()) values[i + 1] = static_cast<T>(drawn[1]);
    }
    p.assign(values);
}
}

template <class T> void fill_normal(parameter<T>& p, random_key key, double deviation) {
    fill_pairs(p, key, [deviation](double u, double v) {
        auto const radius = deviation * std::sqrt(-2 * std::log1p(-u));
        auto const angle = 2 * std::numbers::pi * v;
        return std::array{radius * std::cos(angle), radius * std::sin(angle)};
    });
}

template <class T> void fill_uniform(parameter<T>& p, random_key key, double bound) {
    fill_pairs(p, key, [bound](double u, double v) { return std::array{bound * (2 * u - 1), bound * (2 * v - 1)}; });
}

template class parameter<float>;
template class parameter<double>;
template class parameter_set<float>;
template class parameter_set<double>;
template void fill_normal(parameter<float>&, random_key, double);
template void fill_normal(parameter<double>&, random_key, double);
template void fill_uniform(parameter<float>&, random_key, double);
template void fill_uniform(parameter<double>&, random_key, double);
}
