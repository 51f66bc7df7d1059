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

    // Rows of sequences: row t B + b is lane b at step t.

    /// Reverses the first lengths[b] steps of each lane and copies the others; x and y [T B, C]. Empty lengths: all
    /// steps. Reversing twice gives x again, so this is also the backward pass.
    virtual void reverse_steps(std::size_t lanes, device_view<T const> x, device_span<std::uint32_t const> lengths,
                               device_view<T> y) = 0;
    /// Writes `from` [B, H] to every step of `to` [T B, H].
    virtual void repeat_rows(device_view<T const> from, device_view<T> to) = 0;
    /// to [B, H] = the sum over the steps of x [T B, H] + beta to: the backward pass of `repeat_rows`.
    virtual void sum_steps(device_view<T const> x, T beta, device_view<T> to) = 0;
};
}
