export module wordmill.nn:tensor;
import :operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A matrix in the memory of a device, which it owns, alone or with others.
export template <class T> class tensor {
public:
    tensor() = default;
    explicit tensor(std::shared_ptr<operations<T>> const& ops, std::size_t rows = 0, std::size_t columns = 0)
        : memory_(new buffer<T>(ops->queue())) {
        (void)resize(rows, columns);
    }

    /// Changes the shape. Memory is allocated only when the matrix has never been as large. The values are then
    /// undefined.
    device_view<T> resize(std::size_t rows, std::size_t columns) {
        (void)memory_->grow_to(checked_product(rows, columns));
        rows_ = rows;
        columns_ = columns;
        return view();
    }
    /// From now on both are in the same memory, as large as the larger one: what one is given, the other loses.
    void share(tensor const& with) { memory_ = with.memory_; }
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] device_view<T> view() noexcept { return memory_->matrix(rows_, columns_); }
    [[nodiscard]] device_view<T const> view() const noexcept { return std::as_const(*memory_).matrix(rows_, columns_); }
    /// Waits for all work queued before and returns the values on the host.
    [[nodiscard]] std::vector<T> values() const {
        std::vector<T> out(rows_ * columns_);
        if (out.empty()) return out;
        memory_->queue()->download(view(), std::span<T>(out));
        memory_->queue()->wait();
        return out;
    }
    /// `values` is [rows columns].
    void assign(std::span<T const> values) {
        expect(values.size() == rows_ * columns_, "tensor: as many values as it has");
        if (!values.empty()) memory_->queue()->upload(values, view());
    }

private:
    std::shared_ptr<buffer<T>> memory_{new buffer<T>()};
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
};
}
