module;
#include "sparse_kernels.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <ranges>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import :sparse_operand;
import :sparse_product;
import :tasks;

namespace wordmill {
namespace {
/// Where to cut a running total of costs [n + 1] into about `shares` equal ones: 0 .. n, rising.
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

namespace detail {
sparse_operand::sparse_operand(csr_view<float const> a) : a_(a) {
    constexpr std::uint64_t shares = 256, a_row = 4; // a row costs about as much as that many entries
    if (a.rows > 0) cuts_ = cuts_of(a.rows, shares, [&](std::size_t r) { return a.row_offsets[r] + r * a_row; });
}

void sparse_operand::times(matrix_view<float const> x, matrix_view<float> y, task_team& team) const {
    kernels::sparse_rows const rows{a_.row_offsets.data(), a_.columns_of.data(), a_.values.data()};
    team.run(cuts_.size() - 1, [&](std::size_t task, std::size_t) {
        kernels::sparse_times_dense(rows, cuts_[task], cuts_[task + 1], {x.data, x.stride}, x.columns,
                                    {y.data, y.stride});
    });
}
}

namespace {
void check_shapes(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y) {
    expect(x.rows == a.columns && y.rows == a.rows && x.columns == y.columns, "sparse product: [m, l] = [m, n] [n, l]");
}
}

void sparse_product(csr_view<float const> a, matrix_view<float const> x, matrix_view<float> y, unsigned threads) {
    check_shapes(a, x, y);
    detail::task_team team(threads);
    detail::sparse_operand(a).times(x, y, team);
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
