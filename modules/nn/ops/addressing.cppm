export module wordmill.nn:addressing_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Added to the square of each length in a cosine similarity, so that a slot or a key of zeros has a gradient.
inline constexpr double added_square = 1e-6;
/// Shifted weightings count as this where they are smaller, so that their logarithms are finite.
inline constexpr double least_weight = 1e-30;

/// The number of arguments that address one head in a memory of this width.
export [[nodiscard]] constexpr std::size_t address_size(std::size_t width, std::size_t shifts) noexcept {
    return width + 3 + shifts;
}

/// One step of addressing by the heads of a neural Turing machine (Graves, Wayne & Danihelka 2014, section 3.3), for B
/// lanes. A memory [N B, M] has N slots of width M for each lane: row n B + b is slot n of lane b. Columns h N to (h +
/// 1) N of a matrix of weightings are the weighting of head h.
///
/// The arguments of a head are, in this order, those of its key k = tanh [M], its key strength b = softplus, its gate g
/// = sigmoid, its sharpening c = 1 + softplus, and its shifts s = softmax [S], from -(S - 1) / 2 to (S - 1) / 2. The
/// weighting is computed from the one of the step before:
///   content   u(n) = softmax over n of b K(k, slot n), with the cosine similarity K
///   gate      v = g u + (1 - g) before
///   shift     z(n) = sum over d of s(d) v(n - d), slots modulo N
///   sharpen   w(n) = z(n)^c / sum over m of z(m)^c
export template <class T, template <class> class View = device_view> struct addressing_step {
    std::size_t heads = 1;
    View<T const> memory{};    ///< [N B, M]
    View<T const> arguments{}; ///< [B, heads (M + 3 + S)], S odd and at most N
    View<T const> before{};    ///< [B, heads N], the weightings of the step before
    View<T> similarities{};    ///< [B, heads N], K of each slot: out, and read by the backward pass
    View<T> weights{};         ///< [B, heads N]: out, and read by the backward pass
};
/// The gradients of a step of addressing.
export template <class T, template <class> class View = device_view> struct addressing_gradients {
    View<T const> weights{}; ///< [B, heads N], of the weightings
    View<T> arguments{};     ///< overwritten
    View<T> before{};        ///< overwritten; may be `weights`
    View<T> memory{};        ///< added to
};

/// One step of writing: each head erases, then each head adds (Graves, Wayne & Danihelka 2014, section 3.2). The
/// arguments of a head are those of its erase vector e = sigmoid [M] and its add vector a = tanh [M].
///   after(n) = memory(n) times the product over heads of (1 - w(n) e), plus the sum over heads of w(n) a
export template <class T, template <class> class View = device_view> struct writing_step {
    std::size_t heads = 1;
    View<T const> memory{};    ///< [N B, M], before the step
    View<T const> arguments{}; ///< [B, heads 2 M]
    View<T const> weights{};   ///< [B, heads N]
    View<T> after{};           ///< [N B, M]: out; not read by the backward pass
};
/// The gradients of a step of writing.
export template <class T, template <class> class View = device_view> struct writing_gradients {
    View<T> memory{};    ///< [N B, M]; in: of the memory after the step; out: of the memory before it
    View<T> arguments{}; ///< overwritten
    View<T> weights{};   ///< added to
};

/// What the heads of a neural Turing machine do with its memory. They read with `multiply_lanes`.
export template <class T> class addressing_operations {
public:
    virtual ~addressing_operations() = default;
    virtual void address(addressing_step<T> const& step) = 0;
    virtual void address_backward(addressing_step<T> const& step, addressing_gradients<T> const& gradients) = 0;
    virtual void write_memory(writing_step<T> const& step) = 0;
    virtual void write_memory_backward(writing_step<T> const& step, writing_gradients<T> const& gradients) = 0;
};

/// The sizes of a step: B lanes, N slots of M values, S shifts.
struct addressing_sizes {
    std::size_t lanes, slots, width, shifts;
};
template <class A, class B> [[nodiscard]] bool are_alike(A const& a, B const& b) {
    return a.rows == b.rows && a.columns == b.columns;
}
/// Checks the shapes of a step of addressing.
template <class T, template <class> class View>
[[nodiscard]] addressing_sizes sizes_of(addressing_step<T, View> const& step) {
    auto const& [heads, memory, arguments, before, similarities, weights] = step;
    auto const lanes = arguments.rows, width = memory.columns;
    expect(lanes > 0 && heads > 0 && memory.rows > 0 && memory.rows % lanes == 0 && arguments.columns % heads == 0
               && arguments.columns / heads > width + 3,
           "address: a memory [N B, M] and arguments [B, heads (M + 3 + S)]");
    auto const slots = memory.rows / lanes, shifts = arguments.columns / heads - width - 3;
    expect(shifts % 2 == 1 && shifts <= slots, "address: an odd number of shifts, no more than there are slots");
    expect(before.rows == lanes && before.columns == heads * slots && are_alike(similarities, before)
               && are_alike(weights, before),
           "address: weightings [B, heads N]");
    return {lanes, slots, width, shifts};
}
template <class T, template <class> class View>
void check_gradients(addressing_step<T, View> const& step, addressing_gradients<T, View> const& d) {
    expect(are_alike(d.weights, step.weights) && are_alike(d.before, step.before)
               && are_alike(d.arguments, step.arguments) && are_alike(d.memory, step.memory),
           "address: gradients in the shapes of what they belong to");
}
/// Checks the shapes of a step of writing. `after` is not there in the backward pass.
template <class T, template <class> class View>
[[nodiscard]] addressing_sizes sizes_of(writing_step<T, View> const& step) {
    auto const& [heads, memory, arguments, weights, after] = step;
    auto const lanes = arguments.rows, width = memory.columns;
    expect(lanes > 0 && heads > 0 && memory.rows > 0 && memory.rows % lanes == 0
               && arguments.columns == heads * 2 * width,
           "write: a memory [N B, M] and arguments [B, heads 2 M]");
    auto const slots = memory.rows / lanes;
    expect(weights.rows == lanes && weights.columns == heads * slots, "write: weightings [B, heads N]");
    return {lanes, slots, width, 0};
}
template <class T, template <class> class View>
void check_gradients(writing_step<T, View> const& step, writing_gradients<T, View> const& d) {
    expect(are_alike(d.memory, step.memory) && are_alike(d.arguments, step.arguments)
               && are_alike(d.weights, step.weights),
           "write: gradients in the shapes of what they belong to");
}
}
