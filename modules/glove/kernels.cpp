#include "kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::glove_kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using tag = hn::CappedTag<float, row_floats>;
using vector = hn::Vec<tag>;

constexpr std::size_t some = 256; // entries whose logarithms are taken together
constexpr std::size_t ahead = 2;  // entries between the request for a row and its use

/// log x and f(x) of some entries.
struct targets {
    HWY_ALIGN float log_x[some];
    HWY_ALIGN float weight[some];
};
HWY_INLINE void set_targets(std::uint64_t const* entries, std::size_t count, descent const& how, targets& to) {
    tag const d;
    hn::RebindToUnsigned<tag> const bits;
    HWY_ALIGN std::uint32_t x[some];
    for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<std::uint32_t>(entries[i]);
    std::size_t const lanes = hn::Lanes(d);
    for (std::size_t i = count; i < some && i % lanes != 0; ++i) x[i] = 0x3F800000; // 1
    for (std::size_t i = 0; i < count; i += lanes) {
        auto const log_x = hn::Log(d, hn::BitCast(d, hn::Load(bits, x + i)));
        auto const exponent = hn::Mul(hn::Set(d, how.alpha), hn::Sub(log_x, hn::Set(d, how.log_x_max)));
        hn::Store(log_x, d, to.log_x + i);
        hn::Store(hn::Exp(d, hn::Min(exponent, hn::Zero(d))), d, to.weight + i);
    }
}

HWY_INLINE float* word_row(tables const& t, std::uint64_t entry) { return t.words + (entry >> 48) * t.step; }
HWY_INLINE float* context_row(tables const& t, std::uint64_t entry) {
    return t.contexts + (entry >> 32 & 0xFFFF) * t.step;
}
HWY_INLINE void prefetch(float const* row, std::size_t floats) {
    for (std::size_t c = 0; c < floats; c += row_floats) {
#if HWY_ARCH_X86
        asm volatile("prefetchw %0" : : "m"(row[c])); // the compiler's own becomes a read where it knows less
#else
        __builtin_prefetch(row + c, 1, 3);
#endif
    }
}

HWY_INLINE float dot(float const* a, float const* b, std::size_t n) {
    tag const d;
    std::size_t const lanes = hn::Lanes(d);
    auto even = hn::Zero(d);
    auto odd = hn::Zero(d);
    std::size_t c = 0;
    for (; c + 2 * lanes <= n; c += 2 * lanes) {
        even = hn::MulAdd(hn::Load(d, a + c), hn::Load(d, b + c), even);
        odd = hn::MulAdd(hn::Load(d, a + c + lanes), hn::Load(d, b + c + lanes), odd);
    }
    if (c < n) even = hn::MulAdd(hn::Load(d, a + c), hn::Load(d, b + c), even);
    return hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
}

/// 1 / sqrt(x): the processor's estimate and one step of Newton's method.
HWY_INLINE vector reciprocal_root(vector x) {
    tag const d;
    auto const y = hn::ApproximateReciprocalSqrt(x);
    return hn::Mul(y, hn::NegMulAdd(hn::Mul(hn::Mul(hn::Set(d, 0.5F), x), y), y, hn::Set(d, 1.5F)));
}

/// A bias and the sum of its squared gradients.
struct bias {
    float value;
    float squares;
    HWY_INLINE bias(float const* row, std::size_t dimension, std::size_t stride)
        : value(row[dimension]), squares(row[stride + dimension]) {}
    HWY_INLINE void put_changed(float gradient, float* row, std::size_t dimension, std::size_t stride) const {
        row[dimension] = value - gradient / std::sqrt(squares);
        row[stride + dimension] = squares + gradient * gradient;
    }
};

/// Changes both rows; returns f(x) diff^2.
HWY_INLINE float train_entry(float* word, float* context, float log_x, float weight, std::size_t dimension,
                             std::size_t stride, descent const& how) {
    tag const d;
    bias const b(word, dimension, stride);
    bias const b_context(context, dimension, stride);
    // The sum over the whole rows has the product of the biases in it.
    auto const diff = dot(word, context, stride) - b.value * b_context.value + b.value + b_context.value - log_x;
    auto const weighted = weight * diff;
    auto const step = hn::Set(d, weighted * how.rate);
    auto const most = hn::Set(d, how.clip * how.rate);
    auto const least = hn::Neg(most);
    for (std::size_t c = 0; c < stride; c += hn::Lanes(d)) {
        auto const w = hn::Load(d, word + c);
        auto const v = hn::Load(d, context + c);
        auto const w_squares = hn::Load(d, word + stride + c);
        auto const v_squares = hn::Load(d, context + stride + c);
        auto const w_step = hn::Max(least, hn::Min(hn::Mul(step, v), most));
        auto const v_step = hn::Max(least, hn::Min(hn::Mul(step, w), most));
        hn::Store(hn::NegMulAdd(w_step, reciprocal_root(w_squares), w), d, word + c);
        hn::Store(hn::NegMulAdd(v_step, reciprocal_root(v_squares), v), d, context + c);
        hn::Store(hn::MulAdd(w_step, w_step, w_squares), d, word + stride + c);
        hn::Store(hn::MulAdd(v_step, v_step, v_squares), d, context + stride + c);
    }
    auto const gradient = std::max(-how.clip, std::min(weighted, how.clip));
    b.put_changed(gradient, word, dimension, stride);
    b_context.put_changed(gradient, context, dimension, stride);
    return weighted * diff;
}

HWY_NOINLINE double Train(tables const& t, std::uint64_t const* entries, std::size_t count, descent const& how) {
    auto const stride = stride_of(t.dimension);
    targets to;
    double loss = 0;
    for (std::size_t first = 0; first < count; first += some) {
        auto const n = std::min(some, count - first);
        set_targets(entries + first, n, how, to);
        for (std::size_t i = 0; i < n; ++i) {
            if (first + i + ahead < count) {
                auto const next = entries[first + i + ahead];
                prefetch(word_row(t, next), 2 * stride);
                prefetch(context_row(t, next), 2 * stride);
            }
            auto const entry = entries[first + i];
            loss += static_cast<double>(train_entry(word_row(t, entry), context_row(t, entry), to.log_x[i],
                                                    to.weight[i], t.dimension, stride, how));
        }
    }
    return loss;
}

HWY_NOINLINE char const* InstructionSet() { return hwy::TargetName(HWY_TARGET); }
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::glove_kernels {
HWY_EXPORT(Train);
HWY_EXPORT(InstructionSet);

double train(tables const& t, std::uint64_t const* entries, std::size_t count, descent const& how) {
    return HWY_DYNAMIC_DISPATCH(Train)(t, entries, count, how);
}
char const* instruction_set() { return HWY_DYNAMIC_DISPATCH(InstructionSet)(); }
}
#endif
