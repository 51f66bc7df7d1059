export module wordmill.nn:output_layer;
import :operations;
import :parameters;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The softmax that a model is trained with to choose one of V classes. All kinds predict the exact probabilities of
/// all classes. The two kinds for large vocabularies require ids in order of frequency, the most frequent class first.
export enum class softmax_kind : std::uint8_t {
    full,     ///< an affine layer and the softmax over all classes
    sampled,  ///< the same, trained on `samples` classes and the batch's own (see `sampled_softmax_loss`)
    adaptive, ///< frequent classes, then clusters of rarer ones with fewer dimensions (see `adaptive_softmax_loss`)
};

export template <class T> struct output_layer_options {
    std::size_t classes = 0;     ///< V
    std::size_t hidden_size = 0; ///< H
    softmax_kind softmax = softmax_kind::full;
    std::size_t samples = 8192;         ///< of the sampled softmax
    std::vector<std::size_t> cutoffs{}; ///< of the adaptive softmax: the first id of each cluster, ascending, below V
    /// Weights [V, H] to use instead of new ones, such as those of an embedding (Press & Wolf 2017). Not for an
    /// adaptive softmax.
    parameter<T>* tied = nullptr;
    double smoothing = 0; ///< of the targets in `learn`, as in `softmax_loss`; only for a full softmax
};

/// The last layer of a model, with one of the softmaxes: computes the loss of N targets from hidden values [N, H].
/// Views are as in `affine`. The next call overwrites a returned loss.
export template <class T> class output_layer {
public:
    output_layer() = default;
    output_layer(output_layer const&) = delete;
    output_layer& operator=(output_layer const&) = delete;
    virtual ~output_layer() = default;

    /// Computes the loss and adds gradients; `key` selects the sampled classes.
    virtual deferred<loss_sum> learn(device_view<T const> h, std::span<token_id const> targets, random_key key) = 0;
    [[nodiscard]] virtual device_view<T const> backward() const = 0; ///< [N, H]
    /// The exact loss, whatever the softmax, without smoothing.
    virtual deferred<loss_sum> evaluate(device_view<T const> h, std::span<token_id const> targets) = 0;
    /// Waits for the logits [N, V] and returns them on the host. Those of an adaptive softmax are log probabilities.
    [[nodiscard]] virtual std::vector<T> logits(device_view<T const> h) = 0;
};

/// Makes an output layer and adds its parameters to the set, with names that begin with "projection.". Weights are
/// drawn from normal distributions with a standard deviation of 1 / sqrt(number of inputs); biases are 0.
/// `failure::usage` when the smoothing is not at least 0 and less than 1, or not 0 with another softmax than the full.
export template <class T> [[nodiscard]] std::unique_ptr<output_layer<T>>
make_output_layer(output_layer_options<T> const& options, parameter_set<T>& set, random_key key);

extern template std::unique_ptr<output_layer<float>> make_output_layer(output_layer_options<float> const&,
                                                                       parameter_set<float>&, random_key);
extern template std::unique_ptr<output_layer<double>> make_output_layer(output_layer_options<double> const&,
                                                                        parameter_set<double>&, random_key);
}
