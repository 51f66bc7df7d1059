module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :affine;
import :multi_head_attention;
import :lane_order;
import :operations;
import :parameters;
import :shapes;
import :tensor;

namespace wordmill {
namespace {
/// A parameter of `rows` inputs to `columns` columns, of which `outputs` belong together.
template <class T> parameter<T>& add_weights(parameter_set<T>& set, std::string const& name, std::size_t rows,
                                             std::size_t columns, std::size_t outputs, random_key key) {
    auto& made = set.add(name, rows, columns);
    fill_uniform(made, key, std::sqrt(6 / static_cast<double>(rows + outputs)));
    return made;
}
void check_heads(std::size_t heads, std::size_t size, bool rotary) {
    if (heads == 0 || size % heads != 0)
        refuse({"attention", {}, "heads"}, "a divisor of the size " + std::to_string(size), std::to_string(heads));
    auto const of_head = size / heads;
    if (of_head > largest_head)
        refuse({"attention", {}, "size of a head"}, "at most " + std::to_string(largest_head), std::to_string(of_head));
    if (rotary && of_head % 2 != 0)
        refuse({"attention", {}, "size of a head"}, "an even number for rotary positions", std::to_string(of_head));
}
template <class T>
void check_segment(device_view<T const> x, std::size_t size, std::size_t lanes, std::size_t rows_left) {
    check_shape({"attention", {}, "input"}, x, x.rows, size);
    if (x.rows == 0 || x.rows % lanes != 0 || x.rows > rows_left)
        refuse({"attention", {}, "input"},
               "1 to " + std::to_string(rows_left / lanes) + " steps of " + std::to_string(lanes) + " lanes",
               std::to_string(x.rows) + " rows");
}
}

template <class T> self_attention_parameters<T> add_self_attention(std::size_t size, std::string const& name,
                                                                   parameter_set<T>& set, random_key key) {
    return {add_weights(set, name + ".joint", size, 3 * size, size, key.fold_in(0)),
            set.add(name + ".joint_bias", 1, 3 * size),
            add_weights(set, name + ".out", size, size, size, key.fold_in(1)), set.add(name + ".out_bias", 1, size)};
}

template <class T> cross_attention_parameters<T> add_cross_attention(std::size_t size, std::size_t source_size,
                                                                     std::string const& name, parameter_set<T>& set,
                                                                     random_key key) {
    return {add_weights(set, name + ".query", size, size, size, key.fold_in(0)),
            set.add(name + ".query_bias", 1, size),
            add_weights(set, name + ".joint", source_size, 2 * size, size, key.fold_in(1)),
            set.add(name + ".joint_bias", 1, 2 * size),
            add_weights(set, name + ".out", size, size, size, key.fold_in(2)),
            set.add(name + ".out_bias", 1, size)};
}

template <class T>
self_attention<T>::self_attention(self_attention_options const& options, self_attention_parameters<T> const& p)
    : options_(options),
      joint_(&p.joint),
      joint_bias_(&p.joint_bias),
      ops_(p.joint.ops()),
      out_(p.out, &p.out_bias),
      joined_(ops_),
      reordered_(ops_),
      contexts_(ops_),
      log_sums_(ops_),
      weights_(ops_),
      d_joined_(ops_),
      d_x_(ops_),
      memory_(ops_),
      order_(ops_) {
    auto const h = size();
    check_shape({"attention", p.joint.name()}, p.joint.rows(), p.joint.columns(), h, 3 * h);
    check_shape({"attention", p.joint_bias.name()}, p.joint_bias.rows(), p.joint_bias.columns(), 1, 3 * h);
    check_shape({"attention", p.out.name()}, p.out.rows(), p.out.columns(), h, h);
    check_heads(options.heads, h, options.rotary);
    if (options.memory > 0 && !options.causal)
        refuse({"attention", {}, "memory"}, "none without `causal`", std::to_string(options.memory) + " positions");
}

template <class T>
void self_attention<T>::begin(std::size_t lanes, std::size_t steps, device_span<std::uint32_t const> lengths) {
    if (lanes == 0 || steps == 0)
        refuse({"attention", joint_->name()}, "one step or more of one lane or more",
               std::to_string(steps) + " steps of " + std::to_string(lanes) + " lanes");
    if (!lengths.empty()) check_size({"attention", joint_->name(), "lengths"}, lengths.size(), lanes);
    if (memory_lanes_ > 0) check_size({"attention", joint_->name(), "lanes of its memory"}, lanes, memory_lanes_);
    expect(lengths.empty() || memory_lanes_ == 0, "attention: no lengths with a memory");
    before_ = memory_lanes_ > 0 ? memory_.rows() : 0;
    lanes_ = lanes;
    rows_ = 0;
    lengths_ = lengths;
    auto const all = joined_.resize(before_ + checked_product(steps, lanes), 3 * size());
    if (before_ > 0) ops_->copy(memory_.view(), columns_of(rows_of(all, 0, before_), size(), 2 * size()));
}

template <class T> device_view<T const> self_attention<T>::forward(device_view<T const> x, std::size_t first_step) {
    expect(lanes_ > 0 && first_step * lanes_ == rows_ && (options_.causal || rows_ == 0),
           "attention: segments of steps without gaps, after begin; one segment unless causal");
    check_segment(x, size(), lanes_, joined_.rows() - before_ - rows_);
    x_ = x;
    last_ = {before_ + rows_, x.rows};
    auto const joined = rows_of(joined_.view(), last_.first, x.rows);
    ops_->affine(x, transposed::no, joint_->values(), joint_bias_->values(), joined);
    if (options_.rotary)
        for (std::size_t const part : {0, 1}) // queries and keys
            ops_->rotate({.first = position_of(last_.first)}, lanes_, options_.heads,
                         columns_of(joined, part * size(), size()));
    rows_ += x.rows;
    (void)contexts_.resize(x.rows, size());
    (void)log_sums_.resize(x.rows, options_.heads);
    auto const pass = last_pass();
    ops_->multi_head_forward(pass);
    return out_.forward(pass.outputs);
}

/// The attention of the last segment.
template <class T> multi_head_pass<T> self_attention<T>::last_pass() {
    auto const h = size();
    auto const all = rows_of(joined_.view(), 0, before_ + rows_);
    return {.lanes = lanes_,
            .heads = options_.heads,
            .queries = columns_of(rows_of(all, last_.first, last_.count), 0, h),
            .keys = columns_of(all, h, h),
            .values = columns_of(all, 2 * h, h),
            .lengths = lengths_,
            .causal = options_.causal,
            .offset = last_.first / lanes_,
            .outputs = contexts_.view(),
            .log_sums = log_sums_.view()};
}

template <class T> device_view<T const> self_attention<T>::backward(device_view<T const> d_y) {
    expect(rows_ > 0 && last_.first == before_, "attention: backward after one forward of all steps");
    auto const h = size();
    auto const d_contexts = out_.backward(d_y);
    auto const d_all = d_joined_.resize(before_ + rows_, 3 * h);
    auto const d_joined = rows_of(d_all, before_, rows_);
    ops_->multi_head_backward(last_pass(), {.outputs = d_contexts,
                                            .queries = columns_of(d_joined, 0, h),
                                            .keys = columns_of(d_all, h, h),
                                            .values = columns_of(d_all, 2 * h, h)});
    if (options_.rotary)
        for (std::size_t const part : {0, 1})
            ops_->rotate({.first = -position_of(before_), .step = -1}, lanes_, options_.heads,
                         columns_of(d_joined, part * h, h));
    auto const joint = joint_->add_dense();
    ops_->multiply(transposed::yes, x_, transposed::no, d_joined, joint.beta, joint.gradient);
    auto const bias = joint_bias_->add_dense();
    ops_->sum_rows(d_joined, bias.beta, bias.gradient);
    auto const d_x = d_x_.resize(rows_, h);
    ops_->multiply(transposed::no, d_joined, transposed::yes, joint_->values(), 0, d_x);
    return d_x;
}

template <class T> device_view<T const> self_attention<T>::weights(std::size_t head) {
    expect(rows_ > 0, "attention: weights after forward");
    auto const pass = last_pass();
    auto const weights = weights_.resize(pass.queries.rows, pass.keys.rows / lanes_);
    ops_->multi_head_weights(pass, head, weights);
    return weights;
}

template <class T> void self_attention<T>::reorder(std::span<token_id const> lanes) {
    if (memory_lanes_ > 0 || !lengths_.empty())
        check_size({"attention", joint_->name(), "order of lanes"}, lanes.size(), lanes_);
    check_lane_order({"attention", joint_->name(), "order of lanes"}, lanes, lanes_);
    auto const kept = before_ + rows_, h = size();
    auto const moved = [&](std::size_t rows) { return rows / lanes_ * lanes.size(); };
    auto const to = reordered_.resize(moved(joined_.rows()), 3 * h);
    order_.move(columns_of(rows_of(joined_.view(), 0, kept), h, 2 * h), lanes_, lanes,
                columns_of(rows_of(to, 0, moved(kept)), h, 2 * h));
    std::swap(joined_, reordered_);
    before_ = moved(before_);
    rows_ = moved(rows_);
    last_ = {before_ + rows_, 0};
    lanes_ = lanes.size();
}

template <class T> void self_attention<T>::carry() {
    auto const all = before_ + rows_, h = size();
    auto const kept = std::min(options_.memory * lanes_, all);
    auto const memory = memory_.resize(kept, 2 * h);
    memory_lanes_ = kept > 0 ? lanes_ : 0;
    if (kept == 0) return;
    ops_->copy(columns_of(rows_of(joined_.view(), all - kept, kept), h, 2 * h), memory);
    if (options_.rotary)
        ops_->rotate({.first = -position_of(all - kept), .step = 0}, lanes_, options_.heads, columns_of(memory, 0, h));
}

template <class T> void self_attention<T>::set_memory(device_view<T const> memory, std::size_t lanes) {
    auto const h = size();
    check_shape({"attention", joint_->name(), "memory"}, memory, memory.rows, 2 * h);
    if (lanes == 0 || memory.rows % lanes != 0 || memory.rows / lanes > options_.memory)
        refuse({"attention", joint_->name(), "memory"},
               "at most " + std::to_string(options_.memory) + " positions of " + std::to_string(lanes) + " lanes",
               std::to_string(memory.rows) + " rows");
    ops_->copy(memory, memory_.resize(memory.rows, 2 * h));
    memory_lanes_ = lanes;
}

template <class T> cross_attention<T>::cross_attention(std::size_t heads, cross_attention_parameters<T> const& p)
    : heads_(heads),
      query_(&p.query),
      query_bias_(&p.query_bias),
      joint_(p.joint, &p.joint_bias),
      ops_(p.query.ops()),
      out_(p.out, &p.out_bias),
      queries_(ops_),
      contexts_(ops_),
      log_sums_(ops_),
      weights_(ops_),
      d_joined_(ops_),
      d_queries_(ops_),
      d_x_(ops_),
      next_queries_(ops_),
      next_log_sums_(ops_),
      next_joined_(ops_),
      moved_joined_(ops_),
      order_(ops_) {
    auto const h = size();
    check_shape({"attention", p.query.name()}, p.query.rows(), p.query.columns(), h, h);
    check_shape({"attention", p.query_bias.name()}, p.query_bias.rows(), p.query_bias.columns(), 1, h);
    check_shape({"attention", p.joint.name()}, p.joint.rows(), p.joint.columns(), p.joint.rows(), 2 * h);
    check_shape({"attention", p.out.name()}, p.out.rows(), p.out.columns(), h, h);
    check_heads(heads, h, false);
}

template <class T> void cross_attention<T>::attend_to(device_view<T const> values, std::size_t lanes,
                                                      device_span<std::uint32_t const> lengths, std::size_t steps) {
    if (lanes == 0 || steps == 0 || values.rows == 0 || values.rows % lanes != 0)
        refuse({"attention", query_->name(), "values"},
               "one row or more for each of " + std::to_string(lanes) + " lanes, and one step or more",
               std::to_string(values.rows) + " rows, " + std::to_string(steps) + " steps");
    if (!lengths.empty()) check_size({"attention", query_->name(), "lengths"}, lengths.size(), lanes);
    joined_ = joint_.forward(values);
    lanes_ = lanes;
    rows_ = 0;
    lengths_ = lengths;
    auto const rows = checked_product(steps, lanes);
    (void)queries_.resize(rows, size());
    (void)contexts_.resize(rows, size());
    (void)log_sums_.resize(rows, heads_);
}

template <class T> device_view<T const> cross_attention<T>::forward(device_view<T const> x, std::size_t first_step) {
    expect(lanes_ > 0 && first_step * lanes_ == rows_, "attention: segments of steps without gaps, after attend_to");
    check_segment(x, size(), lanes_, queries_.rows() - rows_);
    x_ = x;
    auto const first = rows_;
    rows_ += x.rows;
    auto const queries = rows_of(queries_.view(), first, x.rows);
    ops_->affine(x, transposed::no, query_->values(), query_bias_->values(), queries);
    auto const pass = pass_of(first, x.rows);
    ops_->multi_head_forward(pass);
    return out_.forward(pass.outputs);
}

template <class T> multi_head_pass<T> cross_attention<T>::pass_of(std::size_t first_row, std::size_t rows) {
    auto const h = size();
    return {.lanes = lanes_,
            .heads = heads_,
            .queries = rows_of(queries_.view(), first_row, rows),
            .keys = columns_of(joined_, 0, h),
            .values = columns_of(joined_, h, h),
            .lengths = lengths_,
            .outputs = rows_of(contexts_.view(), first_row, rows),
            .log_sums = rows_of(log_sums_.view(), first_row, rows)};
}

template <class T> device_view<T const> cross_attention<T>::backward(device_view<T const> d_y) {
    expect(rows_ > 0 && x_.rows == rows_, "attention: backward after one forward of all steps");
    auto const h = size();
    auto const d_contexts = out_.backward(d_y);
    auto const d_queries = d_queries_.resize(rows_, h);
    auto const d_joined = d_joined_.resize(joined_.rows, 2 * h);
    ops_->multi_head_backward(pass_of(0, rows_), {.outputs = d_contexts,
                                                  .queries = d_queries,
                                                  .keys = columns_of(d_joined, 0, h),
                                                  .values = columns_of(d_joined, h, h)});
    d_values_ = joint_.backward(d_joined);
    auto const query = query_->add_dense();
    ops_->multiply(transposed::yes, x_, transposed::no, d_queries, query.beta, query.gradient);
    auto const bias = query_bias_->add_dense();
    ops_->sum_rows(d_queries, bias.beta, bias.gradient);
    auto const d_x = d_x_.resize(rows_, h);
    ops_->multiply(transposed::no, d_queries, transposed::yes, query_->values(), 0, d_x);
    return d_x;
}

template <class T>
void cross_attention<T>::reorder(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths) {
    check_lane_order({"attention", query_->name(), "order of lanes"}, lanes, lanes_);
    if (!lengths.empty()) check_size({"attention", query_->name(), "lengths"}, lengths.size(), lanes.size());
    auto const moved = [&](std::size_t rows) { return rows / lanes_ * lanes.size(); };
    auto const move = [&](device_view<T const> from, tensor<T>& to, std::size_t rows) {
        order_.move(from, lanes_, lanes, rows_of(to.resize(rows, from.columns), 0, moved(from.rows)));
    };
    auto const steps = moved(queries_.rows());
    move(joined_, next_joined_, moved(joined_.rows));
    move(rows_of(queries_.view(), 0, rows_), next_queries_, steps);
    move(rows_of(log_sums_.view(), 0, rows_), next_log_sums_, steps);
    std::swap(moved_joined_, next_joined_);
    std::swap(queries_, next_queries_);
    std::swap(log_sums_, next_log_sums_);
    (void)contexts_.resize(steps, size());
    joined_ = moved_joined_.view();
    rows_ = moved(rows_);
    lanes_ = lanes.size();
    lengths_ = lengths;
}

template <class T> device_view<T const> cross_attention<T>::weights(std::size_t head) {
    expect(rows_ > 0, "attention: weights after forward");
    auto const weights = weights_.resize(rows_, joined_.rows / lanes_);
    ops_->multi_head_weights(pass_of(0, rows_), head, weights);
    return weights;
}

template self_attention_parameters<float> add_self_attention(std::size_t, std::string const&, parameter_set<float>&,
                                                             random_key);
template self_attention_parameters<double> add_self_attention(std::size_t, std::string const&, parameter_set<double>&,
                                                              random_key);
template cross_attention_parameters<float> add_cross_attention(std::size_t, std::size_t, std::string const&,
                                                               parameter_set<float>&, random_key);
template cross_attention_parameters<double> add_cross_attention(std::size_t, std::size_t, std::string const&,
                                                                parameter_set<double>&, random_key);
template class self_attention<float>;
template class self_attention<double>;
template class cross_attention<float>;
template class cross_attention<double>;
}
