module;
#include <algorithm>
#include <cstddef>
module wordmill.nn;
import :cpu;
import :cpu_operands;
import :product_operations;
import :products_panels;
import wordmill.core;

namespace wordmill::detail {
namespace {
[[nodiscard]] turned_view view_of(transposed form, matrix_view<float const> m) {
    return form == transposed::yes ? turned_view{m.data, 1, m.stride} : turned_view{m.data, m.stride, 1};
}
}

void cpu_shared::multiply(transposed a_form, const_mat a, transposed b_form, const_mat b, float beta, mat c) {
    auto const a_turned = a_form == transposed::yes, b_turned = b_form == transposed::yes;
    auto const inner = a_turned ? a.rows : a.columns;
    expect((a_turned ? a.columns : a.rows) == c.rows && (b_turned ? b.rows : b.columns) == c.columns
               && (b_turned ? b.columns : b.rows) == inner,
           "multiply: [m, k] times [k, n] is [m, n]");
    if (inner == 0 && beta == 0) return fill(c, 0);
    if (beta != 0 && beta != 1) scale(c, beta);
    if (inner == 0) return;
    all_products.multiply(view_of(a_form, a), view_of(b_form, b), c.rows, inner, c.columns,
                          {.data = c.data, .stride = c.stride, .add = beta != 0});
}

/// Null where weights may change, or products round their operands.
wide_operand const* cpu_shared::packed(transposed form, const_mat w) {
    if (holds_ == 0 || half) return nullptr;
    auto const is_of = [&](packed_weights const& p) {
        return p.weights.data == w.data && p.form == form && p.weights.rows == w.rows && p.weights.columns == w.columns
               && p.weights.stride == w.stride;
    };
    if (auto const found = std::ranges::find_if(packed_, is_of); found != packed_.end()) return &found->operand;
    auto const turned = form == transposed::yes;
    auto const k = turned ? w.columns : w.rows, n = turned ? w.rows : w.columns;
    auto& made = packed_.emplace_back(w, form);
    try {
        made.operand = pack_wide(team, view_of(form, w), k, n, made.memory);
    } catch (...) {
        packed_.pop_back();
        throw;
    }
    return &made.operand;
}

void cpu_shared::affine(const_mat x, transposed form, const_mat w, const_mat b, mat y) {
    auto const turned = form == transposed::yes;
    expect(x.rows == y.rows && (turned ? w.rows : w.columns) == y.columns && (turned ? w.columns : w.rows) == x.columns
               && b.rows == 1 && b.columns == y.columns,
           "affine: [m, k] times [k, n] plus [1, n] is [m, n]");
    if (y.columns == 0) return;
    auto* const row = start.take(padded_columns(y.columns));
    std::fill_n(std::copy_n(b.data, y.columns, row), padded_columns(y.columns) - y.columns, 0.0F);
    if (x.columns == 0) {
        for (std::size_t r = 0; r < y.rows; ++r) std::copy_n(row, y.columns, y.row(r).data());
        return;
    }
    product_target const to{.data = y.data, .stride = y.stride, .start = row};
    if (auto const* const weights = packed(form, w))
        all_products.multiply(view_of(transposed::no, x), *weights, y.rows, to);
    else
        all_products.multiply(view_of(transposed::no, x), view_of(form, w), y.rows, x.columns, y.columns, to);
}
}
