module;
#include "elements_cpu.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
module wordmill.nn;
import :cpu;
import :element_operations;
import :operation_code;
import wordmill.core;

// Sums, activations and dropout: elementwise.
namespace wordmill::detail {
namespace {
[[nodiscard]] bool drops_all(dropout_mask const& mask) { return std::ceil(mask.ratio * 0x1p32) >= 0x1p32; }
}

void cpu_elements::add_row(const_mat row, mat x) {
    expect(row.rows == 1 && row.columns == x.columns, "add_row: a row as wide as the matrix");
    shared_.for_rows(x, [&](std::size_t r) { cpu_kernels::add(row.data, 1, x.row(r).data(), x.columns); });
}

void cpu_shared::sum_rows(const_mat x, float beta, mat row) {
    constexpr std::size_t at_once = 512; // columns: their sums stay in the cache
    expect(row.rows == 1 && row.columns == x.columns, "sum_rows: a row as wide as the matrix");
    team.run((x.columns + at_once - 1) / at_once, [&](std::size_t task, std::size_t) {
        auto const first = task * at_once, n = std::min(at_once, x.columns - first);
        auto* const to = row.data + first;
        if (beta == 0)
            std::fill_n(to, n, 0.0F);
        else if (beta != 1)
            cpu_kernels::scale(beta, to, to, n);
        constexpr float one = 1; // of every row
        if (x.rows > 0) cpu_kernels::add_weighted_rows(&one, 0, &x(0, first), x.stride, x.rows, to, n);
    });
}

void cpu_elements::add(const_mat x, float scale, mat y) {
    expect(same_shape(x, y), "add: two matrices of one shape");
    shared_.for_pieces(x, cpu_shared::whole(x, y), [&](std::size_t r, std::size_t c, std::size_t n) {
        cpu_kernels::add(x.data + r * x.stride + c, scale, y.data + r * y.stride + c, n);
    });
}

void cpu_shared::scale(mat x, float factor) {
    for_pieces(x, whole(x), [&](std::size_t r, std::size_t c, std::size_t n) {
        auto* const at = x.data + r * x.stride + c;
        cpu_kernels::scale(factor, at, at, n);
    });
}

void cpu_elements::multiply_values(const_mat a, const_mat b, mat c) {
    expect(same_shape(a, c) && same_shape(b, c), "multiply_values: three matrices of one shape");
    shared_.for_pieces(a, cpu_shared::whole(a, b, c), [&](std::size_t r, std::size_t i, std::size_t n) {
        cpu_kernels::product(a.data + r * a.stride + i, b.data + r * b.stride + i, c.data + r * c.stride + i, n);
    });
}

void cpu_elements::activate(activation f, const_mat x, mat y) {
    expect(same_shape(x, y), "activate: two matrices of one shape");
    if (f == activation::softmax) {
        if (x.columns == 0) return;
        return shared_.for_rows(
            x, [&](std::size_t r) { (void)cpu_kernels::softmax(x.row(r).data(), y.row(r).data(), x.columns); });
    }
    auto* const kernel = f == activation::sigmoid ? cpu_kernels::sigmoid
                         : f == activation::tanh  ? cpu_kernels::tanh
                         : f == activation::gelu  ? cpu_kernels::gelu
                                                  : cpu_kernels::relu;
    shared_.for_pieces(x, cpu_shared::whole(x, y), [&](std::size_t r, std::size_t c, std::size_t n) {
        kernel(x.data + r * x.stride + c, y.data + r * y.stride + c, n);
    });
}

void cpu_elements::activate_backward(activation f, const_mat y, const_mat d_y, mat d_x) {
    expect(same_shape(y, d_x) && same_shape(d_y, d_x), "activate_backward: three matrices of one shape");
    auto* const kernel = f == activation::sigmoid ? cpu_kernels::sigmoid_backward
                         : f == activation::tanh  ? cpu_kernels::tanh_backward
                         : f == activation::relu  ? cpu_kernels::relu_backward
                         : f == activation::gelu  ? cpu_kernels::gelu_backward
                                                  : cpu_kernels::softmax_backward;
    auto const in_pieces = f != activation::softmax && cpu_shared::whole(y, d_y, d_x);
    shared_.for_pieces(y, in_pieces, [&](std::size_t r, std::size_t c, std::size_t n) {
        kernel(y.data + r * y.stride + c, d_y.data + r * d_y.stride + c, d_x.data + r * d_x.stride + c, n);
    });
}

/// Calls keep(words, least, r) for all rows: value c of row r stays when words[c] >= least.
template <class Keep> void cpu_elements::for_kept(dropout_mask const& mask, const_mat x, Keep const& keep) {
    // A word stays when word / 2^32 >= ratio; both sides times 2^32 are exact.
    auto const least = std::ceil(mask.ratio * 0x1p32);
    auto const period = mask.period == 0 ? x.rows : std::min(mask.period, x.rows);
    auto const needed = checked_product(period, x.columns);
    if (words_.size() < needed) words_.resize(needed);
    fill_random(mask.key, std::span(words_).first(needed));
    auto const from = least > 0 ? static_cast<std::uint32_t>(least) : 0;
    shared_.for_rows(x, [&](std::size_t r) { keep(words_.data() + r % period * x.columns, from, r); });
}

void cpu_elements::drop(dropout_mask const& mask, const_mat x, mat y) {
    expect(same_shape(x, y), "drop: two matrices of one shape");
    if (drops_all(mask)) return shared_.fill(y, 0);
    for_kept(mask, x, [&](std::uint32_t const* words, std::uint32_t least, std::size_t r) {
        cpu_kernels::keep(words, least, static_cast<float>(mask.scale), x.row(r).data(), y.row(r).data(), x.columns);
    });
}

void cpu_elements::sum(const_mat a, const_mat b, mat y) {
    expect(same_shape(a, y) && same_shape(b, y), "sum: three matrices of one shape");
    shared_.for_pieces(a, cpu_shared::whole(a, b, y), [&](std::size_t r, std::size_t i, std::size_t n) {
        cpu_kernels::sum_of_two(a.data + r * a.stride + i, b.data + r * b.stride + i, y.data + r * y.stride + i, n);
    });
}

void cpu_elements::sum_dropped(dropout_mask const& mask, const_mat a, const_mat b, mat y) {
    expect(same_shape(a, y) && same_shape(b, y), "sum_dropped: three matrices of one shape");
    if (drops_all(mask)) return shared_.copy(a, y);
    for_kept(mask, b, [&](std::uint32_t const* words, std::uint32_t least, std::size_t r) {
        cpu_kernels::sum_kept(words, least, static_cast<float>(mask.scale), a.row(r).data(), b.row(r).data(),
                              y.row(r).data(), b.columns);
    });
}
}
