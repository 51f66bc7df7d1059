export module wordmill.nn:product_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export enum class transposed : bool { no, yes };

/// Products of matrices.
export template <class T> class product_operations {
public:
    virtual ~product_operations() = default;
    /// c = a b + beta c, with a and b transposed as `a_form` and `b_form` say.
    virtual void multiply(transposed a_form, device_view<T const> a, transposed b_form, device_view<T const> b, T beta,
                          device_view<T> c) = 0;
};
}
