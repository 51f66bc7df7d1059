#pragma once
// Vectorised scores of additive attention: the interface of attention_cpu_kernels.cpp. All rows have n values.
#include <cstddef>

namespace wordmill::cpu_kernels {
/// The sum of v tanh(q + k).
[[nodiscard]] float additive_score(float const* q, float const* k, float const* v, std::size_t n);
/// Adds the gradients of a score whose gradient is d.
void additive_score_backward(float d, float const* q, float const* k, float const* v, float* d_q, float* d_k,
                             float* d_v, std::size_t n);
}
