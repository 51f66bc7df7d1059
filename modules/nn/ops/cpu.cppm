module wordmill.nn:cpu;
import :bf16;
import :cpu_operands;
import :losses_projection;
import :operation_code;
import :operations;
import :products_panels;
import :recurrent_steps;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

// The operations on the processor, vectorised and run by several threads. Sums are divided into parts that depend only
// on the shape, so results do not depend on the number of threads. Each family first turns views into addresses.
namespace wordmill::detail {
/// Shared by all families: threads, products, and the operations that others are built from.
class cpu_shared {
public:
    using mat = matrix_view<float>;
    using const_mat = matrix_view<float const>;

    cpu_shared(unsigned threads, precision products)
        : team(threads), half(products == precision::bf16 ? std::make_unique<bf16_products>(team) : nullptr) {}

    static constexpr std::size_t values_at_once = std::size_t{1} << 14; // per task of an elementwise operation

    /// Calls work(r, c, n) for all pieces of a matrix; a piece is n values from (r, c) on. `whole`: there are no gaps
    /// between rows.
    template <class Work> void for_pieces(const_mat x, bool whole, Work const& work) {
        if (whole) {
            auto const size = x.rows * x.columns;
            team.run((size + values_at_once - 1) / values_at_once, [&](std::size_t task, std::size_t) {
                auto const first = task * values_at_once;
                work(std::size_t{0}, first, std::min(values_at_once, size - first));
            });
        } else {
            for_rows(x, [&](std::size_t r) { work(r, std::size_t{0}, x.columns); });
        }
    }
    /// Calls work(r) for every row.
    template <class Work> void for_rows(const_mat x, Work const& work) {
        auto const at_once = std::max<std::size_t>(1, values_at_once / std::max<std::size_t>(1, x.columns));
        team.run((x.rows + at_once - 1) / at_once, [&](std::size_t task, std::size_t) {
            for (auto r = task * at_once; r < std::min(x.rows, (task + 1) * at_once); ++r) work(r);
        });
    }
    /// Calls work(lane, member) for every lane, several at once when that pays; `operations` is the cost of a lane in
    /// multiplications.
    template <class Work> void for_lanes(std::size_t lanes, std::size_t operations, Work const& work) {
        constexpr std::size_t worth_sharing = std::size_t{1} << 18; // fewer do not pay for waking threads
        constexpr std::size_t parts_of_a_member = 4;
        auto const parts =
            lanes * operations >= worth_sharing ? std::min(lanes, parts_of_a_member * team.members()) : 1;
        team.run(parts, [&](std::size_t part, std::size_t member) {
            for (auto lane = part * lanes / parts; lane < (part + 1) * lanes / parts; ++lane) work(lane, member);
        });
    }
    template <class... Matrices> [[nodiscard]] static bool whole(Matrices const&... all) {
        return ((all.stride == all.columns) && ...);
    }
    void copy(const_mat from, mat to);
    void fill(mat x, float value);
    void scale(mat x, float factor);
    void sum_rows(const_mat x, float beta, mat row);
    void multiply(transposed a_form, const_mat a, transposed b_form, const_mat b, float beta, mat c);
    void affine(const_mat x, transposed form, const_mat w, const_mat b, mat y);

    void hold_weights() noexcept { ++holds_; }
    void release_weights() noexcept {
        if (--holds_ == 0) packed_.clear();
    }

    task_team team;
    std::unique_ptr<bf16_products> half; // null: all products in fp32
    products all_products{team, half.get()};
    std::vector<double> row_sums{}; // scratch
    scratch start{};                // of a product: a bias, padded to whole panels

private:
    /// Weights that are held, packed as the right operand of a product.
    struct packed_weights {
        const_mat weights;
        transposed form;
        scratch memory{};
        wide_operand operand{};
    };
    [[nodiscard]] wide_operand const* packed(transposed form, const_mat w);

