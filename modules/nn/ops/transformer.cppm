export module wordmill.nn:transformer_operations;
import :recurrent_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The largest number of columns of a head.
export inline constexpr std::size_t largest_head = 256;

/// Queries that attend to keys, head by head (Vaswani et al. 2017). Row n B + b of a matrix is row n of lane b. Head h
/// of `heads` has the columns from h H / heads on. A query sees the first keys of its lane; the output is the mean of
/// their values, weighted by the softmax of queries . keys / sqrt(H / heads). The output of a query that sees no key is
/// 0.
export template <class T, template <class> class View = device_view> struct multi_head_pass {
    std::size_t lanes = 0; ///< B
    std::size_t heads = 1;
    View<T const> queries{}; ///< [N B, H]
    View<T const> keys{};    ///< [S B, H]
    View<T const> values{};  ///< [S B, H]
    /// [B], the number of keys of each lane, at most S; empty: S for all.
    typename span_beside<View, std::uint32_t const>::type lengths{};
    bool causal = false;    ///< query n sees no key after key n + offset
    std::size_t offset = 0; ///< the number of keys before the key of query 0
    View<T> outputs{};      ///< [N B, H]
    /// [N B, heads], the logarithms of the sums that the softmax divides by; 0 where a query sees no key. With them the
    /// backward pass computes the weights again, so that no more than a tile of them is ever in memory.
    View<T> log_sums{};
};

/// The gradients of a pass, which are overwritten. Those of keys that no query sees are 0.
export template <class T, template <class> class View = device_view> struct multi_head_gradients {
    View<T const> outputs{}; ///< [N B, H]
    View<T> queries{};       ///< [N B, H]
    View<T> keys{};          ///< [S B, H]
    View<T> values{};        ///< [S B, H]
};

/// Layer normalisation of each row (Ba et al. 2016): y = gain (x - mean) / sqrt(variance + 1e-5) + bias.
export template <class T, template <class> class View = device_view> struct normalization {
    View<T const> x{};    ///< [N, H]
    View<T const> gain{}; ///< [1, H]
    View<T> statistics{}; ///< [N, 2], mean and 1 / sqrt(variance + 1e-5) of each row
};
export template <class T, template <class> class View = device_view> struct normalization_gradients {
    View<T const> y{}; ///< [N, H]
    View<T> x{};       ///< [N, H], overwritten
    View<T> gain{};    ///< [1, H]
    View<T> bias{};    ///< [1, H]
    T beta = 0;        ///< 0 overwrites the gradients of gain and bias, 1 adds to them
};

/// Row n B + b has the position `first` + n `step`. A negative position rotates by the opposite angle.
export struct rotation {
    std::int64_t first = 0;
    std::int64_t step = 1;
};

/// Operations that Transformers add to those of other layers.
export template <class T> class transformer_operations {
public:
    virtual ~transformer_operations() = default;
    /// Writes the statistics and y. y may be x.
    virtual void normalize(normalization<T> const& of, device_view<T const> bias, device_view<T> y) = 0;
    virtual void normalize_backward(normalization<T> const& of, normalization_gradients<T> const& gradients) = 0;

    /// Writes the outputs and the log sums. Tiles of keys are combined by the online softmax (Milakov & Gimelshein
    /// 2018; Dao et al. 2022).
    virtual void multi_head_forward(multi_head_pass<T> const& pass) = 0;
    virtual void multi_head_backward(multi_head_pass<T> const& pass, multi_head_gradients<T> const& gradients) = 0;
    /// The weights of one head, [N B, S], from the log sums of the forward pass; 0 where a query does not see a key.
    virtual void multi_head_weights(multi_head_pass<T> const& pass, std::size_t head, device_view<T> weights) = 0;

    /// Rotary position encoding (Su et al. 2021), in place: rotates columns 2 i and 2 i + 1 of each head of size D by
    /// the angle position * 10000^(-2 i / D). D is even. The backward pass rotates by the opposite angles.
    virtual void rotate(rotation const& by, std::size_t lanes, std::size_t heads, device_view<T> x) = 0;
};

/// Checks the shapes of a pass.
template <class T, template <class> class View> void check_pass(multi_head_pass<T, View> const& p) {
    auto const h = p.queries.columns;
    expect(p.lanes > 0 && p.queries.rows % p.lanes == 0 && p.keys.rows % p.lanes == 0
               && (p.lengths.empty() || p.lengths.size() == p.lanes),
           "multi-head attention: as many rows for every lane, a length of every lane");
    expect(p.heads > 0 && h % p.heads == 0 && h / p.heads <= largest_head,
           "multi-head attention: heads of one size, at most 256");
    expect(p.keys.columns == h && p.values.columns == h && p.values.rows == p.keys.rows,
           "multi-head attention: queries [N B, H], keys and values [S B, H]");
    expect(p.outputs.rows == p.queries.rows && p.outputs.columns == h && p.log_sums.rows == p.queries.rows
               && p.log_sums.columns == p.heads,
           "multi-head attention: outputs [N B, H], log sums [N B, heads]");
}
template <class T, template <class> class View>
void check_gradients(multi_head_pass<T, View> const& p, multi_head_gradients<T, View> const& d) {
    auto const same = [](auto const& a, auto const& b) { return a.rows == b.rows && a.columns == b.columns; };
    expect(same(d.outputs, p.outputs) && same(d.queries, p.queries) && same(d.keys, p.keys) && same(d.values, p.values),
           "multi-head attention: gradients in the shapes of what they belong to");
}
template <class T, template <class> class View>
void check_weights(multi_head_pass<T, View> const& p, std::size_t head, View<T> const& weights) {
    expect(head < p.heads && weights.rows == p.queries.rows && weights.columns == p.keys.rows / p.lanes,
           "multi-head attention: weights [N B, S] of one of the heads");
}
template <class T, template <class> class View>
void check_normalization(normalization<T, View> const& n, View<T const> const& bias, View<T> const& y) {
    auto const h = n.x.columns;
    expect(h > 0 && n.gain.rows == 1 && n.gain.columns == h && bias.rows == 1 && bias.columns == h
               && n.statistics.rows == n.x.rows && n.statistics.columns == 2 && y.rows == n.x.rows && y.columns == h,
           "normalize: x and y [N, H], gain and bias [1, H], statistics [N, 2]");
}
template <class T, template <class> class View>
void check_gradients(normalization<T, View> const& n, normalization_gradients<T, View> const& d) {
    auto const h = n.x.columns;
    expect(h > 0 && n.gain.columns == h && n.statistics.rows == n.x.rows && d.y.rows == n.x.rows && d.y.columns == h
               && d.x.rows == n.x.rows && d.x.columns == h && d.gain.rows == 1 && d.gain.columns == h
               && d.bias.rows == 1 && d.bias.columns == h,
           "normalize: gradients in the shapes of what they belong to");
    expect(d.beta == 0 || d.beta == 1, "normalize: gradients are added to, or not");
}
inline void check_rotation(std::size_t lanes, std::size_t heads, std::size_t rows, std::size_t columns) {
    expect(lanes > 0 && rows % lanes == 0, "rotate: as many rows for every lane");
    expect(heads > 0 && columns % (2 * heads) == 0, "rotate: heads of an even size");
}
}
