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

    device_view<T const> forward(device_view<T const> x, std::size_t lanes); ///< [T B, D] to [T B, H]
    /// [T B, H] to [T B, D]. Call it at most once for each `forward`. The final state gets no gradient from later
    /// sequences.
    device_view<T const> backward(device_view<T const> d_y);

    void reset_state() noexcept { has_state_ = false; }
    /// The next sequence starts from a copy of `state`. Empty cells mean zeros.
    void set_state(recurrent_state<T> const& state);
    /// The state after the last step; empty when there was no step since the last reset.
    [[nodiscard]] recurrent_state<T> state() const noexcept;
    /// The gradient of the initial state of the last sequence; call `backward` first.
    [[nodiscard]] recurrent_state<T> d_state() const noexcept;

private:
    [[nodiscard]] bool has_cells() const noexcept { return options_.cell == recurrent_cell::lstm; }
    [[nodiscard]] recurrent_weights<T> weights() noexcept;
    void start(std::size_t lanes);

    recurrent_options options_;
    parameter<T>* input_;
    parameter<T>* hidden_weights_;
    parameter<T>* bias_;
    std::shared_ptr<operations<T>> ops_;
    bool has_state_ = false; // a state is in `state_` and `state_cells_`
    bool was_set_ = false;   // by the caller, for the next sequence, stateful or not
    bool went_back_ = true;
    device_view<T const> x_{};
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

    device_view<T const> forward(device_view<T const> x, std::size_t lanes); ///< [T B, D] to [T B, 2 H]
    device_view<T const> backward(device_view<T const> d_y);                 ///< [T B, 2 H] to [T B, D]

    [[nodiscard]] recurrent<T>& forwards() noexcept { return forwards_; }
    [[nodiscard]] recurrent<T>& backwards() noexcept { return backwards_; }

private:
    /// Copies the steps of x in reverse order.
    void turn(device_view<T const> x, device_view<T> to);

    std::shared_ptr<operations<T>> ops_;
    recurrent<T> forwards_;
    recurrent<T> backwards_;
    std::size_t hidden_;
    std::size_t lanes_ = 0;
    tensor<T> turned_, y_, d_y_, d_x_;
};

extern template class recurrent<float>;
extern template class recurrent<double>;
extern template class bidirectional<float>;
extern template class bidirectional<double>;
}
