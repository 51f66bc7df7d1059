#pragma once
// Vectorised arithmetic of the heads of a neural Turing machine, for one head of one lane: the interface of
// addressing_cpu_kernels.cpp.
#include <cstddef>

namespace wordmill::cpu_kernels {
/// The slots of a lane: n rows of m values, `stride` apart.
template <class T> struct slot_rows {
    T* data;
    std::size_t stride, n, m;
};

/// out[i] = key . slot i / (lengths of both); `added` is part of the square of a slot's length.
void similarities(float const* key, float key_length, slot_rows<float const> slots, float added, float* out);
/// Adds the gradients of the key and of the slots, from d [n], those of the similarities y.
void similarities_backward(float const* key, float key_length, slot_rows<float const> slots, float added,
                           float const* y, float const* d, float* d_key, slot_rows<float> d_slots);
/// y = factor log(max(x, least))
void scaled_log(float factor, float least, float const* x, float* y, std::size_t n);
/// The gradient of x from d, that of y; 0 where x is `least` or less.
void scaled_log_backward(float factor, float least, float const* x, float const* d, float* d_x, std::size_t n);

/// Row i of `to` = (1 - weights[i] erase) times row i of `from`; `to` may be `from`.
void erase_slots(float const* weights, float const* erase, slot_rows<float const> from, slot_rows<float> to);
/// Row i of `to` += weights[i] add.
void add_to_slots(float const* weights, float const* add, slot_rows<float> to);
/// Adds the gradients of a head that erases from `kept` and adds, from d, those of what it writes.
void write_backward(float const* weights, float const* erase, float const* add, slot_rows<float const> kept,
                    slot_rows<float const> d, float* d_weights, float* d_erase, float* d_add);
}
