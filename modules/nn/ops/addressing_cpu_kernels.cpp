#include "addressing_cpu.hpp"

#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/addressing_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
HWY_INLINE vector log_of(float least, vector x) { return kept_nan(x, hn::Log(tag(), hn::Max(x, set(least)))); }

HWY_NOINLINE void Similarities(float const* key, float key_length, slot_rows<float const> slots, float added,
                               float* out) {
    for (std::size_t n = 0; n < slots.n; ++n) {
        auto const* const row = slots.data + n * slots.stride;
        auto dot = set(0), squares = set(0);
        for (std::size_t i = 0; i < slots.m; i += lanes()) {
            auto const x = load(row + i, slots.m - i);
            dot = hn::MulAdd(x, load(key + i, slots.m - i), dot);
            squares = hn::MulAdd(x, x, squares);
        }
        out[n] = sum_of(dot) / (key_length * std::sqrt(sum_of(squares) + added));
    }
}
HWY_NOINLINE void SimilaritiesBackward(float const* key, float key_length, slot_rows<float const> slots, float added,
                                       float const* y, float const* d, float* d_key, slot_rows<float> d_slots) {
    for (std::size_t n = 0; n < slots.n; ++n) {
        auto const* const row = slots.data + n * slots.stride;
        auto* const d_row = d_slots.data + n * d_slots.stride;
        auto squares = set(0);
        for (std::size_t i = 0; i < slots.m; i += lanes()) {
            auto const x = load(row + i, slots.m - i);
            squares = hn::MulAdd(x, x, squares);
        }
        auto const square = sum_of(squares) + added;
        auto const across = set(d[n] / (key_length * std::sqrt(square)));
        auto const along_key = set(d[n] * y[n] / (key_length * key_length)), along_row = set(d[n] * y[n] / square);
        for (std::size_t i = 0; i < slots.m; i += lanes()) {
            auto const left = slots.m - i;
            auto const x = load(row + i, left), k = load(key + i, left);
            auto const to_key = hn::MulAdd(across, x, load(d_key + i, left));
            auto const to_row = hn::MulAdd(across, k, load(d_row + i, left));
            store(hn::NegMulAdd(along_key, k, to_key), d_key + i, left);
            store(hn::NegMulAdd(along_row, x, to_row), d_row + i, left);
        }
    }
}
HWY_NOINLINE void ScaledLog(float factor, float least, float const* x, float* y, std::size_t n) {
    for (std::size_t i = 0; i < n; i += lanes())
        store(hn::Mul(set(factor), log_of(least, load(x + i, n - i))), y + i, n - i);
}
HWY_NOINLINE void ScaledLogBackward(float factor, float least, float const* x, float const* d, float* d_x,
                                    std::size_t n) {
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const value = load(x + i, n - i);
        auto const slope = hn::Div(hn::Mul(set(factor), load(d + i, n - i)), value);
        store(hn::IfThenZeroElse(hn::Le(value, set(least)), slope), d_x + i, n - i);
    }
}

HWY_NOINLINE void EraseSlots(float const* weights, float const* erase, slot_rows<float const> from,
                             slot_rows<float> to) {
    for (std::size_t n = 0; n < from.n; ++n) {
        auto const* const row = from.data + n * from.stride;
        auto const weight = set(weights[n]);
        for (std::size_t i = 0; i < from.m; i += lanes()) {
            auto const left = from.m - i;
            auto const kept = hn::NegMulAdd(weight, load(erase + i, left), set(1));
            store(hn::Mul(kept, load(row + i, left)), to.data + n * to.stride + i, left);
        }
    }
}
HWY_NOINLINE void AddToSlots(float const* weights, float const* add, slot_rows<float> to) {
    for (std::size_t n = 0; n < to.n; ++n) {
        auto* const row = to.data + n * to.stride;
        auto const weight = set(weights[n]);
        for (std::size_t i = 0; i < to.m; i += lanes()) {
            auto const left = to.m - i;
            store(hn::MulAdd(weight, load(add + i, left), load(row + i, left)), row + i, left);
        }
    }
}
HWY_NOINLINE void WriteBackward(float const* weights, float const* erase, float const* add, slot_rows<float const> kept,
                                slot_rows<float const> d, float* d_weights, float* d_erase, float* d_add) {
    for (std::size_t n = 0; n < kept.n; ++n) {
        auto const* const row = kept.data + n * kept.stride;
        auto const* const d_row = d.data + n * d.stride;
        auto const weight = set(weights[n]);
        auto sum = set(0);
        for (std::size_t i = 0; i < kept.m; i += lanes()) {
            auto const left = kept.m - i;
            auto const slope = load(d_row + i, left), erased = hn::Mul(slope, load(row + i, left));
            sum = hn::MulAdd(slope, load(add + i, left), hn::NegMulAdd(erased, load(erase + i, left), sum));
            store(hn::NegMulAdd(weight, erased, load(d_erase + i, left)), d_erase + i, left);
            store(hn::MulAdd(weight, slope, load(d_add + i, left)), d_add + i, left);
        }
        d_weights[n] += sum_of(sum);
    }
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::cpu_kernels {
HWY_EXPORT(Similarities);
HWY_EXPORT(SimilaritiesBackward);
HWY_EXPORT(ScaledLog);
HWY_EXPORT(ScaledLogBackward);
HWY_EXPORT(EraseSlots);
HWY_EXPORT(AddToSlots);
HWY_EXPORT(WriteBackward);

void similarities(float const* key, float key_length, slot_rows<float const> slots, float added, float* out) {
    HWY_DYNAMIC_DISPATCH(Similarities)(key, key_length, slots, added, out);
}
void similarities_backward(float const* key, float key_length, slot_rows<float const> slots, float added,
                           float const* y, float const* d, float* d_key, slot_rows<float> d_slots) {
    HWY_DYNAMIC_DISPATCH(SimilaritiesBackward)(key, key_length, slots, added, y, d, d_key, d_slots);
}
void scaled_log(float factor, float least, float const* x, float* y, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(ScaledLog)(factor, least, x, y, n);
}
void scaled_log_backward(float factor, float least, float const* x, float const* d, float* d_x, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(ScaledLogBackward)(factor, least, x, d, d_x, n);
}
void erase_slots(float const* weights, float const* erase, slot_rows<float const> from, slot_rows<float> to) {
    HWY_DYNAMIC_DISPATCH(EraseSlots)(weights, erase, from, to);
}
void add_to_slots(float const* weights, float const* add, slot_rows<float> to) {
    HWY_DYNAMIC_DISPATCH(AddToSlots)(weights, add, to);
}
void write_backward(float const* weights, float const* erase, float const* add, slot_rows<float const> kept,
                    slot_rows<float const> d, float* d_weights, float* d_erase, float* d_add) {
    HWY_DYNAMIC_DISPATCH(WriteBackward)(weights, erase, add, kept, d, d_weights, d_erase, d_add);
}
}
#endif
