export module wordmill.nn:losses;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The cross entropy of the softmax of rows of logits, averaged over the rows that count: those whose target is not
/// `no_token`. Views are as in `affine`; targets are read before the call returns. The next call overwrites a returned
/// loss. A target that is not the number of a column is a `failure::usage`.
export template <class T> class softmax_loss {
public:
    /// `smoothing`: the share e of the target distribution that is spread evenly over all V columns (Szegedy et al.
    /// 2016), at least 0 and less than 1, else `failure::usage`.
    explicit softmax_loss(std::shared_ptr<operations<T>> ops, double smoothing = 0);

    deferred<loss_sum> forward(device_view<T const> logits, std::span<token_id const> targets); ///< [N, V], [N]
    device_view<T const> backward();                                                            ///< [N, V]
    [[nodiscard]] device_view<T const> probabilities() const noexcept { return probabilities_.view(); }

private:
    std::shared_ptr<operations<T>> ops_;
    T smoothing_;
    mirrored<token_id> targets_;
    std::uint64_t counted_ = 0; // of the targets
    deferred<loss_sum> loss_;
    tensor<T> probabilities_;
    tensor<T> d_logits_;
};

/// An affine layer and the softmax loss of its result, for large vocabularies: the logits of all rows are never stored.
/// `forward` also computes the gradients, in blocks that stay in the cache.
export template <class T> class projection_loss {
public:
    /// `smoothing` is as in `softmax_loss`; `evaluate` computes the loss without it.
    explicit projection_loss(parameter<T>& weights, parameter<T>* bias = nullptr, transposed form = transposed::no,
                             double smoothing = 0);

    deferred<loss_sum> forward(device_view<T const> x,
                               std::span<token_id const> targets);         ///< [N, D], [N]; adds gradients
    device_view<T const> backward() const noexcept { return d_x_.view(); } ///< [N, D]
    deferred<loss_sum> evaluate(device_view<T const> x, std::span<token_id const> targets); ///< without gradients

private:
    void check(device_view<T const> x, std::span<token_id const> targets) const;
    [[nodiscard]] projection<T> to() noexcept;

    parameter<T>* weights_;
    parameter<T>* bias_;
    transposed form_;
    T smoothing_;
    mirrored<token_id> targets_;
    deferred<loss_sum> loss_;
    tensor<T> d_x_;
};

/// The cross entropy of sigmoid(x) with labels of 0 or 1, averaged over all values. Labels are read before the call
/// returns.
export template <class T> class sigmoid_loss {
public:
    explicit sigmoid_loss(std::shared_ptr<operations<T>> ops);

    deferred<loss_sum> forward(device_view<T const> x, std::span<std::uint8_t const> labels); ///< [N, K], [N K]
    device_view<T const> backward() const noexcept { return d_x_.view(); }                    ///< [N, K]

private:
    std::shared_ptr<operations<T>> ops_;
    mirrored<std::uint8_t> labels_;
    deferred<loss_sum> loss_;
    tensor<T> d_x_;
};

/// Returns for each row the column that holds its 1. Every other value must be 0; anything else is a
/// `failure::bad_data`. The rows are in the memory of the host.
export template <class T> [[nodiscard]] std::vector<token_id> targets_of_one_hot(matrix_view<T const> rows);

extern template class softmax_loss<float>;
extern template class softmax_loss<double>;
extern template class projection_loss<float>;
extern template class projection_loss<double>;
extern template class sigmoid_loss<float>;
extern template class sigmoid_loss<double>;
extern template std::vector<token_id> targets_of_one_hot(matrix_view<float const>);
extern template std::vector<token_id> targets_of_one_hot(matrix_view<double const>);
}
