export module wordmill.nn:activation_layer;
import :operations;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Applies an activation function to every value, or to every row for softmax. Views are as in `affine`.
export template <class T> class activation_layer {
public:
    activation_layer(std::shared_ptr<operations<T>> ops, activation f);

    device_view<T const> forward(device_view<T const> x);
    device_view<T const> backward(device_view<T const> d_y);

private:
    std::shared_ptr<operations<T>> ops_;
    activation f_;
    device_view<T const> x_{};
    tensor<T> y_;
    tensor<T> d_x_;
};

extern template class activation_layer<float>;
extern template class activation_layer<double>;
}
