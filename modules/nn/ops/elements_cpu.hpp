#pragma once
// Arithmetic value by value, in vector registers, chosen for the processor at run time: the plain face of
// elements_cpu_kernels.cpp and losses_cpu_kernels.cpp. All work on n values that lie one behind the other.
#include <cstddef>
#include <cstdint>

namespace wordmill::cpu_kernels {
using unary = void(float const* x, float* y, std::size_t n);                  ///< y may be x
using binary = void(float const* a, float const* b, float* c, std::size_t n); ///< c may be either
unary sigmoid, tanh, relu;
/// c from the result a of the function and the gradient b of it.
binary sigmoid_backward, tanh_backward, relu_backward, product;

void add(float const* x, float factor, float* y, std::size_t n); ///< y += factor x
void scale(float factor, float const* x, float* y, std::size_t n);
void keep(std::uint32_t const* words, std::uint32_t least, float factor, float const* x, float* y, std::size_t n);
[[nodiscard]] double sum_of_squares(float const* x, std::size_t n);
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
update sgd, momentum, nesterov, adagrad, rmsprop, adam; ///< as update_rule has them

/// Logits in panels: value (r, c) at r * row_step + c % width + c / width * panel_step.
struct logit_panels {
    float* data;
    std::size_t rows;
    std::size_t panels;
    std::size_t width; ///< two vectors
    std::size_t row_step;
    std::size_t panel_step;
};
/// Adds a bias [panels width] to the logits and raises `maxima` [rows, width / 2] to those of each row.
void add_bias(logit_panels logits, float const* bias, float* maxima);
/// Each logit becomes exp(logit - most), `most` being the largest of those of its row in `maxima` [rows, width / 2];
/// `sums` of them. `maxima` is scratch afterwards.
void shrink(logit_panels logits, float* maxima, float* most, float* sums);
/// From `most` and `sums` [pieces, step] of the pieces of rows: the logarithm of the sum of exp(logit) of each row.
void log_sums(float const* most, float const* sums, std::size_t pieces, std::size_t step, std::size_t rows, float* out);
/// What shrink left, times factor exp(most - log_sum), or 0 in rows without weight and where that is below 1e-30;
/// `column_sums` [panels width] of it. `factors` [rows] is scratch.
void spread(logit_panels shrunk, float const* most, float const* log_sum, float const* weights, float* factors,
            float* column_sums);
}
