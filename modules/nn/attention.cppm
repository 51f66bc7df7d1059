export module wordmill.nn:attention;
import :lane_order;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// How attention scores a query q against a key k.
export enum class attention_kind : std::uint8_t {
    dot,        ///< q . k (Luong et al. 2015)
    scaled_dot, ///< q . k / sqrt(size) (Vaswani et al. 2017)
    general,    ///< q . (k W) (Luong et al. 2015)
    additive,   ///< v . tanh(q W + k U + b) (Bahdanau et al. 2015)
};

/// The parameters of an attention layer; a kind without a parameter leaves it null.
export template <class T> struct attention_parameters {
    parameter<T>* query = nullptr;  ///< additive: W [Hq, A]
    parameter<T>* key = nullptr;    ///< general: W [E, Hq]; additive: U [E, A]
    parameter<T>* bias = nullptr;   ///< additive: b [1, A]
    parameter<T>* vector = nullptr; ///< additive: v [1, A]
};

export struct attention_sizes {
    std::size_t query = 0;    ///< Hq, of the queries
    std::size_t key = 0;      ///< E, of keys and values
    std::size_t additive = 0; ///< A, of the sum inside tanh; 0: Hq
};

/// Adds the parameters of a kind to the set: `name` followed by ".query", ".key", ".bias" and ".vector". Values are
/// drawn from normal distributions with a standard deviation of 1 / sqrt(number of inputs); the bias is 0.
/// `failure::usage` when the kind is a dot product and the sizes of query and key differ.
export template <class T>
[[nodiscard]] attention_parameters<T> add_attention(attention_kind kind, attention_sizes const& sizes,
                                                    std::string const& name, parameter_set<T>& set, random_key key);

/// Attention over the S values of a source sequence: for each query, the mean of the values of its lane, weighted by
/// the softmax of their scores over the first lengths[b] positions. With `attention_kind::dot` it is the book's
/// WeightSum, AttentionWeight, Attention and TimeAttention (Saito 2018). Views are as in `affine`.
///
/// All steps of a target sequence may be computed in one call or in segments, in order; the backward pass takes the
/// same segments in reverse order.
export template <class T> class attention {
public:
    /// `failure::usage` when parameters of the kind are missing or do not match.
    attention(attention_kind kind, attention_parameters<T> const& parameters, std::shared_ptr<operations<T>> ops);

    /// Begins a sequence of up to `steps` queries for each lane, over `values` [S B, E], which are also the keys.
    /// Values and lengths [B] are borrowed until the backward pass is done. Empty lengths: S for all.
    void attend_to(device_view<T const> values, std::size_t lanes, device_span<std::uint32_t const> lengths,
                   std::size_t steps);
    /// Queries [n B, Hq] of the steps from `first_step` on to contexts [n B, E]. Queries are borrowed until `backward`.
    /// The result is valid until the next `attend_to`.
    device_view<T const> forward(device_view<T const> queries, std::size_t first_step = 0);
    /// From now on, lane b continues the earlier steps of lane lanes[b], with its values, and has no backward pass.
    /// There may be fewer lanes than before. `lengths` are those of the new lanes; they are borrowed.
    void reorder(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths);
    /// The weights of the last sequence, [steps B, S], of the steps computed so far.
    [[nodiscard]] device_view<T const> weights() const noexcept;
    /// Gradients [n B, E] to those of the queries, [n B, Hq].
    device_view<T const> backward(device_view<T const> d_contexts, std::size_t first_step = 0);
    /// The gradient of the values [S B, E], including the path through the keys, when all steps have gone back.
    [[nodiscard]] device_view<T const> d_values() const;

private:
    [[nodiscard]] bool is_additive() const noexcept { return kind_ == attention_kind::additive; }
    [[nodiscard]] bool has_keys() const noexcept { return kind_ == attention_kind::general || is_additive(); }
    [[nodiscard]] T scale() const noexcept;
    void check_query_size(std::size_t size) const;
    void finish(device_view<T const> d_contexts, device_view<T const> queries);

    attention_kind kind_;
    attention_parameters<T> parameters_;
    std::shared_ptr<operations<T>> ops_;
    std::size_t lanes_ = 0, steps_ = 0; // B and the largest number of steps
    std::size_t rows_ = 0;              // computed since `attend_to`
    std::size_t rows_left_ = 0;         // that have not gone back
    bool is_done_ = false;              // the gradient of the values is complete
    device_span<std::uint32_t const> lengths_{};
    device_view<T const> values_{};
    device_view<T const> keys_{}; // the values, or their projection
    struct segment {
        device_view<T const> queries;
        std::size_t first_row;
    };
    std::vector<segment> segments_{}; // that have not gone back
    tensor<T> projected_keys_, projected_queries_, weights_, contexts_;
    // Of all steps: what the gradient of the values needs, in one product when all steps have gone back.
    tensor<T> queries_, d_contexts_, d_scores_, d_projected_queries_;
    tensor<T> d_queries_, d_keys_, d_values_;
    // Where lanes move to, and the values and keys of lanes that have moved.
    tensor<T> next_values_, next_weights_, moved_values_, moved_keys_;
    lane_order<T> order_;
};

extern template attention_parameters<float> add_attention(attention_kind, attention_sizes const&, std::string const&,
                                                          parameter_set<float>&, random_key);
extern template attention_parameters<double> add_attention(attention_kind, attention_sizes const&, std::string const&,
                                                           parameter_set<double>&, random_key);
extern template class attention<float>;
extern template class attention<double>;
}
