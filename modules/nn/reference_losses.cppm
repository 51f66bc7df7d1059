module wordmill.nn:reference_losses;
import :operations;
import wordmill.core;
import wordmill.standard;

namespace wordmill::reference_loops {
/// exp(x - max) / sum; returns the logarithm of the sum of exp(x). `y` may be `x`.
template <class T> T softmax(std::span<T const> x, std::span<T> y) {
    auto const most = std::ranges::max(x);
    T sum = 0;
    for (std::size_t c = 0; c < x.size(); ++c) sum += y[c] = std::exp(x[c] - most);
    for (auto& value : y) value /= sum;
    return most + std::log(sum);
}

/// The softmax of each row of `y`, which becomes its result, and what it loses at the targets.
template <class T> loss_sum softmax_loss(std::span<token_id const> targets, matrix_view<T> y) {
    loss_sum loss;
    for (std::size_t r = 0; r < y.rows; ++r) {
        auto const counts = targets[r] != no_token;
        expect(!counts || index(targets[r]) < y.columns, "softmax loss: a target is one of the columns");
        auto const logit = counts ? y(r, index(targets[r])) : T(0);
        auto const all = softmax<T>(y.row(r), y.row(r));
        if (counts) loss += {static_cast<double>(all - logit), 1};
    }
    return loss;
}

/// (p - 1 at the target) times `scale`, in place; 0 where the row does not count.
template <class T> void softmax_loss_backward(std::span<token_id const> targets, T scale, matrix_view<T> y) {
    for (std::size_t r = 0; r < y.rows; ++r) {
        auto const counts = targets[r] != no_token;
        if (counts) y(r, index(targets[r])) -= 1;
        for (auto& value : y.row(r)) value = counts ? value * scale : T(0);
    }
}

template <class T>
loss_sum sigmoid_loss(matrix_view<T const> x, std::span<std::uint8_t const> labels, T scale, matrix_view<T> d_x) {
    loss_sum loss;
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < x.columns; ++c) {
            auto const positive = labels[r * x.columns + c] != 0;
            auto const z = positive ? -x(r, c) : x(r, c); // the loss is log(1 + e^z)
            loss += {static_cast<double>(std::max(z, T(0)) + std::log1p(std::exp(-std::abs(z)))), 1};
            auto const miss = T(1) / (T(1) + std::exp(-z));
            d_x(r, c) = scale * (positive ? -miss : miss);
        }
    return loss;
}
}
