#pragma once
// Vectorised elementwise arithmetic: the interface of elements_cpu_kernels.cpp and losses_cpu_kernels.cpp, whose code
// is chosen for the processor at run time. All functions work on n contiguous values.
#include <cstddef>
#include <cstdint>

namespace wordmill::cpu_kernels {
using unary = void(float const* x, float* y, std::size_t n);                  ///< y may be x
using binary = void(float const* a, float const* b, float* c, std::size_t n); ///< c may be a or b
unary sigmoid, tanh, relu, gelu;
/// Compute c from the result a of the function, the argument a of gelu, and the gradient b of the result.
binary sigmoid_backward, tanh_backward, relu_backward, gelu_backward, product, sum_of_two;

void add(float const* x, float factor, float* y, std::size_t n); ///< y += factor x
void scale(float factor, float const* x, float* y, std::size_t n);
/// y += sum of a[i] times row i of b [k, n], whose rows are `stride` apart; sums in the order of i.
void add_weighted_rows(float const* a, std::size_t a_step, float const* b, std::size_t stride, std::size_t k, float* y,
                       std::size_t n);
void keep(std::uint32_t const* words, std::uint32_t least, float factor, float const* x, float* y, std::size_t n);
/// y = a + what `keep` makes of b.
void sum_kept(std::uint32_t const* words, std::uint32_t least, float factor, float const* a, float const* b, float* y,
              std::size_t n);
[[nodiscard]] double sum_of_squares(float const* x, std::size_t n);
[[nodiscard]] float sum(float const* x, std::size_t n);
[[nodiscard]] float dot(float const* a, float const* b, std::size_t n);
void softmax_backward(float const* y, float const* d_y, float* d_x, std::size_t n);
/// Returns the logarithm of the sum of exp(x). y may be x; n > 0.
float softmax(float const* x, float* y, std::size_t n);
/// The sum of the losses.
[[nodiscard]] double sigmoid_loss(float const* x, std::uint8_t const* labels, float factor, float* d_x, std::size_t n);

struct update_numbers {
    float rate, a, b, epsilon, gradient_scale;
};
using update = void(update_numbers const& how, float const* g, float* p, float* first, float* second, std::size_t n);
update sgd, momentum, nesterov, adagrad, rmsprop, adam; ///< by the formulas of update_rule

/// Logits in panels: value (r, c) is at r * row_step + c % width + c / width * panel_step.
struct logit_panels {
    float* data;
    std::size_t rows;
    std::size_t panels;
    std::size_t width; ///< two vectors
    std::size_t row_step;
    std::size_t panel_step;
};
/// Adds a bias [panels width] to the logits and raises `maxima` [rows, width / 2] to the largest logits of each row.
void add_bias(logit_panels logits, float const* bias, float* maxima);
/// Replaces each logit by exp(logit - most), where `most` [rows] is the largest value of its row of `maxima` [rows,
/// width / 2]. Writes the row sums of the results to `sums`. Leaves `maxima` undefined.
void shrink(logit_panels logits, float* maxima, float* most, float* sums);
/// Computes the logarithm of the sum of exp(logit) of each row from `most` and `sums` [pieces, step] of its pieces.
void log_sums(float const* most, float const* sums, std::size_t pieces, std::size_t step, std::size_t rows, float* out);
/// Multiplies the results of `shrink` by the weight of their row times exp(most - log_sum); they become 0 in rows with
/// weight 0 and where the product is below 1e-30. Then subtracts `share` times the weight of the row from all of them.
/// Writes the column sums to `column_sums` [panels width]. `factors` [rows] is scratch.
void spread(logit_panels shrunk, float const* most, float const* log_sum, float const* weights, float share,
            float* factors, float* column_sums);
}
