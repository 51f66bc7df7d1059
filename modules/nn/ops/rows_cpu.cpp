module;
#include "elements_cpu.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
module wordmill.nn;
import :cpu;
import :operation_code;
import :row_operations;
import :rows_reference;
import wordmill.core;

namespace wordmill::detail {
void cpu_rows::gather(const_mat table, ids rows, mat out) {
    expect(rows.size() == out.rows && table.columns == out.columns, "gather: a row for every number");
    for (auto const row : rows) expect(index(row) < table.rows, "a row number is one of the table's");
    shared_.for_rows(
        out, [&](std::size_t i) { std::copy_n(table.row(index(rows[i])).data(), out.columns, out.row(i).data()); });
}

// A row may occur many times and is added to in order, so one thread does all the work.
void cpu_rows::scatter_add(const_mat x, ids rows, mat table) {
    expect(rows.size() == x.rows && table.columns == x.columns, "scatter_add: a number for every row");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        expect(index(rows[i]) < table.rows, "a row number is one of the table's");
        cpu_kernels::add(x.row(i).data(), 1, table.row(index(rows[i])).data(), x.columns);
    }
}
void cpu_rows::sum_into(const_mat x, std::span<std::uint32_t const> places, mat to) {
    expect(places.size() == x.rows && to.columns == x.columns, "sum_into: a place for every row");
    shared_.fill(to, 0);
    for (std::size_t i = 0; i < places.size(); ++i) {
        expect(places[i] < to.rows, "a row number is one of the table's");
        cpu_kernels::add(x.row(i).data(), 1, to.row(places[i]).data(), x.columns);
    }
}

void cpu_rows::dot_rows(const_mat a, const_mat h, mat out) {
    expect(out.rows == h.rows && a.rows == out.rows * out.columns && a.columns == h.columns,
           "dot_rows: [N K, D] and [N, D] give [N, K]");
    shared_.for_rows(h, [&](std::size_t n) {
        for (std::size_t k = 0; k < out.columns; ++k)
            out(n, k) = cpu_kernels::dot(a.row(n * out.columns + k).data(), h.row(n).data(), h.columns);
    });
}

void cpu_rows::dot_rows_backward(const_mat d_out, const_mat a, const_mat h, mat d_a, mat d_h) {
    expect(same_shape(a, d_a) && same_shape(h, d_h) && d_out.rows == h.rows && a.rows == d_out.rows * d_out.columns
               && a.columns == h.columns,
           "dot_rows_backward: gradients of one shape");
    shared_.for_rows(h, [&](std::size_t n) {
        std::fill_n(d_h.row(n).data(), h.columns, 0.0F);
        for (std::size_t k = 0; k < d_out.columns; ++k) {
            auto const row = n * d_out.columns + k;
            cpu_kernels::add(a.row(row).data(), d_out(n, k), d_h.row(n).data(), h.columns);
            cpu_kernels::scale(d_out(n, k), h.row(n).data(), d_a.row(row).data(), h.columns);
        }
    });
}

void cpu_rows::reverse_steps(std::size_t lanes, const_mat x, std::span<std::uint32_t const> lengths, mat y) {
    expect(same_shape(y, x) && lanes > 0 && x.rows % lanes == 0 && (lengths.empty() || lengths.size() == lanes),
           "reverse_steps: two matrices of one shape, a length of every lane");
    shared_.for_rows(y, [&](std::size_t r) {
        std::copy_n(x.row(reference_loops::reversed_row(r, lanes, x.rows, lengths)).data(), x.columns, y.row(r).data());
    });
}

void cpu_rows::repeat_rows(const_mat from, mat to) {
    expect(from.columns == to.columns && from.rows > 0 && to.rows % from.rows == 0, "repeat_rows: [B, H] to [T B, H]");
    shared_.for_rows(to,
                     [&](std::size_t r) { std::copy_n(from.row(r % from.rows).data(), to.columns, to.row(r).data()); });
}

void cpu_rows::sum_steps(const_mat x, float beta, mat to) {
    expect(x.columns == to.columns && to.rows > 0 && x.rows % to.rows == 0, "sum_steps: [T B, H] to [B, H]");
    auto const steps = x.rows / to.rows;
    shared_.for_rows(to, [&](std::size_t b) {
        auto* const sum = to.row(b).data();
        if (beta == 0)
            std::fill_n(sum, to.columns, 0.0F);
        else if (beta != 1)
            cpu_kernels::scale(beta, sum, sum, to.columns);
        for (std::size_t t = 0; t < steps; ++t) cpu_kernels::add(x.row(t * to.rows + b).data(), 1, sum, to.columns);
    });
}
}
