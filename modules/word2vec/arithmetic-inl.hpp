// Dot products of rows, sums of rows and the loss, in vector registers, shared by the kernels. Compiled once for every
// instruction set.
#if defined(WORDMILL_WORD2VEC_ARITHMETIC) == defined(HWY_TARGET_TOGGLE)
#ifdef WORDMILL_WORD2VEC_ARITHMETIC
#undef WORDMILL_WORD2VEC_ARITHMETIC
#else
#define WORDMILL_WORD2VEC_ARITHMETIC
#endif
#include <algorithm>
#include <cstddef>
// clang-format off: the order matters
#include <hwy/highway.h>
#include <hwy/cache_control.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using tag = hn::ScalableTag<float>;
using vector = hn::Vec<tag>;

constexpr std::size_t most_combined = 256; // rows added up at a time

/// z[a * m + b] = input a . row b, for `A` inputs and `B` rows.
template <int A, int B> HWY_INLINE void dots(float const* const* inputs, float const* const* rows, std::size_t stride,
                                             std::size_t m, float* z) {
    tag const d;
    vector sums[A][B];
    for (int a = 0; a < A; ++a)
        for (int b = 0; b < B; ++b) sums[a][b] = hn::Zero(d);
    for (std::size_t c = 0; c < stride; c += hn::Lanes(d)) {
        vector x[A];
        for (int a = 0; a < A; ++a) x[a] = hn::Load(d, inputs[a] + c);
        for (int b = 0; b < B; ++b) {
            auto const y = hn::Load(d, rows[b] + c);
            for (int a = 0; a < A; ++a) sums[a][b] = hn::MulAdd(x[a], y, sums[a][b]);
        }
    }
    for (int a = 0; a < A; ++a)
        for (int b = 0; b < B; ++b) z[static_cast<std::size_t>(a) * m + b] = hn::GetLane(hn::SumOfLanes(d, sums[a][b]));
}

template <int A> HWY_INLINE void dots_of(float const* const* inputs, float const* const* rows, std::size_t stride,
                                         std::size_t m, float* z) {
    std::size_t b = 0;
    for (; b + 6 <= m; b += 6) dots<A, 6>(inputs, rows + b, stride, m, z + b);
    for (; b + 2 <= m; b += 2) dots<A, 2>(inputs, rows + b, stride, m, z + b);
    for (; b < m; ++b) dots<A, 1>(inputs, rows + b, stride, m, z + b);
}

HWY_INLINE void all_dots(float const* const* inputs, std::size_t n, float const* const* rows, std::size_t m,
                         std::size_t stride, float* z) {
    std::size_t a = 0;
    for (; a + 2 <= n; a += 2) dots_of<2>(inputs + a, rows, stride, m, z + a * m);
    for (; a < n; ++a) dots_of<1>(inputs + a, rows, stride, m, z + a * m);
}

/// to[c ..] = base[c ..] + sum of g[i * step] * rows[i][c ..], over `T` vectors.
template <int T> HWY_INLINE void combine_columns(float const* base, float const* const* rows, float const* g,
                                                 std::size_t step, std::size_t n, float* to) {
    tag const d;
    std::size_t const lanes = hn::Lanes(d);
    vector sums[T];
    for (int t = 0; t < T; ++t) sums[t] = base ? hn::Load(d, base + t * lanes) : hn::Zero(d);
    for (std::size_t i = 0; i < n; ++i) {
        auto const factor = hn::Set(d, g[i * step]);
        for (int t = 0; t < T; ++t) sums[t] = hn::MulAdd(factor, hn::Load(d, rows[i] + t * lanes), sums[t]);
    }
    for (int t = 0; t < T; ++t) hn::Store(sums[t], d, to + t * lanes);
}

/// to = base + sum of g[i * step] * rows[i]; `base` may be `to`, or null. n <= most_combined.
HWY_INLINE void combine(float const* base, float const* const* rows, float const* g, std::size_t step, std::size_t n,
                        std::size_t stride, float* to) {
    tag const d;
    std::size_t const lanes = hn::Lanes(d);
    float const* shifted[most_combined];
    for (std::size_t c = 0; c < stride;) {
        auto const left = (stride - c) / lanes;
        float const* const* from = rows;
        if (c > 0) {
            for (std::size_t i = 0; i < n; ++i) shifted[i] = rows[i] + c;
            from = shifted;
        }
        auto const* const b = base ? base + c : nullptr;
        switch (std::min<std::size_t>(left, 8)) {
        case 8: combine_columns<8>(b, from, g, step, n, to + c); break;
        case 7: combine_columns<7>(b, from, g, step, n, to + c); break;
        case 6: combine_columns<6>(b, from, g, step, n, to + c); break;
        case 5: combine_columns<5>(b, from, g, step, n, to + c); break;
        case 4: combine_columns<4>(b, from, g, step, n, to + c); break;
        case 3: combine_columns<3>(b, from, g, step, n, to + c); break;
        case 2: combine_columns<2>(b, from, g, step, n, to + c); break;
        default: combine_columns<1>(b, from, g, step, n, to + c); break;
        }
        c += std::min<std::size_t>(left, 8) * lanes;
    }
}

/// Computes sigmoid(y), and exp(-|y|) as a by-product.
struct squashed {
    vector sigmoid;
    vector shrunk;
};
HWY_INLINE squashed squash(vector y) {
    tag const d;
    auto const one = hn::Set(d, 1.0F);
    auto const shrunk = hn::Exp(d, hn::Neg(hn::Abs(y)));
    auto const low = hn::Div(one, hn::Add(one, shrunk)); // sigmoid(|y|)
    return {hn::IfThenElse(hn::Ge(y, hn::Zero(d)), low, hn::Mul(low, shrunk)), shrunk};
}

/// Adds up softplus(y) = max(y, 0) + log(1 + exp(-|y|)). Takes the logarithm of products of several factors; each
/// factor is at most 2.
class loss_sum {
public:
    HWY_INLINE loss_sum() : linear_(hn::Zero(tag())), product_(hn::Set(tag(), 1.0F)) {}
    HWY_INLINE void add(vector y, vector shrunk) {
        tag const d;
        linear_ = hn::Add(linear_, hn::Max(y, hn::Zero(d)));
        product_ = hn::Mul(product_, hn::Add(hn::Set(d, 1.0F), shrunk));
        if (++factors_ == 64) flush();
    }
    HWY_INLINE double take() {
        flush();
        return sum_;
    }

private:
    HWY_INLINE void flush() {
        tag const d;
        sum_ += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(linear_, hn::Log(d, product_)))));
        linear_ = hn::Zero(d);
        product_ = hn::Set(d, 1.0F);
        factors_ = 0;
    }
    vector linear_;
    vector product_;
    int factors_ = 0;
    double sum_ = 0;
};

/// to += factor * change.
HWY_INLINE void add_scaled(float const* change, vector factor, std::size_t stride, float* to) {
    tag const d;
    for (std::size_t c = 0; c < stride; c += hn::Lanes(d))
        hn::Store(hn::MulAdd(factor, hn::Load(d, change + c), hn::Load(d, to + c)), d, to + c);
}
/// Prefetches a row for writing, so that a cache line held by another core is requested only once.
HWY_INLINE void prefetch_row(float const* row, std::size_t stride) {
    for (std::size_t c = 0; c < stride; c += row_floats) {
#if HWY_ARCH_X86
        asm volatile("prefetchw %0" : : "m"(row[c])); // the builtin may become a prefetch for reading
#else
        __builtin_prefetch(row + c, 1, 3);
#endif
    }
}
}
}
HWY_AFTER_NAMESPACE();
#endif
