export module wordmill.compute:view;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export class device_code;

/// Contiguous values in the memory of a device. The host cannot access them; operations on the device can.
export template <class T> class device_span {
public:
    device_span() = default;

    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    /// Values `from` .. `from + count`, which must be within the span.
    [[nodiscard]] constexpr device_span subspan(std::size_t from, std::size_t count) const {
        expect(from <= size_ && count <= size_ - from, "device span: a part of it");
        return {memory_ + from, count};
    }
    [[nodiscard]] constexpr operator device_span<T const>() const noexcept { return {memory_, size_}; }

private:
    template <class> friend class device_span;
    friend device_code;
    constexpr device_span(T* memory, std::size_t size) noexcept : memory_(memory), size_(size) {}

    T* memory_ = nullptr;
    std::size_t size_ = 0;
};

/// A row-major matrix in the memory of a device, consecutive rows `stride` values apart. As with `device_span`, the
/// host cannot access its values. A default-constructed view is no matrix and converts to false.
export template <class T> class device_view {
public:
    device_view() = default;

    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t stride = 0;

    [[nodiscard]] explicit constexpr operator bool() const noexcept { return memory_ != nullptr; }
    [[nodiscard]] constexpr operator device_view<T const>() const noexcept { return {memory_, rows, columns, stride}; }

private:
    template <class> friend class device_view;
    friend device_code;
    template <class U> friend constexpr device_view<U> rows_of(device_view<U>, std::size_t, std::size_t) noexcept;
    template <class U> friend constexpr device_view<U> columns_of(device_view<U>, std::size_t, std::size_t) noexcept;
    template <class U> friend constexpr device_view<U> as_row(device_view<U>);
    constexpr device_view(T* memory, std::size_t r, std::size_t c, std::size_t s) noexcept
        : rows(r), columns(c), stride(s), memory_(memory) {}

    T* memory_ = nullptr;
};

/// Rows `from` .. `from + rows` of a matrix.
export template <class T>
[[nodiscard]] constexpr device_view<T> rows_of(device_view<T> m, std::size_t from, std::size_t rows) noexcept {
    return {m.memory_ + from * m.stride, rows, m.columns, m.stride};
}
/// Columns `from` .. `from + columns`.
export template <class T>
[[nodiscard]] constexpr device_view<T> columns_of(device_view<T> m, std::size_t from, std::size_t columns) noexcept {
    return {m.memory_ + from, m.rows, columns, m.stride};
}
/// A column [n, 1] without gaps as the row [1, n].
export template <class T> [[nodiscard]] constexpr device_view<T> as_row(device_view<T> column) {
    expect(column.columns == 1 && column.stride == 1, "as_row: a column without gaps");
    return {column.memory_, 1, column.rows, column.rows};
}

/// The base class of code for devices. Only such code turns views into addresses. Except on the processor, the
/// addresses of a device are meaningless to the host.
export class device_code {
protected:
    template <class T> [[nodiscard]] static constexpr std::span<T> memory_of(device_span<T> x) noexcept {
        return {x.memory_, x.size_};
    }
    template <class T> [[nodiscard]] static constexpr matrix_view<T> memory_of(device_view<T> x) noexcept {
        return {x.memory_, x.rows, x.columns, x.stride};
    }
    template <class T> [[nodiscard]] static constexpr device_span<T> span_at(T* memory, std::size_t size) noexcept {
        return {memory, size};
    }
    template <class T>
    [[nodiscard]] static constexpr device_view<T> view_at(T* memory, std::size_t rows, std::size_t columns) noexcept {
        return {memory, rows, columns, columns};
    }
};
}
