export module wordmill.nn:output_layer;
import :operations;
import :parameters;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// How a model learns to choose one of V classes; all of them predict the exact probabilities of all classes. The two
/// for large vocabularies take ids to be in the order of frequency, the most frequent class first.
export enum class softmax_kind : std::uint8_t {
    full,     ///< an affine layer and the softmax over all classes
    sampled,  ///< that, learning from `samples` classes and the batch's own (see `sampled_softmax_loss`)
    adaptive, ///< frequent classes, then clusters of rarer ones with fewer dimensions (see `adaptive_softmax_loss`)
};

export template <class T> struct output_layer_options {
    std::size_t classes = 0;     ///< V
    std::size_t hidden_size = 0; ///< H
    softmax_kind softmax = softmax_kind::full;
    std::size_t samples = 8192;         ///< of the sampled softmax
    std::vector<std::size_t> cutoffs{}; ///< of the adaptive one: the first id of each cluster, ascending, below V
    /// Weights [V, H] to share, as those of an embedding (Press & Wolf 2017), in place of its own; not with an adaptive
    /// softmax.
    parameter<T>* tied = nullptr;
};

/// From hidden values [N, H] to the loss of N targets: the last layer of a model, with one of the softmaxes. Views are
/// as in `affine`; losses are those of the last call.
export template <class T> class output_layer {
public:
    output_layer() = default;
    output_layer(output_layer const&) = delete;
    output_layer& operator=(output_layer const&) = delete;
    virtual ~output_layer() = default;

    /// Adds gradients; `key` says what is sampled.
    virtual deferred<loss_sum> learn(device_view<T const> h, std::span<token_id const> targets, random_key key) = 0;
    [[nodiscard]] virtual device_view<T const> backward() const = 0; ///< [N, H]
    /// Exact, whatever the softmax.
    virtual deferred<loss_sum> evaluate(device_view<T const> h, std::span<token_id const> targets) = 0;
    /// [N, V] on the host; waits. Those of an adaptive softmax are logarithms of probabilities.
    [[nodiscard]] virtual std::vector<T> logits(device_view<T const> h) = 0;
};

/// Its parameters are added to the set, with names that begin with "projection."; weights are drawn from normal
/// distributions with a deviation of one over the square root of their inputs, biases are 0.
export template <class T> [[nodiscard]] std::unique_ptr<output_layer<T>>
make_output_layer(output_layer_options<T> const& options, parameter_set<T>& set, random_key key);

extern template std::unique_ptr<output_layer<float>> make_output_layer(output_layer_options<float> const&,
                                                                       parameter_set<float>&, random_key);
extern template std::unique_ptr<output_layer<double>> make_output_layer(output_layer_options<double> const&,
                                                                        parameter_set<double>&, random_key);
}
