export module wordmill.nn:recurrent;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct recurrent_options {
    recurrent_cell cell = recurrent_cell::lstm;
    /// Each sequence starts with the state that the one before it left (gradients end there: truncated
    /// back-propagation through time), instead of zeros.
    bool stateful = false;
};

/// What a recurrent layer learns; sizes as in `recurrent_weights`. How it begins is the caller's to choose, the bias of
/// the forget gate too.
export template <class T> struct recurrent_parameters {
    parameter<T>& input;
    parameter<T>& hidden;
    parameter<T>& bias;
};

/// Hidden values and, for an LSTM, cells of B lanes; or their gradients.
export template <class T> struct recurrent_state {
    device_view<T const> hidden{}; ///< [B, H]
    device_view<T const> cells{};  ///< [B, H] or empty
};

/// A recurrent layer over T steps of B lanes: row t B + b is lane b at step t. Views are as in `affine`.
export template <class T> class recurrent {
public:
    /// `failure::usage` when the parameters do not fit one another.
    recurrent(recurrent_options const& options, recurrent_parameters<T> const& parameters);

    device_view<T const> forward(device_view<T const> x, std::size_t lanes); ///< [T B, D] to [T B, H]
    /// [T B, H] to [T B, D], once for every `forward`. What comes after the last step has no gradient.
    device_view<T const> backward(device_view<T const> d_y);

    void reset_state() noexcept { has_state_ = false; }
    /// The next sequence starts from a copy of it; cells may be empty: zeros.
    void set_state(recurrent_state<T> const& state);
    /// After the last step; empty when there was none since the last reset.
    [[nodiscard]] recurrent_state<T> state() const noexcept;
    /// The gradient of the state that the last sequence started from, after `backward`.
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
    bool has_state_ = false; // in `state_` and `state_cells_`
    bool was_set_ = false;   // and is for the next sequence, stateful or not
    bool went_back_ = true;
    device_view<T const> x_{};
    recurrent_run<T> run_{};
    tensor<T> gates_, hidden_, cells_, state_, state_cells_, d_state_, d_cells_, d_x_;
};

/// A layer that reads forwards and one that reads backwards, their outputs side by side. Views are as in `affine`.
export template <class T> class bidirectional {
public:
    /// `failure::usage` when the layers are not of one size.
    bidirectional(recurrent_options const& options, recurrent_parameters<T> const& forwards,
                  recurrent_parameters<T> const& backwards);

    device_view<T const> forward(device_view<T const> x, std::size_t lanes); ///< [T B, D] to [T B, 2 H]
    device_view<T const> backward(device_view<T const> d_y);                 ///< [T B, 2 H] to [T B, D]

    [[nodiscard]] recurrent<T>& forwards() noexcept { return forwards_; }
    [[nodiscard]] recurrent<T>& backwards() noexcept { return backwards_; }

private:
    /// The steps of x in the other order.
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
