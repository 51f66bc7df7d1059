#include "attention_cpu.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/attention_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
HWY_NOINLINE float AdditiveScore(float const* q, float const* k, float const* v, std::size_t n) {
    auto sum = set(0);
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = n - i;
        sum = hn::MulAdd(load(v + i, left), tanh_of(hn::Add(load(q + i, left), load(k + i, left))), sum);
    }
    return sum_of(sum);
}
HWY_NOINLINE void AdditiveScoreBackward(float d, float const* q, float const* k, float const* v, float* d_q, float* d_k,
                                        float* d_v, std::size_t n) {
    auto const factor = set(d);
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = n - i;
        auto const y = tanh_of(hn::Add(load(q + i, left), load(k + i, left)));
        auto const slope = tanh_slope(y, hn::Mul(factor, load(v + i, left)));
        store(hn::MulAdd(factor, y, load(d_v + i, left)), d_v + i, left);
        store(hn::Add(slope, load(d_q + i, left)), d_q + i, left);
        store(hn::Add(slope, load(d_k + i, left)), d_k + i, left);
    }
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::cpu_kernels {
HWY_EXPORT(AdditiveScore);
HWY_EXPORT(AdditiveScoreBackward);

float additive_score(float const* q, float const* k, float const* v, std::size_t n) {
    return HWY_DYNAMIC_DISPATCH(AdditiveScore)(q, k, v, n);
}
void additive_score_backward(float d, float const* q, float const* k, float const* v, float* d_q, float* d_k,
                             float* d_v, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(AdditiveScoreBackward)(d, q, k, v, d_q, d_k, d_v, n);
}
}
#endif
