module;
#include "cpu_elements.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>
module wordmill.nn;
import :cpu;
import :operations;
import wordmill.core;

// Sums, activations, dropout and optimizers: value by value.
namespace wordmill::detail {
void cpu_arithmetic::add_row(const_mat row, mat x) {
    expect(row.rows == 1 && row.columns == x.columns, "add_row: a row as wide as the matrix");
    for_rows(x, [&](std::size_t r) { cpu_kernels::add(row.data, 1, x.row(r).data(), x.columns); });
}

void cpu_arithmetic::sum_rows(const_mat x, float beta, mat row) {
    constexpr std::size_t at_once = 512; // columns: their sums stay in the cache
    expect(row.rows == 1 && row.columns == x.columns, "sum_rows: a row as wide as the matrix");
    team_.run((x.columns + at_once - 1) / at_once, [&](std::size_t task, std::size_t) {
        auto const first = task * at_once, n = std::min(at_once, x.columns - first);
        auto* const to = row.data + first;
        if (beta == 0)
            std::fill_n(to, n, 0.0F);
        else if (beta != 1)
            cpu_kernels::scale(beta, to, to, n);
        for (std::size_t r = 0; r < x.rows; ++r) cpu_kernels::add(&x(r, first), 1, to, n);
    });
}

void cpu_arithmetic::add(const_mat x, float scale, mat y) {
    expect(same_shape(x, y), "add: two matrices of one shape");
    for_pieces(x, whole(x, y), [&](std::size_t r, std::size_t c, std::size_t n) {
        cpu_kernels::add(x.data + r * x.stride + c, scale, y.data + r * y.stride + c, n);
    });
}

void cpu_arithmetic::scale(mat x, float factor) {
    for_pieces(x, whole(x), [&](std::size_t r, std::size_t c, std::size_t n) {
        auto* const at = x.data + r * x.stride + c;
        cpu_kernels::scale(factor, at, at, n);
    });
}

void cpu_arithmetic::multiply_values(const_mat a, const_mat b, mat c) {
    expect(same_shape(a, c) && same_shape(b, c), "multiply_values: three matrices of one shape");
    for_pieces(a, whole(a, b, c), [&](std::size_t r, std::size_t i, std::size_t n) {
        cpu_kernels::product(a.data + r * a.stride + i, b.data + r * b.stride + i, c.data + r * c.stride + i, n);
    });
}

double cpu_arithmetic::sum_of_squares(const_mat x) {
    // Parts as the tasks of for_pieces and for_rows: by the shape alone.
    if (whole(x)) {
        row_sums_.assign((x.rows * x.columns + values_at_once - 1) / values_at_once, 0);
        for_pieces(x, true, [&](std::size_t, std::size_t c, std::size_t n) {
            row_sums_[c / values_at_once] = cpu_kernels::sum_of_squares(x.data + c, n);
        });
    } else {
        row_sums_.assign(x.rows, 0);
        for_rows(x, [&](std::size_t r) { row_sums_[r] = cpu_kernels::sum_of_squares(x.row(r).data(), x.columns); });
    }
    double sum = 0;
    for (auto const part : row_sums_) sum += part;
    return sum;
}

void cpu_arithmetic::activate(activation f, const_mat x, mat y) {
    expect(same_shape(x, y), "activate: two matrices of one shape");
    if (f == activation::softmax) {
        if (x.columns == 0) return;
        return for_rows(
            x, [&](std::size_t r) { (void)cpu_kernels::softmax(x.row(r).data(), y.row(r).data(), x.columns); });
    }
    auto* const kernel = f == activation::sigmoid ? cpu_kernels::sigmoid
                         : f == activation::tanh  ? cpu_kernels::tanh
                                                  : cpu_kernels::relu;
    for_pieces(x, whole(x, y), [&](std::size_t r, std::size_t c, std::size_t n) {
        kernel(x.data + r * x.stride + c, y.data + r * y.stride + c, n);
    });
}

void cpu_arithmetic::activate_backward(activation f, const_mat y, const_mat d_y, mat d_x) {
    expect(same_shape(y, d_x) && same_shape(d_y, d_x), "activate_backward: three matrices of one shape");
    auto* const kernel = f == activation::sigmoid ? cpu_kernels::sigmoid_backward
                         : f == activation::tanh  ? cpu_kernels::tanh_backward
                         : f == activation::relu  ? cpu_kernels::relu_backward
                                                  : cpu_kernels::softmax_backward;
    auto const in_pieces = f != activation::softmax && whole(y, d_y, d_x);
    for_pieces(y, in_pieces, [&](std::size_t r, std::size_t c, std::size_t n) {
        kernel(y.data + r * y.stride + c, d_y.data + r * d_y.stride + c, d_x.data + r * d_x.stride + c, n);
    });
}

void cpu_arithmetic::drop(dropout_mask const& mask, const_mat x, mat y) {
    expect(same_shape(x, y), "drop: two matrices of one shape");
    // A word stays when word / 2^32 >= ratio; both sides times 2^32 are exact.
    auto const least = std::ceil(mask.ratio * 0x1p32);
    if (least >= 0x1p32) return fill(y, 0);
    auto const period = mask.period == 0 ? x.rows : std::min(mask.period, x.rows);
    auto const needed = checked_product(period, x.columns);
    if (words_.size() < needed) words_.resize(needed);
    fill_random(mask.key, std::span(words_).first(needed));
    auto const from = least > 0 ? static_cast<std::uint32_t>(least) : 0;
    for_rows(x, [&](std::size_t r) {
        cpu_kernels::keep(words_.data() + r % period * x.columns, from, static_cast<float>(mask.scale), x.row(r).data(),
                          y.row(r).data(), x.columns);
    });
}

void cpu_arithmetic::update(update_rule const& rule, const_mat g, ids rows, mat values, mat first, mat second) {
    expect(rows.empty() ? same_shape(g, values) : rows.size() == g.rows && g.columns == values.columns,
           "update: a row of values for every row of the gradient");
    cpu_kernels::update* kernel = cpu_kernels::sgd;
    auto moments = 0;
    switch (rule.kind) {
    case optimizer_kind::sgd: break;
    case optimizer_kind::momentum: kernel = cpu_kernels::momentum, moments = 1; break;
    case optimizer_kind::nesterov: kernel = cpu_kernels::nesterov, moments = 1; break;
    case optimizer_kind::adagrad: kernel = cpu_kernels::adagrad, moments = 1; break;
    case optimizer_kind::rmsprop: kernel = cpu_kernels::rmsprop, moments = 1; break;
    case optimizer_kind::adam: kernel = cpu_kernels::adam, moments = 2; break;
    }
    expect((moments < 1 || same_shape(first, values)) && (moments < 2 || same_shape(second, values)),
           "update: moments in the shape of the values");
    cpu_kernels::update_numbers const how{static_cast<float>(rule.rate), static_cast<float>(rule.a),
                                          static_cast<float>(rule.b), static_cast<float>(rule.epsilon),
                                          static_cast<float>(rule.gradient_scale)};
    auto const at = [&](mat m, int moment, std::size_t r, std::size_t c) {
        return moments < moment ? nullptr : m.data + r * m.stride + c;
    };
    auto const change = [&](std::size_t i, std::size_t r, std::size_t c, std::size_t n) {
        kernel(how, g.data + i * g.stride + c, values.data + r * values.stride + c, at(first, 1, r, c),
               at(second, 2, r, c), n);
    };
    if (!rows.empty()) { // in order, should a number come twice
        for (std::size_t i = 0; i < rows.size(); ++i) {
            expect(index(rows[i]) < values.rows, "a row number is one of the table's");
            change(i, index(rows[i]), 0, g.columns);
        }
        return;
    }
    auto const without_gaps = whole(g, values) && (moments < 1 || whole(first)) && (moments < 2 || whole(second));
    for_pieces(g, without_gaps, [&](std::size_t r, std::size_t c, std::size_t n) { change(r, r, c, n); });
}
}