    std::size_t holds_ = 0;
    std::deque<packed_weights> packed_{};
};

/// The base of a family of operations on the processor.
class cpu_family : protected operation_code {
protected:
    using mat = matrix_view<float>;
    using const_mat = matrix_view<float const>;
    using ids = std::span<token_id const>;
    using view = device_view<float>;
    using const_view = device_view<float const>;
    using id_span = device_span<token_id const>;
    explicit cpu_family(cpu_shared& shared) : shared_(shared) {}
    cpu_shared& shared_;
};

class cpu_memory : public virtual memory_operations<float>, cpu_family {
public:
    explicit cpu_memory(cpu_shared& shared) : cpu_family(shared) {}
    void copy(const_view from, view to) override { shared_.copy(memory_of(from), memory_of(to)); }
    void fill(view x, float value) override { shared_.fill(memory_of(x), value); }
};

class cpu_products : public virtual product_operations<float>, cpu_family {
public:
    explicit cpu_products(cpu_shared& shared) : cpu_family(shared) {}
    void multiply(transposed a_form, const_view a, transposed b_form, const_view b, float beta, view c) override {
        shared_.multiply(a_form, memory_of(a), b_form, memory_of(b), beta, memory_of(c));
    }

protected:
    void affine(const_view x, transposed form, const_view w, const_view b, view y) {
        shared_.affine(memory_of(x), form, memory_of(w), memory_of(b), memory_of(y));
    }
};

class cpu_elements : public virtual element_operations<float>, cpu_family {
public:
    explicit cpu_elements(cpu_shared& shared) : cpu_family(shared) {}
    void add_row(const_view row, view x) override { add_row(memory_of(row), memory_of(x)); }
    void sum_rows(const_view x, float beta, view row) override { shared_.sum_rows(memory_of(x), beta, memory_of(row)); }
    void add(const_view x, float scale, view y) override { add(memory_of(x), scale, memory_of(y)); }
    void scale(view x, float factor) override { shared_.scale(memory_of(x), factor); }
    void multiply_values(const_view a, const_view b, view c) override {
        multiply_values(memory_of(a), memory_of(b), memory_of(c));
    }
    void activate(activation f, const_view x, view y) override { activate(f, memory_of(x), memory_of(y)); }
    void activate_backward(activation f, const_view y, const_view d_y, view d_x) override {
        activate_backward(f, memory_of(y), memory_of(d_y), memory_of(d_x));
    }
    void drop(dropout_mask const& mask, const_view x, view y) override { drop(mask, memory_of(x), memory_of(y)); }

protected:
    void sum(const_view a, const_view b, view y) { sum(memory_of(a), memory_of(b), memory_of(y)); }
    void sum_dropped(dropout_mask const& mask, const_view a, const_view b, view y) {
        sum_dropped(mask, memory_of(a), memory_of(b), memory_of(y));
    }

private:
    void add_row(const_mat row, mat x);
    void add(const_mat x, float scale, mat y);
    void multiply_values(const_mat a, const_mat b, mat c);
    void activate(activation f, const_mat x, mat y);
    void activate_backward(activation f, const_mat y, const_mat d_y, mat d_x);
    void drop(dropout_mask const& mask, const_mat x, mat y);
    void sum(const_mat a, const_mat b, mat y);
    void sum_dropped(dropout_mask const& mask, const_mat a, const_mat b, mat y);
    template <class Keep> void for_kept(dropout_mask const& mask, const_mat x, Keep const& keep);

    std::vector<std::uint32_t> words_{}; // scratch
};

class cpu_losses : public virtual loss_operations<float>, cpu_family {
public:
    explicit cpu_losses(cpu_shared& shared) : cpu_family(shared) {}
    void softmax_loss(const_view logits, id_span targets, view probabilities, loss_target loss,
                      float smoothing) override {
        add_loss(loss, softmax_loss(memory_of(logits), memory_of(targets), memory_of(probabilities), smoothing));
    }
    void softmax_loss_backward(const_view probabilities, id_span targets, float scale, view d_logits,
                               float smoothing) override {
        softmax_loss_backward(memory_of(probabilities), memory_of(targets), scale, memory_of(d_logits), smoothing);
    }
    void projection_loss(const_view x, projection<float> const& to, id_span targets, loss_target loss,
                         projection_gradients<float> const& gradients) override {
        add_loss(loss, projection_loss(memory_of(x), memory_of(to), memory_of(targets), memory_of(gradients)));
    }
    void sigmoid_loss(const_view x, device_span<std::uint8_t const> labels, float scale, view d_x,
                      loss_target loss) override {
        add_loss(loss, sigmoid_loss(memory_of(x), memory_of(labels), scale, memory_of(d_x)));
    }

private:
    [[nodiscard]] loss_sum sum_of_losses(std::size_t count) const;
    loss_sum softmax_loss(const_mat logits, ids targets, mat probabilities, float smoothing);
    void softmax_loss_backward(const_mat probabilities, ids targets, float scale, mat d_logits, float smoothing);
    loss_sum projection_loss(const_mat x, projection<float, matrix_view> const& to, ids targets,
                             projection_gradients<float, matrix_view> const& gradients);
    loss_sum sigmoid_loss(const_mat x, std::span<std::uint8_t const> labels, float scale, mat d_x);

