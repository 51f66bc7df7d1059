export module wordmill.nn:operations;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export enum class transposed : bool { no, yes };

export enum class activation : std::uint8_t {
    sigmoid,
    tanh,
    relu,
    softmax, ///< of each row
};

/// The recurrent unit, and the order of its gates in matrices of [.., gates H].
export enum class recurrent_cell : std::uint8_t {
    tanh, ///< 1 gate: h' = tanh(x W + h U + b) (Elman 1990)
    lstm, ///< 4, input, forget, candidate, output (Hochreiter & Schmidhuber 1997; Gers et al. 2000); no peepholes
    gru,  ///< 3, update z, reset r, candidate: h' = (1 - z) h + z tanh(x W + (r h) U + b) (Cho et al. 2014)
};
export [[nodiscard]] constexpr std::size_t gates_of(recurrent_cell cell) noexcept {
    return cell == recurrent_cell::lstm ? 4 : cell == recurrent_cell::gru ? 3 : 1;
}

/// Of a recurrent layer. What computes gradients adds `beta` times what was there: 0 or 1.
export template <class T> struct recurrent_weights {
    matrix_view<T> input{};  ///< [D, gates H]
    matrix_view<T> hidden{}; ///< [H, gates H]
    matrix_view<T> bias{};   ///< [1, gates H]
};

/// What a recurrent layer works out over T steps and keeps for the way back. Row t B + b is lane b at step t. The first
/// B rows of `hidden` and `cells` are the state it starts from, the last B the one it ends with.
export template <class T> struct recurrent_run {
    std::size_t lanes = 0;   ///< B
    matrix_view<T> gates{};  ///< [T B, gates H], after their activations
    matrix_view<T> hidden{}; ///< [(T + 1) B, H]
    matrix_view<T> cells{};  ///< [(T + 1) B, H]; LSTM only
};

/// Which values are dropped. Value (r, c) of a matrix stays when word (r mod period) * columns + c of the key's stream,
/// over 2^32, is at least `ratio`; so the way back needs no mask, only the same key.
export struct dropout_mask {
    random_key key{};
    double ratio = 0.5;
    double scale = 2; ///< of what stays: 1 / (1 - ratio), or 1 for the form of Hinton et al. 2012
    std::size_t period =
        0; ///< rows until the mask repeats; 0: never. B: one mask for all steps (Gal & Ghahramani 2016)
};

/// From hidden values to logits: x W + b, or x W^T + b when `form` is transposed (W is then [V, D], as in an embedding
/// that shares it).
export template <class T> struct projection {
    matrix_view<T> weights{};
    matrix_view<T> bias{}; ///< [1, V] or empty
    transposed form = transposed::no;
};

export enum class optimizer_kind : std::uint8_t { sgd, momentum, nesterov, adagrad, rmsprop, adam };

/// One step of an optimizer, g being `gradient_scale` times the gradient.
///   sgd       p -= rate g
///   momentum  v = a v - rate g, p += v                               (first = v)
///   nesterov  v' = a v - rate g, p += a v' - rate g                  (first = v)
///   adagrad   s += g^2, p -= rate g / (sqrt(s) + epsilon)            (first = s)
///   rmsprop   s = a s + (1 - a) g^2, p as adagrad                    (first = s)
///   adam      m += (1 - a)(g - m), s += (1 - b)(g^2 - s), p -= rate m / (sqrt(s) + epsilon); the rate is given with
///             its bias correction                                    (first = m, second = s)
export struct update_rule {
    optimizer_kind kind = optimizer_kind::sgd;
    double rate = 0.01;
    double a = 0;
    double b = 0;
    double epsilon = 1e-7;
    double gradient_scale = 1;
};

