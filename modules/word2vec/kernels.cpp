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
#include <hwy/cache_control.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using tag = hn::ScalableTag<float>;
using vector = hn::Vec<tag>;

constexpr std::size_t most_inputs = 16;   // contexts that are trained together
constexpr std::size_t most_outputs = 256; // a target and its negatives

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

/// to = base + sum of g[i * step] * rows[i]; `base` may be `to`, or none.
HWY_INLINE void combine(float const* base, float const* const* rows, float const* g, std::size_t step, std::size_t n,
                        std::size_t stride, float* to) {
    tag const d;
    std::size_t const lanes = hn::Lanes(d);
    float const* shifted[most_outputs];
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

/// Adds up softplus(y) = max(y, 0) + log(1 + exp(-|y|)). The logarithm is taken of products: a factor is at most 2.
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

/// Inputs (rows or a mean of rows) against the rows of a target and its negatives. Scratch of one call.
class window_trainer {
public:
    window_trainer(tables const& t, std::size_t m, float rate, float* scratch)
        : t_(t),
          m_(m),
          rate_(rate),
          signs_(scratch),
          z_(signs_ + padded(most_inputs * m)),
          changes_(z_ + padded(most_inputs * m)) {
        for (std::size_t i = 0; i < padded(most_inputs * m); ++i) signs_[i] = i % m == 0 ? -1.0F : 1.0F;
    }
    static std::size_t padded(std::size_t size) { return (size + row_floats - 1) / row_floats * row_floats; }
    static std::size_t floats(std::size_t stride, std::size_t m) {
        return 2 * padded(most_inputs * m) + (most_inputs + 1) * stride;
    }

    float* row(float* table, std::uint32_t id) const { return table + id * t_.stride; }
    void prefetch(float const* p) const {
        for (std::size_t c = 0; c < t_.stride; c += row_floats) hwy::Prefetch(p + c);
    }
    /// The output rows of a target and its negatives.
    HWY_INLINE void set_outputs(std::uint32_t target, std::uint32_t const* negatives) {
        outputs_[0] = row(t_.output, target);
        for (std::size_t j = 1; j < m_; ++j) outputs_[j] = row(t_.output, negatives[j - 1]);
    }
    /// Trains up to `most_inputs` inputs; `change(i)` is then what is to be added to input i.
    HWY_INLINE void train(float const* const* inputs, std::size_t n) {
        all_dots(inputs, n, outputs_, m_, t_.stride, z_);
        to_gradients(n * m_);
        for (std::size_t a = 0; a < n; ++a)
            combine(nullptr, outputs_, z_ + a * m_, 1, m_, t_.stride, changes_ + a * t_.stride);
        for (std::size_t j = 0; j < m_; ++j) combine(outputs_[j], inputs, z_ + j, m_, n, t_.stride, outputs_[j]);
    }
    /// Works out what is to be added to the outputs [m] (beside what is there, when there was `more`) and to up to
    /// `most_inputs` inputs [n].
    HWY_INLINE void work_out(float const* const* inputs, std::size_t n, float* output_changes, float* input_changes,
                             bool more = false) {
        all_dots(inputs, n, outputs_, m_, t_.stride, z_);
        to_gradients(n * m_);
        for (std::size_t a = 0; a < n; ++a)
            combine(nullptr, outputs_, z_ + a * m_, 1, m_, t_.stride, input_changes + a * t_.stride);
        for (std::size_t j = 0; j < m_; ++j) {
            auto* const to = output_changes + j * t_.stride;
            combine(more ? to : nullptr, inputs, z_ + j, m_, n, t_.stride, to);
        }
    }
    float* change(std::size_t a) const { return changes_ + a * t_.stride; }
    HWY_INLINE double loss() { return loss_.take(); }

private:
    /// z becomes (label - sigmoid(z)) * rate. With y = z for negatives and -z for the target that is -+ sigmoid(y).
    HWY_INLINE void to_gradients(std::size_t size) {
        tag const d;
        auto const lanes = hn::Lanes(d);
        for (auto i = size; i % lanes != 0; ++i) z_[i] = -1e30F * signs_[i]; // no loss
        auto const one = hn::Set(d, 1.0F);
        auto const rate = hn::Set(d, rate_);
        for (std::size_t i = 0; i < size; i += lanes) {
            auto const sign = hn::Load(d, signs_ + i);
            auto const y = hn::Mul(hn::Load(d, z_ + i), sign);
            auto const shrunk = hn::Exp(d, hn::Neg(hn::Abs(y)));
            auto const low = hn::Div(one, hn::Add(one, shrunk)); // sigmoid(|y|)
            auto const p = hn::IfThenElse(hn::Ge(y, hn::Zero(d)), low, hn::Mul(low, shrunk));
            loss_.add(y, shrunk);
            hn::Store(hn::Neg(hn::Mul(hn::Mul(p, sign), rate)), d, z_ + i);
        }
    }

    tables t_;
    std::size_t m_;
    float rate_;
    float* signs_;
    float* z_;
    float* changes_;
    float* outputs_[most_outputs];
    loss_sum loss_;
};

HWY_INLINE void add_row(float const* change, std::size_t stride, float* to) {
    tag const d;
    for (std::size_t c = 0; c < stride; c += hn::Lanes(d))
        hn::Store(hn::Add(hn::Load(d, to + c), hn::Load(d, change + c)), d, to + c);
}

/// The sum or mean of the input vectors of contexts begin .. end.
HWY_INLINE void gather_inputs(window_trainer const& trainer, tables const& t, windows const& w, std::size_t begin,
                              std::size_t end, float share, float* hidden) {
    tag const d;
    auto const factor = hn::Set(d, share);
    for (std::size_t c = 0; c < t.stride; c += hn::Lanes(d)) {
        auto sum = hn::Load(d, trainer.row(t.input, w.contexts[begin]) + c);
        for (std::size_t k = begin + 1; k < end; ++k)
            sum = hn::Add(sum, hn::Load(d, trainer.row(t.input, w.contexts[k]) + c));
        hn::Store(hn::Mul(sum, factor), d, hidden + c);
    }
}

HWY_INLINE void prefetch_next(window_trainer const& trainer, tables const& t, windows const& w, std::size_t i) {
    auto const* const next = w.negatives + i * w.per_target;
    trainer.prefetch(trainer.row(t.output, w.targets[i]));
    for (std::size_t j = 0; j < w.negative_count; ++j) trainer.prefetch(trainer.row(t.output, next[j]));
    trainer.prefetch(trainer.row(t.input, w.contexts[w.context_ends[i] - 1]));
}

HWY_NOINLINE totals TrainCbow(tables const& t, windows const& w, input_form form, float rate, float* scratch) {
    tag const d;
    window_trainer trainer(t, w.negative_count + 1, rate, scratch);
    auto* const hidden = trainer.change(most_inputs); // the last row of the scratch
    std::size_t begin = 0;
    for (std::size_t i = 0; i < w.count; ++i) {
        std::size_t const end = w.context_ends[i];
        if (i + 1 < w.count) prefetch_next(trainer, t, w, i + 1);
        auto const n = end - begin;
        auto const share = form == input_form::sum ? 1.0F : 1.0F / static_cast<float>(n);
        gather_inputs(trainer, t, w, begin, end, share, hidden);
        trainer.set_outputs(w.targets[i], w.negatives + i * w.per_target + begin * w.per_pair);
        float const* const inputs[] = {hidden};
        trainer.train(inputs, 1);
        auto const back = hn::Set(d, form == input_form::mean ? share : 1.0F);
        auto* const change = trainer.change(0);
        for (std::size_t k = begin; k < end; ++k) {
            auto* const to = trainer.row(t.input, w.contexts[k]);
            for (std::size_t c = 0; c < t.stride; c += hn::Lanes(d))
                hn::Store(hn::MulAdd(back, hn::Load(d, change + c), hn::Load(d, to + c)), d, to + c);
        }
        begin = end;
    }
    return {trainer.loss(), w.count};
}

HWY_NOINLINE totals TrainSkipGram(tables const& t, windows const& w, float rate, float* scratch) {
    window_trainer trainer(t, w.negative_count + 1, rate, scratch);
    float* inputs[most_inputs];
    std::size_t begin = 0;
    auto const most = w.pairs_apart ? std::size_t{1} : most_inputs;
    for (std::size_t i = 0; i < w.count; ++i) {
        std::size_t const end = w.context_ends[i];
        if (i + 1 < w.count && !w.pairs_apart) prefetch_next(trainer, t, w, i + 1);
        for (auto k = begin; k < end; k += most) {
            auto const n = std::min(most, end - k);
            trainer.set_outputs(w.targets[i], w.negatives + i * w.per_target + k * w.per_pair);
            for (std::size_t a = 0; a < n; ++a) inputs[a] = trainer.row(t.input, w.contexts[k + a]);
            trainer.train(inputs, n);
            for (std::size_t a = 0; a < n; ++a) add_row(trainer.change(a), t.stride, inputs[a]);
        }
        begin = end;
    }
    return {trainer.loss(), begin};
}

HWY_INLINE std::size_t first_context(windows const& w, std::size_t i) { return i == 0 ? 0 : w.context_ends[i - 1]; }

HWY_NOINLINE totals ChangesOfCbow(tables const& t, windows const& w, frozen_run const& run, std::size_t from,
                                  std::size_t to, input_form form, float rate, float* scratch) {
    window_trainer trainer(t, w.negative_count + 1, rate, scratch);
    auto* const hidden = trainer.change(most_inputs);
    for (std::size_t i = from; i < to; ++i) {
        if (i + 1 < to) prefetch_next(trainer, t, w, i + 1);
        auto const begin = first_context(w, i);
        auto const n = w.context_ends[i] - begin;
        gather_inputs(trainer, t, w, begin, begin + n, form == input_form::sum ? 1.0F : 1.0F / static_cast<float>(n),
                      hidden);
        trainer.set_outputs(w.targets[i], w.negatives + i * w.per_target);
        float const* const inputs[] = {hidden};
        auto* const changes = run.changes + change_row(w, true, run.first, i) * t.stride;
        trainer.work_out(inputs, 1, changes, changes + (w.negative_count + 1) * t.stride);
    }
    return {trainer.loss(), to - from};
}

HWY_NOINLINE totals ChangesOfSkipGram(tables const& t, windows const& w, frozen_run const& run, std::size_t from,
                                      std::size_t to, float rate, float* scratch) {
    window_trainer trainer(t, w.negative_count + 1, rate, scratch);
    float const* inputs[most_inputs];
    std::size_t pairs = 0;
    for (std::size_t i = from; i < to; ++i) {
        if (i + 1 < to) prefetch_next(trainer, t, w, i + 1);
        auto const begin = first_context(w, i);
        auto const n = w.context_ends[i] - begin;
        trainer.set_outputs(w.targets[i], w.negatives + i * w.per_target);
        auto* const changes = run.changes + change_row(w, false, run.first, i) * t.stride;
        for (std::size_t k = 0; k < n; k += most_inputs) {
            auto const some = std::min(most_inputs, n - k);
            for (std::size_t a = 0; a < some; ++a) inputs[a] = trainer.row(t.input, w.contexts[begin + k + a]);
            trainer.work_out(inputs, some, changes, changes + (w.negative_count + 1 + k) * t.stride, k > 0);
        }
        pairs += n;
    }
    return {trainer.loss(), pairs};
}

HWY_NOINLINE void MakeChanges(tables const& t, windows const& w, frozen_run const& run, bool cbow, input_form form,
                              std::uint32_t member, std::uint32_t members) {
    tag const d;
    float const* change = run.changes;
    for (std::size_t i = run.first; i < run.last; ++i) {
        auto const* const negatives = w.negatives + i * w.per_target;
        for (std::size_t j = 0; j <= w.negative_count; ++j, change += t.stride) {
            auto const id = j == 0 ? w.targets[i] : negatives[j - 1];
            if (id % members == member) add_row(change, t.stride, t.output + id * t.stride);
        }
        auto const begin = first_context(w, i);
        auto const share = form == input_form::mean ? 1.0F / static_cast<float>(w.context_ends[i] - begin) : 1.0F;
        auto const back = hn::Set(d, cbow ? share : 1.0F);
        for (auto k = begin; k < w.context_ends[i]; ++k) {
            auto const id = w.contexts[k];
            if (id % members == member) {
                auto* const to = t.input + id * t.stride;
                for (std::size_t c = 0; c < t.stride; c += hn::Lanes(d))
                    hn::Store(hn::MulAdd(back, hn::Load(d, change + c), hn::Load(d, to + c)), d, to + c);
            }
            if (!cbow) change += t.stride;
        }
        if (cbow) change += t.stride;
    }
}

HWY_NOINLINE char const* InstructionSet() { return hwy::TargetName(HWY_TARGET); }
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::kernels {
HWY_EXPORT(TrainCbow);
HWY_EXPORT(TrainSkipGram);
HWY_EXPORT(ChangesOfCbow);
HWY_EXPORT(ChangesOfSkipGram);
HWY_EXPORT(MakeChanges);
HWY_EXPORT(InstructionSet);

std::size_t scratch_floats(std::size_t stride, std::size_t negative_count) {
    auto const padded = (16 * (negative_count + 1) + row_floats - 1) / row_floats * row_floats;
    return 2 * padded + 17 * stride;
}
totals train_cbow(tables const& t, windows const& w, input_form form, float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(TrainCbow)(t, w, form, rate, scratch);
}
totals train_skip_gram(tables const& t, windows const& w, float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(TrainSkipGram)(t, w, rate, scratch);
}
std::size_t change_row(windows const& w, bool cbow, std::size_t first, std::size_t i) {
    auto const begins = [&](std::size_t window) { return window == 0 ? std::size_t{0} : w.context_ends[window - 1]; };
    return (i - first) * (w.negative_count + 1) + (cbow ? i - first : begins(i) - begins(first));
}
totals changes_of_cbow(tables const& t, windows const& w, frozen_run const& run, std::size_t from, std::size_t to,
                       input_form form, float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(ChangesOfCbow)(t, w, run, from, to, form, rate, scratch);
}
totals changes_of_skip_gram(tables const& t, windows const& w, frozen_run const& run, std::size_t from, std::size_t to,
                            float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(ChangesOfSkipGram)(t, w, run, from, to, rate, scratch);
}
void make_changes(tables const& t, windows const& w, frozen_run const& run, bool cbow, input_form form,
                  std::uint32_t member, std::uint32_t members) {
    HWY_DYNAMIC_DISPATCH(MakeChanges)(t, w, run, cbow, form, member, members);
}
char const* instruction_set() { return HWY_DYNAMIC_DISPATCH(InstructionSet)(); }
}
#endif
