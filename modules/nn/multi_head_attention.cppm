export module wordmill.nn:multi_head_attention;
import :affine;
import :lane_order;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The parameters of attention of a sequence to itself.
export template <class T> struct self_attention_parameters {
    parameter<T>& joint;      ///< [H, 3 H], to queries, keys and values side by side
    parameter<T>& joint_bias; ///< [1, 3 H]
    parameter<T>& out;        ///< [H, H]
    parameter<T>& out_bias;   ///< [1, H]
};
/// The parameters of attention of a sequence to another.
export template <class T> struct cross_attention_parameters {
    parameter<T>& query;      ///< [H, H]
    parameter<T>& query_bias; ///< [1, H]
    parameter<T>& joint;      ///< [E, 2 H], from the other sequence to keys and values side by side
    parameter<T>& joint_bias; ///< [1, 2 H]
    parameter<T>& out;        ///< [H, H]
    parameter<T>& out_bias;   ///< [1, H]
};

/// Add the parameters to the set: `name` followed by "." and the name of the member. Weights are uniform as in Glorot &
/// Bengio 2010, for each of the H columns that belong together; biases are 0.
export template <class T> [[nodiscard]] self_attention_parameters<T>
add_self_attention(std::size_t size, std::string const& name, parameter_set<T>& set, random_key key);
export template <class T>
[[nodiscard]] cross_attention_parameters<T> add_cross_attention(std::size_t size, std::size_t source_size,
                                                                std::string const& name, parameter_set<T>& set,
                                                                random_key key);

export struct self_attention_options {
    std::size_t heads = 1; ///< H is a multiple; H / heads is at most `largest_head`
    bool causal = false;   ///< a step attends to itself and the steps before
    bool rotary = false;   ///< queries and keys are rotated by their positions; H / heads is even
    /// The most positions of earlier segments that are attended to as well (Dai et al. 2019). Needs `causal`.
    std::size_t memory = 0;
};

/// Multi-head attention of a sequence to itself (Vaswani et al. 2017). Row t B + b is step t of lane b. Views are as in
/// `affine`.
///
/// A causal layer computes a sequence in one call or in segments of steps, in order. It keeps the keys and values of
/// earlier steps, so decoding step by step projects each step once. Only a sequence that was computed in one call has a
/// backward pass.
export template <class T> class self_attention {
public:
    /// `failure::usage` when shapes and options do not match.
    self_attention(self_attention_options const& options, self_attention_parameters<T> const& parameters);

    /// Begins a sequence of up to `steps` steps. `lengths` [B] are the steps of each lane, which no step attends
    /// beyond. They are borrowed until the backward pass; empty: all steps. With a memory, `failure::usage` when it is
    /// that of another number of lanes.
    void begin(std::size_t lanes, std::size_t steps, device_span<std::uint32_t const> lengths = {});
    /// [n B, H] to [n B, H], of the steps from `first_step` on.
    device_view<T const> forward(device_view<T const> x, std::size_t first_step = 0);
    device_view<T const> backward(device_view<T const> d_y); ///< [T B, H] to [T B, H]
    /// The weights of one head in the last call of `forward`, [n B, S], over all positions so far; those of the memory
    /// come first. Call it before `reorder`. Valid until the next call.
    device_view<T const> weights(std::size_t head);

    /// From now on, lane b continues the earlier steps of lane lanes[b]. Without a memory and lengths there may be
    /// fewer lanes than before.
    void reorder(std::span<token_id const> lanes);

    /// Keeps the last positions of this sequence, at most `memory` of them, for the next one. No gradient reaches them.
    void carry();
    void forget() noexcept { memory_lanes_ = 0; } ///< the next sequence starts without a memory
    /// The keys and values of the memory side by side, [m B, 2 H]. Rotary positions count from its first row.
    [[nodiscard]] device_view<T const> memory() const noexcept { return memory_.view(); }
    [[nodiscard]] std::size_t memory_lanes() const noexcept { return memory_lanes_; } ///< 0: there is no memory
    /// Replaces the memory by a copy of [m B, 2 H], where m is at most the option `memory`.
    void set_memory(device_view<T const> memory, std::size_t lanes);

    /// Keeps outputs and gradients in the memory of those of another layer, as `affine` does.
    void share_memory(self_attention const& with) {
        out_.share_gradients(with.out_);
        out_.share_outputs(with.out_);
        d_joined_.share(with.d_joined_);
        d_x_.share(with.d_x_);
    }

private:
    [[nodiscard]] std::size_t size() const noexcept { return joint_->rows(); }
    [[nodiscard]] std::int64_t position_of(std::size_t row) const { return static_cast<std::int64_t>(row / lanes_); }
    [[nodiscard]] multi_head_pass<T> last_pass();

    self_attention_options options_;
    parameter<T>* joint_;
    parameter<T>* joint_bias_;
    std::shared_ptr<operations<T>> ops_;
    affine<T> out_;
    std::size_t lanes_ = 0;
    std::size_t before_ = 0; // rows of the memory in `joined_`
    std::size_t rows_ = 0;   // computed since `begin`
    struct {
        std::size_t first = 0; // of the rows of `joined_`
        std::size_t count = 0;
    } last_{}; // segment
    device_span<std::uint32_t const> lengths_{};
    device_view<T const> x_{};
    tensor<T> joined_;    // [(m + steps) B, 3 H]: queries, keys and values, the memory first
    tensor<T> reordered_; // becomes `joined_` when lanes move
    tensor<T> contexts_, log_sums_, weights_, d_joined_, d_x_;
    tensor<T> memory_;
    std::size_t memory_lanes_ = 0; // 0: there is no memory
    lane_order<T> order_;
};

