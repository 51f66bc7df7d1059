module;
#include "sparse_kernels.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import :sparse_operand;
import :sparse_product;
import :tasks;

namespace wordmill {
csr<float> transpose(csr_view<float const> a) {
    std::vector<std::uint64_t> offsets(a.columns + 1);
    for (auto const c : a.columns_of) ++offsets[c + std::size_t{1}];
    for (std::size_t c = 0; c < a.columns; ++c) offsets[c + 1] += offsets[c];
    auto next = offsets;
    std::vector<std::uint32_t> rows(a.nonzeros());
    std::vector<float> values(a.nonzeros());
    for (std::size_t r = 0; r < a.rows; ++r)
        for (auto i = a.row_offsets[r]; i < a.row_offsets[r + 1]; ++i) {
            auto const at = next[a.columns_of[i]]++;
            rows[at] = static_cast<std::uint32_t>(r);
            values[at] = a.values[i];
        }
    return {a.rows, std::move(offsets), std::move(rows), std::move(values)};
}

namespace detail {
sparse_operand::sparse_operand(csr_view<float const> a) : a_(a) {
    constexpr std::uint64_t shares = 256, a_row = 4; // a row costs about as much as that many entries
    auto const cost = [&](std::size_t r) { return a.row_offsets[r] + r * a_row; };
    for (std::uint64_t s = 0; s < shares; ++s) {
        auto const before = cost(a.rows) / shares * s;
        std::size_t low = 0, high = a.rows;
        while (low < high) {
            auto const middle = low + (high - low) / 2;
            if (cost(middle) < before)
                low = middle + 1;
            else
                high = middle;
        }
        if (cuts_.empty() || low > cuts_.back()) cuts_.push_back(low);
    }
    if (cuts_.back() < a.rows) cuts_.push_back(a.rows);
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
