module;
#include "transformer_cpu.hpp"
#include "elements_cpu.hpp"
#include <algorithm>
#include <cstddef>
#include <span>
module wordmill.nn;
import :cpu;
import :cpu_operands;
import :operation_code;
import :transformer_operations;
import :transformer_reference;
import wordmill.core;

namespace wordmill::detail {
namespace {
constexpr std::size_t rows_of_task = 32;                    // of normalisation: their sums depend on nothing else
constexpr std::size_t worth_sharing = std::size_t{1} << 16; // multiplications; fewer do not pay for waking threads

/// Columns `column` .. `column + size` of the rows of a lane.
template <class T> cpu_kernels::head_rows<T> head_of(matrix_view<T> m, std::size_t lanes, std::size_t lane,
                                                     std::size_t column, std::size_t size) {
    auto const next = column + size < m.columns ? size : m.stride - column; // of the same lane, or of the next one
    return {m.data + lane * m.stride + column, m.stride * lanes, next};
}
}

void cpu_transformer::normalize(normalization<float, matrix_view> const& n, const_mat bias, mat y) {
    check_normalization(n, bias, y);
    shared_.for_rows(y, [&](std::size_t r) {
        cpu_kernels::normalize(n.x.row(r).data(), n.gain.data, bias.data, static_cast<float>(norm_epsilon),
                               n.statistics.row(r).data(), y.row(r).data(), y.columns);
    });
}

void cpu_transformer::normalize_backward(normalization<float, matrix_view> const& n,
                                         normalization_gradients<float, matrix_view> const& d) {
    check_gradients(n, d);
    auto const h = n.x.columns, tasks = (n.x.rows + rows_of_task - 1) / rows_of_task;
    auto* const sums = sums_.take(std::max<std::size_t>(1, checked_product(tasks, 2 * h))); // of gain and bias
    shared_.team.run(tasks, [&](std::size_t task, std::size_t) {
        auto* const d_gain = sums + task * 2 * h;
        std::fill_n(d_gain, 2 * h, 0.0F);
        for (auto r = task * rows_of_task; r < std::min(n.x.rows, (task + 1) * rows_of_task); ++r)
            cpu_kernels::normalize_backward(n.x.row(r).data(), n.gain.data, n.statistics.row(r).data(),
                                            d.y.row(r).data(), d.x.row(r).data(), d_gain, d_gain + h, h);
    });
    for (auto const* to : {&d.gain, &d.bias}) {
        if (d.beta == 0) std::fill_n(to->data, h, 0.0F);
        for (std::size_t task = 0; task < tasks; ++task)
            cpu_kernels::add(sums + task * 2 * h + (to == &d.gain ? 0 : h), 1, to->data, h);
    }
}

/// Calls work(head, lane, column, scratch) for every head of every lane, `column` being its first.
template <class Work> void cpu_transformer::for_heads(multi_head_pass<float, matrix_view> const& p, Work const& work) {
    auto const size = p.queries.columns / p.heads, count = p.lanes * p.heads;
    auto const scratch = cpu_kernels::attention_scratch(size);
    auto* const memory = scratch_.take(checked_product(shared_.team.members(), scratch));
    auto const rows = p.queries.rows / p.lanes;
    auto const all = p.keys.rows / p.lanes;
    auto const few = count * rows * all * size < worth_sharing;
    auto const tasks = few ? 1 : std::min(count, 8 * shared_.team.members());
    shared_.team.run(tasks, [&](std::size_t task, std::size_t member) {
        for (auto i = task * count / tasks; i < (task + 1) * count / tasks; ++i) {
            auto const lane = i / p.heads, column = i % p.heads * size;
            auto const of = [&](auto m) { return head_of(m, p.lanes, lane, column, size); };
            work(cpu_kernels::attention_head{.queries = of(p.queries),
                                             .keys = of(p.keys),
                                             .values = of(p.values),
                                             .query_count = rows,
                                             .key_count =
                                                 p.lengths.empty() ? all : std::min<std::size_t>(p.lengths[lane], all),
                                             .size = size,
                                             .causal = p.causal,
                                             .offset = p.offset,
                                             .outputs = of(p.outputs),
                                             .log_sums = head_of(p.log_sums, p.lanes, lane, i % p.heads, 1)},
                 lane, column, memory + member * scratch);
        }
    });
}

void cpu_transformer::forward(multi_head_pass<float, matrix_view> const& p) {
    check_pass(p);
    for_heads(p, [](cpu_kernels::attention_head const& head, std::size_t, std::size_t, float* scratch) {
        cpu_kernels::attention_forward(head, scratch);
    });
}

void cpu_transformer::backward(multi_head_pass<float, matrix_view> const& p,
                               multi_head_gradients<float, matrix_view> const& d) {
    check_pass(p);
    check_gradients(p, d);
    for_heads(p, [&](cpu_kernels::attention_head const& head, std::size_t lane, std::size_t column, float* scratch) {
        auto const of = [&](auto m) { return head_of(m, p.lanes, lane, column, head.size); };
        auto const d_keys = of(d.keys), d_values = of(d.values);
        cpu_kernels::attention_backward(head, {of(d.outputs), of(d.queries), d_keys, d_values}, scratch);
        for (auto key = head.key_count; key < p.keys.rows / p.lanes; ++key) { // beyond the end of the lane
            std::fill_n(d_keys.row(key), head.size, 0.0F);
            std::fill_n(d_values.row(key), head.size, 0.0F);
        }
    });
}

void cpu_transformer::weights(multi_head_pass<float, matrix_view> const& p, std::size_t head, mat to) {
    check_pass(p);
    check_weights(p, head, to);
    shared_.for_rows(to, [&](std::size_t r) {
        auto const seen = visible_keys(p, r);
        for (std::size_t key = 0; key < to.columns; ++key)
            to(r, key) = key < seen ? reference_loops::weight<float>(p, head, r, key) : 0.0F;
    });
}

void cpu_transformer::rotate(rotation const& by, std::size_t lanes, std::size_t heads, mat x) {
    check_rotation(lanes, heads, x.rows, x.columns);
    auto const size = x.columns / heads, steps = by.step == 0 ? std::min<std::size_t>(1, x.rows) : x.rows / lanes;
    // For each step a row of cosines and a row of sines, of all columns of a head.
    turns_.resize(2 * steps * size);
    for (std::size_t n = 0; n < steps; ++n)
        for (std::size_t i = 0; i < size / 2; ++i) {
            auto const [cosine, sine] = reference_loops::turn_of(by, n, i, size);
            auto* const at = turns_.data() + 2 * n * size + 2 * i;
            at[0] = at[1] = static_cast<float>(cosine);
            at[size] = static_cast<float>(-sine);
            at[size + 1] = static_cast<float>(sine);
        }
    shared_.for_rows(x, [&](std::size_t r) {
        auto const* const turn = turns_.data() + 2 * size * (by.step == 0 ? 0 : r / lanes);
        for (std::size_t c = 0; c < x.columns; c += size)
            cpu_kernels::rotate(turn, turn + size, x.row(r).data() + c, size);
    });
}
}
