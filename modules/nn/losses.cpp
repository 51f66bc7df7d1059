module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.core;
import :losses;
import :operations;
import :parameters;
import :shapes;

namespace wordmill {
template <class T> softmax_loss<T>::softmax_loss(std::shared_ptr<operations<T>> ops)
    : ops_(std::move(ops)), probabilities_(ops_), d_logits_(ops_) {}

template <class T> loss_sum softmax_loss<T>::forward(matrix_view<T const> logits, std::span<token_id const> targets) {
    check_size({"softmax loss", {}, "targets"}, targets.size(), logits.rows);
    check_ids({"softmax loss", {}, "targets"}, targets, logits.columns, true);
    targets_.assign(targets.begin(), targets.end());
    return loss_ = ops_->softmax_loss(logits, targets, probabilities_.resize(logits.rows, logits.columns));
}

template <class T> matrix_view<T const> softmax_loss<T>::backward() {
    auto const scale = loss_.count == 0 ? T(0) : T(1) / static_cast<T>(loss_.count);
    auto const d_logits = d_logits_.resize(probabilities_.rows(), probabilities_.columns());
    ops_->softmax_loss_backward(probabilities_.view(), targets_, scale, d_logits);
    return d_logits;
}

template <class T> projection_loss<T>::projection_loss(parameter<T>& weights, parameter<T>* bias, transposed form)
    : weights_(&weights), bias_(bias), form_(form), d_x_(weights.ops()) {
    auto const outputs = form == transposed::yes ? weights.rows() : weights.columns();
    if (bias != nullptr)
        check_shape({"projection loss", bias->name(), "bias"}, bias->rows(), bias->columns(), 1, outputs);
}

template <class T> void projection_loss<T>::check(matrix_view<T const> x, std::span<token_id const> targets) const {
    auto const turned = form_ == transposed::yes;
    check_shape({"projection loss", weights_->name()}, x, x.rows, turned ? weights_->columns() : weights_->rows());
    check_size({"projection loss", {}, "targets"}, targets.size(), x.rows);
    check_ids({"projection loss", {}, "targets"}, targets, turned ? weights_->rows() : weights_->columns(), true);
}

template <class T> projection<T> projection_loss<T>::to() noexcept {
    return {weights_->values(), bias_ == nullptr ? matrix_view<T>() : bias_->values(), form_};
}

template <class T> loss_sum projection_loss<T>::forward(matrix_view<T const> x, std::span<token_id const> targets) {
    check(x, targets);
    auto const weights = weights_->add_dense();
    auto const bias = bias_ == nullptr ? typename parameter<T>::dense_target{} : bias_->add_dense();
    return weights_->ops()->projection_loss(x, to(), targets, d_x_.resize(x.rows, x.columns),
                                            {weights.gradient, bias.gradient, form_}, weights.beta, bias.beta);
}

template <class T> loss_sum projection_loss<T>::evaluate(matrix_view<T const> x, std::span<token_id const> targets) {
    check(x, targets);
    return weights_->ops()->projection_loss(x, to(), targets, {}, {}, 0, 0);
}

template <class T> sigmoid_loss<T>::sigmoid_loss(std::shared_ptr<operations<T>> ops)
    : ops_(std::move(ops)), d_x_(ops_) {}

template <class T> loss_sum sigmoid_loss<T>::forward(matrix_view<T const> x, std::span<std::uint8_t const> labels) {
    auto const values = x.rows * x.columns;
    check_size({"sigmoid loss", {}, "labels"}, labels.size(), values);
    return ops_->sigmoid_loss(x, labels, values == 0 ? T(0) : T(1) / static_cast<T>(values),
                              d_x_.resize(x.rows, x.columns));
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
