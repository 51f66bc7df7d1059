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

narrow_operand pack_narrow(turned_view from, std::size_t rows, std::size_t k, float* to) {
    slabs const parts{k};
    auto const in_panels = packs_in_panels(from, k);
    for (std::size_t slab = 0; slab < parts.count(); ++slab) {
        auto const first = parts.first(slab);
        auto const source = from.from(0, first);
        auto* const packed = to + first * rows;
        if (in_panels)
            pk::pack_narrow_panels(source.data, source.i_step, rows, parts.size(slab), packed);
        else
            pk::pack_narrow({source.data, source.j_step, source.i_step}, rows, parts.size(slab), packed);
    }
    return {to, rows, k, in_panels};
}

void multiply_panels(narrow_operand a, wide_operand b, std::size_t first, std::size_t last, product_target to) {
    slabs const parts{b.k};
    auto const columns = std::min(b.n, last * b.width) - first * b.width;
    for (std::size_t slab = 0; slab < parts.count(); ++slab) {
        auto const k = parts.first(slab), size = parts.size(slab);
        pk::multiply(pk::packed_rows(a.data + k * a.rows, a.in_panels, a.rows), a.rows,
                     b.data + k * b.panels() * b.width + first * size * b.width, size * b.width, size, columns,
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

void products::multiply(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c) {
    constexpr std::size_t most_packed = std::size_t{1} << 22; // floats of the right operand packed at a time
    constexpr std::size_t panels_at_once = 8;                 // of a block of the result: with `groups`, some 100 KB
    constexpr std::size_t groups_at_once = 10;
    if (m == 0 || n == 0) return;
    expect(k > 0, "products: something to sum over");
    if (half_ && bf16_products::pays(m, k, n)) return half_->multiply(a, b, m, k, n, c);
    if (are_few(m, b)) return multiply_few(a, b, m, k, n, c);
    auto const width = pk::panel_width();
    auto const block_rows = groups_at_once * pk::most_rows();
    auto const row_blocks = (m + block_rows - 1) / block_rows;
    auto const row_at = [&](std::size_t block) { return block * m / row_blocks; };
    auto const in_panels = packs_in_panels(a, k);
    auto* const narrow = narrow_.take(checked_product(m, k));
    team_.run(row_blocks, [&](std::size_t block, std::size_t) {
        auto const first = row_at(block);
        (void)pack_narrow(a.from(first, 0), row_at(block + 1) - first, k, narrow + first * k);
    });
    auto const columns_at_once = std::max(panels_at_once, most_packed / k / width) * width;
    for (std::size_t column = 0; column < n; column += columns_at_once) {
        auto const wide = pack_wide(team_, b.from(0, column), k, std::min(columns_at_once, n - column), wide_);
        auto const column_blocks = (wide.panels() + panels_at_once - 1) / panels_at_once;
        team_.run(column_blocks * row_blocks, [&](std::size_t task, std::size_t) {
            auto const block = task % row_blocks, panel = task / row_blocks * panels_at_once;
            auto const first = row_at(block);
            multiply_panels({narrow + first * k, row_at(block + 1) - first, k, in_panels}, wide, panel,
                            std::min(panel + panels_at_once, wide.panels()),
                            {.data = c.data + first * c.stride + column,
                             .stride = c.stride,
                             .add = c.add,
                             .start = c.start == nullptr ? nullptr : c.start + column});
        });
    }
}
}
