module;
#include "elements_cpu.hpp"
#include "products_cpu.hpp"
#include <algorithm>
#include <cstddef>
module wordmill.nn;
import :bf16;
import :cpu_operands;
import :products_panels;
import wordmill.core;
import wordmill.stream;

namespace wordmill::detail {
namespace pk = product_kernels;

std::size_t padded_columns(std::size_t n) {
    auto const width = pk::panel_width();
    return checked_sum(n, width - 1) / width * width;
}

wide_operand pack_wide(task_team& team, turned_view from, std::size_t k, std::size_t n, scratch& to) {
    constexpr std::size_t at_once = 8; // panels of a task
    auto const width = pk::panel_width();
    auto* const data = to.take(checked_product(k, padded_columns(n)));
    wide_operand const made{data, k, n, width};
    slabs const parts{k};
    auto const pieces = (made.panels() + at_once - 1) / at_once;
    team.run(pieces * parts.count(), [&](std::size_t task, std::size_t) {
        auto const slab = task / pieces, panel = task % pieces * at_once;
        auto const first = parts.first(slab), size = parts.size(slab);
        auto const source = from.from(first, panel * width);
        pk::pack_wide({source.data, source.i_step, source.j_step}, size, std::min(at_once * width, n - panel * width),
                      data + first * made.panels() * width + panel * size * width, size * width);
    });
    return made;
}

bool packs_in_panels(turned_view from, std::size_t k) { return from.j_step == 1 && k % pk::panel_width() == 0; }

bool is_read_in_place(turned_view from) noexcept {
    constexpr std::size_t of_one_set = 512; // rows so many floats apart displace each other
    return from.j_step == 1 && from.i_step % of_one_set != 0;
}

namespace {
/// Packs [rows, size] of one slab.
void pack_slab(turned_view from, std::size_t rows, std::size_t size, bool in_panels, float* to) {
    if (in_panels)
        pk::pack_narrow_panels(from.data, from.i_step, rows, size, to);
    else
        pk::pack_narrow({from.data, from.j_step, from.i_step}, rows, size, to);
}
}

narrow_operand pack_narrow(turned_view from, std::size_t rows, std::size_t k, float* to) {
    slabs const parts{k};
    auto const in_panels = packs_in_panels(from, k);
    for (std::size_t slab = 0; slab < parts.count(); ++slab) {
        auto const first = parts.first(slab);
        pack_slab(from.from(0, first), rows, parts.size(slab), in_panels, to + first * rows);
    }
    return {to, rows, k, in_panels};
}

void multiply_panels(narrow_operand a, wide_operand b, std::size_t first, std::size_t last, product_target to) {
    slabs const parts{b.k};
    auto const columns = std::min(b.n, last * b.width) - first * b.width;
    for (std::size_t slab = 0; slab < parts.count(); ++slab) {
        auto const k = parts.first(slab), size = parts.size(slab);
        auto const left = a.stride > 0 ? pk::narrow_operand{a.data + k, pk::narrow_form::rows, a.stride}
                                       : pk::packed_rows(a.data + k * a.rows, a.in_panels, a.rows);
        pk::multiply(left, a.rows, b.data + k * b.panels() * b.width + first * size * b.width, size * b.width, size,
                     columns,
                     {.data = to.data + first * b.width,
                      .row_step = to.stride,
                      .panel_step = b.width,
                      .how = slab > 0 || to.add ? pk::put::add : pk::put::store,
                      .start = slab == 0 && to.start != nullptr ? to.start + first * b.width : nullptr});
    }
}

/// Reads b once, in pieces of its rows, for a few rows of the result. The order of all sums is that of packed products,
/// so a row of a result has the same bits whatever the number of rows.
void products::multiply_few(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n,
                            product_target c) {
    constexpr std::size_t at_once = 512;                        // columns: their sums stay in the cache
    constexpr std::size_t rows_at_once = 16;                    // of b, which stay in the cache for all rows of c
    constexpr std::size_t worth_sharing = std::size_t{1} << 20; // multiplications
    slabs const parts{k};
    auto const pieces = (n + at_once - 1) / at_once;
    auto const work = [&](std::size_t piece, std::size_t) {
        auto const column = piece * at_once, columns = std::min(at_once, n - column);
        auto const to = [&](std::size_t r) { return c.data + r * c.stride + column; };
        for (std::size_t slab = 0; slab < parts.count(); ++slab) {
            auto const in_place = slab == 0 && !c.add;
            float kept[few_rows][at_once];
            auto const sums = [&](std::size_t r) { return in_place ? to(r) : kept[r]; };
            for (std::size_t r = 0; r < m; ++r) {
                if (slab == 0 && c.start != nullptr)
                    std::copy_n(c.start + column, columns, sums(r));
                else
                    std::fill_n(sums(r), columns, 0.0F);
            }
            auto const last = parts.first(slab + 1);
            for (auto i = parts.first(slab); i < last; i += rows_at_once)
                for (std::size_t r = 0; r < m; ++r)
                    cpu_kernels::add_weighted_rows(a.data + r * a.i_step + i * a.j_step, a.j_step,
                                                   b.data + i * b.i_step + column, b.i_step,
                                                   std::min(rows_at_once, last - i), sums(r), columns);
            for (std::size_t r = 0; !in_place && r < m; ++r) cpu_kernels::add(kept[r], 1, to(r), columns);
        }
    };
    if (m * k * n >= worth_sharing) return team_.run(pieces, work);
    for (std::size_t piece = 0; piece < pieces; ++piece) work(piece, 0);
}

namespace {
constexpr std::size_t panels_at_once = 8; // of a block of the result: with `groups_at_once`, some 100 KB
/// Blocks of rows of a result.
struct row_blocks {
    static constexpr std::size_t groups_at_once = 10;
    std::size_t rows;
    std::size_t count;
    explicit row_blocks(std::size_t m) : rows(m) {
        auto const longest = groups_at_once * pk::most_rows();
        count = (m + longest - 1) / longest;
    }
    [[nodiscard]] std::size_t first(std::size_t block) const noexcept { return block * rows / count; }
    [[nodiscard]] std::size_t size(std::size_t block) const noexcept { return first(block + 1) - first(block); }
    [[nodiscard]] std::size_t longest() const noexcept { return (rows + count - 1) / count; }
};
[[nodiscard]] product_target part_of(product_target c, std::size_t row, std::size_t column) {
    return {.data = c.data + row * c.stride + column,
            .stride = c.stride,
            .add = c.add,
            .start = c.start == nullptr ? nullptr : c.start + column};
}
}

/// On one thread, for many values of k: packs both operands a slab at a time, so that they are still in the cache when
/// they are multiplied. The order of all sums is that of the other products.
void products::multiply_slabs(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n,
                              product_target c) {
    constexpr std::size_t columns_at_once = 1024;
    auto const width = pk::panel_width();
    row_blocks const blocks(m);
    slabs const parts{k};
    auto const in_place = is_read_in_place(a), in_panels = packs_in_panels(a, k);
    for (std::size_t column = 0; column < n; column += columns_at_once) {
        auto const columns = std::min(columns_at_once, n - column);
        for (std::size_t slab = 0; slab < parts.count(); ++slab) {
            auto const from = parts.first(slab), size = parts.size(slab);
            auto const right = b.from(from, column);
            auto* const wide = wide_.take(size * padded_columns(columns));
            pk::pack_wide({right.data, right.i_step, right.j_step}, size, columns, wide, size * width);
            for (std::size_t block = 0; block < blocks.count; ++block) {
                auto const rows = blocks.size(block);
                auto const left = a.from(blocks.first(block), from);
                auto* const narrow = in_place ? nullptr : narrow_.take(size * rows);
                if (!in_place) pack_slab(left, rows, size, in_panels, narrow);
                auto const packed = in_place ? pk::narrow_operand{left.data, pk::narrow_form::rows, left.i_step}
                                             : pk::packed_rows(narrow, in_panels, rows);
                for (std::size_t at = 0; at < columns; at += panels_at_once * width) {
                    auto const to = part_of(c, blocks.first(block), column + at);
                    pk::multiply(packed, rows, wide + at * size, size * width, size,
                                 std::min(panels_at_once * width, columns - at),
                                 {.data = to.data,
                                  .row_step = to.stride,
                                  .panel_step = width,
                                  .how = slab > 0 || to.add ? pk::put::add : pk::put::store,
                                  .start = slab == 0 ? to.start : nullptr});
                }
            }
        }
    }
}

void products::multiply(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c) {
    constexpr std::size_t most_packed = std::size_t{1} << 22; // floats of the right operand packed at a time
    if (m == 0 || n == 0) return;
    expect(k > 0, "products: something to sum over");
    if (half_ && bf16_products::pays(m, k, n)) return half_->multiply(a, b, m, k, n, c);
    if (are_few(m, b)) return multiply_few(a, b, m, k, n, c);
    auto const alone = team_.members() == 1;
    if (alone && k > std::max(m, n)) return multiply_slabs(a, b, m, k, n, c);
    auto const width = pk::panel_width();
    auto const columns_at_once = std::max(panels_at_once, most_packed / k / width) * width;
    multiply_blocks(a, m, k, n, columns_at_once, c, [&](std::size_t column) {
        return pack_wide(team_, b.from(0, column), k, std::min(columns_at_once, n - column), wide_);
    });
}

void products::multiply(turned_view a, wide_operand b, std::size_t m, product_target c) {
    if (m > 0 && b.n > 0) multiply_blocks(a, m, b.k, b.n, b.n, c, [&](std::size_t) { return b; });
}

/// `pack_columns` gives the right operand from a column on, `columns_at_once` wide.
template <class PackColumns> void products::multiply_blocks(turned_view a, std::size_t m, std::size_t k, std::size_t n,
                                                            std::size_t columns_at_once, product_target c,
                                                            PackColumns const& pack_columns) {
    // A right operand that stays in the cache is multiplied by one block of rows after the other. Of a larger one, some
    // panels are multiplied by all blocks.
    constexpr std::size_t most_cached = std::size_t{1} << 20; // floats
    auto const by_rows = k * std::min(columns_at_once, n) <= most_cached;
    auto const late = team_.members() == 1 && by_rows; // packs a block of rows just before it is multiplied
    row_blocks const blocks(m);
    auto const in_place = is_read_in_place(a), in_panels = packs_in_panels(a, k);
    auto* const narrow = in_place ? nullptr : narrow_.take(late ? blocks.longest() * k : checked_product(m, k));
    auto const pack = [&](std::size_t block, float* to) {
        return pack_narrow(a.from(blocks.first(block), 0), blocks.size(block), k, to);
    };
    if (!in_place && !late)
        team_.run(blocks.count,
                  [&](std::size_t block, std::size_t) { (void)pack(block, narrow + blocks.first(block) * k); });
    auto const left_of = [&](std::size_t block) -> narrow_operand {
        auto const first = blocks.first(block), rows = blocks.size(block);
        if (in_place) return {a.from(first, 0).data, rows, k, false, a.i_step};
        if (late) return pack(block, narrow);
        return {narrow + first * k, rows, k, in_panels};
    };
    for (std::size_t column = 0; column < n; column += columns_at_once) {
        wide_operand const wide = pack_columns(column);
        auto const column_blocks = (wide.panels() + panels_at_once - 1) / panels_at_once;
        auto const work = [&](narrow_operand const& left, std::size_t block, std::size_t part) {
            multiply_panels(left, wide, part * panels_at_once, std::min((part + 1) * panels_at_once, wide.panels()),
                            part_of(c, blocks.first(block), column));
        };
        if (!late) {
            team_.run(blocks.count * column_blocks, [&](std::size_t task, std::size_t) {
                auto const block = by_rows ? task / column_blocks : task % blocks.count;
                work(left_of(block), block, by_rows ? task % column_blocks : task / blocks.count);
            });
            continue;
        }
        for (std::size_t block = 0; block < blocks.count; ++block) {
            auto const left = left_of(block);
            for (std::size_t part = 0; part < column_blocks; ++part) work(left, block, part);
        }
    }
}
}
