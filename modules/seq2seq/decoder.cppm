module wordmill.seq2seq:decoder;
import :encoder;
import :options;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill::detail {
/// The decoder up to the projection: from target tokens to what enters the projection. Row t B + b of every matrix is
/// lane b at step t. Views are as in `affine`.
template <class T> class decoder {
public:
    decoder(seq2seq_options const& options, parameter_set<T>& set, parameter<T>& table, random_key key);

    /// All steps of a batch: inputs [T B] to [T B, P]. `from` is borrowed until `backward`.
    device_view<T const> forward(encoded_sources<T> const& from, std::span<token_id const> inputs, pass const& p);
    /// d is [T B, P].
    void backward(device_view<T const> d);
    [[nodiscard]] device_view<T const> d_outputs(); ///< [S B, H], of the encoder's outputs; empty without attention
    [[nodiscard]] std::vector<recurrent_state<T>> d_states(); ///< of the states that the layers started from

    /// Begins to decode up to `steps` tokens for each source. `from` is borrowed until the last step.
    void begin(encoded_sources<T> const& from, std::size_t steps);
    /// One more step: a token for each lane, [B], to [B, P].
    device_view<T const> next(std::span<token_id const> tokens);
    /// Lane i goes on from the state of lane `lanes[i]`, which must have the same source.
    void reorder(std::span<token_id const> lanes);
    /// Lane i goes on from the state of lane `lanes[i]`, with its source. There may be fewer lanes than before.
    /// `lengths` are those of the sources of the new lanes; they are borrowed.
    void select(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths);

    /// The attention weights of the last batch, or of the steps decoded so far; [T B, S] or empty.
    [[nodiscard]] device_view<T const> weights() const;

private:
    struct layer {
        recurrent<T> cells;
        bool skip;
        tensor<T> sum;     // input plus output
        tensor<T> dropped; // what the next layer reads
    };
    void start(encoded_sources<T> const& from, std::size_t steps, pass const& p);
    void run_steps(std::size_t first, std::size_t steps);
    void run_back(std::size_t first, std::size_t steps, device_view<T const> d);
    device_view<T const> layer_input(std::size_t first, std::size_t steps);
    void join(std::size_t first, std::size_t steps, device_view<T const> top);
    void split(std::size_t first, std::size_t steps, device_view<T const> d);
    device_view<T const> result();
    device_view<T const> drop(std::size_t place, std::size_t first, device_view<T const> x, device_view<T> to) const;
    /// Rows of these steps.
    template <class View> [[nodiscard]] View part(View all, std::size_t first, std::size_t steps) const {
        return rows_of(all, first * lanes_, steps * lanes_);
    }
    [[nodiscard]] bool drops() const noexcept { return pass_.training && options_.dropout > 0; }
    [[nodiscard]] std::size_t context_column() const noexcept { return 0; }
    [[nodiscard]] std::size_t state_column() const noexcept { return options_.attention ? options_.hidden_size : 0; }
    [[nodiscard]] std::size_t top_column() const noexcept { return options_.joined_size() - options_.hidden_size; }

    seq2seq_options options_;
    std::shared_ptr<operations<T>> ops_;
    embedding<T> embed_;
    std::vector<layer> layers_;
    std::optional<attention<T>> attention_;
    parameter<T>* combine_ = nullptr; // [joined, H]

    pass pass_{};
    std::size_t lanes_ = 0;
    std::size_t steps_ = 0;
    std::size_t decoded_ = 0; // steps since `begin`
    bool feeds_ = false;      // steps ran one after the other
    bool decodes_ = false;    // one step at a time, in the buffers of one step
    device_view<T const> embedded_{};
    tensor<T> kept_;   // embedded tokens after dropout
    tensor<T> inputs_; // of the first layer, when it reads more than embedded tokens
    tensor<T> joined_; // context, final state of the encoder, hidden values
    tensor<T> combined_;
    tensor<T> output_; // after dropout
    tensor<T> state_;  // the encoder's final hidden values, while decoding
    tensor<T> feed_;   // what the next step is fed, while decoding
    tensor<T> reordered_, reordered_cells_;
    mirrored<token_id> order_;
    tensor<T> d_combined_, d_joined_, d_state_, d_feed_, d_embedded_, d_start_;
    device_view<T const> encoder_state_{}; // [B, H]
    device_view<T const> top_{};           // the hidden values of the last layer, when they alone are projected
};
}
