export module wordmill.core:views;
import :error;
import wordmill.standard;

namespace wordmill {
/// A non-owning view of a row-major matrix [rows, columns] whose rows are `stride` elements apart.
export template <class T> struct matrix_view {
    T* data = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t stride = 0;

    [[nodiscard]] constexpr std::span<T> row(std::size_t r) const noexcept { return {data + r * stride, columns}; }
    [[nodiscard]] constexpr T& operator()(std::size_t r, std::size_t c) const noexcept { return data[r * stride + c]; }
    [[nodiscard]] constexpr operator matrix_view<T const>() const noexcept { return {data, rows, columns, stride}; }
};

/// Owns a dense row-major matrix, initialised to zero. Sizes whose product overflows are a `failure::resource`.
export template <class T> class matrix {
public:
    matrix() = default;
    constexpr matrix(std::size_t rows, std::size_t columns)
        : values_(checked_product(rows, columns)), rows_(rows), columns_(columns) {}

    [[nodiscard]] constexpr std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] constexpr std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] constexpr matrix_view<T> view() noexcept { return {values_.data(), rows_, columns_, columns_}; }
    [[nodiscard]] constexpr matrix_view<T const> view() const noexcept {
        return {values_.data(), rows_, columns_, columns_};
    }

private:
    std::vector<T> values_;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
};

/// A non-owning view of a sparse matrix in compressed sparse row form. Row r has the entries
/// `row_offsets[r] .. row_offsets[r + 1]` of `columns_of` and `values`, columns ascending within a row.
export template <class T> struct csr_view {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::span<std::uint64_t const> row_offsets; ///< [rows + 1]
    std::span<std::uint32_t const> columns_of;  ///< [nnz]
    std::span<T> values;                        ///< [nnz]

    [[nodiscard]] constexpr std::size_t nonzeros() const noexcept { return values.size(); }
    [[nodiscard]] constexpr std::span<std::uint32_t const> row_columns(std::size_t r) const noexcept {
        return columns_of.subspan(row_offsets[r], row_offsets[r + 1] - row_offsets[r]);
    }
    [[nodiscard]] constexpr std::span<T> row_values(std::size_t r) const noexcept {
        return values.subspan(row_offsets[r], row_offsets[r + 1] - row_offsets[r]);
    }
};

/// Owns a sparse matrix in compressed sparse row form. The constructor checks the offsets and columns.
export template <class T> class csr {
public:
    csr() = default;
    constexpr csr(std::size_t columns, std::vector<std::uint64_t> row_offsets, std::vector<std::uint32_t> columns_of,
                  std::vector<T> values)
        : columns_(columns),
          row_offsets_(std::move(row_offsets)),
          columns_of_(std::move(columns_of)),
          values_(std::move(values)) {
        expect(!row_offsets_.empty() && row_offsets_.front() == 0 && row_offsets_.back() == values_.size()
                   && columns_of_.size() == values_.size(),
               "csr: row offsets must run from 0 to the number of values");
        for (std::size_t r = 0; r + 1 < row_offsets_.size(); ++r) {
            expect(row_offsets_[r] <= row_offsets_[r + 1], "csr: row offsets must not fall");
        }
        for (auto c : columns_of_) expect(c < columns_, "csr: column outside the matrix");
    }

    [[nodiscard]] constexpr csr_view<T> view() noexcept {
        return {row_offsets_.size() - 1, columns_, row_offsets_, columns_of_, values_};
    }
    [[nodiscard]] constexpr csr_view<T const> view() const noexcept {
        return {row_offsets_.size() - 1, columns_, row_offsets_, columns_of_, values_};
    }

private:
    std::size_t columns_ = 0;
    std::vector<std::uint64_t> row_offsets_{0};
    std::vector<std::uint32_t> columns_of_;
    std::vector<T> values_;
};
}
