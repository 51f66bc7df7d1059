export module wordmill.nn:recurrent_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The recurrent unit, and the order of its gates in matrices of [.., gates H].
export enum class recurrent_cell : std::uint8_t {
    tanh, ///< 1 gate: h' = tanh(x W + h U + b) (Elman 1990)
    lstm, ///< 4 gates: input, forget, candidate, output (Hochreiter & Schmidhuber 1997; Gers et al. 2000); no peepholes
    gru,  ///< 3 gates: update z, reset r, candidate; h' = (1 - z) h + z tanh(x W + (r h) U + b) (Cho et al. 2014)
};
export [[nodiscard]] constexpr std::size_t gates_of(recurrent_cell cell) noexcept {
    return cell == recurrent_cell::lstm ? 4 : cell == recurrent_cell::gru ? 3 : 1;
}

/// The weights of a recurrent layer, or their gradients.
export template <class T, template <class> class View = device_view> struct recurrent_weights {
    View<T> input{};  ///< [D, gates H]
    View<T> hidden{}; ///< [H, gates H]
    View<T> bias{};   ///< [1, gates H]
};

/// The values that a recurrent layer computes over T steps and keeps for the backward pass. Row t B + b is lane b at
/// step t. The first B rows of `hidden` and `cells` are the initial state, the last B rows the final state.
export template <class T, template <class> class View = device_view> struct recurrent_run {
    std::size_t lanes = 0; ///< B
    View<T> gates{};       ///< [T B, gates H], after their activations
    View<T> hidden{};      ///< [(T + 1) B, H]
    View<T> cells{};       ///< [(T + 1) B, H]; LSTM only
    View<T> reserve{};     ///< [1, n], as many values as `recurrent_reserve` asks for; or none
};

/// Row numbers and lengths that accompany views: spans in the memory of the views.
template <template <class> class View, class T> struct span_beside {
    using type = std::span<T>;
};
template <class T> struct span_beside<device_view, T> {
    using type = device_span<T>;
};

/// A layer over all steps of a sequence.
export template <class T, template <class> class View = device_view> struct recurrent_pass {
    recurrent_cell cell = recurrent_cell::lstm;
    recurrent_weights<T, View> weights{};
    View<T const> x{}; ///< [T B, D]
    recurrent_run<T, View> run{};
    /// [B], the number of steps of each lane; empty: T for all. From then on the state of the lane stays what it was,
    /// its rows of `hidden` and `cells` repeat it, and its gates are 0. Padding costs least when lengths fall from lane
    /// to lane.
    typename span_beside<View, std::uint32_t const>::type lengths{};
};

/// The gradients of a pass.
export template <class T, template <class> class View = device_view> struct recurrent_gradients {
    View<T const> hidden{}; ///< [T B, H], of the hidden values of each step; empty: zeros
    View<T> state{};        ///< [B, H]; in: of the final state; out: of the initial state
    View<T> cells{};        ///< [B, H], likewise; LSTM only
    View<T> x{};            ///< [T B, D], or empty
    recurrent_weights<T, View> weights{};
    T beta = 0; ///< 0 overwrites the gradients of the weights, 1 adds to them
};

/// Recurrent layers over all steps of a sequence.
export template <class T> class recurrent_operations {
public:
    virtual ~recurrent_operations() = default;
    /// How many values of memory of its own a device wants from the forward pass to the backward pass; mostly none. A
    /// pass with this memory leaves the gates and all cells but the last undefined. The call may wait, and may
    /// overwrite what the forward pass overwrites.
    [[nodiscard]] virtual std::size_t recurrent_reserve(recurrent_pass<T> const& pass) {
        (void)pass;
        return 0;
    }
    virtual void recurrent_forward(recurrent_pass<T> const& pass) = 0;
    /// Overwrites the gates of the run.
    virtual void recurrent_backward(recurrent_pass<T> const& pass, recurrent_gradients<T> const& gradients) = 0;
};

/// Checks the shapes of a pass.
template <class T, template <class> class View> void check_run(recurrent_pass<T, View> const& pass) {
    auto const& [cell, w, x, run, lengths] = pass;
    auto const h = run.hidden.columns;
    expect(lengths.empty() || lengths.size() == run.lanes, "recurrent: a length of every lane");
    expect(run.lanes > 0 && x.rows % run.lanes == 0, "recurrent: as many rows for every lane");
    expect(w.input.rows == x.columns && w.input.columns == gates_of(cell) * h && w.hidden.rows == h
               && w.hidden.columns == w.input.columns && w.bias.columns == w.input.columns,
           "recurrent: weights of [D, gates H], [H, gates H] and [1, gates H]");
    expect(run.gates.rows == x.rows && run.gates.columns == w.input.columns && run.hidden.rows == x.rows + run.lanes
               && (cell != recurrent_cell::lstm
                   || (run.cells.rows == run.hidden.rows && run.cells.columns == run.hidden.columns)),
           "recurrent: a run of [T B, gates H] and [(T + 1) B, H]");
}
/// Checks the shapes of the gradients of a pass.
template <class T, template <class> class View>
void check_gradients(recurrent_pass<T, View> const& pass, recurrent_gradients<T, View> const& d) {
    auto const& run = pass.run;
    auto const h = run.hidden.columns;
    expect((d.hidden.rows == 0 || (d.hidden.rows == pass.x.rows && d.hidden.columns == h)) && d.state.rows == run.lanes
               && d.state.columns == h
               && (pass.cell != recurrent_cell::lstm || (d.cells.rows == run.lanes && d.cells.columns == h)),
           "recurrent: gradients of every step and lane");
    expect(d.beta == 0 || d.beta == 1, "recurrent: gradients are added to, or not");
}
}
