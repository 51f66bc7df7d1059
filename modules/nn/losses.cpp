module;
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
import :losses;
import :operations;
import :parameters;
import :shapes;

namespace wordmill {
namespace {
template <class T> [[nodiscard]] T checked_smoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1))
        throw error(failure::usage,
                    "label smoothing: expected 0 or more and less than 1, found " + std::to_string(smoothing));
    return static_cast<T>(smoothing);
}
}

template <class T> softmax_loss<T>::softmax_loss(std::shared_ptr<operations<T>> ops, double smoothing)
    : ops_(std::move(ops)),
      smoothing_(checked_smoothing<T>(smoothing)),
      targets_(ops_->queue()),
      loss_(ops_->queue()),
      probabilities_(ops_),
      d_logits_(ops_) {}

template <class T>
deferred<loss_sum> softmax_loss<T>::forward(device_view<T const> logits, std::span<token_id const> targets) {
    check_size({"softmax loss", {}, "targets"}, targets.size(), logits.rows);
    check_ids({"softmax loss", {}, "targets"}, targets, logits.columns, true);
    counted_ = counted(targets);
    loss_.set();
    ops_->softmax_loss(logits, targets_.assign(targets), probabilities_.resize(logits.rows, logits.columns),
                       loss_.target(), smoothing_);
    return loss_;
}

template <class T> device_view<T const> softmax_loss<T>::backward() {
    auto const scale = counted_ == 0 ? T(0) : T(1) / static_cast<T>(counted_);
    auto const d_logits = d_logits_.resize(probabilities_.rows(), probabilities_.columns());
    ops_->softmax_loss_backward(probabilities_.view(), targets_.device(), scale, d_logits, smoothing_);
    return d_logits;
}

template <class T>
projection_loss<T>::projection_loss(parameter<T>& weights, parameter<T>* bias, transposed form, double smoothing)
    : weights_(&weights),
      bias_(bias),
      form_(form),
      smoothing_(checked_smoothing<T>(smoothing)),
      targets_(weights.ops()->queue()),
      loss_(weights.ops()->queue()),
      d_x_(weights.ops()) {
    auto const outputs = form == transposed::yes ? weights.rows() : weights.columns();
    if (bias != nullptr)
        check_shape({"projection loss", bias->name(), "bias"}, bias->rows(), bias->columns(), 1, outputs);
}

template <class T> void projection_loss<T>::check(device_view<T const> x, std::span<token_id const> targets) const {
    auto const turned = form_ == transposed::yes;
    check_shape({"projection loss", weights_->name()}, x, x.rows, turned ? weights_->columns() : weights_->rows());
    check_size({"projection loss", {}, "targets"}, targets.size(), x.rows);
    check_ids({"projection loss", {}, "targets"}, targets, turned ? weights_->rows() : weights_->columns(), true);
}

template <class T> projection<T> projection_loss<T>::to() noexcept {
    return {weights_->values(), bias_ == nullptr ? device_view<T>() : bias_->values(), form_};
}

template <class T>
deferred<loss_sum> projection_loss<T>::forward(device_view<T const> x, std::span<token_id const> targets) {
    check(x, targets);
    auto const weights = weights_->add_dense();
    auto const bias = bias_ == nullptr ? typename parameter<T>::dense_target{} : bias_->add_dense();
    loss_.set();
    weights_->ops()->projection_loss(x, to(), targets_.assign(targets), loss_.target(),
                                     {.x = d_x_.resize(x.rows, x.columns),
                                      .to = {weights.gradient, bias.gradient, form_},
                                      .weights_beta = weights.beta,
                                      .bias_beta = bias.beta,
                                      .smoothing = smoothing_});
    return loss_;
}

template <class T>
deferred<loss_sum> projection_loss<T>::evaluate(device_view<T const> x, std::span<token_id const> targets) {
    check(x, targets);
    loss_.set();
    weights_->ops()->projection_loss(x, to(), targets_.assign(targets), loss_.target());
    return loss_;
}

template <class T> sigmoid_loss<T>::sigmoid_loss(std::shared_ptr<operations<T>> ops)
    : ops_(std::move(ops)), labels_(ops_->queue()), loss_(ops_->queue()), d_x_(ops_) {}

template <class T>
deferred<loss_sum> sigmoid_loss<T>::forward(device_view<T const> x, std::span<std::uint8_t const> labels) {
    auto const values = x.rows * x.columns;
    check_size({"sigmoid loss", {}, "labels"}, labels.size(), values);
    loss_.set();
    ops_->sigmoid_loss(x, labels_.assign(labels), values == 0 ? T(0) : T(1) / static_cast<T>(values),
                       d_x_.resize(x.rows, x.columns), loss_.target());
    return loss_;
}

template <class T> std::vector<token_id> targets_of_one_hot(matrix_view<T const> rows) {
    std::vector<token_id> targets;
    for (std::size_t r = 0; r < rows.rows; ++r) {
        auto target = no_token;
        auto fits = true;
        for (std::size_t c = 0; c < rows.columns; ++c) {
            if (rows(r, c) == 0) continue;
            fits = fits && rows(r, c) == 1 && target == no_token;
            target = id_at(c);
        }
        if (!fits || target == no_token)
            throw error(failure::bad_data,
                        "one-hot targets: expected one 1 and zeros in row " + std::to_string(r) + ", found others");
        targets.push_back(target);
    }
    return targets;
}

template class softmax_loss<float>;
template class softmax_loss<double>;
template class projection_loss<float>;
template class projection_loss<double>;
template class sigmoid_loss<float>;
template class sigmoid_loss<double>;
template std::vector<token_id> targets_of_one_hot(matrix_view<float const>);
template std::vector<token_id> targets_of_one_hot(matrix_view<double const>);
}
