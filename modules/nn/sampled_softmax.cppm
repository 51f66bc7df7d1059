export module wordmill.nn:sampled_softmax;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Draws S different classes out of V by systematic sampling (Madow 1949). Ids are in order of falling frequency: the
/// probability of class k is proportional to log((k + 2) / (k + 1)), as for words that follow Zipf's law. Classes that
/// would be expected more than once in a draw are always drawn. The probability of the others is divided into equal
/// parts, and one class is drawn from each part. So a class is drawn with exactly the probability that `inclusion`
/// returns. The cost of a draw depends on S and not on V. Immutable.
export class class_sampler {
public:
    /// S is reduced to V if it is larger. `failure::usage` when either is 0.
    class_sampler(std::size_t classes, std::size_t samples);

    [[nodiscard]] std::size_t size() const noexcept { return samples_; } ///< S
    /// Replaces the contents of `drawn` with the classes drawn, ascending.
    void draw(random_key key, std::vector<token_id>& drawn) const;
    [[nodiscard]] double inclusion(token_id id) const; ///< in (0, 1]

private:
    std::size_t classes_;
    std::size_t samples_;
    std::size_t certain_ = 0; ///< classes below it are always drawn
    double length_ = 0;       ///< of the others together: log((V + 1) / (certain + 1))
};

/// A softmax over many classes that is trained on a sample of them (Bengio & Senecal 2008; Jean et al. 2015). The
/// candidates of a step are its targets and S classes drawn by a `class_sampler`, shared by all rows. The loss needs
/// the sum of exp(logit) over all classes; it is estimated by the sum over the candidates, with the term of each drawn
/// class divided by the probability of drawing it (the logarithm of the probability is subtracted from its logit). The
/// estimate of the sum is unbiased, and exact when S = V. The targets of other rows are certain to be candidates, so
/// their terms are not divided; a target that is also drawn counts once. A step costs N (N + S) D, whatever V is: only
/// the candidates' rows have gradients.
///
/// `weights` is [V, D], `bias` [V, 1]. Views are as in `affine`; targets are read before the call returns.
export template <class T> class sampled_softmax_loss {
public:
    /// `failure::usage` when the shapes of the parameters do not match.
    sampled_softmax_loss(parameter<T>& weights, parameter<T>& bias, std::size_t samples);

    /// x is [N, D], `targets` [N]. Adds gradients. The loss is the estimate from the classes drawn with `key`.
    deferred<loss_sum> forward(device_view<T const> x, std::span<token_id const> targets, random_key key);
    device_view<T const> backward() const noexcept { return d_x_.view(); } ///< [N, D]
    /// The exact loss over all classes.
    deferred<loss_sum> evaluate(device_view<T const> x, std::span<token_id const> targets);
    device_view<T const> logits(device_view<T const> x); ///< [N, D] to [N, V], of all classes
    /// The candidates of the last `forward`, ascending.
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
    tensor<T> rows_; // of the weights; these and the rest are of candidates
    tensor<T> row_bias_;
    tensor<T> d_rows_;
    tensor<T> d_row_bias_;
    tensor<T> d_x_;
    tensor<T> logits_;
};

extern template class sampled_softmax_loss<float>;
extern template class sampled_softmax_loss<double>;
}
