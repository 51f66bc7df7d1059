module wordmill.nn:rows_reference;
import :memory_reference;
import :operation_code;
import :row_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
namespace reference_loops {
template <class T> [[nodiscard]] std::span<T> row_at(matrix_view<T> table, std::size_t row) {
    expect(row < table.rows, "a row number is one of the table's");
    return table.row(row);
}
/// The row that `reverse_steps` copies to row r.
[[nodiscard]] inline std::size_t reversed_row(std::size_t r, std::size_t lanes, std::size_t rows,
                                              std::span<std::uint32_t const> lengths) {
    auto const lane = r % lanes, step = r / lanes, all = rows / lanes;
    auto const steps = lengths.empty() ? all : std::min<std::size_t>(lengths[lane], all);
    return step < steps ? (steps - 1 - step) * lanes + lane : r;
}
template <class T> void add_to(std::span<T> to, std::span<T const> x) {
    for (std::size_t c = 0; c < x.size(); ++c) to[c] += x[c];
}
}

template <class T> class reference_rows : public virtual row_operations<T>, operation_code {
public:
    void gather(device_view<T const> table, device_span<token_id const> rows, device_view<T> out) override {
        expect(rows.size() == out.rows && table.columns == out.columns, "gather: a row for every number");
        auto const from = memory_of(table);
        auto const to = memory_of(out);
        auto const ids = memory_of(rows);
        for (std::size_t i = 0; i < ids.size(); ++i)
            std::ranges::copy(reference_loops::row_at(from, index(ids[i])), to.row(i).begin());
    }
    void scatter_add(device_view<T const> x, device_span<token_id const> rows, device_view<T> table) override {
        expect(rows.size() == x.rows && table.columns == x.columns, "scatter_add: a number for every row");
        auto const ids = memory_of(rows);
        for (std::size_t i = 0; i < ids.size(); ++i) add(memory_of(x), i, memory_of(table), index(ids[i]));
    }
    void sum_into(device_view<T const> x, device_span<std::uint32_t const> places, device_view<T> to) override {
        expect(places.size() == x.rows && to.columns == x.columns, "sum_into: a place for every row");
        reference_loops::fill(memory_of(to), T(0));
        auto const at = memory_of(places);
        for (std::size_t i = 0; i < at.size(); ++i) add(memory_of(x), i, memory_of(to), at[i]);
    }
    void dot_rows(device_view<T const> of_a, device_view<T const> of_h, device_view<T> of_out) override {
        auto const a = memory_of(of_a), h = memory_of(of_h);
        auto const out = memory_of(of_out);
        expect(out.rows == h.rows && a.rows == out.rows * out.columns && a.columns == h.columns,
               "dot_rows: [N K, D] and [N, D] give [N, K]");
        for (std::size_t n = 0; n < out.rows; ++n)
            for (std::size_t k = 0; k < out.columns; ++k) {
                out(n, k) = 0;
                for (std::size_t c = 0; c < h.columns; ++c) out(n, k) += a(n * out.columns + k, c) * h(n, c);
            }
    }
    void dot_rows_backward(device_view<T const> of_out, device_view<T const> of_a, device_view<T const> of_h,
                           device_view<T> to_a, device_view<T> to_h) override {
        auto const d_out = memory_of(of_out), a = memory_of(of_a), h = memory_of(of_h);
        auto const d_a = memory_of(to_a), d_h = memory_of(to_h);
        expect(same_shape(a, d_a) && same_shape(h, d_h), "dot_rows_backward: gradients of one shape");
        reference_loops::fill(d_h, T(0));
        for (std::size_t n = 0; n < d_out.rows; ++n)
            for (std::size_t k = 0; k < d_out.columns; ++k)
                for (std::size_t c = 0; c < h.columns; ++c) {
                    d_h(n, c) += d_out(n, k) * a(n * d_out.columns + k, c);
                    d_a(n * d_out.columns + k, c) = d_out(n, k) * h(n, c);
                }
    }
    void reverse_steps(std::size_t lanes, device_view<T const> of_x, device_span<std::uint32_t const> of_lengths,
                       device_view<T> to_y) override {
        auto const x = memory_of(of_x);
        auto const y = memory_of(to_y);
        auto const lengths = memory_of(of_lengths);
        expect(same_shape(y, x) && lanes > 0 && x.rows % lanes == 0 && (lengths.empty() || lengths.size() == lanes),
               "reverse_steps: two matrices of one shape, a length of every lane");
        for (std::size_t r = 0; r < x.rows; ++r)
            std::ranges::copy(x.row(reference_loops::reversed_row(r, lanes, x.rows, lengths)), y.row(r).begin());
    }
    void repeat_rows(device_view<T const> of_from, device_view<T> of_to) override {
        auto const from = memory_of(of_from);
        auto const to = memory_of(of_to);
        expect(from.columns == to.columns && from.rows > 0 && to.rows % from.rows == 0,
               "repeat_rows: [B, H] to [T B, H]");
        for (std::size_t r = 0; r < to.rows; ++r) std::ranges::copy(from.row(r % from.rows), to.row(r).begin());
    }
    void sum_steps(device_view<T const> of_x, T beta, device_view<T> of_to) override {
        auto const x = memory_of(of_x);
        auto const to = memory_of(of_to);
        expect(x.columns == to.columns && to.rows > 0 && x.rows % to.rows == 0, "sum_steps: [T B, H] to [B, H]");
        for (std::size_t b = 0; b < to.rows; ++b)
            for (std::size_t c = 0; c < to.columns; ++c) {
                T sum = 0;
                for (std::size_t r = b; r < x.rows; r += to.rows) sum += x(r, c);
                to(b, c) = beta == 0 ? sum : sum + beta * to(b, c);
            }
    }

private:
    static void add(matrix_view<T const> x, std::size_t i, matrix_view<T> to, std::size_t row) {
        reference_loops::add_to<T>(reference_loops::row_at(to, row), x.row(i));
    }
};
}
