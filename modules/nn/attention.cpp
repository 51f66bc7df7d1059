module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :attention;
import :lane_order;
import :operations;
import :parameters;
import :shapes;
import :tensor;

namespace wordmill {
template <class T> attention_parameters<T> add_attention(attention_kind kind, attention_sizes const& sizes,
                                                         std::string const& name, parameter_set<T>& set,
                                                         random_key key) {
    auto const add = [&](char const* part, std::size_t rows, std::size_t columns, std::size_t inputs,
                         std::uint64_t number) {
        auto& p = set.add(name + part, rows, columns);
        fill_normal(p, key.fold_in(number), 1 / std::sqrt(static_cast<double>(inputs)));
        return &p;
    };
    auto const a = sizes.additive == 0 ? sizes.query : sizes.additive;
    switch (kind) {
    case attention_kind::dot:
    case attention_kind::scaled_dot: check_size({"attention", name, "query size"}, sizes.query, sizes.key); return {};
    case attention_kind::general: return {.key = add(".key", sizes.key, sizes.query, sizes.key, 0)};
    case attention_kind::additive: break;
    }
    attention_parameters<T> all;
    all.query = add(".query", sizes.query, a, sizes.query, 0);
    all.key = add(".key", sizes.key, a, sizes.key, 1);
    all.bias = &set.add(name + ".bias", 1, a);
    all.vector = add(".vector", 1, a, a, 2);
    return all;
}

template <class T>
attention<T>::attention(attention_kind kind, attention_parameters<T> const& p, std::shared_ptr<operations<T>> ops)
    : kind_(kind),
      parameters_(p),
      ops_(std::move(ops)),
      projected_keys_(ops_),
      projected_queries_(ops_),
      weights_(ops_),
      contexts_(ops_),
      queries_(ops_),
      d_contexts_(ops_),
      d_scores_(ops_),
      d_projected_queries_(ops_),
      d_queries_(ops_),
      d_keys_(ops_),
      d_values_(ops_),
      next_values_(ops_),
      next_weights_(ops_),
      moved_values_(ops_),
      moved_keys_(ops_),
      order_(ops_) {
    if ((has_keys() && p.key == nullptr)
        || (is_additive() && (p.query == nullptr || p.bias == nullptr || p.vector == nullptr)))
        refuse({"attention"}, is_additive() ? "parameters query, key, bias and vector" : "a parameter key", "none");
    if (!is_additive()) return;
    auto const a = p.key->columns();
    check_shape({"attention", p.query->name()}, p.query->rows(), p.query->columns(), p.query->rows(), a);
    check_shape({"attention", p.bias->name()}, p.bias->rows(), p.bias->columns(), 1, a);
    check_shape({"attention", p.vector->name()}, p.vector->rows(), p.vector->columns(), 1, a);
}

template <class T> T attention<T>::scale() const noexcept {
    return kind_ == attention_kind::scaled_dot ? 1 / std::sqrt(static_cast<T>(keys_.columns)) : T(1);
}

template <class T> void attention<T>::attend_to(device_view<T const> values, std::size_t lanes,
                                                device_span<std::uint32_t const> lengths, std::size_t steps) {
    if (lanes == 0 || values.rows == 0 || values.rows % lanes != 0)
        refuse({"attention", {}, "values"}, "one row or more for each of " + std::to_string(lanes) + " lanes",
               std::to_string(values.rows) + " rows");
    if (!lengths.empty()) check_size({"attention", {}, "lengths"}, lengths.size(), lanes);
    if (has_keys()) check_shape({"attention", parameters_.key->name()}, values, values.rows, parameters_.key->rows());
    lanes_ = lanes;
    steps_ = steps;
    rows_ = rows_left_ = 0;
    is_done_ = false;
    lengths_ = lengths;
    keys_ = values_ = values;
    segments_.clear();
    if (has_keys()) {
        auto const keys = projected_keys_.resize(values.rows, parameters_.key->columns());
        ops_->multiply(transposed::no, values, transposed::no, parameters_.key->values(), 0, keys);
        keys_ = keys;
    }
    auto const rows = checked_product(steps, lanes);
    (void)weights_.resize(rows, values.rows / lanes);
    (void)contexts_.resize(rows, values.columns);
    if (is_additive()) (void)projected_queries_.resize(rows, keys_.columns);
}

template <class T> void attention<T>::check_query_size(std::size_t size) const {
    check_size({"attention", {}, "query size"}, size, is_additive() ? parameters_.query->rows() : keys_.columns);
}

template <class T> device_view<T const> attention<T>::forward(device_view<T const> queries, std::size_t first_step) {
    expect(lanes_ > 0 && first_step * lanes_ == rows_, "attention: segments of steps without gaps, after attend_to");
    check_query_size(queries.columns);
    if (queries.rows == 0 || queries.rows % lanes_ != 0 || queries.rows > weights_.rows() - rows_)
        refuse({"attention", {}, "queries"},
               "1 to " + std::to_string(steps_ - first_step) + " steps of " + std::to_string(lanes_) + " lanes",
               std::to_string(queries.rows) + " rows");
    auto const scores = rows_of(weights_.view(), rows_, queries.rows);
    auto const contexts = rows_of(contexts_.view(), rows_, queries.rows);
    if (is_additive()) {
        auto const projected = rows_of(projected_queries_.view(), rows_, queries.rows);
        ops_->multiply(transposed::no, queries, transposed::no, parameters_.query->values(), 0, projected);
        ops_->add_row(parameters_.bias->values(), projected);
        ops_->additive_scores(lanes_, projected, keys_, parameters_.vector->values(), lengths_, scores);
    } else {
        ops_->multiply_lanes(lanes_, transposed::no, queries, transposed::yes, keys_, scale(), 0, scores);
    }
    ops_->masked_softmax(lanes_, scores, lengths_, scores);
    ops_->multiply_lanes(lanes_, transposed::no, scores, transposed::no, values_, 1, 0, contexts);
    segments_.push_back({queries, rows_});
    rows_left_ = rows_ += queries.rows;
    return contexts;
}

template <class T>
void attention<T>::reorder(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths) {
    check_lane_order({"attention", {}, "order of lanes"}, lanes, lanes_);
    if (!lengths.empty()) check_size({"attention", {}, "lengths"}, lengths.size(), lanes.size());
    auto const moved = [&](std::size_t rows) { return rows / lanes_ * lanes.size(); };
    auto const move = [&](device_view<T const> from, tensor<T>& kept) {
        order_.move(from, lanes_, lanes, next_values_.resize(moved(from.rows), from.columns));
        std::swap(kept, next_values_);
        return kept.view();
    };
    values_ = move(values_, moved_values_);
    keys_ = has_keys() ? move(keys_, moved_keys_) : values_;
    order_.move(weights(), lanes_, lanes,
                rows_of(next_weights_.resize(moved(weights_.rows()), weights_.columns()), 0, moved(rows_)));
    std::swap(weights_, next_weights_);
    (void)contexts_.resize(weights_.rows(), contexts_.columns());
    if (is_additive()) (void)projected_queries_.resize(weights_.rows(), keys_.columns);
    segments_.clear();
    rows_ = rows_left_ = moved(rows_);
    lanes_ = lanes.size();
    lengths_ = lengths;
}

template <class T> device_view<T const> attention<T>::weights() const noexcept {
    return rows_of(weights_.view(), 0, rows_);
}

template <class T>
device_view<T const> attention<T>::backward(device_view<T const> d_contexts, std::size_t first_step) {
    expect(!segments_.empty() && segments_.back().first_row == first_step * lanes_,
           "attention: segments go back in reverse order, once");
    auto const [queries, first_row] = segments_.back();
    auto const rows = queries.rows;
    check_shape({"attention", {}, "gradient"}, d_contexts, rows, values_.columns);
    segments_.pop_back();
    auto const begins = rows_left_ == rows_; // the last segment goes back first
    rows_left_ = first_row;
    auto const whole = rows == rows_; // then nothing needs to be kept
    if (begins) (void)d_scores_.resize(rows_, weights_.columns());
    auto const d_scores = rows_of(d_scores_.view(), first_row, rows);
    auto const weights = rows_of(std::as_const(weights_).view(), first_row, rows);
    ops_->multiply_lanes(lanes_, transposed::no, d_contexts, transposed::yes, values_, 1, 0, d_scores);
    ops_->activate_backward(activation::softmax, weights, d_scores, d_scores);

    auto const d_queries = d_queries_.resize(rows, queries.columns);
    if (is_additive()) {
        if (begins) {
            (void)d_projected_queries_.resize(rows_, keys_.columns);
            ops_->fill(d_keys_.resize(keys_.rows, keys_.columns), 0);
        }
        auto const d_projected = rows_of(d_projected_queries_.view(), first_row, rows);
        auto const vector = parameters_.vector->add_dense();
        ops_->additive_scores_backward(lanes_, rows_of(projected_queries_.view(), first_row, rows), keys_,
                                       parameters_.vector->values(), lengths_, d_scores, d_projected, d_keys_.view(),
                                       vector.beta, vector.gradient);
        ops_->multiply(transposed::no, d_projected, transposed::yes, parameters_.query->values(), 0, d_queries);
    } else {
        ops_->multiply_lanes(lanes_, transposed::no, d_scores, transposed::no, keys_, scale(), 0, d_queries);
    }
    if (whole) {
        finish(d_contexts, queries);
        return d_queries;
    }
    if (begins) {
        (void)d_contexts_.resize(rows_, values_.columns);
        (void)queries_.resize(rows_, queries.columns);
    }
    ops_->copy(d_contexts, rows_of(d_contexts_.view(), first_row, rows));
    ops_->copy(queries, rows_of(queries_.view(), first_row, rows));
    if (first_row == 0) finish(d_contexts_.view(), queries_.view());
    return d_queries;
}

/// Computes the gradients that all steps add to: of the values and of the parameters.
template <class T> void attention<T>::finish(device_view<T const> d_contexts, device_view<T const> queries) {
    auto const d_values = d_values_.resize(values_.rows, values_.columns);
    auto const weights = rows_of(std::as_const(weights_).view(), 0, rows_);
    auto const d_scores = d_scores_.view();
    ops_->multiply_lanes(lanes_, transposed::yes, weights, transposed::no, d_contexts, 1, 0, d_values);
    if (is_additive()) {
        auto const d_projected = d_projected_queries_.view();
        auto const query = parameters_.query->add_dense();
        ops_->multiply(transposed::yes, queries, transposed::no, d_projected, query.beta, query.gradient);
        auto const bias = parameters_.bias->add_dense();
        ops_->sum_rows(d_projected, bias.beta, bias.gradient);
    } else {
        auto const d_keys = has_keys() ? d_keys_.resize(keys_.rows, keys_.columns) : d_values;
        ops_->multiply_lanes(lanes_, transposed::yes, d_scores, transposed::no, queries, scale(), has_keys() ? 0 : 1,
                             d_keys);
    }
    if (has_keys()) {
        auto const key = parameters_.key->add_dense();
        ops_->multiply(transposed::yes, values_, transposed::no, d_keys_.view(), key.beta, key.gradient);
        ops_->multiply(transposed::no, d_keys_.view(), transposed::yes, parameters_.key->values(), 1, d_values);
    }
    is_done_ = true;
}

template <class T> device_view<T const> attention<T>::d_values() const {
    expect(is_done_, "attention: the gradient of the values is complete when all steps have gone back");
    return d_values_.view();
}

template attention_parameters<float> add_attention(attention_kind, attention_sizes const&, std::string const&,
                                                   parameter_set<float>&, random_key);
template attention_parameters<double> add_attention(attention_kind, attention_sizes const&, std::string const&,
                                                    parameter_set<double>&, random_key);
template class attention<float>;
template class attention<double>;
}
