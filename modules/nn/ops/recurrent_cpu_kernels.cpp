#include "recurrent_cpu.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/recurrent_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
HWY_NOINLINE void LstmForward(float* gates, float const* cells_before, float* cells, float* hidden, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const left = n - k;
        auto* const at = gates + k;
        auto const input = sigmoid_of(load(at, left)), forget = sigmoid_of(load(at + n, left));
        auto const candidate = tanh_of(load(at + 2 * n, left)), output = sigmoid_of(load(at + 3 * n, left));
        auto const cell = hn::MulAdd(forget, load(cells_before + k, left), hn::Mul(input, candidate));
        store(input, at, left);
        store(forget, at + n, left);
        store(candidate, at + 2 * n, left);
        store(output, at + 3 * n, left);
        store(cell, cells + k, left);
        store(hn::Mul(output, tanh_of(cell)), hidden + k, left);
    }
}
HWY_NOINLINE void LstmBackward(float* gates, float const* cells_before, float const* cells, float const* d_hidden,
                               float const* d_state, float* d_cells, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const left = n - k;
        auto* const at = gates + k;
        auto const input = load(at, left), forget = load(at + n, left);
        auto const candidate = load(at + 2 * n, left), output = load(at + 3 * n, left);
        auto const squashed = tanh_of(load(cells + k, left));
        auto const d_h = hn::Add(load(d_hidden + k, left), load(d_state + k, left));
        auto const d_cell = hn::Add(load(d_cells + k, left), tanh_slope(squashed, hn::Mul(d_h, output)));
        store(sigmoid_slope(input, hn::Mul(d_cell, candidate)), at, left);
        store(sigmoid_slope(forget, hn::Mul(d_cell, load(cells_before + k, left))), at + n, left);
        store(tanh_slope(candidate, hn::Mul(d_cell, input)), at + 2 * n, left);
        store(sigmoid_slope(output, hn::Mul(d_h, squashed)), at + 3 * n, left);
        store(hn::Mul(d_cell, forget), d_cells + k, left);
    }
}

HWY_NOINLINE void TanhForward(float* gates, float* hidden, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const y = tanh_of(load(gates + k, n - k));
        store(y, gates + k, n - k);
        store(y, hidden + k, n - k);
    }
}
HWY_NOINLINE void TanhBackward(float* gates, float const* d_hidden, float const* d_state, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const left = n - k;
        auto const d_h = hn::Add(load(d_hidden + k, left), load(d_state + k, left));
        store(tanh_slope(load(gates + k, left), d_h), gates + k, left);
    }
}

HWY_NOINLINE void GruForwardGates(float* gates, float const* hidden_before, float* reset_hidden, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const left = n - k;
        auto const reset = sigmoid_of(load(gates + n + k, left));
        store(sigmoid_of(load(gates + k, left)), gates + k, left);
        store(reset, gates + n + k, left);
        store(hn::Mul(reset, load(hidden_before + k, left)), reset_hidden + k, left);
    }
}
HWY_NOINLINE void GruForwardState(float* gates, float const* hidden_before, float* hidden, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const left = n - k;
        auto const update = load(gates + k, left), before = load(hidden_before + k, left);
        auto const candidate = tanh_of(load(gates + 2 * n + k, left));
        store(candidate, gates + 2 * n + k, left);
        store(hn::MulAdd(update, candidate, hn::Mul(hn::Sub(set(1), update), before)), hidden + k, left);
    }
}
HWY_NOINLINE void GruBackwardState(float* gates, float const* hidden_before, float const* d_hidden, float* d_state,
                                   float* reset_hidden, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const left = n - k;
        auto* const at = gates + k;
        auto const update = load(at, left), candidate = load(at + 2 * n, left);
        auto const before = load(hidden_before + k, left);
        auto const d_h = hn::Add(load(d_hidden + k, left), load(d_state + k, left));
        store(hn::Mul(load(at + n, left), before), reset_hidden + k, left);
        store(tanh_slope(candidate, hn::Mul(d_h, update)), at + 2 * n, left);
        store(sigmoid_slope(update, hn::Mul(d_h, hn::Sub(candidate, before))), at, left);
        store(hn::Mul(d_h, hn::Sub(set(1), update)), d_state + k, left);
    }
}
HWY_NOINLINE void GruBackwardReset(float* gates, float const* hidden_before, float const* d_reset_hidden,
                                   float* d_state, std::size_t n) {
    for (std::size_t k = 0; k < n; k += lanes()) {
        auto const left = n - k;
        auto const reset = load(gates + n + k, left), d = load(d_reset_hidden + k, left);
        store(sigmoid_slope(reset, hn::Mul(d, load(hidden_before + k, left))), gates + n + k, left);
        store(hn::MulAdd(d, reset, load(d_state + k, left)), d_state + k, left);
    }
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::cpu_kernels {
HWY_EXPORT(LstmForward);
HWY_EXPORT(LstmBackward);
HWY_EXPORT(TanhForward);
HWY_EXPORT(TanhBackward);
HWY_EXPORT(GruForwardGates);
HWY_EXPORT(GruForwardState);
HWY_EXPORT(GruBackwardState);
HWY_EXPORT(GruBackwardReset);

void lstm_forward(float* gates, float const* cells_before, float* cells, float* hidden, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(LstmForward)(gates, cells_before, cells, hidden, n);
}
void lstm_backward(float* gates, float const* cells_before, float const* cells, float const* d_hidden,
                   float const* d_state, float* d_cells, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(LstmBackward)(gates, cells_before, cells, d_hidden, d_state, d_cells, n);
}
void tanh_forward(float* gates, float* hidden, std::size_t n) { HWY_DYNAMIC_DISPATCH(TanhForward)(gates, hidden, n); }
void tanh_backward(float* gates, float const* d_hidden, float const* d_state, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(TanhBackward)(gates, d_hidden, d_state, n);
}
void gru_forward_gates(float* gates, float const* hidden_before, float* reset_hidden, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(GruForwardGates)(gates, hidden_before, reset_hidden, n);
}
void gru_forward_state(float* gates, float const* hidden_before, float* hidden, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(GruForwardState)(gates, hidden_before, hidden, n);
}
void gru_backward_state(float* gates, float const* hidden_before, float const* d_hidden, float* d_state,
                        float* reset_hidden, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(GruBackwardState)(gates, hidden_before, d_hidden, d_state, reset_hidden, n);
}
void gru_backward_reset(float* gates, float const* hidden_before, float const* d_reset_hidden, float* d_state,
                        std::size_t n) {
    HWY_DYNAMIC_DISPATCH(GruBackwardReset)(gates, hidden_before, d_reset_hidden, d_state, n);
}
}
#endif
