module;
#include "bf16.hpp"
#include "elements_cpu.hpp"
#include <algorithm>
#include <cstddef>
module wordmill.nn;
import :bf16;
import :cpu_operands;
import wordmill.core;
import wordmill.stream;

namespace wordmill::detail {
namespace {
constexpr std::size_t rows_at_once = 256; // with as many columns, a block and its operands fit the L2 cache
constexpr std::size_t columns_at_once = 256;
constexpr std::size_t worth_sharing = std::size_t{1} << 22; // multiplications; fewer do not pay for waking threads
constexpr std::size_t few_columns_at_once = 128;            // of packed operands: a task has few rows

/// The size of equal parts of `all`, at most `most`, a multiple of `multiple`; the last part may be smaller.
[[nodiscard]] std::size_t part_of(std::size_t all, std::size_t most, std::size_t multiple) {
    auto const parts = (all + most - 1) / most;
    return (all + parts * multiple - 1) / (parts * multiple) * multiple;
}
}

void round_to_bf16(turned_view from, std::size_t rows, std::size_t columns, bf16* to) {
    if (from.j_step == 1)
        bf16_kernels::round_rows(from.data, from.i_step, rows, columns, to);
    else
        bf16_kernels::round_columns(from.data, from.j_step, rows, columns, to);
}

void bf16_tiles::round_columns(turned_view b, std::size_t c, bf16* to) const {
    round_to_bf16(b.from(0, c * columns), k, columns_of(c), to + c * step);
}

bf16_tiles bf16_products::cut(std::size_t m, std::size_t k, std::size_t n, bool packed) {
    bf16_tiles t{.m = m, .k = k, .n = n};
    t.rows = packed ? m : std::min(m, part_of(m, rows_at_once, 16)); // packing is for one number of rows
    t.columns = std::min(n, part_of(n, packed ? few_columns_at_once : columns_at_once, 32));
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t c = 0; c < 2; ++c)
            t.blocks[r][c] = &block_of(r == 0 ? t.rows : t.rows_of(t.row_blocks() - 1), k,
                                       c == 0 ? t.columns : t.columns_of(t.column_blocks() - 1), packed);
    // a last block of packed columns may be padded to more than a whole one
    t.step = std::max(right_size(*t.blocks[0][0]), right_size(*t.blocks[0][1]));
    result_size_ = std::max(result_size_, t.rows * t.columns);
    (void)results_.take(checked_product(team_.members(), result_size_));
    return t;
}

bf16_tiles bf16_products::tiles_of(std::size_t m, std::size_t k, std::size_t n) { return cut(m, k, n, false); }

void bf16_products::multiply_block(bf16_tiles const& tiles, std::size_t r, std::size_t c, std::size_t member,
                                   bf16 const* a, bf16 const* b, product_target to) noexcept {
    auto const rows = tiles.rows_of(r), columns = tiles.columns_of(c);
    auto* const target = to.data + r * tiles.rows * to.stride + c * tiles.columns;
    auto const direct = to.stride == columns && !to.add && to.start == nullptr;
    auto* const result = direct ? target : results_.take(0) + member * result_size_;
    call(tiles.at(r, c), member, a + r * tiles.rows * tiles.k, b + c * tiles.step, result);
    if (direct) return;
    for (std::size_t i = 0; i < rows; ++i) {
        auto* const row = target + i * to.stride;
        if (to.start != nullptr) std::copy_n(to.start + c * tiles.columns, columns, row);
        if (to.add || to.start != nullptr)
            cpu_kernels::add(result + i * columns, 1, row, columns);
        else
            std::copy_n(result + i * columns, columns, row);
    }
}

void bf16_products::multiply_blocks(bf16_tiles const& tiles, std::size_t member, bf16 const* a, bf16 const* b,
                                    product_target to) noexcept {
    for (std::size_t c = 0; c < tiles.column_blocks(); ++c)
        for (std::size_t r = 0; r < tiles.row_blocks(); ++r) multiply_block(tiles, r, c, member, a, b, to);
}

void bf16_products::multiply(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n,
                             product_target c) {
    constexpr std::size_t most_rounded = std::size_t{1} << 23; // values of the right operand at a time
    auto const at_once = std::max<std::size_t>(1, most_rounded / k / columns_at_once) * columns_at_once;
    auto* const left = left_.take(checked_product(m, k));
    for (std::size_t column = 0; column < n; column += at_once) {
        auto const tiles = cut(m, k, std::min(at_once, n - column), false);
        auto const row_blocks = tiles.row_blocks(), column_blocks = tiles.column_blocks();
        auto const part = b.from(0, column);
        auto* const right = right_.take(checked_product(k, tiles.n));
        team_.run(column_blocks + (column == 0 ? row_blocks : 0), [&](std::size_t task, std::size_t) {
            if (task < column_blocks) return tiles.round_columns(part, task, right);
            auto const first = (task - column_blocks) * tiles.rows;
            round_to_bf16(a.from(first, 0), tiles.rows_of(task - column_blocks), k, left + first * k);
        });
        team_.run(column_blocks * row_blocks, [&](std::size_t task, std::size_t member) {
            multiply_block(tiles, task % row_blocks, task / row_blocks, member, left, right,
                           {.data = c.data + column,
                            .stride = c.stride,
                            .add = c.add,
                            .start = c.start == nullptr ? nullptr : c.start + column});
        });
    }
    check();
}

bf16_packed bf16_products::pack(turned_view b, std::size_t m, std::size_t k, std::size_t n, scratch_memory<bf16>& to) {
    auto const tiles = cut(m, k, n, true);
    auto* const packed = to.take(checked_product(tiles.step, tiles.column_blocks()));
    auto const each = k * tiles.columns;
    auto* const plain = right_.take(checked_product(each, team_.members()));
    team_.run(tiles.column_blocks(), [&](std::size_t c, std::size_t member) {
        auto* const rounded = plain + member * each;
        round_to_bf16(b.from(0, c * tiles.columns), k, tiles.columns_of(c), rounded);
        pack_block(tiles.at(0, c), member, rounded, packed + c * tiles.step);
    });
    check();
    return {.tiles = tiles, .data = packed};
}

void bf16_products::multiply(turned_view a, bf16_packed const& b, product_target c) {
    auto const& tiles = b.tiles;
    auto* const left = left_.take(checked_product(tiles.m, tiles.k));
    round_to_bf16(a, tiles.m, tiles.k, left);
    if (tiles.m * tiles.k * tiles.n < worth_sharing) {
        multiply_blocks(tiles, 0, left, b.data, c);
    } else {
        team_.run(tiles.column_blocks(), [&](std::size_t column, std::size_t member) {
            multiply_block(tiles, 0, column, member, left, b.data, c);
        });
    }
    check();
}
}
