module wordmill.nn:products_reference;
import :operation_code;
import :product_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
namespace reference_loops {
template <class T> void multiply(transposed a_form, matrix_view<T const> a, transposed b_form, matrix_view<T const> b,
                                 T beta, matrix_view<T> c) {
    auto const a_turned = a_form == transposed::yes;
    auto const b_turned = b_form == transposed::yes;
    auto const inner = a_turned ? a.rows : a.columns;
    expect((a_turned ? a.columns : a.rows) == c.rows && (b_turned ? b.rows : b.columns) == c.columns
               && (b_turned ? b.columns : b.rows) == inner,
           "multiply: [m, k] times [k, n] is [m, n]");
    for (std::size_t i = 0; i < c.rows; ++i)
        for (std::size_t j = 0; j < c.columns; ++j) {
            T sum = 0;
            for (std::size_t k = 0; k < inner; ++k)
                sum += (a_turned ? a(k, i) : a(i, k)) * (b_turned ? b(j, k) : b(k, j));
            c(i, j) = beta == 0 ? sum : sum + beta * c(i, j);
        }
}
}

template <class T> class reference_products : public virtual product_operations<T>, operation_code {
public:
    void multiply(transposed a_form, device_view<T const> a, transposed b_form, device_view<T const> b, T beta,
                  device_view<T> c) override {
        reference_loops::multiply(a_form, memory_of(a), b_form, memory_of(b), beta, memory_of(c));
    }
};
}
