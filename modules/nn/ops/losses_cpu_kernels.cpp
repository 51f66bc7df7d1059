#include "elements_cpu.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/losses_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
constexpr float least = -std::numeric_limits<float>::max();

HWY_NOINLINE float Softmax(float const* x, float* y, std::size_t n) {
    tag const d;
    auto largest = set(x[0]);
    std::size_t i = 0;
    for (; i + lanes() <= n; i += lanes()) largest = hn::Max(largest, hn::LoadU(d, x + i));
    auto most = hn::GetLane(hn::MaxOfLanes(d, largest));
    for (; i < n; ++i) most = std::max(most, x[i]);
    auto const shift = set(most);
    auto all = set(0);
    for (i = 0; i + lanes() <= n; i += lanes()) {
        auto const e = exp_of(hn::Sub(hn::LoadU(d, x + i), shift));
        all = hn::Add(all, e);
        hn::StoreU(e, d, y + i);
    }
    auto sum = sum_of(all);
    for (; i < n; ++i) sum += y[i] = hn::GetLane(exp_of(set(x[i] - most)));
    auto const factor = set(1 / sum);
    for (i = 0; i < n; i += lanes()) store(hn::Mul(factor, load(y + i, n - i)), y + i, n - i);
    return most + std::log(sum);
}

HWY_NOINLINE double SigmoidLoss(float const* x, std::uint8_t const* labels, float factor, float* d_x, std::size_t n) {
    tag const d;
    HWY_ALIGN float sign[16], part[16];
    double sum = 0;
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = std::min(n - i, lanes());
        for (std::size_t k = 0; k < 16; ++k) sign[k] = k < left && labels[i + k] != 0 ? -1.0F : 1.0F;
        auto const toward = hn::Load(d, sign);
        auto const z = hn::Mul(toward, load(x + i, left)); // the loss is log(1 + e^z)
        auto const tail = hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(z))));
        hn::Store(kept_nan(z, hn::Add(hn::Max(z, set(0)), tail)), d, part);
        for (std::size_t k = 0; k < left; ++k) sum += static_cast<double>(part[k]);
        store(hn::Mul(hn::Mul(set(factor), toward), sigmoid_of(z)), d_x + i, left);
    }
    return sum;
}

HWY_NOINLINE void AddBias(logit_panels x, float const* bias, float* maxima) {
    tag const d;
    auto const w = lanes();
    for (std::size_t p = 0; p < x.panels; ++p, bias += 2 * w) {
        auto* at = x.data + p * x.panel_step;
        for (std::size_t r = 0; r < x.rows; ++r, at += x.row_step) {
            auto const low = hn::Add(hn::Load(d, at), hn::Load(d, bias));
            auto const high = hn::Add(hn::Load(d, at + w), hn::Load(d, bias + w));
            hn::Store(low, d, at);
            hn::Store(high, d, at + w);
            hn::Store(hn::Max(hn::Max(hn::Load(d, maxima + r * w), low), high), d, maxima + r * w);
        }
    }
}

HWY_NOINLINE void Shrink(logit_panels x, float* maxima, float* most, float* sums) {
    tag const d;
    auto const w = lanes();
    for (std::size_t r = 0; r < x.rows; ++r) {
        most[r] = hn::GetLane(hn::MaxOfLanes(d, hn::Load(d, maxima + r * w)));
        hn::Store(hn::Zero(d), d, maxima + r * w); // from here on, sums
    }
    for (std::size_t p = 0; p < x.panels; ++p) {
        auto* at = x.data + p * x.panel_step;
        for (std::size_t r = 0; r < x.rows; ++r, at += x.row_step) {
            auto const shift = set(most[r]);
            auto const low = exp_of(hn::Sub(hn::Load(d, at), shift));
            auto const high = exp_of(hn::Sub(hn::Load(d, at + w), shift));
            hn::Store(low, d, at);
            hn::Store(high, d, at + w);
            hn::Store(hn::Add(hn::Load(d, maxima + r * w), hn::Add(low, high)), d, maxima + r * w);
        }
    }
    for (std::size_t r = 0; r < x.rows; ++r) sums[r] = sum_of(hn::Load(d, maxima + r * w));
}

