#include "kernels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "list_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include <hwy/highway.h>
#include "arithmetic-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::kernels {
namespace HWY_NAMESPACE {
HWY_INLINE std::size_t begin_of(std::uint32_t const* ends, std::size_t i) { return i == 0 ? 0 : ends[i - 1]; }

HWY_INLINE float share_of(input_form form, std::size_t inputs) {
    return form == input_form::sum ? 1.0F : 1.0F / static_cast<float>(inputs);
}

HWY_INLINE void prefetch_example(tables const& t, lists const& l, std::size_t i) {
    for (auto k = begin_of(l.output_ends, i); k < l.output_ends[i]; ++k)
        prefetch_row(t.output + l.outputs[k] * t.stride, t.stride);
    for (auto k = begin_of(l.input_ends, i); k < l.input_ends[i]; ++k)
        prefetch_row(t.input + l.inputs[k] * t.stride, t.stride);
}

/// hidden = factor * sum of the rows.
HWY_INLINE void gather(tables const& t, std::uint32_t const* ids, std::size_t n, float factor, float* hidden) {
    float const* rows[most_combined];
    float factors[most_combined];
    std::fill_n(factors, std::min(n, most_combined), factor);
    for (std::size_t k = 0; k < n; k += most_combined) {
        auto const some = std::min(most_combined, n - k);
        for (std::size_t i = 0; i < some; ++i) rows[i] = t.input + ids[k + i] * t.stride;
        combine(k > 0 ? hidden : nullptr, rows, factors, 1, some, t.stride, hidden);
    }
}

/// z [m] of a hidden vector against output rows becomes -rate * the slope of the loss; returns the loss.
HWY_INLINE double to_factors(float* z, float const* weights, std::size_t m, float rate) {
    tag const d;
    auto const lanes = hn::Lanes(d);
    auto const zero = hn::Zero(d);
    auto const minus_rate = hn::Set(d, -rate);
    auto loss = zero;
    for (std::size_t i = 0; i < m; i += lanes) {
        auto const mask = hn::FirstN(d, m - i);
        auto const weight = hn::LoadU(d, weights + i);
        auto const y = hn::IfThenElse(hn::Lt(weight, zero), hn::Neg(hn::Load(d, z + i)), hn::Load(d, z + i));
        auto const [p, shrunk] = squash(y);
        auto const softplus = hn::Add(hn::Max(y, zero), hn::Log1p(d, shrunk));
        // A lane without a weight may hold any value.
        loss = hn::Add(loss, hn::IfThenElseZero(mask, hn::Mul(hn::Abs(weight), softplus)));
        hn::Store(hn::Mul(hn::Mul(p, weight), minus_rate), d, z + i);
    }
    return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, loss)));
}

/// Computes one example: its hidden vector, the factor of each output row, and the change to its inputs.
HWY_INLINE double work_out(tables const& t, lists const& l, std::size_t i, input_form form, float rate, float* z,
                           float* hidden, float* change) {
    auto const in = begin_of(l.input_ends, i);
    auto const inputs = l.input_ends[i] - in;
    gather(t, l.inputs + in, inputs, share_of(form, inputs), hidden);
    auto const out = begin_of(l.output_ends, i);
    auto const m = l.output_ends[i] - out;
    float const* rows[most_combined];
    auto const set_rows = [&](std::size_t k) {
        auto const some = std::min(most_combined, m - k);
        for (std::size_t j = 0; j < some; ++j) rows[j] = t.output + l.outputs[out + k + j] * t.stride;
        return some;
    };
    float const* const one[] = {hidden};
    for (std::size_t k = 0; k < m; k += most_combined) {
        auto const some = set_rows(k);
        dots_of<1>(one, rows, t.stride, some, z + k);
    }
    auto const loss = to_factors(z, l.weights + out, m, rate);
    for (std::size_t k = 0; k < m; k += most_combined) {
        auto const some = m > most_combined || k > 0 ? set_rows(k) : m;
        combine(k > 0 ? change : nullptr, rows, z + k, 1, some, t.stride, change);
    }
    return loss;
}

