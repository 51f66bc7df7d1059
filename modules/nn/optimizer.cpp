module;
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
import :operations;
import :optimizer;
import :parameters;
import :tensor;

namespace wordmill {
namespace {
[[noreturn]] void refuse_option(char const* expected, double found) {
    throw error(failure::usage, std::string("optimizer: expected ") + expected + ", found " + std::to_string(found));
}
void check_rate(double rate) {
    if (!(rate >= 0 && std::isfinite(rate))) refuse_option("a learning rate of 0 or more", rate);
}
void check(optimizer_options const& o) {
    for (auto const& [name, share] : {std::pair{"a momentum from 0 to below 1", o.momentum},
                                      {"a decay from 0 to below 1", o.decay},
                                      {"a beta1 from 0 to below 1", o.beta1},
                                      {"a beta2 from 0 to below 1", o.beta2}})
        if (!(share >= 0 && share < 1)) refuse_option(name, share);
    if (!(o.epsilon > 0 && std::isfinite(o.epsilon))) refuse_option("an epsilon above 0", o.epsilon);
    if (!(o.max_norm >= 0 && std::isfinite(o.max_norm))) refuse_option("a greatest norm of 0 or more", o.max_norm);
}
[[nodiscard]] char const* first_name(optimizer_kind kind) noexcept {
    switch (kind) {
    case optimizer_kind::sgd: break;
    case optimizer_kind::momentum:
    case optimizer_kind::nesterov: return ".velocity";
    case optimizer_kind::adagrad:
    case optimizer_kind::rmsprop: return ".squares";
    case optimizer_kind::adam: return ".mean";
    }
    return "";
}
}

template <class T> struct optimizer<T>::outcome {
    explicit outcome(std::shared_ptr<compute_queue> of) : queue(std::move(of)) {}
    outcome(outcome const&) = delete;
    outcome& operator=(outcome const&) = delete;
    ~outcome() { wait_quietly(*queue, mark); } // the queue writes to the members below

    std::shared_ptr<compute_queue> queue;
    std::vector<double> squares{};
    loss_sum loss{};
    queue_mark mark{};
};
template <class T> optimizer<T>::optimizer(optimizer&&) noexcept = default;
template <class T> optimizer<T>& optimizer<T>::operator=(optimizer&&) noexcept = default;
template <class T> optimizer<T>::~optimizer() = default;

template <class T> optimizer<T>::optimizer(parameter_set<T>& parameters, optimizer_options const& options)
    : parameters_(&parameters), options_(options), outcome_(std::make_unique<outcome>(parameters.ops()->queue())) {
    check(options);
    set_learning_rate(options.learning_rate.value_or(options.kind == optimizer_kind::adam ? 0.001 : 0.01));
    auto const wants_first = options.kind != optimizer_kind::sgd;
    auto const wants_second = options.kind == optimizer_kind::adam;
    for (auto const& p : parameters) {
        first_.emplace_back(p.ops(), wants_first ? p.rows() : 0, p.columns());
        second_.emplace_back(p.ops(), wants_second ? p.rows() : 0, p.columns());
    }
}

template <class T> void optimizer<T>::set_learning_rate(double rate) {
    check_rate(rate);
    rate_ = rate;
}

template <class T> update_rule optimizer<T>::rule() const {
    update_rule rule{.kind = options_.kind,
                     .rate = rate_,
                     .epsilon = options_.epsilon,
                     .max_norm = options_.max_norm,
                     .lazy = options_.lazy};
    switch (options_.kind) {
    case optimizer_kind::sgd:
    case optimizer_kind::adagrad: break;
    case optimizer_kind::momentum:
    case optimizer_kind::nesterov: rule.a = options_.momentum; break;
    case optimizer_kind::rmsprop: rule.a = options_.decay; break;
    case optimizer_kind::adam:
        auto const t = static_cast<double>(steps_ + 1);
        rule.a = options_.beta1;
        rule.b = options_.beta2;
        rule.rate *= std::sqrt(1 - std::pow(rule.b, t)) / (1 - std::pow(rule.a, t));
    }
    return rule;
}

template <class T> void optimizer<T>::step(device_span<loss_sum const> loss) {
    expect(first_.size() == parameters_->size(), "optimizer: no parameter comes after it");
    update_guard const guard{parameters_->gradient_squares(), loss};
    auto const how = rule();
    std::size_t i = 0;
    targets_.clear();
    for (auto& p : *parameters_) {
        if (auto const g = p.gradient(); g.values.rows > 0)
            targets_.push_back({g.values, g.rows, p.values(), first_[i].view(), second_[i].view()});
        ++i;
    }
    parameters_->ops()->update_all(how, targets_, guard);
    ++steps_;
    auto& queue = *parameters_->ops()->queue();
    auto& known = *outcome_;
    known.squares.resize(guard.squares.size());
    queue.download(guard.squares, std::span<double>(known.squares));
    known.loss = {};
    if (!loss.empty()) queue.download(loss, std::span<loss_sum>(&known.loss, 1));
    known.mark = queue.mark();
}

template <class T> double optimizer<T>::norm() {
    auto const& known = *outcome_;
    if (known.squares.empty()) return 0; // no step, or no parameters
    parameters_->ops()->queue()->wait(known.mark);
    try {
        if (!std::isfinite(known.loss.sum))
            throw error(failure::bad_data, "optimizer: expected a finite loss at step " + std::to_string(steps_)
                                               + ", found " + std::to_string(known.loss.sum));
        return parameters_->norm_of(known.squares);
    } catch (error const&) {
        --steps_;
        outcome_->squares.clear();
        throw;
    }
}

template <class T> std::vector<typename optimizer<T>::moment> optimizer<T>::moments() {
    std::vector<moment> all;
    std::size_t i = 0;
    for (auto const& p : *parameters_) {
        if (first_[i].rows() > 0) all.push_back({p.name() + first_name(options_.kind), first_[i].view()});
        if (second_[i].rows() > 0) all.push_back({p.name() + ".squares", second_[i].view()});
        ++i;
    }
    return all;
}

template class optimizer<float>;
template class optimizer<double>;
}
