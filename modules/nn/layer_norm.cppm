export module wordmill.nn:layer_norm;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export template <class T> struct layer_norm_parameters {
    parameter<T>& gain; ///< [1, H]
    parameter<T>& bias; ///< [1, H]
};

/// Adds the parameters to the set: `name` followed by ".gain", all 1, and ".bias", all 0.
export template <class T>
[[nodiscard]] layer_norm_parameters<T> add_layer_norm(std::size_t size, std::string const& name, parameter_set<T>& set);

/// Layer normalisation (Ba et al. 2016): each row less its mean, divided by the square root of its variance plus 1e-5,
/// times the gain, plus the bias. Views are as in `affine`.
export template <class T> class layer_norm {
public:
    /// `failure::usage` when the shapes of the parameters do not match.
    explicit layer_norm(layer_norm_parameters<T> const& parameters);

    device_view<T const> forward(device_view<T const> x); ///< [N, H] to [N, H]
    device_view<T> backward(device_view<T const> d_y);    ///< [N, H] to [N, H]; the caller may change the result

    void share_gradients(layer_norm const& with) { d_x_.share(with.d_x_); } ///< as `affine` does

private:
    parameter<T>* gain_;
    parameter<T>* bias_;
    device_view<T const> x_{};
    tensor<T> statistics_, y_, d_x_;
};

extern template layer_norm_parameters<float> add_layer_norm(std::size_t, std::string const&, parameter_set<float>&);
extern template layer_norm_parameters<double> add_layer_norm(std::size_t, std::string const&, parameter_set<double>&);
extern template class layer_norm<float>;
extern template class layer_norm<double>;
}
