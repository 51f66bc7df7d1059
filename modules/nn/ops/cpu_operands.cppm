module wordmill.nn:cpu_operands;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Memory for the intermediate results of a step, kept for the next step.
template <class T> class scratch_memory {
public:
    scratch_memory() = default;
    scratch_memory(scratch_memory const&) = delete;
    scratch_memory& operator=(scratch_memory const&) = delete;
    ~scratch_memory() { std::free(data_); }
    /// Returns room for at least `count` values, aligned to 64 bytes. The previous contents are lost.
    [[nodiscard]] T* take(std::size_t count) {
        if (count <= capacity_) return data_;
        auto const bytes = checked_product(checked_sum(checked_product(count, sizeof(T)), 63) / 64, 64);
        std::free(data_);
        capacity_ = 0;
        data_ = static_cast<T*>(std::aligned_alloc(64, bytes));
        if (data_ == nullptr) throw std::bad_alloc();
        capacity_ = count;
        return data_;
    }

private:
    T* data_ = nullptr;
    std::size_t capacity_ = 0;
};
using scratch = scratch_memory<float>;

/// A matrix that may be transposed: value (i, j) is `data[i * i_step + j * j_step]`, and one of the steps is 1.
struct turned_view {
    float const* data;
    std::size_t i_step;
    std::size_t j_step;
    [[nodiscard]] turned_view from(std::size_t i, std::size_t j) const noexcept {
        return {data + i * i_step + j * j_step, i_step, j_step};
    }
};

/// Where a product is written: a row-major matrix.
struct product_target {
    float* data;
    std::size_t stride;
    bool add = false;
    float const* start = nullptr; ///< the initial value of each row, padded to whole panels
};

/// Rows `from` .. `from + rows` of a matrix; of one that is not there (null), as that of cells of a layer without them,
/// rows that are not there either.
template <class T>
[[nodiscard]] constexpr matrix_view<T> rows_of(matrix_view<T> m, std::size_t from, std::size_t rows) noexcept {
    return {m.data == nullptr ? nullptr : m.data + from * m.stride, rows, m.columns, m.stride};
}
/// Columns `from` .. `from + columns`, likewise.
template <class T>
[[nodiscard]] constexpr matrix_view<T> columns_of(matrix_view<T> m, std::size_t from, std::size_t columns) noexcept {
    return {m.data == nullptr ? nullptr : m.data + from, m.rows, columns, m.stride};
}
}
