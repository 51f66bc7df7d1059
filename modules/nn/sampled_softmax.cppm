export module wordmill.nn:sampled_softmax;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Draws S different classes of V, ids being in the order of frequency: class k with a probability in proportion to
/// log((k + 2) / (k + 1)), as words that follow Zipf's law. Classes that would come more than once a draw always come;
/// of the others, one of each S-th part of what probability is left (systematic sampling: Madow 1949). So a class is
/// among those drawn with exactly the probability that `inclusion` says. Drawing costs S, never V. Immutable.
export class class_sampler {
public:
    /// S above V is V. `failure::usage` when either is 0.
    class_sampler(std::size_t classes, std::size_t samples);

    [[nodiscard]] std::size_t size() const noexcept { return samples_; } ///< S
    /// Replaces what is in `drawn`; ascending.
    void draw(random_key key, std::vector<token_id>& drawn) const;
    [[nodiscard]] double inclusion(token_id id) const; ///< in (0, 1]

private:
    std::size_t classes_;
    std::size_t samples_;
    std::size_t certain_ = 0; ///< classes below it always come
    double length_ = 0;       ///< of the others together: log((V + 1) / (certain + 1))
};

/// A softmax over many classes that learns from some of them (Bengio & Senecal 2008; Jean et al. 2015). The candidates
/// of a step are its targets and S classes of a `class_sampler`, shared by all rows. The sum of exp(logit) over all
/// classes, which the loss needs, is estimated by that over the candidates, each drawn one divided by the probability
/// with which it is drawn (its logit less the logarithm of it): without bias, and exactly when S = V. The classes of
/// other rows' targets, certain to be there, count once, and so does a target that is drawn too. A step costs
/// N (N + S) D, never V: the gradient is that of the candidates' rows.
///
/// weights [V, D], bias [V, 1]. Views are as in `affine`; targets are read at once.
export template <class T> class sampled_softmax_loss {
public:
    /// `failure::usage` when the parameters do not fit one another.
    sampled_softmax_loss(parameter<T>& weights, parameter<T>& bias, std::size_t samples);

    /// [N, D], [N]; adds gradients. The loss is that of the estimate, of the classes drawn with `key`.
    deferred<loss_sum> forward(device_view<T const> x, std::span<token_id const> targets, random_key key);
    device_view<T const> backward() const noexcept { return d_x_.view(); } ///< [N, D]
    /// The exact loss, over all classes.
    deferred<loss_sum> evaluate(device_view<T const> x, std::span<token_id const> targets);
    device_view<T const> logits(device_view<T const> x); ///< [N, D] to [N, V], of all classes
    /// What `forward` last took into account, ascending.
    [[nodiscard]] std::span<token_id const> candidates() const noexcept { return candidates_.host(); }

private:
    void check(device_view<T const> x, std::span<token_id const> targets) const;
    void choose_candidates(std::span<token_id const> targets, random_key key);

    parameter<T>* weights_;
    parameter<T>* bias_;
    class_sampler sampler_;
    std::vector<token_id> drawn_{};
    std::vector<token_id> wanted_{}; // different targets, ascending
    mirrored<token_id> candidates_;
    mirrored<token_id> places_;            // of the targets among the candidates
    std::vector<T> corrections_on_host_{}; // of each candidate: -log of its probability, 0 for targets
    deferred<loss_sum> loss_;
    tensor<T> corrections_;
    tensor<T> rows_; // of the weights; all of candidates
    tensor<T> row_bias_;
    tensor<T> d_rows_;
    tensor<T> d_row_bias_;
    tensor<T> d_x_;
    tensor<T> logits_;
};

extern template class sampled_softmax_loss<float>;
extern template class sampled_softmax_loss<double>;
}
