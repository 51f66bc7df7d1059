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
import :adaptive_softmax;
import :operations;
import :parameters;
import :shapes;
import :tensor;

namespace wordmill {
namespace {
/// The logarithm of the sum of exp(x).
template <class T> double log_sum(std::span<T const> x) {
    auto const most = static_cast<double>(std::ranges::max(x));
    double sum = 0;
    for (auto const value : x) sum += std::exp(static_cast<double>(value) - most);
    return most + std::log(sum);
}
}

template <class T> adaptive_softmax_loss<T>::adaptive_softmax_loss(adaptive_parameters<T> parameters)
    : parameters_(std::move(parameters)),
      ops_(parameters_.head.ops()),
      frequent_(0),
      head_targets_(ops_->queue()),
      rows_(ops_->queue()),
      places_(ops_->queue()),
      loss_(ops_->queue()),
      chosen_(ops_),
      projected_(ops_),
      d_projected_(ops_),
      d_chosen_(ops_),
      d_x_(ops_),
      logits_(ops_) {
    auto const& p = parameters_;
    auto const d = p.head.rows(), clusters = p.clusters.size();
    check_shape({"adaptive softmax", p.bias.name(), "bias"}, p.bias.rows(), p.bias.columns(), 1, p.head.columns());
    if (p.head.columns() <= clusters)
        refuse({"adaptive softmax", p.head.name()}, "more classes than " + std::to_string(clusters) + " clusters",
               std::to_string(p.head.columns()));
    frequent_ = p.head.columns() - clusters;
    auto first = frequent_;
    for (auto const& c : p.clusters) {
        check_shape({"adaptive softmax", c.projection.name()}, c.projection.rows(), c.projection.columns(), d,
                    c.weights.rows());
        first_.push_back(first);
        first += c.weights.columns();
    }
}

template <class T> std::size_t adaptive_softmax_loss<T>::classes() const noexcept {
    return first_.empty() ? frequent_ : first_.back() + parameters_.clusters.back().weights.columns();
}

template <class T>
void adaptive_softmax_loss<T>::check(device_view<T const> x, std::span<token_id const> targets) const {
    check_shape({"adaptive softmax", parameters_.head.name()}, x, x.rows, parameters_.head.rows());
    check_size({"adaptive softmax", {}, "targets"}, targets.size(), x.rows);
    check_ids({"adaptive softmax", {}, "targets"}, targets, classes(), true);
}

template <class T>
void adaptive_softmax_loss<T>::choose_rows(std::size_t first, std::size_t size, std::span<token_id const> targets) {
    rows_.host().clear();
    places_.host().clear();
    for (std::size_t r = 0; r < targets.size(); ++r) {
        auto const target = targets[r];
        if (target == no_token || index(target) < first || index(target) >= first + size) continue;
        rows_.host().push_back(id_at(r));
        places_.host().push_back(id_at(index(target) - first));
    }
}

template <class T> void adaptive_softmax_loss<T>::add_cluster(std::size_t i, device_view<T const> x,
                                                              std::span<token_id const> targets, bool learns) {
    auto& [projection, weights] = parameters_.clusters[i];
    choose_rows(first_[i], weights.columns(), targets);
    auto const rows = rows_.upload();
    if (rows.empty()) return;
    loss_target const loss{loss_.target(), false}; // the head has counted the rows
    auto const chosen = chosen_.resize(rows.size(), x.columns);
    auto const projected = projected_.resize(rows.size(), projection.columns());
    ops_->gather(x, rows, chosen);
    ops_->multiply(transposed::no, chosen, transposed::no, projection.values(), 0, projected);
    auto const places = places_.upload();
    if (!learns) return ops_->projection_loss(projected, {.weights = weights.values()}, places, loss);
    auto const [d_weights, beta] = weights.add_dense();
    auto const d_projected = d_projected_.resize(projected.rows, projected.columns);
    ops_->projection_loss(
        projected, {.weights = weights.values()}, places, loss,
        {.x = d_projected, .to = {.weights = d_weights}, .weights_beta = beta, .mean_over = counted(targets)});
    auto const [d_projection, projection_beta] = projection.add_dense();
    ops_->multiply(transposed::yes, chosen, transposed::no, d_projected, projection_beta, d_projection);
    auto const d_chosen = d_chosen_.resize(chosen.rows, chosen.columns);
    ops_->multiply(transposed::no, d_projected, transposed::yes, projection.values(), 0, d_chosen);
    ops_->scatter_add(d_chosen, rows, d_x_.view());
}

template <class T> deferred<loss_sum>
adaptive_softmax_loss<T>::work_out(device_view<T const> x, std::span<token_id const> targets, bool learns) {
    check(x, targets);
    head_targets_.host().clear();
    for (auto const target : targets) {
        auto const in_cluster = target != no_token && index(target) >= frequent_;
        auto const cluster = std::ranges::upper_bound(first_, std::size_t{index(target)}) - first_.begin() - 1;
        head_targets_.host().push_back(in_cluster ? id_at(frequent_ + static_cast<std::size_t>(cluster)) : target);
    }
    auto& [head, bias, clusters] = parameters_;
    projection<T> const to{head.values(), bias.values()};
    loss_.set();
    auto const of_head = head_targets_.upload();
    if (learns) {
        auto const d_head = head.add_dense();
        auto const d_bias = bias.add_dense();
        ops_->projection_loss(x, to, of_head, loss_.target(),
                              {.x = d_x_.resize(x.rows, x.columns),
                               .to = {d_head.gradient, d_bias.gradient},
                               .weights_beta = d_head.beta,
                               .bias_beta = d_bias.beta});
    } else {
        ops_->projection_loss(x, to, of_head, loss_.target());
    }
    for (std::size_t i = 0; i < clusters.size(); ++i) add_cluster(i, x, targets, learns);
    return loss_;
}

template <class T>
deferred<loss_sum> adaptive_softmax_loss<T>::forward(device_view<T const> x, std::span<token_id const> targets) {
    return work_out(x, targets, true);
}
template <class T>
deferred<loss_sum> adaptive_softmax_loss<T>::evaluate(device_view<T const> x, std::span<token_id const> targets) {
    return work_out(x, targets, false);
}

template <class T> std::vector<T>
adaptive_softmax_loss<T>::host_logits(device_view<T const> x, parameter<T> const& weights, parameter<T>* bias) {
    auto const logits = logits_.resize(x.rows, weights.columns());
    ops_->multiply(transposed::no, x, transposed::no, weights.values(), 0, logits);
    if (bias != nullptr) ops_->add_row(bias->values(), logits);
    return logits_.values();
}

template <class T> std::vector<T> adaptive_softmax_loss<T>::log_probabilities(device_view<T const> x) {
    auto& [head, bias, clusters] = parameters_;
    check_shape({"adaptive softmax", head.name()}, x, x.rows, head.rows());
    auto const columns = classes();
    std::vector<T> out(checked_product(x.rows, columns));
    std::vector<double> of_clusters(x.rows * clusters.size()); // log probabilities
    auto const logits = host_logits(x, head, &bias);
    for (std::size_t r = 0; r < x.rows; ++r) {
        auto const row = std::span(logits).subspan(r * head.columns(), head.columns());
        auto const all = log_sum<T>(row);
        for (std::size_t c = 0; c < frequent_; ++c)
            out[r * columns + c] = static_cast<T>(static_cast<double>(row[c]) - all);
        for (std::size_t i = 0; i < clusters.size(); ++i)
            of_clusters[r * clusters.size() + i] = static_cast<double>(row[frequent_ + i]) - all;
    }
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        auto const& [projection, weights] = clusters[i];
        auto const projected = projected_.resize(x.rows, projection.columns());
        ops_->multiply(transposed::no, x, transposed::no, projection.values(), 0, projected);
        auto const within = host_logits(projected, weights, nullptr);
        for (std::size_t r = 0; r < x.rows; ++r) {
            auto const row = std::span(within).subspan(r * weights.columns(), weights.columns());
            auto const rest = of_clusters[r * clusters.size() + i] - log_sum<T>(row);
            for (std::size_t c = 0; c < row.size(); ++c)
                out[r * columns + first_[i] + c] = static_cast<T>(static_cast<double>(row[c]) + rest);
        }
    }
    return out;
}

template class adaptive_softmax_loss<float>;
template class adaptive_softmax_loss<double>;
}
