// Loads, stores and functions of vectors of floats, shared by the kernels. Included once for every instruction set.
#if defined(WORDMILL_NN_CPU_VECTORS) == defined(HWY_TARGET_TOGGLE)
#ifdef WORDMILL_NN_CPU_VECTORS
#undef WORDMILL_NN_CPU_VECTORS
#else
#define WORDMILL_NN_CPU_VECTORS
#endif
#include <cstddef>
#include <cstring>
// clang-format off: the order matters
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using tag = hn::CappedTag<float, 16>;
using vector = hn::Vec<tag>;

HWY_INLINE std::size_t lanes() { return hn::Lanes(tag()); }
HWY_INLINE vector set(float value) { return hn::Set(tag(), value); }

/// Loads the next values of a row that has `left` values left; missing ones are 0.
HWY_INLINE vector load(float const* from, std::size_t left) {
    tag const d;
    if (HWY_LIKELY(left >= hn::Lanes(d))) return hn::LoadU(d, from);
#if HWY_MEM_OPS_MIGHT_FAULT // masked loads read what the mask leaves out
    HWY_ALIGN float some[16] = {};
    std::memcpy(some, from, left * sizeof(float));
    return hn::Load(d, some);
#else
    return hn::MaskedLoad(hn::FirstN(d, left), d, from);
#endif
}
HWY_INLINE void store(vector v, float* to, std::size_t left) {
    tag const d;
    if (HWY_LIKELY(left >= hn::Lanes(d))) return hn::StoreU(v, d, to);
#if HWY_MEM_OPS_MIGHT_FAULT
    HWY_ALIGN float some[16];
    hn::Store(v, d, some);
    std::memcpy(to, some, left * sizeof(float));
#else
    hn::BlendedStore(v, hn::FirstN(d, left), d, to);
#endif
}
HWY_INLINE float sum_of(vector v) { return hn::GetLane(hn::SumOfLanes(tag(), v)); }

/// Highway's functions lose NaNs. These keep them, so that a diverging run is noticed.
HWY_INLINE vector kept_nan(vector x, vector y) { return hn::IfThenElse(hn::IsNaN(x), x, y); }
/// For arguments of at most 0.
HWY_INLINE vector exp_of(vector x) { return kept_nan(x, hn::Exp(tag(), x)); }
HWY_INLINE vector tanh_of(vector x) { return kept_nan(x, hn::Tanh(tag(), x)); }
HWY_INLINE vector sigmoid_of(vector x) {
    tag const d;
    auto const one = hn::Set(d, 1.0F);
    auto const shrunk = hn::Exp(d, hn::Neg(hn::Abs(x)));
    auto const high = hn::Div(one, hn::Add(one, shrunk)); // of |x|
    return kept_nan(x, hn::IfThenElse(hn::Ge(x, hn::Zero(d)), high, hn::Mul(high, shrunk)));
}
/// x (1 - x) d
HWY_INLINE vector sigmoid_slope(vector y, vector d) { return hn::Mul(hn::Mul(d, y), hn::Sub(set(1), y)); }
/// (1 - y^2) d
HWY_INLINE vector tanh_slope(vector y, vector d) { return hn::Mul(d, hn::NegMulAdd(y, y, set(1))); }
}
}
HWY_AFTER_NAMESPACE();
#endif
