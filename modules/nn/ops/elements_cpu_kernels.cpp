#include "elements_cpu.hpp"

#include <cstddef>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/elements_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
template <class F> HWY_INLINE void each(float const* x, float* y, std::size_t n, F f) {
    for (std::size_t i = 0; i < n; i += lanes()) store(f(load(x + i, n - i)), y + i, n - i);
}
template <class F> HWY_INLINE void each(float const* a, float const* b, float* c, std::size_t n, F f) {
    for (std::size_t i = 0; i < n; i += lanes()) store(f(load(a + i, n - i), load(b + i, n - i)), c + i, n - i);
}

HWY_NOINLINE void Sigmoid(float const* x, float* y, std::size_t n) {
    each(x, y, n, [](vector v) HWY_ATTR { return sigmoid_of(v); });
}
HWY_NOINLINE void Tanh(float const* x, float* y, std::size_t n) {
    each(x, y, n, [](vector v) HWY_ATTR { return tanh_of(v); });
}
HWY_NOINLINE void Relu(float const* x, float* y, std::size_t n) {
    each(x, y, n, [](vector v) HWY_ATTR { return hn::IfThenElse(hn::Lt(v, set(0)), set(0), v); });
}
/// The probability that a normal number is less than x, off by at most 1e-7 (Abramowitz & Stegun 1964, 7.1.26);
/// `density` is exp(-x^2 / 2).
HWY_INLINE vector normal_probability(vector x, vector density) {
    auto const size = hn::Abs(x);
    auto const t = hn::Div(set(1), hn::MulAdd(set(0.3275911F * 0.70710678F), size, set(1)));
    auto sum = hn::MulAdd(set(1.061405429F), t, set(-1.453152027F));
    sum = hn::MulAdd(sum, t, set(1.421413741F));
    sum = hn::MulAdd(sum, t, set(-0.284496736F));
    sum = hn::MulAdd(sum, t, set(0.254829592F));
    auto const tail = hn::Mul(hn::Mul(hn::Mul(sum, t), density), set(0.5F));
    return hn::IfThenElse(hn::Lt(x, set(0)), tail, hn::Sub(set(1), tail));
}
HWY_INLINE vector density_of(vector x) { return hn::Exp(tag(), hn::Mul(hn::Mul(x, x), set(-0.5F))); }

