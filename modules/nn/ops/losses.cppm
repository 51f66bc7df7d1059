export module wordmill.nn:loss_operations;
import :product_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The sum that a loss is added to, in the memory of the device.
export struct loss_target {
    inline loss_target(device_span<loss_sum> one, bool counts_rows = true) : total(one), counts(counts_rows) {}

    device_span<loss_sum> total; ///< [1]
    bool counts;                 ///< false: adds to the sum only, because another part of the loss counts the rows
    /// For the code of devices.
    inline void add(loss_sum const& loss, loss_sum& to) const noexcept { to += {loss.sum, counts ? loss.count : 0}; }
};

/// The map from hidden values to logits: x W + b, or x W^T + b when `form` is transposed. W is then [V, D], as in an
/// embedding that shares it.
export template <class T, template <class> class View = device_view> struct projection {
    View<T> weights{};
    View<T> bias{}; ///< [1, V] or empty
    transposed form = transposed::no;
};

/// Where the gradients of the mean loss of a projection go.
export template <class T, template <class> class View = device_view> struct projection_gradients {
    View<T> x{};                 ///< [N, D]; empty: computes no gradients
    projection<T, View> to{};    ///< of weights and bias
    T weights_beta = 0;          ///< 0 overwrites the gradient, 1 adds to it
    T bias_beta = 0;             ///< likewise
    std::uint64_t mean_over = 0; ///< rows of the mean, when the loss is part of a larger one; 0: the rows that count
    T smoothing = 0;             ///< e, of the loss and its gradients; 0 where no gradients are computed
};

/// Losses: sums over the rows that count, whose target is not `no_token`. Every target must be a column or `no_token`;
/// layers check this. With smoothing e, the target distribution is (1 - e) at the target plus e / V everywhere (Szegedy
/// et al. 2016).
export template <class T> class loss_operations {
public:
    virtual ~loss_operations() = default;
    /// `probabilities` may be the logits.
    virtual void softmax_loss(device_view<T const> logits, device_span<token_id const> targets,
                              device_view<T> probabilities, loss_target loss, T smoothing = 0) = 0;
    /// d = scale (p - t), where t is the target distribution; 0 in rows that do not count. d may be p.
    virtual void softmax_loss_backward(device_view<T const> probabilities, device_span<token_id const> targets, T scale,
                                       device_view<T> d_logits, T smoothing = 0) = 0;
    /// The softmax loss of the projection of x [N, D] and its gradients; never stores all logits.
    virtual void projection_loss(device_view<T const> x, projection<T> const& to, device_span<token_id const> targets,
                                 loss_target loss, projection_gradients<T> const& gradients = {}) = 0;
    /// -log sigmoid(x) where the label is 1, -log(1 - sigmoid(x)) where it is 0, and its derivative times `scale`;
    /// labels [N K], row-major.
    virtual void sigmoid_loss(device_view<T const> x, device_span<std::uint8_t const> labels, T scale,
                              device_view<T> d_x, loss_target loss) = 0;
};
}