    projection_arithmetic projection_{shared_.team, shared_.half.get()};
};

class cpu_rows : public virtual row_operations<float>, cpu_family {
public:
    explicit cpu_rows(cpu_shared& shared) : cpu_family(shared) {}
    void gather(const_view table, id_span rows, view out) override {
        gather(memory_of(table), memory_of(rows), memory_of(out));
    }
    void scatter_add(const_view x, id_span rows, view table) override {
        scatter_add(memory_of(x), memory_of(rows), memory_of(table));
    }
    void sum_into(const_view x, device_span<std::uint32_t const> places, view to) override {
        sum_into(memory_of(x), memory_of(places), memory_of(to));
    }
    void dot_rows(const_view a, const_view h, view out) override {
        dot_rows(memory_of(a), memory_of(h), memory_of(out));
    }
    void dot_rows_backward(const_view d_out, const_view a, const_view h, view d_a, view d_h) override {
        dot_rows_backward(memory_of(d_out), memory_of(a), memory_of(h), memory_of(d_a), memory_of(d_h));
    }
    void reverse_steps(std::size_t lanes, const_view x, device_span<std::uint32_t const> lengths, view y) override {
        reverse_steps(lanes, memory_of(x), memory_of(lengths), memory_of(y));
    }
    void repeat_rows(const_view from, view to) override { repeat_rows(memory_of(from), memory_of(to)); }
    void sum_steps(const_view x, float beta, view to) override { sum_steps(memory_of(x), beta, memory_of(to)); }

private:
    void gather(const_mat table, ids rows, mat out);
    void scatter_add(const_mat x, ids rows, mat table);
    void sum_into(const_mat x, std::span<std::uint32_t const> places, mat to);
    void dot_rows(const_mat a, const_mat h, mat out);
    void dot_rows_backward(const_mat d_out, const_mat a, const_mat h, mat d_a, mat d_h);
    void reverse_steps(std::size_t lanes, const_mat x, std::span<std::uint32_t const> lengths, mat y);
    void repeat_rows(const_mat from, mat to);
    void sum_steps(const_mat x, float beta, mat to);
};

class cpu_attention : public virtual attention_operations<float>, cpu_family {
public:
    explicit cpu_attention(cpu_shared& shared) : cpu_family(shared) {}
    void multiply_lanes(std::size_t lanes, transposed a_form, const_view a, transposed b_form, const_view b,
                        float scale, float beta, view c) override {
        multiply_lanes(lanes, a_form, memory_of(a), b_form, memory_of(b), scale, beta, memory_of(c));
    }
    void masked_softmax(std::size_t lanes, const_view x, device_span<std::uint32_t const> lengths, view y) override {
        masked_softmax(lanes, memory_of(x), memory_of(lengths), memory_of(y));
    }
    void additive_scores(std::size_t lanes, const_view queries, const_view keys, const_view vector,
                         device_span<std::uint32_t const> lengths, view scores) override {
        additive_scores(lanes, memory_of(queries), memory_of(keys), memory_of(vector), memory_of(lengths),
                        memory_of(scores));
    }
    void additive_scores_backward(std::size_t lanes, const_view queries, const_view keys, const_view vector,
                                  device_span<std::uint32_t const> lengths, const_view d_scores, view d_queries,
                                  view d_keys, float beta, view d_vector) override {
        additive_scores_backward(lanes, memory_of(queries), memory_of(keys), memory_of(vector), memory_of(lengths),
                                 memory_of(d_scores), memory_of(d_queries), memory_of(d_keys), beta,
                                 memory_of(d_vector));
    }

private:
    using lane_lengths = std::span<std::uint32_t const>;
    void multiply_lanes(std::size_t lanes, transposed a_form, const_mat a, transposed b_form, const_mat b, float scale,
                        float beta, mat c);
    void masked_softmax(std::size_t lanes, const_mat x, lane_lengths lengths, mat y);
    void additive_scores(std::size_t lanes, const_mat queries, const_mat keys, const_mat vector, lane_lengths lengths,
                         mat scores);
    void additive_scores_backward(std::size_t lanes, const_mat queries, const_mat keys, const_mat vector,
                                  lane_lengths lengths, const_mat d_scores, mat d_queries, mat d_keys, float beta,
                                  mat d_vector);

