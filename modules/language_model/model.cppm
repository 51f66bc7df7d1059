export module wordmill.language_model:model;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.training;

namespace wordmill {
/// The layers of a language model: embedding, dropout, then recurrent layers each followed by dropout, then an affine
/// layer and the softmax over the vocabulary. The book's models are:
///   SimpleRnnlm  {.cell = recurrent_cell::tanh}
///   Rnnlm        the defaults
///   BetterRnnlm  {.embedding_size = 650, .hidden_size = 650, .layers = 2, .dropout = 0.5, .tied = true}
export struct language_model_options {
    std::size_t vocabulary_size = 0; ///< V
    std::size_t embedding_size = 100;
    std::size_t hidden_size = 100; ///< of each recurrent layer
    std::size_t layers = 1;
    recurrent_cell cell = recurrent_cell::lstm;
    double dropout = 0;
    bool dropout_per_sequence = false; ///< one mask for all steps of a batch (Gal & Ghahramani 2016)
    bool tied = false;      ///< the last layer shares the embedding's weights (Press & Wolf 2017); needs equal sizes
    bool skip = false;      ///< a recurrent layer with equal sizes adds its input to its output
    double forget_bias = 0; ///< initial bias of the LSTM's forget gates
    softmax_kind softmax = softmax_kind::full;
    std::size_t samples = 8192;         ///< of the sampled softmax
    std::vector<std::size_t> cutoffs{}; ///< of the adaptive softmax: the first id of each cluster, ascending, below V
    /// Instead of recurrent layers: the decoder of a Transformer (Vaswani et al. 2017) over segments of up to `context`
    /// tokens. It has embeddings of its size, dropout as in the paper, and none of the options of recurrent layers.
    std::optional<transformer_shape> transformer{};

    /// `failure::usage` for options that no model can have.
    void check() const;
    /// The number of weights, which are floats.
    [[nodiscard]] std::uint64_t weights() const;
    /// Bytes of weights and gradients, 4 for each float. The last layer of a sampled softmax counts gradients of the
    /// samples only.
    [[nodiscard]] std::uint64_t memory_bytes() const;
    /// Bytes that a training step on a batch takes on a GPU besides weights, gradients and the optimizer: the values of
    /// the layers and their gradients, and the logits that are in memory at a time.
    [[nodiscard]] std::uint64_t working_bytes(std::size_t lanes, std::size_t steps) const;
};

/// The state of each lane, on the host. It serves for evaluation during training and for checkpoints.
export template <class T> struct language_model_state {
    std::size_t lanes = 0;                ///< 0: no state, as at the start
    std::vector<std::vector<T>> hidden{}; ///< of each recurrent layer, [lanes, H]
    std::vector<std::vector<T>> cells{};  ///< likewise; empty except for LSTMs
    /// Of each layer of a Transformer: keys and values of the m positions before, [m lanes, 2 H].
    std::vector<std::vector<T>> memory{};
};

/// Predicts the next token from those before it. Lanes are independent texts; their states carry over from one call to
/// the next. For one thread at a time.
export template <class T> class language_model {
public:
    /// Weights are drawn from normal distributions as in the book: the embedding with standard deviation 0.01, others
    /// with 1 / sqrt(number of inputs); biases are 0. The embedding of a Transformer has 1 / sqrt(H); its layers are
    /// those of `transformer_decoder`. `failure::usage` for options out of range.
    language_model(language_model_options const& options, std::shared_ptr<operations<T>> ops, random_key key);
    language_model(language_model&&) noexcept;
    language_model& operator=(language_model&&) noexcept;
    ~language_model();

    /// Returns the loss of a batch and sets the gradients of the parameters to those of its mean. `key` selects the
    /// dropped values and the sampled classes; use a different key for each batch. The loss of a sampled softmax is an
    /// estimate. Does not wait for the device.
    deferred<loss_sum> learn(bptt_batch const& batch, random_key key);
    /// Returns the exact loss, whatever the softmax, without gradients and dropout.
    deferred<loss_sum> evaluate(bptt_batch const& batch);
    /// Feeds one more token to each of B lanes and returns the logits [B, V] of the token after it, on the host. Those
    /// of an adaptive softmax are log probabilities. A Transformer reads the last `context` tokens, or after more of
    /// them the last half or more; with a memory it reads segments of `context` tokens and the memory before each.
    [[nodiscard]] std::vector<T> next_logits(std::span<token_id const> tokens);

    void reset_state() noexcept;
    [[nodiscard]] language_model_state<T> state() const;
    /// `failure::bad_data` when the state is that of a model with other sizes.
    void set_state(language_model_state<T> const& state);

    [[nodiscard]] language_model_options const& options() const noexcept;
    [[nodiscard]] parameter_set<T>& parameters() noexcept;

private:
    struct layers;
    std::unique_ptr<layers> layers_;
};

extern template class language_model<float>;
extern template class language_model<double>;
}
