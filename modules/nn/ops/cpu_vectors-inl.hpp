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
/// Transposes lanes() rows of lanes() values: value (r, c) goes to c * to_step + r.
HWY_INLINE void turn_square(float const* from, std::size_t step, float* to, std::size_t to_step) {
    tag const d;
#if HWY_HAVE_SCALABLE
    for (std::size_t r = 0; r < lanes(); ++r)
        for (std::size_t c = 0; c < lanes(); ++c) to[c * to_step + r] = from[r * step + c];
#else
    constexpr std::size_t size = hn::MaxLanes(tag()), groups = size / 4; // of four rows, as many blocks of a vector
    hn::RepartitionToWide<tag> const pairs;
    vector some[groups][4]; // block b of vector (g, j): column 4 b + j of the rows of group g
    _Pragma("unroll") for (std::size_t g = 0; g < groups; ++g) {
        auto const* const rows = from + 4 * g * step;
        auto const one = hn::LoadU(d, rows), two = hn::LoadU(d, rows + step);
        auto const three = hn::LoadU(d, rows + 2 * step), four = hn::LoadU(d, rows + 3 * step);
        auto const low = hn::BitCast(pairs, hn::InterleaveLower(d, one, two));
        auto const high = hn::BitCast(pairs, hn::InterleaveUpper(d, one, two));
        auto const other_low = hn::BitCast(pairs, hn::InterleaveLower(d, three, four));
        auto const other_high = hn::BitCast(pairs, hn::InterleaveUpper(d, three, four));
        some[g][0] = hn::BitCast(d, hn::InterleaveLower(pairs, low, other_low));
        some[g][1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low, other_low));
        some[g][2] = hn::BitCast(d, hn::InterleaveLower(pairs, high, other_high));
        some[g][3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high, other_high));
    }
    _Pragma("unroll") for (std::size_t j = 0; j < 4; ++j) { // transposes the blocks
        auto* const at = to + j * to_step;
        if constexpr (groups == 1) {
            hn::StoreU(some[0][j], d, at);
        } else {
            auto const even = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(some[1][j]), some[0][j]);
            auto const odd = hn::OddEvenBlocks(some[1][j], hn::SwapAdjacentBlocks(some[0][j]));
            if constexpr (groups == 2) {
                hn::StoreU(even, d, at);
                hn::StoreU(odd, d, at + 4 * to_step);
            } else {
                auto const even2 = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(some[3][j]), some[2][j]);
                auto const odd2 = hn::OddEvenBlocks(some[3][j], hn::SwapAdjacentBlocks(some[2][j]));
                hn::StoreU(hn::ConcatLowerLower(d, even2, even), d, at);
                hn::StoreU(hn::ConcatLowerLower(d, odd2, odd), d, at + 4 * to_step);
                hn::StoreU(hn::ConcatUpperUpper(d, even2, even), d, at + 8 * to_step);
                hn::StoreU(hn::ConcatUpperUpper(d, odd2, odd), d, at + 12 * to_step);
            }
        }
    }
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
