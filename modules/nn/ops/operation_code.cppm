module wordmill.nn:operation_code;
import :operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The base of operations on the processor: turns views, and structs of views, into addresses.
class operation_code : protected device_code {
protected:
    using device_code::memory_of;
    template <class T> [[nodiscard]] static projection<T, matrix_view> memory_of(projection<T> const& p) noexcept {
        return {memory_of(p.weights), memory_of(p.bias), p.form};
    }
    template <class T>
    [[nodiscard]] static projection_gradients<T, matrix_view> memory_of(projection_gradients<T> const& g) noexcept {
        return {memory_of(g.x), memory_of(g.to), g.weights_beta, g.bias_beta, g.mean_over, g.smoothing};
    }
    template <class T>
    [[nodiscard]] static recurrent_weights<T, matrix_view> memory_of(recurrent_weights<T> const& w) noexcept {
        return {memory_of(w.input), memory_of(w.hidden), memory_of(w.bias)};
    }
    template <class T>
    [[nodiscard]] static recurrent_pass<T, matrix_view> memory_of(recurrent_pass<T> const& p) noexcept {
        return {p.cell,
                memory_of(p.weights),
                memory_of(p.x),
                {p.run.lanes, memory_of(p.run.gates), memory_of(p.run.hidden), memory_of(p.run.cells)},
                memory_of(p.lengths)};
    }
    template <class T>
    [[nodiscard]] static recurrent_gradients<T, matrix_view> memory_of(recurrent_gradients<T> const& g) noexcept {
        return {memory_of(g.hidden), memory_of(g.state),   memory_of(g.cells),
                memory_of(g.x),      memory_of(g.weights), g.beta};
    }
    template <class T>
    [[nodiscard]] static multi_head_pass<T, matrix_view> memory_of(multi_head_pass<T> const& p) noexcept {
        return {
            p.lanes,  p.heads,  memory_of(p.queries), memory_of(p.keys),    memory_of(p.values), memory_of(p.lengths),
            p.causal, p.offset, memory_of(p.outputs), memory_of(p.log_sums)};
    }
    template <class T>
    [[nodiscard]] static multi_head_gradients<T, matrix_view> memory_of(multi_head_gradients<T> const& g) noexcept {
        return {memory_of(g.outputs), memory_of(g.queries), memory_of(g.keys), memory_of(g.values)};
    }
    template <class T>
    [[nodiscard]] static normalization<T, matrix_view> memory_of(normalization<T> const& n) noexcept {
        return {memory_of(n.x), memory_of(n.gain), memory_of(n.statistics)};
    }
    template <class T> [[nodiscard]] static normalization_gradients<T, matrix_view>
    memory_of(normalization_gradients<T> const& g) noexcept {
        return {memory_of(g.y), memory_of(g.x), memory_of(g.gain), memory_of(g.bias), g.beta};
    }
    template <class T>
    [[nodiscard]] static addressing_step<T, matrix_view> memory_of(addressing_step<T> const& s) noexcept {
        return {s.heads,
                memory_of(s.memory),
                memory_of(s.arguments),
                memory_of(s.before),
                memory_of(s.similarities),
                memory_of(s.weights)};
    }
    template <class T>
    [[nodiscard]] static addressing_gradients<T, matrix_view> memory_of(addressing_gradients<T> const& g) noexcept {
        return {memory_of(g.weights), memory_of(g.arguments), memory_of(g.before), memory_of(g.memory)};
    }
    template <class T> [[nodiscard]] static writing_step<T, matrix_view> memory_of(writing_step<T> const& s) noexcept {
        return {s.heads, memory_of(s.memory), memory_of(s.arguments), memory_of(s.weights), memory_of(s.after)};
    }
    template <class T>
    [[nodiscard]] static writing_gradients<T, matrix_view> memory_of(writing_gradients<T> const& g) noexcept {
        return {memory_of(g.memory), memory_of(g.arguments), memory_of(g.weights)};
    }
    static void add_loss(loss_target const& to, loss_sum const& loss) { to.add(loss, memory_of(to.total)[0]); }
};

template <class T>
[[nodiscard]] bool same_shape(matrix_view<T> a, typename std::type_identity<matrix_view<T const>>::type b) {
    return a.rows == b.rows && a.columns == b.columns;
}
}
