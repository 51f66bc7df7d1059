module wordmill.nn:elements_reference;
import :element_operations;
import :memory_reference;
import :operation_code;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
namespace reference_loops {
template <class T> [[nodiscard]] T sigmoid(T x) { return T(1) / (T(1) + std::exp(-x)); }

/// The probability that a normal number with mean 0 and variance 1 is less than x.
[[nodiscard]] double normal_probability(double x);
/// The derivative of gelu.
template <class T> [[nodiscard]] T gelu_slope(T x) {
    auto const z = static_cast<double>(x);
    return static_cast<T>(normal_probability(z) + z * std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi));
}

/// exp(x - max) / sum; returns the logarithm of the sum of exp(x). `y` may be `x`.
template <class T> T softmax(std::span<T const> x, std::span<T> y) {
    auto const most = std::ranges::max(x);
    T sum = 0;
    for (std::size_t c = 0; c < x.size(); ++c) sum += y[c] = std::exp(x[c] - most);
    for (auto& value : y) value /= sum;
    return most + std::log(sum);
}

template <class T> void add_row(matrix_view<T const> row, matrix_view<T> x) {
    expect(row.rows == 1 && row.columns == x.columns, "add_row: a row as wide as the matrix");
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < x.columns; ++c) x(r, c) += row(0, c);
}
template <class T> void sum_rows(matrix_view<T const> x, T beta, matrix_view<T> row) {
    expect(row.rows == 1 && row.columns == x.columns, "sum_rows: a row as wide as the matrix");
    for (std::size_t c = 0; c < x.columns; ++c) {
        T sum = 0;
        for (std::size_t r = 0; r < x.rows; ++r) sum += x(r, c);
        row(0, c) = beta == 0 ? sum : sum + beta * row(0, c);
    }
}
template <class T> void multiply_values(matrix_view<T const> a, matrix_view<T const> b, matrix_view<T> c) {
    expect(same_shape(a, c) && same_shape(b, c), "multiply_values: three matrices of one shape");
    for (std::size_t r = 0; r < c.rows; ++r)
        for (std::size_t i = 0; i < c.columns; ++i) c(r, i) = a(r, i) * b(r, i);
}

template <class T> void activate(activation f, matrix_view<T const> x, matrix_view<T> y) {
    switch (f) {
    case activation::sigmoid: return each<T>(x, y, [](T a, T) { return sigmoid(a); });
    case activation::tanh: return each<T>(x, y, [](T a, T) { return std::tanh(a); });
    case activation::relu: return each<T>(x, y, [](T a, T) { return a < 0 ? T(0) : a; }); // NaN stays NaN
    case activation::gelu:
        return each<T>(x, y, [](T a, T) { return a * static_cast<T>(normal_probability(static_cast<double>(a))); });
    case activation::softmax:
        expect(same_shape(x, y), "softmax: two matrices of one shape");
        for (std::size_t r = 0; r < x.rows; ++r) softmax<T>(x.row(r), y.row(r));
    }
}
template <class T>
void activate_backward(activation f, matrix_view<T const> y, matrix_view<T const> d_y, matrix_view<T> d_x) {
    expect(same_shape(y, d_x) && same_shape(d_y, d_x), "activate_backward: three matrices of one shape");
    for (std::size_t r = 0; r < y.rows; ++r) {
        T dot = 0;
        for (std::size_t c = 0; c < y.columns; ++c) dot += y(r, c) * d_y(r, c);
        for (std::size_t c = 0; c < y.columns; ++c) {
            auto const a = y(r, c);
            auto const d = d_y(r, c);
            d_x(r, c) = f == activation::sigmoid ? d * a * (1 - a)
                        : f == activation::tanh  ? d * (1 - a * a)
                        : f == activation::relu  ? (a > 0 ? d : T(0))
                        : f == activation::gelu  ? d * gelu_slope(a)
                                                 : a * (d - dot);
        }
    }
}
template <class T> void drop(dropout_mask const& mask, matrix_view<T const> x, matrix_view<T> y) {
    expect(same_shape(x, y), "drop: two matrices of one shape");
    auto const key = mask.key.bits();
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < x.columns; ++c) {
            std::uint64_t const word = (mask.period == 0 ? r : r % mask.period) * x.columns + c;
            auto const words =
                philox({static_cast<std::uint32_t>(word / 4), static_cast<std::uint32_t>(word / 4 >> 32), 0, 0},
                       {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
            auto const stays = static_cast<double>(words[word % 4]) * 0x1p-32 >= mask.ratio;
            y(r, c) = stays ? static_cast<T>(mask.scale) * x(r, c) : T(0);
        }
}
}

template <class T> class reference_elements : public virtual element_operations<T>, operation_code {
public:
    void add_row(device_view<T const> row, device_view<T> x) override {
        reference_loops::add_row(memory_of(row), memory_of(x));
    }
    void sum_rows(device_view<T const> x, T beta, device_view<T> row) override {
        reference_loops::sum_rows(memory_of(x), beta, memory_of(row));
    }
    void add(device_view<T const> x, T scale, device_view<T> y) override {
        reference_loops::each<T>(memory_of(x), memory_of(y), [scale](T a, T b) { return b + scale * a; });
    }
    void scale(device_view<T> x, T factor) override {
        reference_loops::each<T>(memory_of(x), memory_of(x), [factor](T a, T) { return factor * a; });
    }
    void multiply_values(device_view<T const> a, device_view<T const> b, device_view<T> c) override {
        reference_loops::multiply_values(memory_of(a), memory_of(b), memory_of(c));
    }
    void activate(activation f, device_view<T const> x, device_view<T> y) override {
        reference_loops::activate(f, memory_of(x), memory_of(y));
    }
    void activate_backward(activation f, device_view<T const> y, device_view<T const> d_y,
                           device_view<T> d_x) override {
        reference_loops::activate_backward(f, memory_of(y), memory_of(d_y), memory_of(d_x));
    }
    void drop(dropout_mask const& mask, device_view<T const> x, device_view<T> y) override {
        reference_loops::drop(mask, memory_of(x), memory_of(y));
    }
};
}
