export module wordmill.nn:affine;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// x W + b with W [D, V], or x W^T + b with W [V, D] when `form` is transposed, so that an embedding can share W. Over
/// all steps of a sequence it is one product. Without a bias it is the book's MatMul.
///
/// As in every layer: parameters are borrowed for its life, what `forward` reads until `backward`; what either returns
/// is valid until the layer's next call of the same name. Gradients are added to those of the parameters. Shapes that
/// do not fit are a `failure::usage`. After the largest batch has been seen nothing is allocated.
export template <class T> class affine {
public:
    explicit affine(parameter<T>& weights, parameter<T>* bias = nullptr, transposed form = transposed::no);

    device_view<T const> forward(device_view<T const> x);    ///< [N, D] to [N, V]
    device_view<T const> backward(device_view<T const> d_y); ///< [N, V] to [N, D]

private:
    parameter<T>* weights_;
    parameter<T>* bias_;
    transposed form_;
    device_view<T const> x_{};
    tensor<T> y_;
    tensor<T> d_x_;
};

extern template class affine<float>;
extern template class affine<double>;
}
