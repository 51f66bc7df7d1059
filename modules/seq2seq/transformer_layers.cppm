module wordmill.seq2seq:transformer_layers;
import :encoder_decoder;
import :options;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.training;

namespace wordmill::detail {
/// The encoder and the decoder of a Transformer with their embeddings.
template <class T> class transformer_layers final : public encoder_decoder<T> {
public:
    transformer_layers(seq2seq_options const& options, parameter_set<T>& set, random_key key);

    device_view<T const> forward(sequence_batch const& batch, pass const& p) override;
    void backward(device_view<T const> d) override;
    void begin(sequence_batch const& batch, std::size_t steps, std::size_t copies) override;
    device_view<T const> next(std::span<token_id const> tokens) override;
    void reorder(std::span<token_id const> lanes) override { decode_.reorder(lanes); }
    void select(std::span<token_id const> lanes) override { decode_.reorder(lanes, lane_lengths_.select(lanes)); }
    [[nodiscard]] device_view<T const> weights(attention_choice const& choice) override;

private:
    /// The embeddings of one side times sqrt(H), as in Vaswani et al. 2017, 3.4.
    struct scaled_embedding {
        embedding<T> table;
        std::shared_ptr<operations<T>> ops;
        tensor<T> y, d_y;

        explicit scaled_embedding(parameter<T>& of) : table(of), ops(of.ops()), y(ops), d_y(ops) {}
        device_view<T const> scaled(device_view<T const> x, tensor<T>& to);
        device_view<T const> forward(std::span<token_id const> ids) { return scaled(table.forward(ids), y); }
        void backward(device_view<T const> d) { table.backward(scaled(d, d_y)); }
    };

    std::size_t layers_;
    std::size_t heads_;
    std::shared_ptr<operations<T>> ops_;
    scaled_embedding source_;
    transformer_encoder<T> encode_;
    scaled_embedding target_;
    transformer_decoder<T> decode_;
    mirrored<std::uint32_t> lengths_;
    row_copies<T> values_; // that were encoded
    lane_lengths lane_lengths_;
    tensor<T> weights_;     // the mean of several heads
    std::size_t steps_ = 0; // decoded since `begin`
};
}
