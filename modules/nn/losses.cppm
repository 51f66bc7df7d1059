export module wordmill.nn:losses;
import :operations;
import :parameters;
import :tensor;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Cross entropy of the softmax of rows of logits, its mean over the rows that count: those whose target is not
/// `no_token`. Views are as in `affine`; targets are read at once. A target that is no column is a
/// `failure::usage`.
export template <class T> class softmax_loss {
public:
    explicit softmax_loss(std::shared_ptr<operations<T>> ops);

    loss_sum forward(matrix_view<T const> logits, std::span<token_id const> targets); ///< [N, V], [N]
    matrix_view<T const> backward();                                                  ///< [N, V]
    [[nodiscard]] matrix_view<T const> probabilities() const noexcept { return probabilities_.view(); }

private:
    std::shared_ptr<operations<T>> ops_;
    std::vector<token_id> targets_{};
    loss_sum loss_{};
    tensor<T> probabilities_;
    tensor<T> d_logits_;
};

/// An affine layer and the softmax loss of what it gives, without holding the logits of all rows: for large
/// vocabularies. Gradients are worked out on the way there, by blocks that stay in the cache.
export template <class T> class projection_loss {
public:
    explicit projection_loss(parameter<T>& weights, parameter<T>* bias = nullptr, transposed form = transposed::no);

    loss_sum forward(matrix_view<T const> x, std::span<token_id const> targets);  ///< [N, D], [N]; adds gradients
    matrix_view<T const> backward() const noexcept { return d_x_.view(); }        ///< [N, D]
    loss_sum evaluate(matrix_view<T const> x, std::span<token_id const> targets); ///< without gradients

private:
    void check(matrix_view<T const> x, std::span<token_id const> targets) const;
    [[nodiscard]] projection<T> to() noexcept;

    parameter<T>* weights_;
    parameter<T>* bias_;
    transposed form_;
    tensor<T> d_x_;
};

/// Cross entropy of sigmoid(x) with labels of 0 or 1, its mean over all values. The labels are read at once.
export template <class T> class sigmoid_loss {
public:
    explicit sigmoid_loss(std::shared_ptr<operations<T>> ops);

    loss_sum forward(matrix_view<T const> x, std::span<std::uint8_t const> labels); ///< [N, K], [N K]
    matrix_view<T const> backward() const noexcept { return d_x_.view(); }          ///< [N, K]

private:
    std::shared_ptr<operations<T>> ops_;
    tensor<T> d_x_;
};

/// The column of the 1 of each row, all else being 0; the rows are in the host's memory. Anything else is a
/// `failure::bad_data`.
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
