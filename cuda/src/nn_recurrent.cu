#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include "wordmill/cuda/nn_products.hpp"
#include "wordmill/cuda/nn_recurrent.hpp"

// The product of the inputs with their weights is one for all steps. A step is the product of the hidden values with
// theirs, then a kernel for the cell, one thread for each unit of a lane. A lane whose sequence has ended keeps its
// state and has gates of 0, so products add nothing to its gradients.
namespace wordmill::cuda {
namespace {
float_matrix columns_of(float_matrix x, std::size_t first, std::size_t columns) {
    return {x.data + first, x.rows, columns, x.stride};
}
float_matrix rows_of(float_matrix x, std::size_t first, std::size_t rows) {
    return {x.data == nullptr ? nullptr : x.data + first * x.stride, rows, x.columns, x.stride};
}

/// The lanes whose sequences have ended before a step.
struct ended_lanes {
    std::uint32_t const* lengths;
    std::size_t step;
    __device__ bool has(std::size_t lane) const { return lengths != nullptr && step >= lengths[lane]; }
};

/// What a step reads and writes: rows of B lanes.
struct step_rows {
    float_matrix gates;
    float const* bias;
    float_matrix hidden_before, hidden, cells_before, cells;
    ended_lanes ended;

    [[nodiscard]] __device__ std::size_t units() const { return hidden.columns; }
    __device__ float& gate(std::size_t lane, std::size_t g, std::size_t unit) const {
        return value_at(gates, lane, g * units() + unit);
    }
    /// The argument of a gate: what the products have added up, and the bias.
    __device__ float argument(std::size_t lane, std::size_t g, std::size_t unit) const {
        return gate(lane, g, unit) + bias[g * units() + unit];
    }
    __device__ void hold(std::size_t lane, std::size_t unit) const {
        for (std::size_t g = 0; g < gates.columns / units(); ++g) gate(lane, g, unit) = 0;
        value_at(hidden, lane, unit) = value_at(hidden_before, lane, unit);
        if (cells.data != nullptr) value_at(cells, lane, unit) = value_at(cells_before, lane, unit);
    }
};

struct tanh_forward {
    step_rows s;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        if (s.ended.has(lane)) return s.hold(lane, unit);
        value_at(s.hidden, lane, unit) = s.gate(lane, 0, unit) = tanhf(s.argument(lane, 0, unit));
    }
};
struct lstm_forward {
    step_rows s;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        if (s.ended.has(lane)) return s.hold(lane, unit);
        auto const input = s.gate(lane, 0, unit) = sigmoid_of(s.argument(lane, 0, unit));
        auto const forget = s.gate(lane, 1, unit) = sigmoid_of(s.argument(lane, 1, unit));
        auto const candidate = s.gate(lane, 2, unit) = tanhf(s.argument(lane, 2, unit));
        auto const output = s.gate(lane, 3, unit) = sigmoid_of(s.argument(lane, 3, unit));
        auto const cell = forget * value_at(s.cells_before, lane, unit) + input * candidate;
        value_at(s.cells, lane, unit) = cell;
        value_at(s.hidden, lane, unit) = output * tanhf(cell);
    }
};
/// The first two gates, and r h.
struct gru_forward_gates {
    step_rows s;
    float_matrix reset_hidden;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        s.gate(lane, 0, unit) = sigmoid_of(s.argument(lane, 0, unit));
        auto const reset = s.gate(lane, 1, unit) = sigmoid_of(s.argument(lane, 1, unit));
        value_at(reset_hidden, lane, unit) = reset * value_at(s.hidden_before, lane, unit);
    }
};
struct gru_forward_state {
    step_rows s;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        if (s.ended.has(lane)) return s.hold(lane, unit);
        auto const update = s.gate(lane, 0, unit);
        auto const candidate = s.gate(lane, 2, unit) = tanhf(s.argument(lane, 2, unit));
        value_at(s.hidden, lane, unit) = (1 - update) * value_at(s.hidden_before, lane, unit) + update * candidate;
    }
};

/// What a step of the backward pass reads and writes besides.
struct step_gradients {
    float_input hidden; ///< of this step's hidden values, or none
    float_matrix state; ///< in: of the state after the step; out: the part that goes past the products
    float_matrix cells;
    /// Adds the gradient of the step's own hidden values.
    __device__ float of_state(std::size_t lane, std::size_t unit) const {
        return value_at(state, lane, unit) + (hidden.data == nullptr ? 0.0F : value_at(hidden, lane, unit));
    }
};

