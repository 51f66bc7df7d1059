module;
#include "attention_cpu.hpp"
#include "elements_cpu.hpp"
#include "products_cpu.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
module wordmill.nn;
import :attention_operations;
import :attention_reference;
import :cpu;
import :cpu_operands;
import :operation_code;
import :product_operations;
import :products_panels;
import wordmill.core;

// Lanes are independent, so they are divided among the threads; each sum belongs to one lane.
namespace wordmill::detail {
namespace pk = product_kernels;
namespace {
constexpr std::size_t tanh_cost = 16; // in multiplications
constexpr std::size_t few_rows = 2;   // of a product, for which packing its operands costs more than it saves

using mat = matrix_view<float>;
using const_mat = matrix_view<float const>;

/// The first rows of a product, one by one: the values of c are dot products of rows, or sums of rows of b.
void multiply_few(transposed a_form, const_mat a, transposed b_form, const_mat b, std::size_t inner, float scale,
                  bool add, mat c) {
    for (std::size_t i = 0; i < c.rows; ++i) {
        auto* const to = c.row(i).data();
        if (b_form == transposed::yes) {
            for (std::size_t j = 0; j < c.columns; ++j) {
                auto const value = scale * cpu_kernels::dot(a.row(i).data(), b.row(j).data(), inner);
                to[j] = add ? to[j] + value : value;
            }
            continue;
        }
        if (!add) std::fill_n(to, c.columns, 0.0F);
        for (std::size_t k = 0; k < inner; ++k)
            cpu_kernels::add(b.row(k).data(), scale * (a_form == transposed::yes ? a(k, i) : a(i, k)), to, c.columns);
    }
}
}

void cpu_attention::multiply_lanes(std::size_t lanes, transposed a_form, const_mat a, transposed b_form, const_mat b,
                                   float scale, float beta, mat c) {
    auto const [m, k, n] = lane_product_of(lanes, a_form, a, b_form, b, c);
    if (m == 0 || n == 0) return;
    if (k == 0 && beta == 0) return shared_.fill(c, 0);
    if (beta != 0 && beta != 1) shared_.scale(c, beta);
    if (k == 0) return;
    auto const few = m <= few_rows && !(a_form == transposed::yes && b_form == transposed::yes);
    auto const add = beta != 0;
    auto const width = pk::panel_width();
    auto const narrow_size = (m * k + width - 1) / width * width;
    auto const size = narrow_size + checked_product(k, padded_columns(n));
    auto* const packed = few ? nullptr : packed_.take(checked_product(shared_.team.members(), size));
    shared_.for_lanes(lanes, m * k * n, [&](std::size_t lane, std::size_t member) {
        auto const left = lane_of(a, lanes, lane), right = lane_of(b, lanes, lane);
        auto const to = lane_of(c, lanes, lane);
        if (few) return multiply_few(a_form, left, b_form, right, k, scale, add, to);
        auto* const narrow = packed + member * size;
        auto* const wide = narrow + narrow_size;
        auto const left_turned = a_form == transposed::yes, right_turned = b_form == transposed::yes;
        pk::pack_narrow({left.data, left_turned ? left.stride : 1, left_turned ? 1 : left.stride}, m, k, narrow);
        if (scale != 1) cpu_kernels::scale(scale, narrow, narrow, m * k);
        pk::pack_wide({right.data, right_turned ? 1 : right.stride, right_turned ? right.stride : 1}, k, n, wide,
                      k * width);
        pk::multiply(
            {narrow, pk::narrow_form::groups, 0}, m, wide, k * width, k, n,
            {.data = to.data, .row_step = to.stride, .panel_step = width, .how = add ? pk::put::add : pk::put::store});
    });
}

void cpu_attention::masked_softmax(std::size_t lanes, const_mat x, lane_lengths lengths, mat y) {
    expect(same_shape(y, x) && lanes > 0 && x.rows % lanes == 0 && (lengths.empty() || lengths.size() == lanes),
           "masked_softmax: two matrices of one shape, a length of every lane");
    shared_.for_rows(x, [&](std::size_t r) {
        auto const length = source_length(lengths, r % lanes, x.columns);
        if (length > 0) (void)cpu_kernels::softmax(x.row(r).data(), y.row(r).data(), length);
        std::fill_n(y.row(r).data() + length, x.columns - length, 0.0F);
    });
}

void cpu_attention::additive_scores(std::size_t lanes, const_mat queries, const_mat keys, const_mat vector,
                                    lane_lengths lengths, mat scores) {
    check_scores<float>(lanes, queries, keys, vector, lengths, scores);
    auto const a = vector.columns;
    shared_.for_lanes(lanes, tanh_cost * scores.rows / lanes * scores.columns * a, [&](std::size_t lane, std::size_t) {
        auto const q = lane_of(queries, lanes, lane), k = lane_of(keys, lanes, lane);
        auto const to = lane_of(scores, lanes, lane);
        auto const length = source_length(lengths, lane, to.columns);
        for (std::size_t t = 0; t < to.rows; ++t) {
            for (std::size_t s = 0; s < length; ++s)
                to(t, s) = cpu_kernels::additive_score(q.row(t).data(), k.row(s).data(), vector.data, a);
            std::fill_n(to.row(t).data() + length, to.columns - length, 0.0F);
        }
    });
}

void cpu_attention::additive_scores_backward(std::size_t lanes, const_mat queries, const_mat keys, const_mat vector,
                                             lane_lengths lengths, const_mat d_scores, mat d_queries, mat d_keys,
                                             float beta, mat d_vector) {
    check_scores<float>(lanes, queries, keys, vector, lengths, d_scores);
    expect(same_shape(d_queries, queries) && same_shape(d_keys, keys) && same_shape(d_vector, vector),
           "additive scores: gradients in the shapes of what they belong to");
    auto const a = vector.columns;
    mat const vectors{vectors_.take(checked_product(lanes, a)), lanes, a, a};
    shared_.for_lanes(
        lanes, 2 * tanh_cost * d_scores.rows / lanes * d_scores.columns * a, [&](std::size_t lane, std::size_t) {
            auto const q = lane_of(queries, lanes, lane), k = lane_of(keys, lanes, lane);
            auto const d = lane_of(d_scores, lanes, lane);
            auto const d_q = lane_of(d_queries, lanes, lane), d_k = lane_of(d_keys, lanes, lane);
            auto* const d_v = vectors.row(lane).data();
            auto const length = source_length(lengths, lane, d.columns);
            std::fill_n(d_v, a, 0.0F);
            for (std::size_t t = 0; t < d.rows; ++t) {
                std::fill_n(d_q.row(t).data(), a, 0.0F);
                for (std::size_t s = 0; s < length; ++s)
                    cpu_kernels::additive_score_backward(d(t, s), q.row(t).data(), k.row(s).data(), vector.data,
                                                         d_q.row(t).data(), d_k.row(s).data(), d_v, a);
            }
        });
    shared_.sum_rows(vectors, beta, d_vector);
}
}
