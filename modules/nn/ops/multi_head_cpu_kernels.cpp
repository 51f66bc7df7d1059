#include "transformer_cpu.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/multi_head_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

// The rows of a head are far apart in memory, often by a power of two, so that few of them stay in the cache together.
// Tiles of them are therefore copied to scratch memory without gaps, padded with zeros to whole vectors.
HWY_BEFORE_NAMESPACE();
namespace wordmill::cpu_kernels {
namespace HWY_NAMESPACE {
constexpr std::size_t queries_at_once = 64;
constexpr std::size_t keys_at_once = 128;
// Of a product: as many sums as fit the registers, with two vectors of one operand and one of the other.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
constexpr int rows_at_once = 12;
#else
constexpr int rows_at_once = 6;
#endif

HWY_INLINE std::size_t padded(std::size_t n) { return (n + lanes() - 1) / lanes() * lanes(); }

/// A product of matrices: c [rows, vectors] = a b, or c += a b. Value (i, k) of a is a[i * a_row + k * a_column].
struct small_product {
    float const* a;
    std::size_t a_row, a_column;
    float const* b;
    std::size_t b_step;
    std::size_t inner;
    float* c;
    std::size_t c_step;
    bool add;
};

template <int Rows, int Vectors> HWY_INLINE void work_out(small_product const& p) {
    tag const d;
    auto const w = lanes();
    vector sums[Rows][Vectors];
    _Pragma("unroll") for (int r = 0; r < Rows; ++r) _Pragma("unroll") for (int v = 0; v < Vectors; ++v) {
        auto* const c = p.c + static_cast<std::size_t>(r) * p.c_step + static_cast<std::size_t>(v) * w;
        sums[r][v] = p.add ? hn::Load(d, c) : hn::Zero(d);
    }
    auto const* a = p.a;
    auto const* b = p.b;
    for (std::size_t k = 0; k < p.inner; ++k, a += p.a_column, b += p.b_step) {
        vector y[Vectors];
        _Pragma("unroll") for (int v = 0; v < Vectors; ++v) y[v] = hn::Load(d, b + static_cast<std::size_t>(v) * w);
        _Pragma("unroll") for (int r = 0; r < Rows; ++r) {
            auto const x = hn::Set(d, a[static_cast<std::size_t>(r) * p.a_row]);
            _Pragma("unroll") for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(x, y[v], sums[r][v]);
        }
    }
    _Pragma("unroll") for (int r = 0; r < Rows; ++r) _Pragma("unroll") for (int v = 0; v < Vectors; ++v)
        hn::Store(sums[r][v], d, p.c + static_cast<std::size_t>(r) * p.c_step + static_cast<std::size_t>(v) * w);
}
template <int Vectors, int Rows = rows_at_once> HWY_INLINE void for_rows(std::size_t rows, small_product const& p) {
    if constexpr (Rows > 1) {
        if (rows < Rows) return for_rows<Vectors, Rows - 1>(rows, p);
    }
    work_out<Rows, Vectors>(p);
}
/// `rows` and `columns` of c; columns are whole vectors.
HWY_NOINLINE void multiply(small_product p, std::size_t rows, std::size_t columns) {
    auto const w = lanes();
    auto const groups = (rows + rows_at_once - 1) / rows_at_once;
    for (std::size_t g = 0; g < groups; ++g) {
        auto const first = g * rows / groups, count = (g + 1) * rows / groups - first;
        auto group = p;
        group.a += first * p.a_row;
        group.c += first * p.c_step;
        for (std::size_t c = 0; c < columns; c += 2 * w, group.b += 2 * w, group.c += 2 * w)
            columns - c > w ? for_rows<2>(count, group) : for_rows<1>(count, group);
    }
}

/// Rows without gaps, padded with zeros to `step`. Prefetches those of the next head.
HWY_INLINE void copy_in(head_rows<float const> from, std::size_t first, std::size_t rows, std::size_t size,
                        std::size_t step, float factor, float* to) {
    auto const f = set(factor);
    for (std::size_t r = 0; r < rows; ++r, to += step) {
        auto const* const row = from.row(first + r);
        for (std::size_t i = 0; i < size; i += lanes()) {
            __builtin_prefetch(row + from.ahead + i, 0, 2);
            hn::Store(hn::Mul(f, load(row + i, size - i)), tag(), to + i);
        }
    }
}
HWY_INLINE void copy_out(float const* from, std::size_t step, float factor, bool add, std::size_t first,
                         std::size_t rows, std::size_t size, head_rows<float> to) {
    auto const f = set(factor);
    for (std::size_t r = 0; r < rows; ++r, from += step) {
        auto* const row = to.row(first + r);
        for (std::size_t i = 0; i < size; i += lanes()) {
            auto const value = hn::Load(tag(), from + i);
            auto const left = size - i;
            __builtin_prefetch(row + to.ahead + i, 1, 2);
            store(add ? hn::MulAdd(f, value, load(row + i, left)) : hn::Mul(f, value), row + i, left);
        }
    }
}
/// Transposes whole vectors of copied rows: value (r, c) goes to c * to_step + r. Rows from `rows` on are 0.
HWY_INLINE void turn(float* from, std::size_t step, std::size_t rows, float* to, std::size_t to_step) {
    std::memset(from + rows * step, 0, (to_step - rows) * step * sizeof(float));
    for (std::size_t r = 0; r < to_step; r += lanes())
        for (std::size_t c = 0; c < step; c += lanes())
            turn_square(from + r * step + c, step, to + c * to_step + r, to_step);
}

/// The parts of the scratch memory.
struct tiles {
    std::size_t step; // of the columns of a head
    float *queries, *keys, *values, *turned_keys, *turned_values, *scores, *d_scores, *outputs, *d_keys, *d_values;
    float maxima[queries_at_once], sums[queries_at_once];

