#include "transformer_cpu.hpp"

#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/transformer_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
/// x less the mean; 0 beyond the end of the row.
HWY_INLINE vector centered(float const* x, std::size_t left, vector mean) {
    tag const d;
    auto const off = hn::Sub(load(x, left), mean);
    return HWY_LIKELY(left >= lanes()) ? off : hn::IfThenElseZero(hn::FirstN(d, left), off);
}

HWY_NOINLINE void Normalize(float const* x, float const* gain, float const* bias, float epsilon, float* statistics,
                            float* y, std::size_t n) {
    auto const size = static_cast<float>(n);
    auto sum = set(0), squares = set(0);
    for (std::size_t i = 0; i < n; i += lanes()) sum = hn::Add(sum, load(x + i, n - i));
    auto const mean = sum_of(sum) / size;
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const off = centered(x + i, n - i, set(mean));
        squares = hn::MulAdd(off, off, squares);
    }
    auto const scale = 1 / std::sqrt(sum_of(squares) / size + epsilon);
    statistics[0] = mean;
    statistics[1] = scale;
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = n - i;
        auto const normal = hn::Mul(centered(x + i, left, set(mean)), set(scale));
        store(hn::MulAdd(normal, load(gain + i, left), load(bias + i, left)), y + i, left);
    }
}

HWY_NOINLINE void NormalizeBackward(float const* x, float const* gain, float const* statistics, float const* d_y,
                                    float* d_x, float* d_gain, float* d_bias, std::size_t n) {
    auto const mean = set(statistics[0]), scale = set(statistics[1]);
    auto const normal = [=](std::size_t i) HWY_ATTR { return hn::Mul(centered(x + i, n - i, mean), scale); };
    auto sum = set(0), dot = set(0);
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = n - i;
        auto const d = load(d_y + i, left), value = normal(i), of_normal = hn::Mul(d, load(gain + i, left));
        sum = hn::Add(sum, of_normal);
        dot = hn::MulAdd(of_normal, value, dot);
        store(hn::MulAdd(d, value, load(d_gain + i, left)), d_gain + i, left);
        store(hn::Add(d, load(d_bias + i, left)), d_bias + i, left);
    }
    auto const size = static_cast<float>(n);
    auto const mean_sum = set(sum_of(sum) / size), mean_dot = set(sum_of(dot) / size);
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = n - i;
        auto const of_normal = hn::Mul(load(d_y + i, left), load(gain + i, left));
        auto const rest = hn::NegMulAdd(normal(i), mean_dot, hn::Sub(of_normal, mean_sum));
        store(hn::Mul(scale, rest), d_x + i, left);
    }
}

HWY_NOINLINE void Rotate(float const* cosines, float const* sines, float* x, std::size_t n) {
    tag const d;
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = n - i;
        auto const value = load(x + i, left);
        store(hn::MulAdd(hn::Reverse2(d, value), load(sines + i, left), hn::Mul(value, load(cosines + i, left))), x + i,
              left);
    }
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::cpu_kernels {
HWY_EXPORT(Normalize);
HWY_EXPORT(NormalizeBackward);
HWY_EXPORT(Rotate);

void normalize(float const* x, float const* gain, float const* bias, float epsilon, float* statistics, float* y,
               std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Normalize)(x, gain, bias, epsilon, statistics, y, n);
}
void normalize_backward(float const* x, float const* gain, float const* statistics, float const* d_y, float* d_x,
                        float* d_gain, float* d_bias, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(NormalizeBackward)(x, gain, statistics, d_y, d_x, d_gain, d_bias, n);
}
void rotate(float const* cosines, float const* sines, float* x, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Rotate)(cosines, sines, x, n);
}
}
#endif