/// What a device can compute, for floats or doubles: layers are written once, against this set, and never look into
/// the memory of a matrix themselves. A matrix view handed to it points into the device's memory; token ids and
/// results returned by value are the host's. Unless stated, an output overlaps no input. Calls come from one thread.
export template <class T> class operations {
public:
    using mat = matrix_view<T>;
    using const_mat = matrix_view<T const>;
    using ids = std::span<token_id const>;

    operations() = default;
    operations(operations const&) = delete;
    operations& operator=(operations const&) = delete;
    virtual ~operations() = default;
    /// For reports: "reference", "cpu, 2 threads", "cpu, 1 thread, bf16".
    [[nodiscard]] virtual std::string name() const = 0;

    // Memory. Zero at first, aligned to 64 bytes.
    [[nodiscard]] virtual T* allocate(std::size_t count) = 0;
    virtual void release(T* memory) noexcept = 0;
    virtual void upload(std::span<T const> from, mat to) = 0; ///< [rows columns], row-major without gaps
    virtual void download(const_mat from, std::span<T> to) = 0;
    virtual void copy(const_mat from, mat to) = 0;
    virtual void fill(mat x, T value) = 0;

    // Products and sums.
    /// c = a b + beta c, a and b transposed as asked.
    virtual void multiply(transposed a_form, const_mat a, transposed b_form, const_mat b, T beta, mat c) = 0;
    virtual void add_row(const_mat row, mat x) = 0;                    ///< each row of x += row [1, n]
    virtual void sum_rows(const_mat x, T beta, mat row) = 0;           ///< row [1, n] = sum of the rows + beta row
    virtual void add(const_mat x, T scale, mat y) = 0;                 ///< y += scale x
    virtual void scale(mat x, T factor) = 0;                           ///< x *= factor
    virtual void multiply_values(const_mat a, const_mat b, mat c) = 0; ///< c = a b, value by value; c may be either
    [[nodiscard]] virtual double sum_of_squares(const_mat x) = 0;      ///< in double

    // Activations; y may be x, d_x may be d_y.
    virtual void activate(activation f, const_mat x, mat y) = 0;
    /// From the gradient of f's result y to that of its argument.
    virtual void activate_backward(activation f, const_mat y, const_mat d_y, mat d_x) = 0;
    virtual void drop(dropout_mask const& mask, const_mat x, mat y) = 0; ///< both ways; y may be x

    // Losses: a sum over the rows whose target counts, that is not `no_token`. A target outside the columns is a broken
    // precondition; layers check.
    virtual loss_sum softmax_loss(const_mat logits, ids targets, mat probabilities) = 0; ///< may be the same matrix
    /// d = scale (p - 1 at the target), 0 in rows that do not count; d may be p.
    virtual void softmax_loss_backward(const_mat probabilities, ids targets, T scale, mat d_logits) = 0;
    /// The softmax loss of the projection of x [N, D], without ever holding all logits. With `d_x` it works out the
    /// gradients of the loss's mean: d_x [N, D], and in `gradients`, `beta` times what was there added. The mean is
    /// over `mean_over` rows, where the loss is part of a larger one, or with 0 over those that count.
    virtual loss_sum projection_loss(const_mat x, projection<T> to, ids targets, mat d_x, projection<T> gradients,
                                     T weights_beta, T bias_beta, std::uint64_t mean_over = 0) = 0;
    /// -log sigmoid(x) where the label is 1, -log(1 - sigmoid(x)) where it is 0, and its derivative times `scale`;
    /// labels are the host's, [N K] row-major.
    virtual loss_sum sigmoid_loss(const_mat x, std::span<std::uint8_t const> labels, T scale, mat d_x) = 0;

    // Rows by number.
    virtual void gather(const_mat table, ids rows, mat out) = 0;    ///< out[i] = table[rows[i]]
    virtual void scatter_add(const_mat x, ids rows, mat table) = 0; ///< table[rows[i]] += x[i], in order
    /// Sums the rows of x that have the same number: `to[places[i]] += x[i]` from zero, in order.
    virtual void sum_into(const_mat x, std::span<std::uint32_t const> places, mat to) = 0;
    /// out[n, k] = a[n K + k] . h[n]; a [N K, D], h [N, D].
    virtual void dot_rows(const_mat a, const_mat h, mat out) = 0;
    virtual void dot_rows_backward(const_mat d_out, const_mat a, const_mat h, mat d_a, mat d_h) = 0;

    // Recurrent layers over all steps. x [T B, D].
    virtual void recurrent_forward(recurrent_cell cell, recurrent_weights<T> w, const_mat x, recurrent_run<T> run) = 0;
    /// `d_hidden` [T B, H] is the gradient of the hidden values of each step; `d_state` [B, H] and for an LSTM
    /// `d_cells` [B, H] come in as the gradient of the state it ended with, and go out as that of the one it started
    /// from. Overwrites the gates of the run. `d_x` may be empty.
    virtual void recurrent_backward(recurrent_cell cell, recurrent_weights<T> w, const_mat x, recurrent_run<T> run,
                                    const_mat d_hidden, mat d_state, mat d_cells, mat d_x,
                                    recurrent_weights<T> gradients, T beta) = 0;

    // Optimizers. Row i of g belongs to row rows[i] of the others, or to row i when `rows` is empty.
    virtual void update(update_rule const& rule, const_mat g, ids rows, mat values, mat first, mat second) = 0;
};

/// Plain loops, one value after the other: what the others are compared with, in double for checks of gradients.
export template <class T> [[nodiscard]] std::shared_ptr<operations<T>> reference_operations();
extern template std::shared_ptr<operations<float>> reference_operations();
extern template std::shared_ptr<operations<double>> reference_operations();

/// What the operands of large products are rounded to. Sums, and all that is kept, are fp32 either way.
export enum class precision : std::uint8_t {
    fp32,
    bf16, ///< 8 bits in place of 24, the exponents of fp32: products of such are exact, and with units for them quick
};
/// Whether the processor has units for bf16 that can be used: AVX-512 BF16 or AMX.
export [[nodiscard]] bool has_bf16_units();

/// On the processor, in vector registers. 0 threads: as many as the machine allows; results do not depend on the
/// number. With `precision::bf16`, small products, where rounding would cost more than it saves, stay in fp32; where
/// the processor has no units for it, it is imitated with AVX-512, slower than fp32; `failure::unavailable` where it
/// cannot be.
export [[nodiscard]] std::shared_ptr<operations<float>> cpu_operations(unsigned threads = 1,
                                                                       precision products = precision::fp32);
}