    tiles(float* memory, std::size_t size) : step(padded(size)) {
        auto const take = [&](std::size_t count) HWY_ATTR {
            auto* const part = memory;
            memory += count;
            return part;
        };
        queries = take(queries_at_once * step);
        outputs = take(queries_at_once * step);
        for (auto** const part : {&keys, &values, &turned_keys, &turned_values, &d_keys, &d_values})
            *part = take(keys_at_once * step);
        scores = take(queries_at_once * keys_at_once);
        d_scores = take(queries_at_once * keys_at_once);
    }
};
HWY_NOINLINE std::size_t AttentionScratch(std::size_t size) {
    return (2 * queries_at_once + 6 * keys_at_once) * padded(size) + 2 * queries_at_once * keys_at_once;
}

/// Of `keys` keys from `first` on, those that query n sees.
HWY_INLINE std::size_t seen(attention_head const& h, std::size_t n, std::size_t first, std::size_t keys) {
    if (!h.causal) return keys;
    auto const last = n + h.offset + 1;
    return last <= first ? 0 : std::min(keys, last - first);
}

/// Replaces the first n scores by exp(score - the largest so far), and the others up to `width` by 0. Returns the
/// factor that sums so far are to be multiplied by.
HWY_INLINE float shrink(float* scores, std::size_t n, std::size_t width, float& most, float& sum) {
    if (n == 0) {
        std::memset(scores, 0, width * sizeof(float));
        return 1;
    }
    tag const d;
    auto largest = set(most);
    auto const lowest = set(-HUGE_VALF);
    auto const score = [=](std::size_t i, vector missing) HWY_ATTR {
        auto const x = hn::Load(d, scores + i);
        return HWY_LIKELY(n - i >= lanes()) ? x : hn::IfThenElse(hn::FirstN(d, n - i), x, missing);
    };
    for (std::size_t i = 0; i < n; i += lanes()) largest = hn::Max(largest, score(i, lowest));
    auto const now = hn::GetLane(hn::MaxOfLanes(d, largest));
    auto all = set(0);
    std::size_t i = 0;
    for (; i < n; i += lanes()) {
        auto e = exp_of(hn::Sub(hn::Load(d, scores + i), set(now)));
        if (n - i < lanes()) e = hn::IfThenElseZero(hn::FirstN(d, n - i), e);
        hn::Store(e, d, scores + i);
        all = hn::Add(all, e);
    }
    for (; i < width; i += lanes()) hn::Store(hn::Zero(d), d, scores + i);
    auto const factor = most == -HUGE_VALF ? 1.0F : std::exp(most - now); // 1: nothing was summed before
    sum = sum * factor + sum_of(all);
    most = now;
    return factor;
}

/// The attention of a single query, as when decoding: copies would cost more than they save.
HWY_INLINE void attend_once(attention_head const& h, tiles& t, float scale) {
    tag const d;
    copy_in(h.queries, 0, 1, h.size, t.step, scale, t.queries);
    std::memset(t.outputs, 0, t.step * sizeof(float));
    auto most = -HUGE_VALF, sum = 0.0F;
    auto const limit = seen(h, 0, 0, h.key_count);
    for (std::size_t first = 0; first < limit; first += keys_at_once) {
        auto const keys = std::min(keys_at_once, limit - first), width = padded(keys);
        for (std::size_t k = 0; k < keys; ++k) {
            auto const* const row = h.keys.row(first + k);
            auto score = set(0);
            for (std::size_t i = 0; i < h.size; i += lanes()) {
                __builtin_prefetch(row + h.keys.ahead + i, 0, 2);
                score = hn::MulAdd(hn::Load(d, t.queries + i), load(row + i, h.size - i), score);
            }
            t.scores[k] = sum_of(score);
        }
        std::fill_n(t.scores + keys, width - keys, 0.0F);
        auto const factor = set(shrink(t.scores, keys, width, most, sum));
        for (std::size_t i = 0; i < h.size; i += lanes()) {
            auto output = hn::Mul(factor, hn::Load(d, t.outputs + i));
            for (std::size_t k = 0; k < keys; ++k) {
                auto const* const row = h.values.row(first + k) + i;
                __builtin_prefetch(row + h.values.ahead, 0, 2);
                output = hn::MulAdd(set(t.scores[k]), load(row, h.size - i), output);
            }
            hn::Store(output, d, t.outputs + i);
        }
    }
    copy_out(t.outputs, t.step, sum != 0 ? 1 / sum : 0, false, 0, 1, h.size, h.outputs);
    *h.log_sums.row(0) = sum != 0 ? most + std::log(sum) : 0;
}

HWY_NOINLINE void AttentionForward(attention_head const& h, float* scratch) {
    tiles t(scratch, h.size);
    auto const scale = 1 / std::sqrt(static_cast<float>(h.size));
    if (h.query_count == 1) return attend_once(h, t, scale);
    for (std::size_t q = 0; q < h.query_count; q += queries_at_once) {
        auto const queries = std::min(queries_at_once, h.query_count - q);
        copy_in(h.queries, q, queries, h.size, t.step, scale, t.queries);
        std::memset(t.outputs, 0, queries * t.step * sizeof(float));
        std::fill_n(t.maxima, queries, -HUGE_VALF);
        std::fill_n(t.sums, queries, 0.0F);
        auto const limit = seen(h, q + queries - 1, 0, h.key_count);
        for (std::size_t k = 0; k < limit; k += keys_at_once) {
            auto const keys = std::min(keys_at_once, limit - k), width = padded(keys);
            copy_in(h.keys, k, keys, h.size, t.step, 1, t.keys);
            copy_in(h.values, k, keys, h.size, t.step, 1, t.values);
            turn(t.keys, t.step, keys, t.turned_keys, width);
            multiply({t.queries, t.step, 1, t.turned_keys, width, h.size, t.scores, width, false}, queries, width);
            for (std::size_t r = 0; r < queries; ++r) {
                auto const factor =
                    shrink(t.scores + r * width, seen(h, q + r, k, keys), width, t.maxima[r], t.sums[r]);
                if (k == 0 || factor == 1) continue;
                for (std::size_t i = 0; i < t.step; i += lanes()) {
                    auto* const at = t.outputs + r * t.step + i;
                    hn::Store(hn::Mul(set(factor), hn::Load(tag(), at)), tag(), at);
                }
            }
            multiply({t.scores, width, 1, t.values, t.step, keys, t.outputs, t.step, true}, queries, t.step);
        }
        for (std::size_t r = 0; r < queries; ++r) {
            auto const any = t.sums[r] != 0;
            copy_out(t.outputs + r * t.step, t.step, any ? 1 / t.sums[r] : 0, false, q + r, 1, h.size, h.outputs);
            *h.log_sums.row(q + r) = any ? t.maxima[r] + std::log(t.sums[r]) : 0;
        }
    }
}

/// Replaces scores by weights, and the gradients of weights by those of the scores, for the first n of a row; the
/// others up to `width` become 0. `mean` is that of the gradients, by their weights.
HWY_INLINE void go_back(float* scores, float* d_weights, std::size_t n, std::size_t width, float log_sum, float mean) {
    tag const d;
    for (std::size_t i = 0; i < width; i += lanes()) {
        auto weight = exp_of(hn::Sub(hn::Load(d, scores + i), set(log_sum)));
        if (n < i + lanes()) weight = i < n ? hn::IfThenElseZero(hn::FirstN(d, n - i), weight) : set(0);
        hn::Store(weight, d, scores + i);
        hn::Store(hn::Mul(weight, hn::Sub(hn::Load(d, d_weights + i), set(mean))), d, d_weights + i);
    }
}

HWY_NOINLINE void AttentionBackward(attention_head const& h, attention_head_gradients const& g, float* scratch) {
    tiles const t(scratch, h.size);
    auto const scale = 1 / std::sqrt(static_cast<float>(h.size));
    for (std::size_t k = 0; k < std::max<std::size_t>(1, h.key_count); k += keys_at_once) {
        auto const keys = std::min(keys_at_once, h.key_count - k), width = padded(keys);
        copy_in(h.keys, k, keys, h.size, t.step, 1, t.keys);
        copy_in(h.values, k, keys, h.size, t.step, 1, t.values);
        turn(t.keys, t.step, keys, t.turned_keys, width);
        turn(t.values, t.step, keys, t.turned_values, width);
        std::memset(t.d_keys, 0, keys * t.step * sizeof(float));
        std::memset(t.d_values, 0, keys * t.step * sizeof(float));
        for (std::size_t q = 0; q < h.query_count; q += queries_at_once) {
            auto const queries = std::min(queries_at_once, h.query_count - q);
            if (k > 0 && seen(h, q + queries - 1, k, keys) == 0) continue;
            // The gradients of outputs go where outputs are in the forward pass, then those of queries.
            copy_in(h.queries, q, queries, h.size, t.step, scale, t.queries);
            copy_in(g.outputs, q, queries, h.size, t.step, 1, t.outputs);
            multiply({t.queries, t.step, 1, t.turned_keys, width, h.size, t.scores, width, false}, queries, width);
            multiply({t.outputs, t.step, 1, t.turned_values, width, h.size, t.d_scores, width, false}, queries, width);
            for (std::size_t r = 0; r < queries; ++r) {
                auto mean = set(0);
                auto const* const output = h.outputs.row(q + r);
                for (std::size_t i = 0; i < h.size; i += lanes()) {
                    __builtin_prefetch(output + h.outputs.ahead + i, 0, 2);
                    mean = hn::MulAdd(hn::Load(tag(), t.outputs + r * t.step + i), load(output + i, h.size - i), mean);
                }
                go_back(t.scores + r * width, t.d_scores + r * width, seen(h, q + r, k, keys), width,
                        *h.log_sums.row(q + r), sum_of(mean));
            }
            multiply({t.scores, 1, width, t.outputs, t.step, queries, t.d_values, t.step, true}, keys, t.step);
            multiply({t.d_scores, 1, width, t.queries, t.step, queries, t.d_keys, t.step, true}, keys, t.step);
            multiply({t.d_scores, width, 1, t.keys, t.step, keys, t.outputs, t.step, false}, queries, t.step);
            copy_out(t.outputs, t.step, scale, k > 0, q, queries, h.size, g.queries);
        }
        copy_out(t.d_keys, t.step, 1, false, k, keys, h.size, g.keys);
        copy_out(t.d_values, t.step, 1, false, k, keys, h.size, g.values);
    }
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::cpu_kernels {
HWY_EXPORT(AttentionScratch);
HWY_EXPORT(AttentionForward);
HWY_EXPORT(AttentionBackward);

std::size_t attention_scratch(std::size_t size) { return HWY_DYNAMIC_DISPATCH(AttentionScratch)(size); }
void attention_forward(attention_head const& head, float* scratch) {
    HWY_DYNAMIC_DISPATCH(AttentionForward)(head, scratch);
}
void attention_backward(attention_head const& head, attention_head_gradients const& gradients, float* scratch) {
    HWY_DYNAMIC_DISPATCH(AttentionBackward)(head, gradients, scratch);
}
}
#endif
