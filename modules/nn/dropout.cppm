export module wordmill.nn:dropout;
import :operations;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Whether a pass through a model is for training, and the key that selects the values to drop. Layers with the same
/// key drop the same positions: fold a different number into the key for each layer.
export struct pass {
    bool training = false;
    random_key key{};
};

export enum class dropout_form : std::uint8_t {
    inverted, ///< training divides kept values by 1 - ratio; evaluation changes nothing
    plain,    ///< training leaves kept values; evaluation multiplies all by 1 - ratio (Hinton et al. 2012)
};

export struct dropout_options {
    double ratio = 0.5; ///< 0 or more, below 1
    dropout_form form = dropout_form::inverted;
    bool per_sequence = false; ///< one mask for all steps of a sequence (Gal & Ghahramani 2016)
};

/// Sets randomly chosen values to 0. Views are as in `affine`, except that a call that changes nothing returns its
/// argument.
export template <class T> class dropout {
public:
    /// `failure::usage` for a ratio out of range.
    explicit dropout(std::shared_ptr<operations<T>> ops, dropout_options const& options = {});

    /// x [T B, D]; `lanes` (B) matters only for one mask per sequence.
    device_view<T const> forward(device_view<T const> x, pass const& pass, std::size_t lanes = 1);
    device_view<T const> backward(device_view<T const> d_y);
    /// y = base + forward(x), in one pass. `backward` is that of `forward`.
    void forward_onto(device_view<T const> base, device_view<T const> x, pass const& pass, device_view<T> y);

    void share_gradients(dropout const& with) { d_x_.share(with.d_x_); } ///< as `affine` does

private:
    void prepare(device_view<T const> x, pass const& pass, std::size_t lanes);
    device_view<T const> apply(device_view<T const> x, tensor<T>& to);

    std::shared_ptr<operations<T>> ops_;
    dropout_options options_;
    bool training_ = false;
    dropout_mask mask_{};
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    tensor<T> y_;
    tensor<T> d_x_;
};

extern template class dropout<float>;
extern template class dropout<double>;
}
