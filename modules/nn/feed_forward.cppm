export module wordmill.nn:feed_forward;
import :affine;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export template <class T> struct feed_forward_parameters {
    parameter<T>& inner;      ///< [H, I]
    parameter<T>& inner_bias; ///< [1, I]
    parameter<T>& outer;      ///< [I, H]
    parameter<T>& outer_bias; ///< [1, H]
};

/// Adds the parameters to the set: `name` followed by ".inner", ".inner_bias", ".outer" and ".outer_bias". Weights are
/// uniform as in Glorot & Bengio 2010; biases are 0.
export template <class T> [[nodiscard]] feed_forward_parameters<T>
add_feed_forward(std::size_t size, std::size_t inner, std::string const& name, parameter_set<T>& set, random_key key);

/// The position-wise layer of Vaswani et al. 2017: f(x W1 + b1) W2 + b2. Views are as in `affine`. The activation
/// function and its gradient are computed in place, except that gelu needs its argument again.
export template <class T> class feed_forward {
public:
    feed_forward(feed_forward_parameters<T> const& parameters, activation f);

    device_view<T const> forward(device_view<T const> x);    ///< [N, H] to [N, H]
    device_view<T const> backward(device_view<T const> d_y); ///< [N, H] to [N, H]

    /// Keeps outputs and gradients in the memory of those of another layer, as `affine` does.
    void share_memory(feed_forward const& with) {
        inner_.share_gradients(with.inner_);
        outer_.share_gradients(with.outer_);
        outer_.share_outputs(with.outer_);
    }

private:
    std::shared_ptr<operations<T>> ops_;
    activation f_;
    affine<T> inner_;
    affine<T> outer_;
    device_view<T const> kept_{}; // what the gradient of the activation function is computed from
    tensor<T> y_;                 // of gelu
};

extern template feed_forward_parameters<float> add_feed_forward(std::size_t, std::size_t, std::string const&,
                                                                parameter_set<float>&, random_key);
extern template feed_forward_parameters<double> add_feed_forward(std::size_t, std::size_t, std::string const&,
                                                                 parameter_set<double>&, random_key);
extern template class feed_forward<float>;
extern template class feed_forward<double>;
}
