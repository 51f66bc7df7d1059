export module wordmill.nn:attention_operations;
import :product_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Operations of attention, on B lanes at once. Row n B + b of a matrix [N B, C] is row n of lane b. `lengths` [B] are
/// those of the source sequences, in columns of scores; empty: all columns.
export template <class T> class attention_operations {
public:
    virtual ~attention_operations() = default;
    /// c = scale a b + beta c for each lane, with a and b transposed as `a_form` and `b_form` say. Lanes have as many
    /// rows in a matrix as each other. Always in the precision of T.
    virtual void multiply_lanes(std::size_t lanes, transposed a_form, device_view<T const> a, transposed b_form,
                                device_view<T const> b, T scale, T beta, device_view<T> c) = 0;
    /// The softmax of the first lengths[b] columns of each row of lane b; 0 in the other columns. x and y [T B, S]; y
    /// may be x. The backward pass is that of `activation::softmax`.
    virtual void masked_softmax(std::size_t lanes, device_view<T const> x, device_span<std::uint32_t const> lengths,
                                device_view<T> y) = 0;
    /// scores [T B, S] = v . tanh(q + k) for queries [T B, A] and keys [S B, A] of a lane and the vector v [1, A]
    /// (Bahdanau et al. 2015); 0 in columns from lengths[b] on.
    virtual void additive_scores(std::size_t lanes, device_view<T const> queries, device_view<T const> keys,
                                 device_view<T const> vector, device_span<std::uint32_t const> lengths,
                                 device_view<T> scores) = 0;
    /// Overwrites `d_queries`, adds to `d_keys`, and computes d_vector = new values + beta d_vector. Does not read the
    /// gradients of columns from lengths[b] on.
    virtual void additive_scores_backward(std::size_t lanes, device_view<T const> queries, device_view<T const> keys,
                                          device_view<T const> vector, device_span<std::uint32_t const> lengths,
                                          device_view<T const> d_scores, device_view<T> d_queries,
                                          device_view<T> d_keys, T beta, device_view<T> d_vector) = 0;
};
}