HWY_NOINLINE void LogSums(float const* most, float const* sums, std::size_t pieces, std::size_t step, std::size_t rows,
                          float* out) {
    tag const d;
    for (std::size_t r = 0; r < rows; r += lanes()) {
        auto const left = rows - r;
        auto largest = set(least);
        for (std::size_t p = 0; p < pieces; ++p) largest = hn::Max(largest, load(most + p * step + r, left));
        auto sum = set(0);
        for (std::size_t p = 0; p < pieces; ++p) {
            auto const shrunk = exp_of(hn::Sub(load(most + p * step + r, left), largest));
            sum = hn::MulAdd(shrunk, load(sums + p * step + r, left), sum);
        }
        store(kept_nan(sum, hn::Add(largest, hn::Log(d, sum))), out + r, left);
    }
}

/// Replaces negligible values by 0. Products with subnormal numbers take many times as long and change nothing.
HWY_INLINE vector unless_negligible(vector x) {
    auto const negligible = hn::Lt(x, set(1e-30F));
    return hn::IfThenZeroElse(negligible, x);
}

template <bool Smooth> HWY_INLINE void spread_rows(logit_panels x, float const* weights, float share,
                                                   float const* factors, float* column_sums) {
    tag const d;
    auto const w = lanes();
    for (std::size_t p = 0; p < x.panels; ++p) {
        auto* at = x.data + p * x.panel_step;
        auto low_sum = hn::Zero(d), high_sum = hn::Zero(d);
        for (std::size_t r = 0; r < x.rows; ++r, at += x.row_step) {
            auto const factor = set(factors[r]);
            auto low = unless_negligible(hn::Mul(factor, hn::Load(d, at)));
            auto high = unless_negligible(hn::Mul(factor, hn::Load(d, at + w)));
            if constexpr (Smooth) {
                auto const everywhere = set(share * weights[r]);
                low = hn::Sub(low, everywhere);
                high = hn::Sub(high, everywhere);
            }
            low_sum = hn::Add(low_sum, low);
            high_sum = hn::Add(high_sum, high);
            hn::Store(low, d, at);
            hn::Store(high, d, at + w);
        }
        hn::StoreU(low_sum, d, column_sums + p * 2 * w);
        hn::StoreU(high_sum, d, column_sums + p * 2 * w + w);
    }
}

HWY_NOINLINE void Spread(logit_panels x, float const* most, float const* log_sum, float const* weights, float share,
                         float* factors, float* column_sums) {
    auto const w = lanes();
    for (std::size_t r = 0; r < x.rows; r += w) {
        auto const left = x.rows - r;
        auto const part = exp_of(hn::Sub(load(most + r, left), load(log_sum + r, left)));
        store(hn::Mul(load(weights + r, left), part), factors + r, left);
    }
    share == 0 ? spread_rows<false>(x, weights, share, factors, column_sums)
               : spread_rows<true>(x, weights, share, factors, column_sums);
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::cpu_kernels {
HWY_EXPORT(Softmax);
HWY_EXPORT(SigmoidLoss);
HWY_EXPORT(AddBias);
HWY_EXPORT(Shrink);
HWY_EXPORT(LogSums);
HWY_EXPORT(Spread);

float softmax(float const* x, float* y, std::size_t n) { return HWY_DYNAMIC_DISPATCH(Softmax)(x, y, n); }
double sigmoid_loss(float const* x, std::uint8_t const* labels, float factor, float* d_x, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(SigmoidLoss)(x, labels, factor, d_x, n);
}
void add_bias(logit_panels logits, float const* bias, float* maxima) {
    HWY_DYNAMIC_DISPATCH(AddBias)(logits, bias, maxima);
}
void shrink(logit_panels logits, float* maxima, float* most, float* sums) {
    HWY_DYNAMIC_DISPATCH(Shrink)(logits, maxima, most, sums);
}
void log_sums(float const* most, float const* sums, std::size_t pieces, std::size_t step, std::size_t rows,
              float* out) {
    HWY_DYNAMIC_DISPATCH(LogSums)(most, sums, pieces, step, rows, out);
}
void spread(logit_panels shrunk, float const* most, float const* log_sum, float const* weights, float share,
            float* factors, float* column_sums) {
    HWY_DYNAMIC_DISPATCH(Spread)(shrunk, most, log_sum, weights, share, factors, column_sums);
}
}
#endif
