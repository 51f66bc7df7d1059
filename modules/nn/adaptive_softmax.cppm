export module wordmill.nn:adaptive_softmax;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The dimension of cluster i of an adaptive softmax over hidden values of dimension D: D / 4^(i + 1), at least 1
/// (Grave et al. 2017).
export [[nodiscard]] constexpr std::size_t adaptive_dimension(std::size_t d, std::size_t cluster) noexcept {
    for (std::size_t i = 0; i <= cluster && d > 1; ++i) d /= 4;
    return std::max<std::size_t>(d, 1);
}

/// The parameters of an adaptive softmax over V classes. Class ids are in order of falling frequency. The head has the
/// V_h most frequent classes and one class for each of K clusters. The clusters divide the other classes among them in
/// order: cluster i has V_i consecutive classes.
export template <class T> struct adaptive_parameters {
    struct cluster {
        parameter<T>& projection; ///< [D, D_i]
        parameter<T>& weights;    ///< [D_i, V_i]
    };
    parameter<T>& head; ///< [D, V_h + K]
    parameter<T>& bias; ///< [1, V_h + K]
    std::vector<cluster> clusters{};
};

/// A softmax in two stages (Grave et al. 2017). A class of the head has the probability that the head gives it; a class
/// of a cluster has the probability of its cluster times its probability within the cluster. Training on a row computes
/// the head and, if the target is in a cluster, that cluster only. Probabilities are exact and sum to 1. Views are as
/// in `affine`; targets are read before the call returns.
export template <class T> class adaptive_softmax_loss {
public:
    /// `failure::usage` when the shapes of the parameters do not match.
    explicit adaptive_softmax_loss(adaptive_parameters<T> parameters);

    [[nodiscard]] std::size_t classes() const noexcept; ///< V
    deferred<loss_sum> forward(device_view<T const> x,
                               std::span<token_id const> targets);         ///< [N, D], [N]; adds gradients
    device_view<T const> backward() const noexcept { return d_x_.view(); } ///< [N, D]
    deferred<loss_sum> evaluate(device_view<T const> x, std::span<token_id const> targets); ///< without gradients
    /// [N, V] on the host.
    [[nodiscard]] std::vector<T> log_probabilities(device_view<T const> x);

private:
    void check(device_view<T const> x, std::span<token_id const> targets) const;
    deferred<loss_sum> work_out(device_view<T const> x, std::span<token_id const> targets, bool learns);
    void add_cluster(std::size_t i, device_view<T const> x, std::span<token_id const> targets, bool learns);
    void choose_rows(std::size_t first, std::size_t size, std::span<token_id const> targets);
    [[nodiscard]] std::vector<T> host_logits(device_view<T const> x, parameter<T> const& weights, parameter<T>* bias);

    adaptive_parameters<T> parameters_;
    std::shared_ptr<operations<T>> ops_;
    std::size_t frequent_;           // V_h
    std::vector<std::size_t> first_; // the first class of each cluster
    mirrored<token_id> head_targets_;
    mirrored<token_id> rows_; // rows whose targets are in a cluster
    mirrored<token_id> places_;
    deferred<loss_sum> loss_;
    tensor<T> chosen_; // rows of x
    tensor<T> projected_;
    tensor<T> d_projected_;
    tensor<T> d_chosen_;
    tensor<T> d_x_;
    tensor<T> logits_;
};

extern template class adaptive_softmax_loss<float>;
extern template class adaptive_softmax_loss<double>;
}
