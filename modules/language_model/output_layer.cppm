module wordmill.language_model:output_layer;
import :model;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill::detail {
template <class T> parameter<T>& add_normal(parameter_set<T>& set, std::string name, std::size_t rows,
                                            std::size_t columns, random_key key, double deviation);

/// From hidden values [N, H] to the loss of N tokens: one of the softmaxes.
template <class T> class output_layer {
public:
    output_layer() = default;
    output_layer(output_layer const&) = delete;
    output_layer& operator=(output_layer const&) = delete;
    virtual ~output_layer() = default;

    /// Adds gradients; `key` says what is sampled.
    virtual deferred<loss_sum> learn(device_view<T const> h, std::span<token_id const> targets, random_key key) = 0;
    [[nodiscard]] virtual device_view<T const> backward() const = 0; ///< [N, H]
    /// Exact, of any softmax.
    virtual deferred<loss_sum> evaluate(device_view<T const> h, std::span<token_id const> targets) = 0;
    [[nodiscard]] virtual std::vector<T> logits(device_view<T const> h) = 0; ///< [N, V] on the host
};

/// Its parameters come behind those that the set has, among them "embedding.weight".
template <class T> [[nodiscard]] std::unique_ptr<output_layer<T>>
make_output_layer(language_model_options const& options, parameter_set<T>& set, random_key key);
}
