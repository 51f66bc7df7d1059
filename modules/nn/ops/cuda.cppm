module;
#include "wordmill/cuda/nn_addressing.hpp"
#include "wordmill/cuda/nn_device.hpp"
#include "wordmill/cuda/nn_recurrent.hpp"
#include "wordmill/cuda/nn_transformer.hpp"
module wordmill.nn:cuda;
import :operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

// The operations on a GPU: each family checks its arguments, turns views into addresses of the device and queues
// kernels. Sums have an order that depends on the shape only.
namespace wordmill::detail {
/// What families share: the device, and how views become its addresses.
class cuda_family : protected device_code {
protected:
    using view = device_view<float>;
    using const_view = device_view<float const>;
    using id_span = device_span<token_id const>;
    using number_span = device_span<std::uint32_t const>;

    explicit cuda_family(cuda::nn_device& device) : device_(device) {}

    template <class T> [[nodiscard]] static cuda::device_matrix<T> there(device_view<T> x) noexcept {
        auto const m = memory_of(x);
        return {m.data, m.rows, m.columns, m.stride};
    }
    template <class T> [[nodiscard]] static cuda::device_values<T> there(device_span<T> x) noexcept {
        auto const m = memory_of(x);
        return {m.data(), m.size()};
    }
    /// Ids as numbers, which is what they are in memory.
    [[nodiscard]] static cuda::device_values<std::uint32_t const> there(id_span x) noexcept {
        static_assert(sizeof(token_id) == sizeof(std::uint32_t));
        auto const m = memory_of(x);
        return {reinterpret_cast<std::uint32_t const*>(m.data()), m.size()};
    }

    cuda::nn_device& device_;
};

class cuda_memory : public virtual memory_operations<float>, cuda_family {
public:
    explicit cuda_memory(cuda::nn_device& device) : cuda_family(device) {}
    void copy(const_view from, view to) override;
    void fill(view x, float value) override;
};

class cuda_products : public virtual product_operations<float>, cuda_family {
public:
    explicit cuda_products(cuda::nn_device& device) : cuda_family(device) {}
    void multiply(transposed a_form, const_view a, transposed b_form, const_view b, float beta, view c) override;
};

class cuda_elements : public virtual element_operations<float>, cuda_family {
public:
    explicit cuda_elements(cuda::nn_device& device) : cuda_family(device) {}
    void add_row(const_view row, view x) override;
    void sum_rows(const_view x, float beta, view row) override;
    void add(const_view x, float scale, view y) override;
    void scale(view x, float factor) override;
    void multiply_values(const_view a, const_view b, view c) override;
    void activate(activation f, const_view x, view y) override;
    void activate_backward(activation f, const_view y, const_view d_y, view d_x) override;
    void drop(dropout_mask const& mask, const_view x, view y) override;
};

class cuda_losses : public virtual loss_operations<float>, cuda_family {
public:
    explicit cuda_losses(cuda::nn_device& device) : cuda_family(device) {}
    void softmax_loss(const_view logits, id_span targets, view probabilities, loss_target loss,
                      float smoothing) override;
    void softmax_loss_backward(const_view probabilities, id_span targets, float scale, view d_logits,
                               float smoothing) override;
    void projection_loss(const_view x, projection<float> const& to, id_span targets, loss_target loss,
                         projection_gradients<float> const& gradients) override;
    void sigmoid_loss(const_view x, device_span<std::uint8_t const> labels, float scale, view d_x,
                      loss_target loss) override;
};

class cuda_rows : public virtual row_operations<float>, cuda_family {
public:
    explicit cuda_rows(cuda::nn_device& device) : cuda_family(device) {}
    void gather(const_view table, id_span rows, view out) override;
    void scatter_add(const_view x, id_span rows, view table) override;
    void sum_into(const_view x, number_span places, view to) override;
    void dot_rows(const_view a, const_view h, view out) override;
    void dot_rows_backward(const_view d_out, const_view a, const_view h, view d_a, view d_h) override;
    void reverse_steps(std::size_t lanes, const_view x, number_span lengths, view y) override;
    void repeat_rows(const_view from, view to) override;
    void sum_steps(const_view x, float beta, view to) override;
};

class cuda_recurrent : public virtual recurrent_operations<float>, cuda_family {
public:
    explicit cuda_recurrent(cuda::nn_device& device) : cuda_family(device) {}
    std::size_t recurrent_reserve(recurrent_pass<float> const& pass) override;
    void recurrent_forward(recurrent_pass<float> const& pass) override;
    void recurrent_backward(recurrent_pass<float> const& pass, recurrent_gradients<float> const& gradients) override;

private:
    [[nodiscard]] static cuda::recurrent_weights there(recurrent_weights<float> const& w) noexcept;
    [[nodiscard]] static cuda::recurrent_layer there(recurrent_pass<float> const& pass) noexcept;
};

class cuda_attention : public virtual attention_operations<float>, cuda_family {
public:
    explicit cuda_attention(cuda::nn_device& device) : cuda_family(device) {}
    void multiply_lanes(std::size_t lanes, transposed a_form, const_view a, transposed b_form, const_view b,
                        float scale, float beta, view c) override;
    void masked_softmax(std::size_t lanes, const_view x, number_span lengths, view y) override;
    void additive_scores(std::size_t lanes, const_view queries, const_view keys, const_view vector, number_span lengths,
                         view scores) override;
    void additive_scores_backward(std::size_t lanes, const_view queries, const_view keys, const_view vector,
                                  number_span lengths, const_view d_scores, view d_queries, view d_keys, float beta,
                                  view d_vector) override;
};

class cuda_transformer : public virtual transformer_operations<float>, cuda_family {
public:
    explicit cuda_transformer(cuda::nn_device& device) : cuda_family(device) {}
    void normalize(normalization<float> const& of, const_view bias, view y) override;
    void normalize_backward(normalization<float> const& of, normalization_gradients<float> const& gradients) override;
    void multi_head_forward(multi_head_pass<float> const& pass) override;
    void multi_head_backward(multi_head_pass<float> const& pass, multi_head_gradients<float> const& gradients) override;
    void multi_head_weights(multi_head_pass<float> const& pass, std::size_t head, view weights) override;
    void rotate(rotation const& by, std::size_t lanes, std::size_t heads, view x) override;

private:
    [[nodiscard]] static cuda::normalization there(normalization<float> const& n) noexcept;
    [[nodiscard]] static cuda::multi_head_pass there(multi_head_pass<float> const& pass) noexcept;
};

class cuda_addressing : public virtual addressing_operations<float>, cuda_family {
public:
    explicit cuda_addressing(cuda::nn_device& device) : cuda_family(device) {}
    void address(addressing_step<float> const& step) override;
    void address_backward(addressing_step<float> const& step, addressing_gradients<float> const& gradients) override;
    void write_memory(writing_step<float> const& step) override;
    void write_memory_backward(writing_step<float> const& step, writing_gradients<float> const& gradients) override;

private:
    [[nodiscard]] static cuda::memory_addressing there(addressing_step<float> const& step) noexcept;
    [[nodiscard]] static cuda::memory_writing there(writing_step<float> const& step) noexcept;
};

class cuda_updates : public virtual update_operations<float>, cuda_family {
public:
    explicit cuda_updates(cuda::nn_device& device) : cuda_family(device) {}
    void sums_of_squares(std::span<const_view const> all, device_span<double> sums) override;
    void update_all(update_rule const& rule, std::span<update_target<float> const> all,
                    update_guard const& guard) override;
};
}