HWY_NOINLINE void Gelu(float const* x, float* y, std::size_t n) {
    each(x, y, n, [](vector v) HWY_ATTR { return kept_nan(v, hn::Mul(v, normal_probability(v, density_of(v)))); });
}
HWY_NOINLINE void GeluBackward(float const* x, float const* d_y, float* d_x, std::size_t n) {
    each(x, d_y, d_x, n, [](vector v, vector d) HWY_ATTR {
        auto const density = density_of(v);
        auto const slope = hn::MulAdd(hn::Mul(v, set(0.39894228F)), density, normal_probability(v, density));
        return kept_nan(v, hn::Mul(d, slope));
    });
}
HWY_NOINLINE void SigmoidBackward(float const* y, float const* d_y, float* d_x, std::size_t n) {
    each(y, d_y, d_x, n, [](vector a, vector d) HWY_ATTR { return sigmoid_slope(a, d); });
}
HWY_NOINLINE void TanhBackward(float const* y, float const* d_y, float* d_x, std::size_t n) {
    each(y, d_y, d_x, n, [](vector a, vector d) HWY_ATTR { return tanh_slope(a, d); });
}
HWY_NOINLINE void ReluBackward(float const* y, float const* d_y, float* d_x, std::size_t n) {
    each(y, d_y, d_x, n, [](vector a, vector d) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(a, set(0)), d); });
}
HWY_NOINLINE void Product(float const* a, float const* b, float* c, std::size_t n) {
    each(a, b, c, n, [](vector x, vector y) HWY_ATTR { return hn::Mul(x, y); });
}
HWY_NOINLINE void SumOfTwo(float const* a, float const* b, float* c, std::size_t n) {
    each(a, b, c, n, [](vector x, vector y) HWY_ATTR { return hn::Add(x, y); });
}
HWY_NOINLINE void Add(float const* x, float factor, float* y, std::size_t n) {
    auto const f = set(factor);
    each(x, y, y, n, [f](vector a, vector b) HWY_ATTR { return hn::MulAdd(f, a, b); });
}
HWY_NOINLINE void AddWeightedRows(float const* a, std::size_t a_step, float const* b, std::size_t stride, std::size_t k,
                                  float* y, std::size_t n) {
    std::size_t i = 0;
    for (; i + 4 <= k; i += 4, b += 4 * stride) { // four rows for each load and store of y
        auto const one = set(a[i * a_step]), two = set(a[(i + 1) * a_step]), three = set(a[(i + 2) * a_step]),
                   four = set(a[(i + 3) * a_step]);
        for (std::size_t c = 0; c < n; c += lanes()) {
            auto const left = n - c;
            auto sum = hn::MulAdd(one, load(b + c, left), load(y + c, left));
            sum = hn::MulAdd(two, load(b + stride + c, left), sum);
            sum = hn::MulAdd(three, load(b + 2 * stride + c, left), sum);
            store(hn::MulAdd(four, load(b + 3 * stride + c, left), sum), y + c, left);
        }
    }
    for (; i < k; ++i, b += stride) {
        auto const factor = set(a[i * a_step]);
        for (std::size_t c = 0; c < n; c += lanes())
            store(hn::MulAdd(factor, load(b + c, n - c), load(y + c, n - c)), y + c, n - c);
    }
}
HWY_NOINLINE void Scale(float factor, float const* x, float* y, std::size_t n) {
    auto const f = set(factor);
    each(x, y, n, [f](vector a) HWY_ATTR { return hn::Mul(f, a); });
}
/// Calls put(i, kept, left) for vectors of values i and on, of which `left` are left.
template <class Put> HWY_INLINE void each_kept(std::uint32_t const* words, std::uint32_t least, float factor,
                                               float const* x, std::size_t n, Put put) {
    hn::RebindToUnsigned<tag> const du;
    auto const f = set(factor);
    auto const first = hn::Set(du, least);
    std::size_t i = 0;
    for (; i + lanes() <= n; i += lanes()) {
        auto const stays = hn::RebindMask(tag(), hn::Not(hn::Lt(hn::LoadU(du, words + i), first)));
        put(i, hn::IfThenElseZero(stays, hn::Mul(f, load(x + i, n - i))), n - i);
    }
    if (i == n) return;
    HWY_ALIGN float rest[16] = {};
    for (auto k = i; k < n; ++k) rest[k - i] = words[k] >= least ? factor * x[k] : 0;
    put(i, hn::Load(tag(), rest), n - i);
}
HWY_NOINLINE void Keep(std::uint32_t const* words, std::uint32_t least, float factor, float const* x, float* y,
                       std::size_t n) {
    each_kept(words, least, factor, x, n,
              [=](std::size_t i, vector kept, std::size_t left) HWY_ATTR { store(kept, y + i, left); });
}
HWY_NOINLINE void SumKept(std::uint32_t const* words, std::uint32_t least, float factor, float const* a, float const* b,
                          float* y, std::size_t n) {
    each_kept(words, least, factor, b, n, [=](std::size_t i, vector kept, std::size_t left) HWY_ATTR {
        store(hn::Add(load(a + i, left), kept), y + i, left);
    });
}
HWY_NOINLINE double SumOfSquares(float const* x, std::size_t n) {
    hn::CappedTag<double, 8> const d;
    hn::Rebind<float, decltype(d)> const half;
    auto const step = hn::Lanes(d);
    auto even = hn::Zero(d), odd = hn::Zero(d);
    std::size_t i = 0;
    for (; i + 2 * step <= n; i += 2 * step) {
        auto const a = hn::PromoteTo(d, hn::LoadU(half, x + i)), b = hn::PromoteTo(d, hn::LoadU(half, x + i + step));
        even = hn::MulAdd(a, a, even);
        odd = hn::MulAdd(b, b, odd);
    }
    auto sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
    for (; i < n; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    return sum;
}
HWY_NOINLINE float Dot(float const* a, float const* b, std::size_t n) {
    auto sum = set(0);
    for (std::size_t i = 0; i < n; i += lanes()) sum = hn::MulAdd(load(a + i, n - i), load(b + i, n - i), sum);
    return sum_of(sum);
}
HWY_NOINLINE float Sum(float const* x, std::size_t n) {
    auto sum = set(0);
    for (std::size_t i = 0; i < n; i += lanes()) sum = hn::Add(sum, load(x + i, n - i));
    return sum_of(sum);
}
HWY_NOINLINE void SoftmaxBackward(float const* y, float const* d_y, float* d_x, std::size_t n) {
    auto const all = set(Dot(y, d_y, n));
    each(y, d_y, d_x, n, [all](vector a, vector d) HWY_ATTR { return hn::Mul(a, hn::Sub(d, all)); });
}

/// Applies f(g, p, first, second), which changes the last three.
template <class F> HWY_INLINE void change(update_numbers const& how, float const* g, float* p, float* first,
                                          float* second, std::size_t n, F f) {
    auto const factor = set(how.gradient_scale);
    for (std::size_t i = 0; i < n; i += lanes()) {
        auto const left = n - i;
        auto value = load(p + i, left);
        auto one = first ? load(first + i, left) : set(0);
        auto two = second ? load(second + i, left) : set(0);
        f(hn::Mul(factor, load(g + i, left)), value, one, two);
        store(value, p + i, left);
        if (first) store(one, first + i, left);
        if (second) store(two, second + i, left);
    }
}
HWY_NOINLINE void Sgd(update_numbers const& how, float const* g, float* p, float*, float*, std::size_t n) {
    auto const rate = set(how.rate);
    change(how, g, p, nullptr, nullptr, n,
           [=](vector x, vector& value, vector&, vector&) HWY_ATTR { value = hn::NegMulAdd(rate, x, value); });
}
HWY_NOINLINE void Momentum(update_numbers const& how, float const* g, float* p, float* first, float*, std::size_t n) {
    auto const rate = set(how.rate), a = set(how.a);
    change(how, g, p, first, nullptr, n, [=](vector x, vector& value, vector& v, vector&) HWY_ATTR {
        v = hn::NegMulAdd(rate, x, hn::Mul(a, v));
        value = hn::Add(value, v);
    });
}
HWY_NOINLINE void Nesterov(update_numbers const& how, float const* g, float* p, float* first, float*, std::size_t n) {
    auto const rate = set(how.rate), a = set(how.a);
    change(how, g, p, first, nullptr, n, [=](vector x, vector& value, vector& v, vector&) HWY_ATTR {
        v = hn::NegMulAdd(rate, x, hn::Mul(a, v));
        value = hn::Add(value, hn::NegMulAdd(rate, x, hn::Mul(a, v)));
    });
}
HWY_INLINE vector root_step(vector rate, vector x, vector squares, vector epsilon) {
    return hn::Div(hn::Mul(rate, x), hn::Add(hn::Sqrt(squares), epsilon));
}
HWY_NOINLINE void Adagrad(update_numbers const& how, float const* g, float* p, float* first, float*, std::size_t n) {
    auto const rate = set(how.rate), epsilon = set(how.epsilon);
    change(how, g, p, first, nullptr, n, [=](vector x, vector& value, vector& s, vector&) HWY_ATTR {
        s = hn::MulAdd(x, x, s);
        value = hn::Sub(value, root_step(rate, x, s, epsilon));
    });
}
HWY_NOINLINE void Rmsprop(update_numbers const& how, float const* g, float* p, float* first, float*, std::size_t n) {
    auto const rate = set(how.rate), epsilon = set(how.epsilon), a = set(how.a), rest = set(1 - how.a);
    change(how, g, p, first, nullptr, n, [=](vector x, vector& value, vector& s, vector&) HWY_ATTR {
        s = hn::MulAdd(hn::Mul(rest, x), x, hn::Mul(a, s));
        value = hn::Sub(value, root_step(rate, x, s, epsilon));
    });
}
HWY_NOINLINE void Adam(update_numbers const& how, float const* g, float* p, float* first, float* second,
                       std::size_t n) {
    auto const rate = set(how.rate), epsilon = set(how.epsilon), a = set(1 - how.a), b = set(1 - how.b);
    change(how, g, p, first, second, n, [=](vector x, vector& value, vector& m, vector& s) HWY_ATTR {
        m = hn::MulAdd(a, hn::Sub(x, m), m);
        s = hn::MulAdd(b, hn::Sub(hn::Mul(x, x), s), s);
        value = hn::Sub(value, root_step(rate, m, s, epsilon));
    });
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::cpu_kernels {
HWY_EXPORT(Sigmoid);
HWY_EXPORT(Tanh);
HWY_EXPORT(Relu);
HWY_EXPORT(Gelu);
HWY_EXPORT(GeluBackward);
HWY_EXPORT(SigmoidBackward);
HWY_EXPORT(TanhBackward);
HWY_EXPORT(ReluBackward);
HWY_EXPORT(Product);
HWY_EXPORT(Add);
HWY_EXPORT(AddWeightedRows);
HWY_EXPORT(Scale);
HWY_EXPORT(Keep);
HWY_EXPORT(SumKept);
HWY_EXPORT(SumOfTwo);
HWY_EXPORT(SumOfSquares);
HWY_EXPORT(Sum);
HWY_EXPORT(Dot);
HWY_EXPORT(SoftmaxBackward);
HWY_EXPORT(Sgd);
HWY_EXPORT(Momentum);
HWY_EXPORT(Nesterov);
HWY_EXPORT(Adagrad);
HWY_EXPORT(Rmsprop);
HWY_EXPORT(Adam);

void sigmoid(float const* x, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(Sigmoid)(x, y, n); }
void tanh(float const* x, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(Tanh)(x, y, n); }
void relu(float const* x, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(Relu)(x, y, n); }
void gelu(float const* x, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(Gelu)(x, y, n); }
void gelu_backward(float const* x, float const* d_y, float* d_x, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(GeluBackward)(x, d_y, d_x, n);
}
void sigmoid_backward(float const* a, float const* b, float* c, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(SigmoidBackward)(a, b, c, n);
}
void tanh_backward(float const* a, float const* b, float* c, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(TanhBackward)(a, b, c, n);
}
void relu_backward(float const* a, float const* b, float* c, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(ReluBackward)(a, b, c, n);
}
void product(float const* a, float const* b, float* c, std::size_t n) { HWY_DYNAMIC_DISPATCH(Product)(a, b, c, n); }
void sgd(update_numbers const& how, float const* g, float* p, float* first, float* second, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Sgd)(how, g, p, first, second, n);
}
void momentum(update_numbers const& how, float const* g, float* p, float* first, float* second, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Momentum)(how, g, p, first, second, n);
}
void nesterov(update_numbers const& how, float const* g, float* p, float* first, float* second, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Nesterov)(how, g, p, first, second, n);
}
void adagrad(update_numbers const& how, float const* g, float* p, float* first, float* second, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Adagrad)(how, g, p, first, second, n);
}
void rmsprop(update_numbers const& how, float const* g, float* p, float* first, float* second, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Rmsprop)(how, g, p, first, second, n);
}
void adam(update_numbers const& how, float const* g, float* p, float* first, float* second, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Adam)(how, g, p, first, second, n);
}
void add(float const* x, float factor, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(Add)(x, factor, y, n); }
void add_weighted_rows(float const* a, std::size_t a_step, float const* b, std::size_t stride, std::size_t k, float* y,
                       std::size_t n) {
    HWY_DYNAMIC_DISPATCH(AddWeightedRows)(a, a_step, b, stride, k, y, n);
}
void scale(float factor, float const* x, float* y, std::size_t n) { HWY_DYNAMIC_DISPATCH(Scale)(factor, x, y, n); }
void keep(std::uint32_t const* words, std::uint32_t least, float factor, float const* x, float* y, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Keep)(words, least, factor, x, y, n);
}
void sum_kept(std::uint32_t const* words, std::uint32_t least, float factor, float const* a, float const* b, float* y,
              std::size_t n) {
    HWY_DYNAMIC_DISPATCH(SumKept)(words, least, factor, a, b, y, n);
}
void sum_of_two(float const* a, float const* b, float* c, std::size_t n) { HWY_DYNAMIC_DISPATCH(SumOfTwo)(a, b, c, n); }
double sum_of_squares(float const* x, std::size_t n) { return HWY_DYNAMIC_DISPATCH(SumOfSquares)(x, n); }
float sum(float const* x, std::size_t n) { return HWY_DYNAMIC_DISPATCH(Sum)(x, n); }
float dot(float const* a, float const* b, std::size_t n) { return HWY_DYNAMIC_DISPATCH(Dot)(a, b, n); }
void softmax_backward(float const* y, float const* d_y, float* d_x, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(SoftmaxBackward)(y, d_y, d_x, n);
}
}
#endif
