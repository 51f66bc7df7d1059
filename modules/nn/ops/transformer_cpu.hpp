#pragma once
// Vectorised arithmetic of Transformers: the interface of transformer_cpu_kernels.cpp and multi_head_cpu_kernels.cpp,
// whose code is chosen for the processor at run time.
#include <cstddef>

namespace wordmill::cpu_kernels {
/// Layer normalisation of one row of n values. Writes the mean and 1 / sqrt(variance + epsilon) to `statistics` [2]. y
/// may be x.
void normalize(float const* x, float const* gain, float const* bias, float epsilon, float* statistics, float* y,
               std::size_t n);
/// Writes d_x and adds to d_gain and d_bias.
void normalize_backward(float const* x, float const* gain, float const* statistics, float const* d_y, float* d_x,
                        float* d_gain, float* d_bias, std::size_t n);
/// Turns n / 2 pairs of values in place. Columns 2 i and 2 i + 1 of `cosines` and `sines` [n] have the cosine of the
/// angle of pair i, and its negative and positive sine.
void rotate(float const* cosines, float const* sines, float* x, std::size_t n);

/// One head of one lane of a matrix: consecutive rows are `step` apart. The head that comes after it, of the same lane
/// or the next one, begins `ahead` from its own beginning; its rows are prefetched.
template <class T> struct head_rows {
    T* data;
    std::size_t step;
    std::size_t ahead;
    [[nodiscard]] T* row(std::size_t r) const { return data + r * step; }
};
struct attention_head {
    head_rows<float const> queries, keys, values;
    std::size_t query_count;
    std::size_t key_count;
    std::size_t size; ///< columns
    bool causal;      ///< query n sees no key after key n + offset
    std::size_t offset;
    head_rows<float> outputs;
    head_rows<float> log_sums; ///< one column
};
struct attention_head_gradients {
    head_rows<float const> outputs;
    head_rows<float> queries, keys, values;
};
/// The floats of scratch memory, aligned to 64 bytes, that a head of this size needs.
[[nodiscard]] std::size_t attention_scratch(std::size_t size);
void attention_forward(attention_head const& head, float* scratch);
void attention_backward(attention_head const& head, attention_head_gradients const& gradients, float* scratch);
}
