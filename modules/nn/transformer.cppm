export module wordmill.nn:transformer;
import :dropout;
import :feed_forward;
import :multi_head_attention;
import :operations;
import :parameters;
import :position_encoding;
import :residual;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The sizes and kinds of a stack of Transformer layers.
export struct transformer_options {
    std::size_t layers = 6;
    std::size_t heads = 8;
    std::size_t size = 512;   ///< H, a multiple of `heads`
    std::size_t inner = 2048; ///< of the feed-forward layers
    activation inner_activation = activation::relu;
    norm_placement norm = norm_placement::before;
    /// The ratio of values that training drops: of the input with its positions, and of the output of every attention
    /// and feed-forward layer before it is added to its input (Vaswani et al. 2017, 5.4).
    double dropout = 0.1;
    position_kind positions = position_kind::sinusoidal;
    std::size_t longest = 0; ///< the number of learned positions
    /// Decoders only: the most positions of the sequence before that are attended to as well (Dai et al. 2019). Needs
    /// rotary positions or none.
    std::size_t memory = 0;
    /// Decoders only: E, the size of the values that each layer attends to as well; 0: none.
    std::size_t source_size = 0;

    /// `failure::usage` with the name of the option for values that contradict each other.
    void check() const;
};

/// The encoder of Vaswani et al. 2017: layers of attention to all steps of the sequence and feed-forward layers. The
/// input is embeddings, which the caller scales; the stack adds positions to them. With `norm_placement::before` the
/// output is normalised once more. Row t B + b is step t of lane b. Views are as in `affine`.
export template <class T> class transformer_encoder {
public:
    /// Adds the parameters to the set; their names begin with `name`. Parameters and operations are borrowed.
    transformer_encoder(transformer_options const& options, std::string const& name, parameter_set<T>& set,
                        random_key key);
    transformer_encoder(transformer_encoder&&) noexcept;
    transformer_encoder& operator=(transformer_encoder&&) noexcept;
    ~transformer_encoder();

    /// [T B, H] to [T B, H]. `lengths` [B] are the steps of each lane, which are all that is attended to. They are
    /// borrowed until `backward`; empty: T for all. Rows after the end of a lane are finite.
    device_view<T const> forward(device_view<T const> x, std::size_t lanes,
                                 device_span<std::uint32_t const> lengths = {}, pass const& pass = {});
    device_view<T const> backward(device_view<T const> d_y); ///< [T B, H] to [T B, H]
    /// The weights of one head of a layer in the last call of `forward`, [T B, T]. Valid until the next call.
    device_view<T const> weights(std::size_t layer, std::size_t head);
    [[nodiscard]] transformer_options const& options() const noexcept;

private:
    struct layers;
    std::unique_ptr<layers> layers_;
};

/// The memory of a decoder: for each layer what `self_attention::memory` returns. 0 lanes: there is no memory.
export template <class T> struct transformer_memory {
    std::size_t lanes = 0;
    std::vector<device_view<T const>> layers{};
};

/// The decoder of Vaswani et al. 2017: layers of attention to the steps so far, attention to the values of another
/// sequence if `source_size` is given, and feed-forward layers. Without another sequence it is a language model. Input,
/// output and views are those of `transformer_encoder`.
///
/// A sequence is computed in one call of `forward`, which may be followed by `backward`, or in segments of steps, in
/// order. Keys and values of earlier steps are kept, so decoding computes each step once.
export template <class T> class transformer_decoder {
public:
    /// Adds the parameters to the set; their names begin with `name`. Parameters and operations are borrowed.
    transformer_decoder(transformer_options const& options, std::string const& name, parameter_set<T>& set,
                        random_key key);
    transformer_decoder(transformer_decoder&&) noexcept;
    transformer_decoder& operator=(transformer_decoder&&) noexcept;
    ~transformer_decoder();

    /// Begins a sequence of up to `steps` steps of a decoder without another sequence.
    void begin(std::size_t lanes, std::size_t steps);
    /// Begins a sequence of up to `steps` steps over `values` [S B, E], of which the first lengths[b] of each lane
    /// count. Values and lengths are borrowed until the backward pass; empty lengths: S for all.
    void attend_to(device_view<T const> values, std::size_t lanes, device_span<std::uint32_t const> lengths,
                   std::size_t steps);
    /// [n B, H] to [n B, H], of the steps from `first_step` on.
    device_view<T const> forward(device_view<T const> x, std::size_t first_step = 0, pass const& pass = {});
    device_view<T const> backward(device_view<T const> d_y); ///< [T B, H] to [T B, H]
    /// The gradient of the values, [S B, E], after `backward`.
    [[nodiscard]] device_view<T const> d_values() const;

    /// From now on, lane b continues the earlier steps of lane lanes[b]. Both lanes must attend to the same values.
    void reorder(std::span<token_id const> lanes);
    /// From now on, lane b continues the earlier steps of lane lanes[b], with its values. There may be fewer lanes than
    /// before. `lengths` are those of the new lanes; they are borrowed.
    void reorder(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths);
    /// The weights of one head of a layer's attention to the values, of all steps so far, [T B, S]. The rows of lanes
    /// that move without their values stay: a row belongs to the lane that computed it. Valid until the next call.
    device_view<T const> weights(std::size_t layer, std::size_t head);
    /// The weights of one head of a layer's attention to the steps so far, in the last call of `forward`, [n B, M + T];
    /// the M positions of the memory come first. Call it before `reorder`. Valid until the next call.
    device_view<T const> self_weights(std::size_t layer, std::size_t head);

    /// Keeps the keys and values of the last positions, at most `memory` of them, for the sequence that begins next. No
    /// gradient reaches them.
    void carry();
    /// The next sequence starts without a memory.
    void forget() noexcept;
    /// Valid until the memory changes.
    [[nodiscard]] transformer_memory<T> memory() const;
    /// Replaces the memory by a copy. `failure::usage` when it is not that of such a stack.
    void set_memory(transformer_memory<T> const& memory);
    [[nodiscard]] transformer_options const& options() const noexcept;

private:
    struct layers;
    std::unique_ptr<layers> layers_;
};

extern template class transformer_encoder<float>;
extern template class transformer_encoder<double>;
extern template class transformer_decoder<float>;
extern template class transformer_decoder<double>;
}
