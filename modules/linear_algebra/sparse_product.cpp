module;
#include "sparse_kernels.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <ranges>
#include <utility>
#include <vector>
module wordmill.linear_algebra;
import wordmill.core;
import wordmill.stream;
import :sparse_multiply;
import :sparse_product;

namespace wordmill {
namespace {
/// Where to divide n items with running totals of costs [n + 1] into about `shares` parts of equal cost: 0 .. n,
/// ascending.
template <class Cost> std::vector<std::size_t> cuts_of(std::size_t n, std::uint64_t shares, Cost const& cost) {
    std::vector<std::size_t> cuts{0};
    for (std::uint64_t s = 1; s < shares; ++s) {
        auto const range = std::views::iota(cuts.back(), n);
        auto const at = std::ranges::lower_bound(range, cost(n) / shares * s, {}, cost) - range.begin();
        if (at > 0) cuts.push_back(cuts.back() + static_cast<std::size_t>(at));
    }
    if (cuts.back() < n) cuts.push_back(n);
    return cuts;
}
}

csr<float> transpose(csr_view<float const> a, unsigned threads) {
    std::vector<std::uint64_t> offsets(a.columns + 1);
    for (std::size_t r = 0; r < a.rows; ++r) {
        expect(std::ranges::is_sorted(a.row_columns(r)), "transpose: columns must rise within a row");
        for (auto const c : a.row_columns(r)) ++offsets[c + std::size_t{1}];
    }
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    auto next = offsets;
    std::vector<std::uint32_t> rows(a.nonzeros());
    std::vector<float> values(a.nonzeros());
    // Some columns at a time, so that the ends of their lists stay in the cache.
    auto const cuts = cuts_of(a.columns, 32, [&](std::size_t c) { return offsets[c]; });
    detail::task_team(threads).run(cuts.size() - 1, [&](std::size_t task, std::size_t) {
        for (std::size_t r = 0; r < a.rows; ++r) {
            auto const columns = a.row_columns(r);
            auto i = static_cast<std::size_t>(std::ranges::lower_bound(columns, cuts[task]) - columns.begin());
            for (; i < columns.size() && columns[i] < cuts[task + 1]; ++i) {
                auto const at = next[columns[i]]++;
                rows[at] = static_cast<std::uint32_t>(r);
                values[at] = a.row_values(r)[i];
            }
        }
    });
    return {a.rows, std::move(offsets), std::move(rows), std::move(values)};
}

namespace {
/// The number of rows of x in a tile, which stays in the L2 cache while a share of the rows of a is multiplied by it.
/// Depends only on the shape, because sums are taken tile by tile.
std::size_t rows_of_tile(matrix_view<float const> x) {
    constexpr std::size_t tile_bytes = std::size_t{1} << 20; // 2048 rows of 128 columns
    constexpr std::size_t most_tiles = 512;                  // float sums over more would lose precision
    auto const row_bytes = std::max<std::size_t>(1, x.columns) * sizeof(float);
    return std::max({std::size_t{1}, tile_bytes / row_bytes, x.rows / most_tiles + 1});
}

/// The first of the entries i .. end whose column is at least `limit`. Most rows have few entries in a tile.
std::uint64_t skip_below(std::uint32_t const* columns, std::uint64_t i, std::uint64_t end, std::size_t limit) {
    constexpr std::uint64_t leap = 16;
    while (i + leap <= end && columns[i + leap - 1] < limit) i += leap;
    while (i < end && columns[i] < limit) ++i;
    return i;
}
}

void detail::multiply(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y, task_team& team) {
    if (a.rows == 0) return;
    // Few shares, so that each uses a tile many times, but enough of them to keep all threads busy.
    auto const shares = std::max<std::size_t>(32, 4 * team.members());
    constexpr std::uint64_t a_row = 4; // a row costs about as much as that many entries
    auto const cuts = cuts_of(a.rows, shares, [&](std::size_t r) { return a.row_offsets[r] + r * a_row; });
    auto const tile = rows_of_tile(x);
    std::vector<std::uint64_t> borders(tile < a.columns ? 2 * a.rows : 0); // where rows enter and leave a tile
    team.run(cuts.size() - 1, [&](std::size_t share, std::size_t) {
        auto const first = cuts[share], last = cuts[share + 1];
        kernels::sparse_rows part{a.row_offsets.data(), nullptr, a.columns_of.data(), a.values.data()};
        auto const multiply_part = [&](bool adds) {
            kernels::sparse_times_dense(part, first, last, {x.data, x.stride}, x.columns, {y.data, y.stride}, adds);
        };
        auto *ends = borders.data(), *next_ends = ends + borders.size() / 2;
        std::size_t start = 0;
        for (; start + tile < a.columns; start += tile) {
            for (auto r = first; r < last; ++r)
                ends[r] = skip_below(part.columns, part.begins[r], a.row_offsets[r + 1], start + tile);
            part.ends = ends;
            multiply_part(start > 0);
            part.begins = ends;
            std::swap(ends, next_ends);
        }
        part.ends = a.row_offsets.data() + 1;
        multiply_part(start > 0);
    });
}

namespace {
void check_shapes(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y) {
    expect(x.rows == a.columns && y.rows == a.rows && x.columns == y.columns, "sparse product: [m, l] = [m, n] [n, l]");
}
}

void sparse_product(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y, unsigned threads) {
    check_shapes(a, x, y);
    detail::task_team team(threads);
    detail::multiply(a, x, y, team);
}

void sparse_product_reference(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y) {
    check_shapes(a, x, y);
    for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t c = 0; c < x.columns; ++c) {
            double sum = 0;
            for (auto i = a.row_offsets[r]; i < a.row_offsets[r + 1]; ++i)
                sum += static_cast<double>(a.values[i]) * static_cast<double>(x(a.columns_of[i], c));
            y(r, c) = static_cast<float>(sum);
        }
}
}
