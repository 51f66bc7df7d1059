export module wordmill.nn:element_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export enum class activation : std::uint8_t {
    sigmoid,
    tanh,
    relu,
    gelu,    ///< x times the normal distribution's probability of less than x (Hendrycks & Gimpel 2016)
    softmax, ///< of each row
};

/// Whether the gradient of a function is computed from its argument, not from its result.
export [[nodiscard]] constexpr bool goes_back_from_argument(activation f) noexcept { return f == activation::gelu; }

/// Which values are dropped. Value (r, c) of a matrix is kept when word (r mod period) * columns + c of the key's
/// stream, divided by 2^32, is at least `ratio`. So the backward pass needs only the same key and no stored mask.
export struct dropout_mask {
    random_key key{};
    double ratio = 0.5;
    double scale = 2; ///< factor of kept values: 1 / (1 - ratio), or 1 for the form of Hinton et al. 2012
    std::size_t period =
        0; ///< rows until the mask repeats; 0: never. B: one mask for all steps (Gal & Ghahramani 2016)
};

/// Sums, activations and dropout: elementwise, or row by row.
export template <class T> class element_operations {
public:
    virtual ~element_operations() = default;
    virtual void add_row(device_view<T const> row, device_view<T> x) = 0; ///< each row of x += row [1, n]
    /// row [1, n] = the sum of the rows of x + beta row.
    virtual void sum_rows(device_view<T const> x, T beta, device_view<T> row) = 0;
    virtual void add(device_view<T const> x, T scale, device_view<T> y) = 0; ///< y += scale x
    virtual void scale(device_view<T> x, T factor) = 0;                      ///< x *= factor
    /// c = a b, elementwise; c may be a or b.
    virtual void multiply_values(device_view<T const> a, device_view<T const> b, device_view<T> c) = 0;

    virtual void activate(activation f, device_view<T const> x, device_view<T> y) = 0; ///< y may be x
    /// Computes the gradient of the argument of f from its result y and the gradient d_y of y; d_x may be d_y. Where
    /// `goes_back_from_argument(f)`, the argument takes the place of y.
    virtual void activate_backward(activation f, device_view<T const> y, device_view<T const> d_y,
                                   device_view<T> d_x) = 0;
    virtual void drop(dropout_mask const& mask, device_view<T const> x,
                      device_view<T> y) = 0; ///< forward and backward; y may be x
};
}
