module wordmill.nn:memory_reference;
import :memory_operations;
import :operation_code;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
namespace reference_loops {
/// y = f(x, y), elementwise.
template <class T, class F> void each(matrix_view<T const> x, matrix_view<T> y, F f) {
    expect(same_shape(x, y), "two matrices of one shape");
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < x.columns; ++c) y(r, c) = f(x(r, c), y(r, c));
}
template <class T> void copy(matrix_view<T const> from, matrix_view<T> to) {
    each<T>(from, to, [](T x, T) { return x; });
}
template <class T> void fill(matrix_view<T> x, T value) {
    each<T>(x, x, [value](T, T) { return value; });
}
}

template <class T> class reference_memory : public virtual memory_operations<T>, operation_code {
public:
    void copy(device_view<T const> from, device_view<T> to) override {
        reference_loops::copy(memory_of(from), memory_of(to));
    }
    void fill(device_view<T> x, T value) override { reference_loops::fill(memory_of(x), value); }
};
}
