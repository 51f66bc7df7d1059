module wordmill.nn:losses_reference;
import :elements_reference;
import :loss_operations;
import :memory_reference;
import :operation_code;
import :products_reference;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
namespace reference_loops {
/// Replaces each row of `y` by its softmax and returns the loss at the targets.
template <class T> loss_sum softmax_loss(std::span<token_id const> targets, matrix_view<T> y, T smoothing) {
    loss_sum loss;
    for (std::size_t r = 0; r < y.rows; ++r) {
        auto const counts = targets[r] != no_token;
        expect(!counts || index(targets[r]) < y.columns, "softmax loss: a target is one of the columns");
        auto logit = counts ? y(r, index(targets[r])) : T(0); // the mean under the target distribution
        if (smoothing != 0) {
            T sum = 0;
            for (auto const value : y.row(r)) sum += value;
            logit = (1 - smoothing) * logit + smoothing / static_cast<T>(y.columns) * sum;
        }
        auto const all = softmax<T>(y.row(r), y.row(r));
        if (counts) loss += {static_cast<double>(all - logit), 1};
    }
    return loss;
}

/// `scale` times (p - t) in place, where t is the target distribution; 0 in rows that do not count.
template <class T>
void softmax_loss_backward(std::span<token_id const> targets, T scale, matrix_view<T> y, T smoothing) {
    auto const everywhere = smoothing / static_cast<T>(y.columns);
    for (std::size_t r = 0; r < y.rows; ++r) {
        auto const counts = targets[r] != no_token;
        if (counts) y(r, index(targets[r])) -= 1 - smoothing;
        for (auto& value : y.row(r)) value = counts ? (value - everywhere) * scale : T(0);
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

template <class T> class reference_losses : public virtual loss_operations<T>, operation_code {
public:
    void softmax_loss(device_view<T const> logits, device_span<token_id const> targets, device_view<T> probabilities,
                      loss_target loss, T smoothing) override {
        add_loss(loss, forward(memory_of(logits), memory_of(targets), memory_of(probabilities), smoothing));
    }
    void softmax_loss_backward(device_view<T const> probabilities, device_span<token_id const> targets, T scale,
                               device_view<T> d_logits, T smoothing) override {
        backward(memory_of(probabilities), memory_of(targets), scale, memory_of(d_logits), smoothing);
    }
    void projection_loss(device_view<T const> x, projection<T> const& to, device_span<token_id const> targets,
                         loss_target loss, projection_gradients<T> const& gradients) override {
        add_loss(loss, project(memory_of(x), memory_of(to), memory_of(targets), memory_of(gradients)));
    }
    void sigmoid_loss(device_view<T const> x, device_span<std::uint8_t const> labels, T scale, device_view<T> d_x,
                      loss_target loss) override {
        expect(labels.size() == x.rows * x.columns, "sigmoid loss: a label for every value");
        add_loss(loss, reference_loops::sigmoid_loss<T>(memory_of(x), memory_of(labels), scale, memory_of(d_x)));
    }

private:
    using ids = std::span<token_id const>;
    static loss_sum forward(matrix_view<T const> logits, ids targets, matrix_view<T> probabilities, T smoothing) {
        expect(targets.size() == logits.rows, "softmax loss: a target for every row");
        reference_loops::copy(logits, probabilities);
        return reference_loops::softmax_loss(targets, probabilities, smoothing);
    }
    static void backward(matrix_view<T const> probabilities, ids targets, T scale, matrix_view<T> d_logits,
                         T smoothing) {
        expect(targets.size() == probabilities.rows, "softmax loss: a target for every row");
        reference_loops::copy(probabilities, d_logits);
        reference_loops::softmax_loss_backward(targets, scale, d_logits, smoothing);
    }
    loss_sum project(matrix_view<T const> x, projection<T, matrix_view> const& to, ids targets,
                     projection_gradients<T, matrix_view> const& gradients) {
        using reference_loops::multiply;
        auto const turned = to.form == transposed::yes;
        auto const across = turned ? transposed::no : transposed::yes;
        auto const columns = turned ? to.weights.rows : to.weights.columns;
        scratch_.resize(std::max(scratch_.size(), checked_product(x.rows, columns)));
        matrix_view<T> const logits{scratch_.data(), x.rows, columns, columns};
        multiply<T>(transposed::no, x, to.form, to.weights, 0, logits);
        if (to.bias.data != nullptr) reference_loops::add_row<T>(to.bias, logits);
        auto const loss = forward(logits, targets, logits, gradients.smoothing);
        if (gradients.x.data == nullptr) return loss;
        auto const over = gradients.mean_over == 0 ? loss.count : gradients.mean_over;
        backward(logits, targets, over == 0 ? T(0) : T(1) / static_cast<T>(over), logits, gradients.smoothing);
        multiply<T>(transposed::no, logits, across, to.weights, 0, gradients.x);
        if (turned)
            multiply<T>(transposed::yes, logits, transposed::no, x, gradients.weights_beta, gradients.to.weights);
        else
            multiply<T>(transposed::yes, x, transposed::no, logits, gradients.weights_beta, gradients.to.weights);
        if (to.bias.data != nullptr) reference_loops::sum_rows<T>(logits, gradients.bias_beta, gradients.to.bias);
        return loss;
    }

    std::vector<T> scratch_{};
};
}
