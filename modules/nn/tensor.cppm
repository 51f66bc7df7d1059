export module wordmill.nn:tensor;
import :operations;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Owns a matrix in the memory of a device.
export template <class T> class tensor {
public:
    tensor() = default;
    explicit tensor(std::shared_ptr<operations<T>> ops) : ops_(std::move(ops)) {}
    tensor(std::shared_ptr<operations<T>> ops, std::size_t rows, std::size_t columns) : ops_(std::move(ops)) {
        (void)resize(rows, columns);
    }
    tensor(tensor&& other) noexcept { swap(other); }
    tensor& operator=(tensor&& other) noexcept {
        swap(other);
        return *this;
    }
    ~tensor() {
        if (memory_ != nullptr) ops_->release(memory_);
    }

    /// Another shape; memory is only asked for when it has never been as large. What is in it is then undefined.
    matrix_view<T> resize(std::size_t rows, std::size_t columns) {
        auto const wanted = checked_product(rows, columns);
        if (wanted > capacity_) {
            tensor larger(ops_);
            larger.memory_ = ops_->allocate(wanted);
            larger.capacity_ = wanted;
            swap(larger);
        }
        rows_ = rows;
        columns_ = columns;
        return view();
    }
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] matrix_view<T> view() noexcept { return {memory_, rows_, columns_, columns_}; }
    [[nodiscard]] matrix_view<T const> view() const noexcept { return {memory_, rows_, columns_, columns_}; }
    /// The values, on the host.
    [[nodiscard]] std::vector<T> values() const {
        std::vector<T> out(rows_ * columns_);
        if (!out.empty()) ops_->download(view(), out);
        return out;
    }
    /// [rows columns].
    void assign(std::span<T const> values) {
        expect(values.size() == rows_ * columns_, "tensor: as many values as it has");
        if (!values.empty()) ops_->upload(values, view());
    }

private:
    void swap(tensor& other) noexcept {
        std::swap(ops_, other.ops_);
        std::swap(memory_, other.memory_);
        std::swap(capacity_, other.capacity_);
        std::swap(rows_, other.rows_);
        std::swap(columns_, other.columns_);
    }
    std::shared_ptr<operations<T>> ops_;
    T* memory_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
};

/// Rows `from` .. `from + rows` of a matrix.
export template <class T>
[[nodiscard]] constexpr matrix_view<T> rows_of(matrix_view<T> m, std::size_t from, std::size_t rows) noexcept {
    return {m.data + from * m.stride, rows, m.columns, m.stride};
}
/// Columns `from` .. `from + columns`.
export template <class T>
[[nodiscard]] constexpr matrix_view<T> columns_of(matrix_view<T> m, std::size_t from, std::size_t columns) noexcept {
    return {m.data + from, m.rows, columns, m.stride};
}
}