HWY_NOINLINE double TrainLists(tables const& t, lists const& l, input_form form, float rate, float* scratch) {
    tag const d;
    auto* const hidden = scratch;
    auto* const change = hidden + t.stride;
    auto* const z = change + t.stride;
    double loss = 0;
    for (std::size_t i = 0; i < l.count; ++i) {
        if (i + 1 < l.count) prefetch_example(t, l, i + 1);
        loss += work_out(t, l, i, form, rate, z, hidden, change);
        auto const out = begin_of(l.output_ends, i);
        for (auto k = out; k < l.output_ends[i]; ++k)
            add_scaled(hidden, hn::Set(d, z[k - out]), t.stride, t.output + l.outputs[k] * t.stride);
        auto const in = begin_of(l.input_ends, i);
        auto const back = hn::Set(d, form == input_form::mean ? share_of(form, l.input_ends[i] - in) : 1.0F);
        for (auto k = in; k < l.input_ends[i]; ++k)
            add_scaled(change, back, t.stride, t.input + l.inputs[k] * t.stride);
    }
    return loss;
}

HWY_NOINLINE double ChangesOfLists(tables const& t, lists const& l, frozen_lists const& f, std::size_t from,
                                   std::size_t to, input_form form, float rate, float* z) {
    double loss = 0;
    for (auto i = from; i < to; ++i) {
        if (i + 1 < to) prefetch_example(t, l, i + 1);
        auto* const hidden = f.rows + 2 * i * t.stride;
        loss += work_out(t, l, i, form, rate, z, hidden, hidden + t.stride);
        auto const out = begin_of(l.output_ends, i);
        std::copy(z, z + (l.output_ends[i] - out), f.factors + out);
    }
    return loss;
}

HWY_NOINLINE void MakeListChanges(tables const& t, lists const& l, frozen_lists const& f, input_form form,
                                  std::uint32_t member, std::uint32_t members) {
    tag const d;
    for (std::size_t i = 0; i < l.count; ++i) {
        auto const* const hidden = f.rows + 2 * i * t.stride;
        for (auto k = begin_of(l.output_ends, i); k < l.output_ends[i]; ++k)
            if (l.outputs[k] % members == member)
                add_scaled(hidden, hn::Set(d, f.factors[k]), t.stride, t.output + l.outputs[k] * t.stride);
        auto const in = begin_of(l.input_ends, i);
        auto const back = hn::Set(d, form == input_form::mean ? share_of(form, l.input_ends[i] - in) : 1.0F);
        for (auto k = in; k < l.input_ends[i]; ++k)
            if (l.inputs[k] % members == member)
                add_scaled(hidden + t.stride, back, t.stride, t.input + l.inputs[k] * t.stride);
    }
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::kernels {
HWY_EXPORT(TrainLists);
HWY_EXPORT(ChangesOfLists);
HWY_EXPORT(MakeListChanges);

std::size_t list_scratch_floats(std::size_t stride, std::size_t most_outputs) {
    return 2 * stride + padded(most_outputs);
}
double train_lists(tables const& t, lists const& l, input_form form, float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(TrainLists)(t, l, form, rate, scratch);
}
double changes_of_lists(tables const& t, lists const& l, frozen_lists const& f, std::size_t from, std::size_t to,
                        input_form form, float rate, float* scratch) {
    return HWY_DYNAMIC_DISPATCH(ChangesOfLists)(t, l, f, from, to, form, rate, scratch);
}
void make_list_changes(tables const& t, lists const& l, frozen_lists const& f, input_form form, std::uint32_t member,
                       std::uint32_t members) {
    HWY_DYNAMIC_DISPATCH(MakeListChanges)(t, l, f, form, member, members);
}
}
#endif
