module wordmill.seq2seq:recurrent_layers;
import :decoder;
import :encoder;
import :encoder_decoder;
import :options;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill::detail {
/// A recurrent encoder and decoder with their embeddings.
template <class T> class recurrent_layers final : public encoder_decoder<T> {
public:
    recurrent_layers(seq2seq_options const& options, parameter_set<T>& set, random_key key);

    device_view<T const> forward(sequence_batch const& batch, pass const& p) override;
    void backward(device_view<T const> d) override;
    void begin(sequence_batch const& batch, std::size_t steps, std::size_t copies) override;
    device_view<T const> next(std::span<token_id const> tokens) override { return decode_.next(tokens); }
    void reorder(std::span<token_id const> lanes) override { decode_.reorder(lanes); }
    void select(std::span<token_id const> lanes) override { decode_.select(lanes, lengths_.select(lanes)); }
    [[nodiscard]] device_view<T const> weights(attention_choice const&) override { return decode_.weights(); }

private:
    encoded_sources<T> encoded(sequence_batch const& batch, pass const& p);

    bool attends_;
    encoder<T> encode_;
    decoder<T> decode_;
    // Copies of what was encoded.
    row_copies<T> outputs_;
    std::vector<row_copies<T>> states_; // hidden values and cells of each layer
    lane_lengths lengths_;
};
}
