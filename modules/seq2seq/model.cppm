export module wordmill.seq2seq:model;
import :options;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
/// Maps source sequences to target sequences: an encoder, a decoder and the softmax over the target vocabulary. It is
/// trained with teacher forcing: at each step the decoder reads the token that the target has there, not the one it
/// predicted. For one thread at a time.
export template <class T> class seq2seq_model {
public:
    /// Weights are drawn from normal distributions as in the book: embeddings with standard deviation 0.01, others with
    /// 1 / sqrt(number of inputs); biases are 0. Embeddings of a Transformer have 1 / sqrt(H); its layers are those of
    /// `transformer_encoder` and `transformer_decoder`. `failure::usage` for options out of range.
    seq2seq_model(seq2seq_options const& options, std::shared_ptr<operations<T>> ops, random_key key);
    seq2seq_model(seq2seq_model&&) noexcept;
    seq2seq_model& operator=(seq2seq_model&&) noexcept;
    ~seq2seq_model();

    /// Returns the loss of a batch and sets the gradients of the parameters to those of its mean. `key` selects the
    /// dropped values; use a different key for each batch. With label smoothing the loss includes it. Does not wait for
    /// the device.
    deferred<loss_sum> learn(sequence_batch const& batch, random_key key);
    /// Returns the exact loss, without gradients, dropout and smoothing.
    deferred<loss_sum> evaluate(sequence_batch const& batch);

    /// Begins to decode the sources of a batch, up to `steps` tokens each; its targets are not used. Lane b * copies +
    /// i is copy i of source b.
    void begin_decoding(sequence_batch const& batch, std::size_t steps, std::size_t copies = 1);
    /// Feeds one token to each lane, first the begin token, and returns the logits [lanes, V] of the token after it, on
    /// the host.
    [[nodiscard]] std::vector<T> next_logits(std::span<token_id const> tokens);
    /// The same with probabilities in place of logits, valid until the next call.
    [[nodiscard]] std::span<T const> next_probabilities(std::span<token_id const> tokens);
    /// Lane i goes on from what lane `lanes[i]` has decoded, with its source. There may be fewer lanes than before, at
    /// least one.
    void reorder(std::span<token_id const> lanes);

    /// The attention weights of the last batch, or of the steps decoded so far, on the host: [T B, S], row t B + b is
    /// step t of lane b. While lanes keep their sources, the steps before a reorder stay with the lane that decoded
    /// them; else they move with it. Empty without attention. `failure::usage` for a layer or a head that the model
    /// does not have.
    [[nodiscard]] std::vector<T> attention_weights(attention_choice const& choice = {}) const;

    [[nodiscard]] seq2seq_options const& options() const noexcept;
    [[nodiscard]] parameter_set<T>& parameters() noexcept;

private:
    struct layers;
    std::unique_ptr<layers> layers_;
};

extern template class seq2seq_model<float>;
extern template class seq2seq_model<double>;
}
