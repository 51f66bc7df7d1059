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
#include "arithmetic-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::kernels {
namespace HWY_NAMESPACE {
/// Trains inputs (rows or a mean of rows) against the output rows of a target: itself and its negatives, or the nodes
/// of its path. Lives for one call.
class window_trainer {
public:
    window_trainer(tables const& t, windows const& w, float rate, float* scratch)
        : t_(t),
          w_(w),
          m_(w.negative_count + 1),
          rate_(rate),
          signs_(scratch),
          z_(signs_ + padded(most_inputs * w.most_outputs)),
          changes_(z_ + padded(most_inputs * w.most_outputs)) {
        for (std::size_t i = 0; i < padded(most_inputs * w.most_outputs); ++i) signs_[i] = i % m_ == 0 ? -1.0F : 1.0F;
    }

    float* row(float* table, std::uint32_t id) const { return table + id * t_.stride; }
    void prefetch(float const* p) const { prefetch_row(p, t_.stride); }
    /// Sets the output rows of window i, for `n` inputs from pair `first` on.
    HWY_INLINE void set_outputs(std::size_t i, std::size_t first, std::size_t n) {
        if (w_.path_ends) return set_path(w_.targets[i], n);
        auto const* const negatives = w_.negatives + i * w_.per_target + first * w_.per_pair;
        outputs_[0] = row(t_.output, w_.targets[i]);
        for (std::size_t j = 1; j < m_; ++j) outputs_[j] = row(t_.output, negatives[j - 1]);
    }
    /// Trains up to `most_inputs` inputs. Afterwards `change(i)` is the change to add to input i.
    HWY_INLINE void train(float const* const* inputs, std::size_t n) {
        all_dots(inputs, n, outputs_, m_, t_.stride, z_);
        to_gradients(n * m_);
        for (std::size_t a = 0; a < n; ++a)
            combine(nullptr, outputs_, z_ + a * m_, 1, m_, t_.stride, changes_ + a * t_.stride);
        for (std::size_t j = 0; j < m_; ++j) combine(outputs_[j], inputs, z_ + j, m_, n, t_.stride, outputs_[j]);
    }
    /// Computes the changes to the outputs [m] and to up to `most_inputs` inputs [n]. With `more`, adds to the output
    /// changes already there.
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
    /// Child 0 is label 1.
    HWY_INLINE void set_path(std::uint32_t target, std::size_t n) {
        auto const* const steps = w_.path_steps + path_begin(w_, target);
        m_ = w_.path_ends[target] - path_begin(w_, target);
        for (std::size_t j = 0; j < m_; ++j) {
            outputs_[j] = row(t_.output, steps[j] >> 1);
            for (std::size_t a = 0; a < n; ++a) signs_[a * m_ + j] = (steps[j] & 1) == 0 ? -1.0F : 1.0F;
        }
        for (auto i = n * m_; i % row_floats != 0; ++i) signs_[i] = 1.0F;
    }
    /// z becomes (label - sigmoid(z)) * rate. With y = z for negatives and -z for the target that is -+ sigmoid(y).
    HWY_INLINE void to_gradients(std::size_t size) {
        tag const d;
        auto const lanes = hn::Lanes(d);
        for (auto i = size; i % lanes != 0; ++i) z_[i] = -1e30F * signs_[i]; // no loss
        auto const rate = hn::Set(d, rate_);
        for (std::size_t i = 0; i < size; i += lanes) {
            auto const sign = hn::Load(d, signs_ + i);
            auto const y = hn::Mul(hn::Load(d, z_ + i), sign);
            auto const [p, shrunk] = squash(y);
            loss_.add(y, shrunk);
            hn::Store(hn::Neg(hn::Mul(hn::Mul(p, sign), rate)), d, z_ + i);
        }
    }

    tables t_;
    windows const& w_;
    std::size_t m_;
    float rate_;
    float* signs_;
    float* z_;
    float* changes_;
    float* outputs_[most_combined];
    loss_sum loss_;
};

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
    if (w.path_ends) {
        for (auto j = path_begin(w, w.targets[i]); j < w.path_ends[w.targets[i]]; ++j)
            trainer.prefetch(trainer.row(t.output, w.path_steps[j] >> 1));
    } else {
        auto const* const next = w.negatives + i * w.per_target;
        trainer.prefetch(trainer.row(t.output, w.targets[i]));
        for (std::size_t j = 0; j < w.negative_count; ++j) trainer.prefetch(trainer.row(t.output, next[j]));
    }
    trainer.prefetch(trainer.row(t.input, w.contexts[w.context_ends[i] - 1]));
}

HWY_NOINLINE totals TrainCbow(tables const& t, windows const& w, input_form form, float rate, float* scratch) {
    tag const d;
    window_trainer trainer(t, w, rate, scratch);
    auto* const hidden = trainer.change(most_inputs); // the last row of the scratch
    std::size_t begin = 0;
    for (std::size_t i = 0; i < w.count; ++i) {
        std::size_t const end = w.context_ends[i];
        if (i + 1 < w.count) prefetch_next(trainer, t, w, i + 1);
        auto const n = end - begin;
        auto const share = form == input_form::sum ? 1.0F : 1.0F / static_cast<float>(n);
        gather_inputs(trainer, t, w, begin, end, share, hidden);
        trainer.set_outputs(i, begin, 1);
        float const* const inputs[] = {hidden};
        trainer.train(inputs, 1);
        auto const back = hn::Set(d, form == input_form::mean ? share : 1.0F);
        auto* const change = trainer.change(0);
        for (std::size_t k = begin; k < end; ++k) {
            auto* const to = trainer.row(t.input, w.contexts[k]);
            add_scaled(change, back, t.stride, to);
        }
        begin = end;
    }
    return {trainer.loss(), w.count};
}

