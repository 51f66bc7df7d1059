export module wordmill.nn:recurrent;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export inline constexpr named_value<recurrent_cell> recurrent_cell_names[] = {
    {"lstm", recurrent_cell::lstm}, {"gru", recurrent_cell::gru}, {"tanh", recurrent_cell::tanh}};

export struct recurrent_options {
    recurrent_cell cell = recurrent_cell::lstm;
    /// Each sequence starts from the final state of the one before it instead of zeros. Gradients do not cross that
    /// boundary (truncated backpropagation through time).
    bool stateful = false;
};

/// The parameters of a recurrent layer, with the sizes of `recurrent_weights`. The caller chooses the initial values,
/// including the bias of the forget gate.
export template <class T> struct recurrent_parameters {
    parameter<T>& input;
    parameter<T>& hidden;
    parameter<T>& bias;
};

/// The hidden values and, for an LSTM, the cells of B lanes; or their gradients.
export template <class T> struct recurrent_state {
    device_view<T const> hidden{}; ///< [B, H]
    device_view<T const> cells{};  ///< [B, H] or empty
};

/// A recurrent layer over T steps of B lanes. Lanes are independent sequences: row t B + b is lane b at step t. Views
/// are as in `affine`.
export template <class T> class recurrent {
public:
    /// `failure::usage` when the shapes of the parameters do not match.
    recurrent(recurrent_options const& options, recurrent_parameters<T> const& parameters);

    /// [T B, D] to [T B, H]. `lengths` [B] are the steps of each lane, at most T, and borrowed until `backward`; empty:
    /// T for all. After its last step a lane repeats its state. Lengths that fall from lane to lane cost least.
    device_view<T const> forward(device_view<T const> x, std::size_t lanes,
                                 device_span<std::uint32_t const> lengths = {});
    /// [T B, H] to [T B, D]. Call it at most once for each `forward`. `d_final` is the gradient of the final state from
    /// later layers, [B, H]. Empty gradients are zeros.
    device_view<T const> backward(device_view<T const> d_y, recurrent_state<T> const& d_final = {});

    // The same in segments of steps, for decoders whose input depends on their output (input feeding). `forward` and
    // `backward` are the case of one segment.

    /// Begins a sequence of up to `steps` steps, from the state that `forward` would start from.
    void begin(std::size_t steps, std::size_t lanes);
    /// Computes the steps from `first_step` on, [n B, D] to [n B, H]. Segments follow one another without gaps. The
    /// result is valid until the next sequence. x is borrowed until `backward_steps`.
    device_view<T const> forward_steps(device_view<T const> x, std::size_t first_step);
    /// Begins the backward pass of all steps computed since `begin`.
    void begin_backward(recurrent_state<T> const& d_final = {});
    /// [n B, H] to [n B, D], for the same segments in reverse order. After the last call, `d_state` is the gradient of
    /// the initial state.
    device_view<T const> backward_steps(device_view<T const> d_y, std::size_t first_step);

    void reset_state() noexcept { has_state_ = false; }
    /// The next sequence starts from a copy of `state`. Empty cells mean zeros.
    void set_state(recurrent_state<T> const& state);
    /// The state after the last step; empty when there was no step since the last reset.
    [[nodiscard]] recurrent_state<T> state() const noexcept;
    /// The gradient of the initial state of the last sequence; call `backward` first.
    [[nodiscard]] recurrent_state<T> d_state() const noexcept;

private:
    struct segment {
        device_view<T const> x;
        std::size_t first_row;
        device_view<T> reserve;
    };
    [[nodiscard]] bool has_cells() const noexcept { return options_.cell == recurrent_cell::lstm; }
    [[nodiscard]] recurrent_weights<T> weights() noexcept;
    void start(std::size_t lanes);
    [[nodiscard]] recurrent_pass<T> pass_of(segment const& s);

    recurrent_options options_;
    parameter<T>* input_;
    parameter<T>* hidden_weights_;
    parameter<T>* bias_;
    std::shared_ptr<operations<T>> ops_;
    bool has_state_ = false; // a state is in `state_` and `state_cells_`
    bool was_set_ = false;   // by the caller, for the next sequence, stateful or not
    bool went_back_ = true;
    std::vector<segment> segments_{};   // that have not gone back
    std::vector<tensor<T>> reserves_{}; // of the segments that need one
    std::size_t rows_ = 0;              // computed since `begin`
    device_span<std::uint32_t const> lengths_{};
    recurrent_run<T> run_{};
    tensor<T> gates_, hidden_, cells_, state_, state_cells_, d_state_, d_cells_, d_x_;
};

/// Two recurrent layers, one reading forwards and one reading backwards, with their outputs side by side. Views are as
/// in `affine`.
export template <class T> class bidirectional {
public:
    /// `failure::usage` when the layers differ in size.
    bidirectional(recurrent_options const& options, recurrent_parameters<T> const& forwards,
                  recurrent_parameters<T> const& backwards);

    /// [T B, D] to [T B, 2 H]. With lengths, as in `recurrent`, the second layer begins at the last step of each lane.
    /// The rows after the end of a lane are finite.
    device_view<T const> forward(device_view<T const> x, std::size_t lanes,
                                 device_span<std::uint32_t const> lengths = {});
    /// [T B, 2 H] to [T B, D]. `d_final` is the gradient of `state`. Empty gradients are zeros.
    device_view<T const> backward(device_view<T const> d_y, recurrent_state<T> const& d_final = {});
    /// The final states of both layers side by side, [B, 2 H]: the first has read each lane to its end, the second to
    /// its beginning. Valid until the next call.
    [[nodiscard]] recurrent_state<T> state();

    [[nodiscard]] recurrent<T>& forwards() noexcept { return forwards_; }
    [[nodiscard]] recurrent<T>& backwards() noexcept { return backwards_; }

private:
    std::shared_ptr<operations<T>> ops_;
    recurrent<T> forwards_;
    recurrent<T> backwards_;
    std::size_t hidden_;
    std::size_t lanes_ = 0;
    device_span<std::uint32_t const> lengths_{};
    tensor<T> turned_, y_, d_y_, d_x_, state_, state_cells_;
};

extern template class recurrent<float>;
extern template class recurrent<double>;
extern template class bidirectional<float>;
extern template class bidirectional<double>;
}