struct tanh_backward {
    step_rows s;
    step_gradients d;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        auto const d_hidden = d.of_state(lane, unit);
        bool const ended = s.ended.has(lane);
        value_at(d.state, lane, unit) = ended ? d_hidden : 0.0F;
        auto& y = s.gate(lane, 0, unit);
        if (!ended) y = d_hidden * (1 - y * y);
    }
};
struct lstm_backward {
    step_rows s;
    step_gradients d;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        auto const d_hidden = d.of_state(lane, unit);
        bool const ended = s.ended.has(lane);
        value_at(d.state, lane, unit) = ended ? d_hidden : 0.0F;
        if (ended) return;
        auto const input = s.gate(lane, 0, unit), forget = s.gate(lane, 1, unit);
        auto const candidate = s.gate(lane, 2, unit), output = s.gate(lane, 3, unit);
        auto const squashed = tanhf(value_at(s.cells, lane, unit));
        auto& d_cells = value_at(d.cells, lane, unit);
        auto const d_cell = d_cells + d_hidden * output * (1 - squashed * squashed);
        s.gate(lane, 0, unit) = d_cell * candidate * input * (1 - input);
        s.gate(lane, 1, unit) = d_cell * value_at(s.cells_before, lane, unit) * forget * (1 - forget);
        s.gate(lane, 2, unit) = d_cell * input * (1 - candidate * candidate);
        s.gate(lane, 3, unit) = d_hidden * squashed * output * (1 - output);
        d_cells = d_cell * forget;
    }
};
/// All gates but the second, and r h, for the gradient of the third gate's weights.
struct gru_backward_state {
    step_rows s;
    step_gradients d;
    float_matrix reset_hidden;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        auto const d_hidden = d.of_state(lane, unit);
        auto const update = s.gate(lane, 0, unit), candidate = s.gate(lane, 2, unit);
        auto const before = value_at(s.hidden_before, lane, unit);
        value_at(reset_hidden, lane, unit) = s.gate(lane, 1, unit) * before; // 0 of a lane that has ended
        if (s.ended.has(lane)) {
            value_at(d.state, lane, unit) = d_hidden;
            return;
        }
        s.gate(lane, 2, unit) = d_hidden * update * (1 - candidate * candidate);
        s.gate(lane, 0, unit) = d_hidden * (candidate - before) * update * (1 - update);
        value_at(d.state, lane, unit) = d_hidden * (1 - update);
    }
};
/// The second gate, from the gradient of r h.
struct gru_backward_reset {
    step_rows s;
    float_matrix d_state;
    float_matrix d_reset_hidden;
    __device__ void operator()(std::size_t lane, std::size_t unit) const {
        auto& gate = s.gate(lane, 1, unit);
        auto const reset = gate, sum = value_at(d_reset_hidden, lane, unit);
        gate = sum * value_at(s.hidden_before, lane, unit) * reset * (1 - reset);
        value_at(d_state, lane, unit) += sum * reset;
    }
};

step_rows rows_of_step(recurrent_layer const& layer, std::size_t step) {
    auto const lanes = layer.lanes, first = step * lanes;
    return {.gates = rows_of(layer.gates, first, lanes),
            .bias = layer.weights.bias.data,
            .hidden_before = rows_of(layer.hidden, first, lanes),
            .hidden = rows_of(layer.hidden, first + lanes, lanes),
            .cells_before = rows_of(layer.cells, first, lanes),
            .cells = rows_of(layer.cells, first + lanes, lanes),
            .ended = {layer.lengths.data, step}};
}
template <class F> void for_units(nn_device& nn, step_rows const& s, F f) {
    for_places(nn, "recurrent layer", s.hidden.rows, s.hidden.columns, f);
}

void forward_step(nn_device& nn, recurrent_layer const& layer, std::size_t step, float_matrix reset_hidden) {
    auto const s = rows_of_step(layer, step);
    auto const n = layer.hidden.columns, width = layer.gates.columns;
    switch (layer.cell) {
    case recurrent_cell::tanh:
    case recurrent_cell::lstm:
        multiply(nn, {s.hidden_before}, {layer.weights.hidden}, 1, s.gates);
        return layer.cell == recurrent_cell::lstm ? for_units(nn, s, lstm_forward{s})
                                                  : for_units(nn, s, tanh_forward{s});
    case recurrent_cell::gru:
        multiply(nn, {s.hidden_before}, {columns_of(layer.weights.hidden, 0, 2 * n)}, 1, columns_of(s.gates, 0, 2 * n));
        for_units(nn, s, gru_forward_gates{s, reset_hidden});
        multiply(nn, {reset_hidden}, {columns_of(layer.weights.hidden, 2 * n, width - 2 * n)}, 1,
                 columns_of(s.gates, 2 * n, width - 2 * n));
        for_units(nn, s, gru_forward_state{s});
    }
}