HWY_NOINLINE totals TrainSkipGram(tables const& t, windows const& w, float rate, float* scratch) {
    window_trainer trainer(t, w, rate, scratch);
    float* inputs[most_inputs];
    auto const one = hn::Set(tag(), 1.0F);
    std::size_t begin = 0;
    auto const most = w.pairs_apart ? std::size_t{1} : most_inputs;
    for (std::size_t i = 0; i < w.count; ++i) {
        std::size_t const end = w.context_ends[i];
        if (i + 1 < w.count && !w.pairs_apart) prefetch_next(trainer, t, w, i + 1);
        for (auto k = begin; k < end; k += most) {
            auto const n = std::min(most, end - k);
            trainer.set_outputs(i, k, n);
            for (std::size_t a = 0; a < n; ++a) inputs[a] = trainer.row(t.input, w.contexts[k + a]);
            trainer.train(inputs, n);
            for (std::size_t a = 0; a < n; ++a) add_scaled(trainer.change(a), one, t.stride, inputs[a]);
        }
        begin = end;
    }
    return {trainer.loss(), begin};
}

HWY_INLINE std::size_t first_context(windows const& w, std::size_t i) { return i == 0 ? 0 : w.context_ends[i - 1]; }
HWY_INLINE float* change_rows(frozen_run const& run, std::size_t i, std::size_t stride) {
    auto const before = [&](std::size_t window) { return window == 0 ? 0 : run.row_ends[window - 1]; };
    return run.changes + (before(i) - before(run.first)) * stride;
}

HWY_NOINLINE double ChangesOfSkipGram(tables const& t, windows const& w, frozen_run const& run, std::size_t from,
                                      std::size_t to, float rate, float* scratch) {
    window_trainer trainer(t, w, rate, scratch);
    float const* inputs[most_inputs];
    for (std::size_t i = from; i < to; ++i) {
        if (i + 1 < to) prefetch_next(trainer, t, w, i + 1);
        auto const begin = first_context(w, i);
        auto const n = w.context_ends[i] - begin;
        auto* const changes = change_rows(run, i, t.stride);
        for (std::size_t k = 0; k < n; k += most_inputs) {
            auto const some = std::min(most_inputs, n - k);
            for (std::size_t a = 0; a < some; ++a) inputs[a] = trainer.row(t.input, w.contexts[begin + k + a]);
            trainer.set_outputs(i, 0, some);
            trainer.work_out(inputs, some, changes, changes + (output_count(w, i) + k) * t.stride, k > 0);
        }
    }
    return trainer.loss();
}

HWY_NOINLINE void MakeChanges(tables const& t, windows const& w, frozen_run const& run, std::uint32_t member,
                              std::uint32_t members) {
    auto const one = hn::Set(tag(), 1.0F);
    float const* change = run.changes;
    for (std::size_t i = run.first; i < run.last; ++i) {
        auto const* const negatives = w.negatives + i * w.per_target;
        auto const* const steps = w.path_ends ? w.path_steps + path_begin(w, w.targets[i]) : nullptr;
        auto const outputs = output_count(w, i);
        for (std::size_t j = 0; j < outputs; ++j, change += t.stride) {
            auto const id = steps ? steps[j] >> 1 : j == 0 ? w.targets[i] : negatives[j - 1];
            if (id % members == member) add_scaled(change, one, t.stride, t.output + id * t.stride);
        }
        for (auto k = first_context(w, i); k < w.context_ends[i]; ++k, change += t.stride) {
            auto const id = w.contexts[k];
            if (id % members == member) add_scaled(change, one, t.stride, t.input + id * t.stride);
        }
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
HWY_EXPORT(ChangesOfSkipGram);
HWY_EXPORT(MakeChanges);
HWY_EXPORT(InstructionSet);

std::size_t scratch_floats(std::size_t stride, std::size_t most_outputs) {
    return 2 * padded(most_inputs * most_outputs) + (most_inputs + 1) * stride;
}
totals train_cbow(tables const& t, windows const& w, input_form form, float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(TrainCbow)(t, w, form, rate, scratch);
}
totals train_skip_gram(tables const& t, windows const& w, float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(TrainSkipGram)(t, w, rate, scratch);
}
double changes_of_skip_gram(tables const& t, windows const& w, frozen_run const& run, std::size_t from, std::size_t to,
                            float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(ChangesOfSkipGram)(t, w, run, from, to, rate, scratch);
}
void make_changes(tables const& t, windows const& w, frozen_run const& run, std::uint32_t member,
                  std::uint32_t members) {
    HWY_DYNAMIC_DISPATCH(MakeChanges)(t, w, run, member, members);
}
char const* instruction_set() { return HWY_DYNAMIC_DISPATCH(InstructionSet)(); }
}
#endif
