module;
#include <algorithm>
#include <cstddef>
module wordmill.nn;
import :bf16;
import :losses_bf16;
import :cpu_operands;
import wordmill.core;
import wordmill.stream;

namespace wordmill::detail {
bf16_projection::shapes bf16_projection::shapes_of(std::size_t columns) {
    shapes made;
    made.logits = products_.tiles_of(rows_, depth_, columns);
    if (!sizes_.learns) return made;
    made.d_weights =
        sizes_.turned ? products_.tiles_of(columns, rows_, depth_) : products_.tiles_of(depth_, rows_, columns);
    made.d_x = products_.tiles_of(rows_, columns, depth_);
    return made;
}

void bf16_projection::prepare(matrix_view<float const> x, sizes const& of) {
    rows_ = x.rows;
    depth_ = x.columns;
    sizes_ = of;
    whole_ = shapes_of(of.piece);
    last_ = shapes_of(of.last);
    weights_size_ = depth_ * of.piece;
    logits_size_ = rows_ * of.piece;
    (void)weights_.take(checked_product(team_.members(), weights_size_));
    x_ = x_memory_.take(checked_product(rows_, depth_));
    turned_view const view{x.data, x.stride, 1}, across{x.data, 1, x.stride};
    constexpr std::size_t at_once = 64;
    team_.run((rows_ + at_once - 1) / at_once, [&](std::size_t task, std::size_t) {
        auto const first = task * at_once;
        round_to_bf16(view.from(first, 0), std::min(at_once, rows_ - first), depth_, x_ + first * depth_);
    });
    if (!of.learns) return;
    (void)d_logits_.take(checked_product(2 * team_.members(), logits_size_));
    other_x_ = other_x_memory_.take(rows_ * depth_);
    auto const& right = whole_.d_weights; // as a right operand, x is divided the same way for all pieces
    auto const tasks = of.turned ? right.column_blocks() : (depth_ + at_once - 1) / at_once;
    team_.run(tasks, [&](std::size_t task, std::size_t) {
        if (of.turned) return right.round_columns(view, task, other_x_);
        auto const first = task * at_once;
        round_to_bf16(across.from(first, 0), std::min(at_once, depth_ - first), rows_, other_x_ + first * rows_);
    });
}

void bf16_projection::logits(std::size_t member, turned_view weights, std::size_t columns, float* to,
                             std::size_t stride) noexcept {
    auto const& tiles = of(columns).logits;
    auto* const rounded = weights_.take(0) + member * weights_size_;
    for (std::size_t c = 0; c < tiles.column_blocks(); ++c) tiles.round_columns(weights, c, rounded);
    products_.multiply_blocks(tiles, member, x_, rounded, {.data = to, .stride = stride});
    if (columns == stride) return;
    for (std::size_t r = 0; r < rows_; ++r) std::fill_n(to + r * stride + columns, stride - columns, 0.0F);
}

void bf16_projection::gradients(std::size_t member, float const* d_logits, std::size_t stride, turned_view weights,
                                std::size_t columns, product_target d_weights, product_target d_x) noexcept {
    auto const& shape = of(columns);
    auto* const rounded = d_logits_.take(0) + 2 * member * logits_size_; // [N, columns]
    round_to_bf16({d_logits, stride, 1}, rows_, columns, rounded);
    if (sizes_.turned) {
        auto* const across = rounded + logits_size_;
        round_to_bf16({d_logits, 1, stride}, columns, rows_, across);
        products_.multiply_blocks(shape.d_weights, member, across, other_x_, d_weights);
    } else {
        products_.multiply_blocks(shape.d_weights, member, other_x_, rounded, d_weights);
    }
    auto* const right = weights_.take(0) + member * weights_size_;
    for (std::size_t c = 0; c < shape.d_x.column_blocks(); ++c) shape.d_x.round_columns(weights, c, right);
    products_.multiply_blocks(shape.d_x, member, rounded, right, d_x);
}
}