    scratch packed_{};  ///< of each member: both operands of a lane's product
    scratch vectors_{}; ///< [B, A], the gradient of the vector from each lane
};

class cpu_transformer : public virtual transformer_operations<float>, cpu_family {
public:
    explicit cpu_transformer(cpu_shared& shared) : cpu_family(shared) {}
    void normalize(normalization<float> const& of, const_view bias, view y) override {
        normalize(memory_of(of), memory_of(bias), memory_of(y));
    }
    void normalize_backward(normalization<float> const& of, normalization_gradients<float> const& gradients) override {
        normalize_backward(memory_of(of), memory_of(gradients));
    }
    void multi_head_forward(multi_head_pass<float> const& pass) override { forward(memory_of(pass)); }
    void multi_head_backward(multi_head_pass<float> const& pass,
                             multi_head_gradients<float> const& gradients) override {
        backward(memory_of(pass), memory_of(gradients));
    }
    void multi_head_weights(multi_head_pass<float> const& pass, std::size_t head, view weights) override {
        this->weights(memory_of(pass), head, memory_of(weights));
    }
    void rotate(rotation const& by, std::size_t lanes, std::size_t heads, view x) override {
        rotate(by, lanes, heads, memory_of(x));
    }

private:
    void normalize(normalization<float, matrix_view> const& n, const_mat bias, mat y);
    void normalize_backward(normalization<float, matrix_view> const& n,
                            normalization_gradients<float, matrix_view> const& d);
    template <class Work> void for_heads(multi_head_pass<float, matrix_view> const& p, Work const& work);
    void forward(multi_head_pass<float, matrix_view> const& p);
    void backward(multi_head_pass<float, matrix_view> const& p, multi_head_gradients<float, matrix_view> const& d);
    void weights(multi_head_pass<float, matrix_view> const& p, std::size_t head, mat to);
    void rotate(rotation const& by, std::size_t lanes, std::size_t heads, mat x);

    scratch scratch_{};          ///< of each member: tiles of a head
    scratch sums_{};             ///< gradients of gain and bias, from each part of the rows
    std::vector<float> turns_{}; ///< cosines and sines of each step
};

class cpu_addressing : public virtual addressing_operations<float>, cpu_family {
public:
    explicit cpu_addressing(cpu_shared& shared) : cpu_family(shared) {}
    void address(addressing_step<float> const& step) override { address(memory_of(step)); }
    void address_backward(addressing_step<float> const& step, addressing_gradients<float> const& gradients) override {
        address_backward(memory_of(step), memory_of(gradients));
    }
    void write_memory(writing_step<float> const& step) override { write_memory(memory_of(step)); }
    void write_memory_backward(writing_step<float> const& step, writing_gradients<float> const& gradients) override {
        write_memory_backward(memory_of(step), memory_of(gradients));
    }

private:
    using addressing = addressing_step<float, matrix_view>;
    using writing = writing_step<float, matrix_view>;
    void address(addressing const& step);
    void address_backward(addressing const& step, addressing_gradients<float, matrix_view> const& d);
    void write_memory(writing const& step);
    void write_memory_backward(writing const& step, writing_gradients<float, matrix_view> const& d);

    scratch head_{}; ///< of each member: the values of one head
};

class cpu_recurrent : public virtual recurrent_operations<float>, cpu_family {
public:
    explicit cpu_recurrent(cpu_shared& shared) : cpu_family(shared) {}
    void recurrent_forward(recurrent_pass<float> const& pass) override { forward(memory_of(pass)); }
    void recurrent_backward(recurrent_pass<float> const& pass, recurrent_gradients<float> const& gradients) override {
        backward(memory_of(pass), memory_of(gradients));
    }

private:
    void forward(recurrent_pass<float, matrix_view> const& pass);
    void backward(recurrent_pass<float, matrix_view> const& pass,
                  recurrent_gradients<float, matrix_view> const& gradients);

    recurrent_arithmetic recurrent_{shared_.team, shared_.all_products};
};

class cpu_updates : public virtual update_operations<float>, cpu_family {
public:
    explicit cpu_updates(cpu_shared& shared) : cpu_family(shared) {}
    void sums_of_squares(std::span<const_view const> all, device_span<double> sums) override {
        expect(sums.size() == all.size(), "sums_of_squares: a sum for every matrix");
        for (std::size_t i = 0; i < all.size(); ++i) memory_of(sums)[i] += sum_of_squares(memory_of(all[i]));
    }
    void update_all(update_rule const& rule, std::span<update_target<float> const> all,
                    update_guard const& guard) override {
        auto const factor = gradient_factor(rule, memory_of(guard.squares), memory_of(guard.loss));
        for (auto const& t : all) {
            check_update(rule, t);
            if (factor)
                update(rule, *factor, memory_of(t.gradient), memory_of(t.rows), memory_of(t.values), memory_of(t.first),
                       memory_of(t.second));
        }
    }

private:
    [[nodiscard]] double sum_of_squares(const_mat x);
    void update(update_rule const& rule, double factor, const_mat g, ids rows, mat values, mat first, mat second);

    std::vector<float> zeros_{}; // the gradient of a row without one
};
}