/// Multi-head attention of a sequence to the S values of another. Row t B + b is step t of lane b. Views are as in
/// `affine`. Steps may be computed in segments, and go back, as in `self_attention`.
export template <class T> class cross_attention {
public:
    /// `failure::usage` when shapes do not match.
    cross_attention(std::size_t heads, cross_attention_parameters<T> const& parameters);

    /// Begins a sequence of up to `steps` steps over `values` [S B, E], of which the first lengths[b] of each lane
    /// count. Values and lengths are borrowed until the backward pass; empty lengths: S for all.
    void attend_to(device_view<T const> values, std::size_t lanes, device_span<std::uint32_t const> lengths,
                   std::size_t steps);
    /// [n B, H] to [n B, H], of the steps from `first_step` on.
    device_view<T const> forward(device_view<T const> x, std::size_t first_step = 0);
    device_view<T const> backward(device_view<T const> d_y); ///< [T B, H] to [T B, H]
    /// The gradient of the values, [S B, E], after `backward`.
    [[nodiscard]] device_view<T const> d_values() const { return d_values_; }
    /// The weights of one head of all steps since `attend_to`, [T B, S]. Valid until the next call.
    device_view<T const> weights(std::size_t head);

    /// From now on, lane b continues the earlier steps of lane lanes[b], with its values. There may be fewer lanes than
    /// before. `lengths` are those of the new lanes.
    void reorder(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths);

    /// Keeps outputs and gradients in the memory of those of another layer, as `affine` does.
    void share_memory(cross_attention const& with) {
        joint_.share_gradients(with.joint_);
        out_.share_gradients(with.out_);
        out_.share_outputs(with.out_);
        d_joined_.share(with.d_joined_);
        d_queries_.share(with.d_queries_);
        d_x_.share(with.d_x_);
    }

private:
    [[nodiscard]] std::size_t size() const noexcept { return query_->columns(); }
    [[nodiscard]] multi_head_pass<T> pass_of(std::size_t first_row, std::size_t rows);

    std::size_t heads_;
    parameter<T>* query_;
    parameter<T>* query_bias_;
    affine<T> joint_;
    std::shared_ptr<operations<T>> ops_;
    affine<T> out_;
    std::size_t lanes_ = 0;
    std::size_t rows_ = 0; // computed since `attend_to`
    device_span<std::uint32_t const> lengths_{};
    device_view<T const> x_{};      // of the last segment
    device_view<T const> joined_{}; // [S B, 2 H]: keys and values
    device_view<T const> d_values_{};
    tensor<T> queries_, contexts_, log_sums_, weights_, d_joined_, d_queries_, d_x_;
    // Where lanes move to, and the keys and values of lanes that have moved.
    tensor<T> next_queries_, next_log_sums_, next_joined_, moved_joined_;
    lane_order<T> order_;
};

extern template self_attention_parameters<float> add_self_attention(std::size_t, std::string const&,
                                                                    parameter_set<float>&, random_key);
extern template self_attention_parameters<double> add_self_attention(std::size_t, std::string const&,
                                                                     parameter_set<double>&, random_key);
extern template cross_attention_parameters<float> add_cross_attention(std::size_t, std::size_t, std::string const&,
                                                                      parameter_set<float>&, random_key);
extern template cross_attention_parameters<double> add_cross_attention(std::size_t, std::size_t, std::string const&,
                                                                       parameter_set<double>&, random_key);
extern template class self_attention<float>;
extern template class self_attention<double>;
extern template class cross_attention<float>;
extern template class cross_attention<double>;
}