void backward_step(nn_device& nn, recurrent_layer const& layer, recurrent_layer_gradients const& gradients,
                   std::size_t step, float_matrix reset_hidden, float_matrix d_reset_hidden) {
    auto const s = rows_of_step(layer, step);
    auto const n = layer.hidden.columns;
    auto const& u = layer.weights.hidden;
    step_gradients const d{.hidden = {gradients.hidden.data == nullptr
                                          ? nullptr
                                          : gradients.hidden.data + step * layer.lanes * gradients.hidden.stride,
                                      layer.lanes, n, gradients.hidden.stride},
                           .state = gradients.state,
                           .cells = gradients.cells};
    switch (layer.cell) {
    case recurrent_cell::tanh:
    case recurrent_cell::lstm:
        layer.cell == recurrent_cell::lstm ? for_units(nn, s, lstm_backward{s, d})
                                           : for_units(nn, s, tanh_backward{s, d});
        return multiply(nn, {s.gates}, {u, true}, 1, d.state);
    case recurrent_cell::gru:
        for_units(nn, s, gru_backward_state{s, d, rows_of(reset_hidden, step * layer.lanes, layer.lanes)});
        multiply(nn, {columns_of(s.gates, 2 * n, n)}, {columns_of(u, 2 * n, n), true}, 0, d_reset_hidden);
        for_units(nn, s, gru_backward_reset{s, d.state, d_reset_hidden});
        multiply(nn, {columns_of(s.gates, 0, 2 * n)}, {columns_of(u, 0, 2 * n), true}, 1, d.state);
    }
}
}

void recurrent_forward_by_kernels(nn_device& nn, recurrent_layer const& layer) {
    auto const lanes = layer.lanes, n = layer.hidden.columns;
    queue_on(nn, "recurrent layer", [&](queue& q) {
        multiply(nn, {layer.x}, {layer.weights.input}, 0, layer.gates);
        scratch<float> memory(q, layer.cell == recurrent_cell::gru ? lanes * n : 0);
        for (std::size_t step = 0; step < layer.x.rows / lanes; ++step)
            forward_step(nn, layer, step, {memory.data(), lanes, n, n});
    });
}

void recurrent_backward_by_kernels(nn_device& nn, recurrent_layer const& layer, recurrent_layer_gradients const& d) {
    auto const lanes = layer.lanes, n = layer.hidden.columns, all = layer.gates.rows;
    bool const is_gru = layer.cell == recurrent_cell::gru;
    auto const direct = is_gru ? 2 * n : layer.gates.columns; // columns that use the hidden values unchanged
    queue_on(nn, "recurrent layer", [&](queue& q) {
        scratch<float> resets(q, is_gru ? all * n : 0), d_resets(q, is_gru ? lanes * n : 0);
        float_matrix const reset_hidden{resets.data(), all, n, n}, d_reset_hidden{d_resets.data(), lanes, n, n};
        for (auto step = all / lanes; step-- > 0;) backward_step(nn, layer, d, step, reset_hidden, d_reset_hidden);
        multiply(nn, {rows_of(layer.hidden, 0, all), true}, {columns_of(layer.gates, 0, direct)}, d.beta,
                 columns_of(d.weights.hidden, 0, direct));
        if (is_gru)
            multiply(nn, {reset_hidden, true}, {columns_of(layer.gates, direct, n)}, d.beta,
                     columns_of(d.weights.hidden, direct, n));
        multiply(nn, {layer.x, true}, {layer.gates}, d.beta, d.weights.input);
        sum_rows(nn, layer.gates, d.beta, d.weights.bias);
        if (d.x.data != nullptr) multiply(nn, {layer.gates}, {layer.weights.input, true}, 0, d.x);
    });
}

std::size_t recurrent_reserve(nn_device& nn, recurrent_layer const& layer) {
    auto* const library = nn.of().recurrent.get();
    return library == nullptr ? 0 : library->reserve_of(nn, layer);
}
recurrent_plan_times recurrent_times(nn_device& nn, recurrent_layer const& layer) {
    auto* const library = nn.of().recurrent.get();
    return library == nullptr ? recurrent_plan_times{} : library->times_of(nn, layer);
}
void recurrent_forward(nn_device& nn, recurrent_layer const& layer) {
    layer.reserve.data == nullptr ? recurrent_forward_by_kernels(nn, layer) : nn.of().recurrent->forward(nn, layer);
}
void recurrent_backward(nn_device& nn, recurrent_layer const& layer, recurrent_layer_gradients const& d) {
    layer.reserve.data == nullptr ? recurrent_backward_by_kernels(nn, layer, d)
                                  : nn.of().recurrent->backward(nn, layer, d);
}
}
