module wordmill.seq2seq:encoder;
import :encoder_decoder;
import :options;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill::detail {
/// What a decoder sees of B sources.
template <class T> struct encoded_sources {
    std::size_t lanes = 0;
    device_view<T const> outputs{};             ///< [S B, H], of the last layer
    device_span<std::uint32_t const> lengths{}; ///< [B]
    std::vector<recurrent_state<T>> states{};   ///< of each layer: its final state, [B, H]
};

/// Weights are drawn with standard deviation 1 / sqrt(number of inputs), biases are 0 but for that of forget gates.
template <class T> recurrent_parameters<T> add_recurrent(parameter_set<T>& set, std::string const& name,
                                                         std::size_t inputs, std::size_t size, seq2seq_options const& o,
                                                         random_key key);

/// An embedding and recurrent layers over whole sources. Views are as in `affine`.
template <class T> class encoder {
public:
    encoder(seq2seq_options const& options, parameter_set<T>& set, parameter<T>& table, random_key key);

    /// sources [S B], lengths [B].
    encoded_sources<T> forward(std::span<token_id const> sources, std::size_t lanes,
                               std::span<std::uint32_t const> lengths, pass const& p);
    /// `d_outputs` is [S B, H] or empty; `d_states` as `encoded_sources::states`.
    void backward(device_view<T const> d_outputs, std::vector<recurrent_state<T>> const& d_states);

private:
    struct layer {
        std::optional<recurrent<T>> one{};
        std::optional<bidirectional<T>> both{};
        /// Calls `work` with the layer.
        template <class Work> auto visit(Work const& work) { return one ? work(*one) : work(*both); }
    };

    std::shared_ptr<operations<T>> ops_;
    embedding<T> embed_;
    std::vector<dropout<T>> drops_; // none, or one for the input of each layer
    std::vector<layer> layers_;
    std::vector<std::optional<tensor<T>>> sums_; // input plus output, for layers with a skip connection
    std::vector<tensor<T>> d_sums_;
    mirrored<std::uint32_t> lengths_;
};
}
