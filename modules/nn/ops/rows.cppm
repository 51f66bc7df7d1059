export module wordmill.nn:row_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Operations on rows given by number. Every number must be that of a row; layers check this.
export template <class T> class row_operations {
public:
    virtual ~row_operations() = default;
    /// out[i] = table[rows[i]]
    virtual void gather(device_view<T const> table, device_span<token_id const> rows, device_view<T> out) = 0;
    /// table[rows[i]] += x[i], in order.
    virtual void scatter_add(device_view<T const> x, device_span<token_id const> rows, device_view<T> table) = 0;
    /// Sums the rows of x that have the same number: `to[places[i]] += x[i]` from zero, in order.
    virtual void sum_into(device_view<T const> x, device_span<std::uint32_t const> places, device_view<T> to) = 0;
    /// out[n, k] = a[n K + k] . h[n]; a [N K, D], h [N, D].
    virtual void dot_rows(device_view<T const> a, device_view<T const> h, device_view<T> out) = 0;
    virtual void dot_rows_backward(device_view<T const> d_out, device_view<T const> a, device_view<T const> h,
                                   device_view<T> d_a, device_view<T> d_h) = 0;
};
}
