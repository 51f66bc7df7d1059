export module wordmill.nn:affine;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Computes x W + b with W [D, V], or x W^T + b with W [V, D] when `form` is transposed, so that an embedding can share
/// W. All steps of a sequence are computed in one product. Without a bias it is the book's MatMul.
///
/// These rules hold for every layer. Parameters are borrowed for the life of the layer. The inputs of `forward` are
/// borrowed until `backward`. The result of `forward` or `backward` is valid until the next call of the same function.
/// `backward` adds to the gradients of the parameters. Shapes that do not match are a `failure::usage`. A batch no
/// larger than an earlier one allocates nothing.
export template <class T> class affine {
public:
    explicit affine(parameter<T>& weights, parameter<T>* bias = nullptr, transposed form = transposed::no);

    device_view<T const> forward(device_view<T const> x);    ///< [N, D] to [N, V]
    device_view<T const> backward(device_view<T const> d_y); ///< [N, V] to [N, D]
    /// The last results of both, for a caller that changes them in place: this layer does not read them again.
    [[nodiscard]] device_view<T> y() noexcept { return y_.view(); }
    [[nodiscard]] device_view<T> d_x() noexcept { return d_x_.view(); }

    /// Keeps its gradients in the memory of those of another layer. Then one layer must go back, and its gradients be
    /// used, before the other goes back.
    void share_gradients(affine const& with) { d_x_.share(with.d_x_); }
    /// The same with outputs: one must be used before the other goes forward.
    void share_outputs(affine const& with) { y_.share(with.y_); }

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
