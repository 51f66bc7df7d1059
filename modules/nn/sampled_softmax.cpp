module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :operations;
import :parameters;
import :sampled_softmax;
import :shapes;

namespace wordmill {
namespace {
/// The logarithm of (k + 2) / (k + 1), to which the probability of class k is proportional.
[[nodiscard]] double log_ratio(std::size_t k) { return std::log1p(1 / (static_cast<double>(k) + 1)); }
}

class_sampler::class_sampler(std::size_t classes, std::size_t samples)
    : classes_(classes), samples_(std::min(classes, samples)) {
    if (classes == 0) throw error(failure::usage, "class sampler: expected 1 class or more, found 0");
    if (samples == 0) throw error(failure::usage, "class sampler: expected 1 sample or more, found 0");
    auto const left = [&] {
        return std::log((static_cast<double>(classes_) + 1) / (static_cast<double>(certain_) + 1));
    };
    if (samples_ == classes_) certain_ = classes_;
    while (certain_<samples_&& static_cast<double>(samples_ - certain_) * log_ratio(certain_)> left()) ++certain_;
    length_ = left();
}

void class_sampler::draw(random_key key, std::vector<token_id>& drawn) const {
    drawn.clear();
    for (std::size_t k = 0; k < certain_; ++k) drawn.push_back(id_at(k));
    auto const count = samples_ - certain_;
    auto const start = static_cast<double>(certain_) + 1;
    auto const offset = key.engine().uniform_double();
    auto next = certain_; // rounding must not give a class twice
    for (std::size_t j = 0; j < count && next < classes_; ++j) {
        auto const share = (static_cast<double>(j) + offset) / static_cast<double>(count);
        auto const k = static_cast<std::size_t>(start * std::exp(share * length_)) - 1;
        next = std::clamp(k, next, classes_ - 1);
        drawn.push_back(id_at(next++));
    }
}

double class_sampler::inclusion(token_id id) const {
    expect(index(id) < classes_, "class sampler: one of its classes");
    if (index(id) < certain_) return 1;
    return std::min(1.0, static_cast<double>(samples_ - certain_) * log_ratio(index(id)) / length_);
}

template <class T>
sampled_softmax_loss<T>::sampled_softmax_loss(parameter<T>& weights, parameter<T>& bias, std::size_t samples)
    : weights_(&weights),
      bias_(&bias),
      sampler_(weights.rows(), samples),
      candidates_(weights.ops()->queue()),
      places_(weights.ops()->queue()),
      loss_(weights.ops()->queue()),
      corrections_(weights.ops()),
      rows_(weights.ops()),
      row_bias_(weights.ops()),
      d_rows_(weights.ops()),
      d_row_bias_(weights.ops()),
      d_x_(weights.ops()),
      logits_(weights.ops()) {
    check_shape({"sampled softmax", bias.name(), "bias"}, bias.rows(), bias.columns(), weights.rows(), 1);
}

template <class T>
void sampled_softmax_loss<T>::check(device_view<T const> x, std::span<token_id const> targets) const {
    check_shape({"sampled softmax", weights_->name()}, x, x.rows, weights_->columns());
    check_size({"sampled softmax", {}, "targets"}, targets.size(), x.rows);
    check_ids({"sampled softmax", {}, "targets"}, targets, weights_->rows(), true);
}

template <class T> void sampled_softmax_loss<T>::choose_candidates(std::span<token_id const> targets, random_key key) {
    sampler_.draw(key, drawn_);
    wanted_.clear();
    std::ranges::copy_if(targets, std::back_inserter(wanted_), [](token_id t) { return t != no_token; });
    std::ranges::sort(wanted_);
    auto const rest = std::ranges::unique(wanted_);
    wanted_.erase(rest.begin(), rest.end());
    auto& candidates = candidates_.host();
    candidates.clear();
    std::ranges::set_union(drawn_, wanted_, std::back_inserter(candidates));
    (void)candidates_.upload();

    corrections_on_host_.clear();
    auto target = wanted_.begin();
    for (auto const id : candidates) {
        auto const certain = target != wanted_.end() && *target == id;
        if (certain) ++target;
        corrections_on_host_.push_back(certain ? T(0) : static_cast<T>(-std::log(sampler_.inclusion(id))));
    }
    auto& places = places_.host();
    places.clear();
    for (auto const id : targets)
        places.push_back(id == no_token ? no_token
                                        : id_at(static_cast<std::size_t>(std::ranges::lower_bound(candidates, id)
                                                                         - candidates.begin())));
}

template <class T> deferred<loss_sum>
sampled_softmax_loss<T>::forward(device_view<T const> x, std::span<token_id const> targets, random_key key) {
    check(x, targets);
    choose_candidates(targets, key);
    auto& ops = *weights_->ops();
    auto const count = candidates_.host().size();
    auto const rows = rows_.resize(count, x.columns);
    auto const bias = row_bias_.resize(count, 1);
    auto const corrections = corrections_.resize(count, 1);
    ops.gather(weights_->values(), candidates_.device(), rows);
    ops.gather(bias_->values(), candidates_.device(), bias);
    corrections_.assign(corrections_on_host_);
    ops.add(corrections, 1, bias);
    auto const d_rows = d_rows_.resize(count, x.columns);
    auto const d_bias = d_row_bias_.resize(count, 1);
    loss_.set();
    ops.projection_loss(x, {rows, as_row(bias), transposed::yes}, places_.upload(), loss_.target(),
                        {.x = d_x_.resize(x.rows, x.columns), .to = {d_rows, as_row(d_bias), transposed::yes}});
    weights_->add_rows(d_rows, candidates_.host());
    bias_->add_rows(d_bias, candidates_.host());
    return loss_;
}

template <class T>
deferred<loss_sum> sampled_softmax_loss<T>::evaluate(device_view<T const> x, std::span<token_id const> targets) {
    check(x, targets);
    loss_.set();
    weights_->ops()->projection_loss(x, {weights_->values(), as_row(bias_->values()), transposed::yes},
                                     places_.assign(targets), loss_.target());
    return loss_;
}

template <class T> device_view<T const> sampled_softmax_loss<T>::logits(device_view<T const> x) {
    check_shape({"sampled softmax", weights_->name()}, x, x.rows, weights_->columns());
    auto const logits = logits_.resize(x.rows, weights_->rows());
    weights_->ops()->multiply(transposed::no, x, transposed::yes, weights_->values(), 0, logits);
    weights_->ops()->add_row(as_row(bias_->values()), logits);
    return logits;
}

template class sampled_softmax_loss<float>;
template class sampled_softmax_loss<double>;
}
