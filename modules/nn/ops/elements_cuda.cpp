module;
#include "wordmill/cuda/nn_elements.hpp"
#include <cmath>
#include <cstddef>
#include <cstdint>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
namespace {
[[nodiscard]] bool same_shape(device_view<float const> a, device_view<float const> b) {
    return a.rows == b.rows && a.columns == b.columns;
}
[[nodiscard]] cuda::activation kernel_of(activation f) {
    switch (f) {
    case activation::sigmoid: return cuda::activation::sigmoid;
    case activation::tanh: return cuda::activation::tanh;
    case activation::relu: return cuda::activation::relu;
    case activation::gelu: return cuda::activation::gelu;
    case activation::softmax: break;
    }
    return cuda::activation::softmax;
}
}

void cuda_memory::copy(const_view from, view to) {
    expect(same_shape(from, to), "copy: two matrices of one shape");
    on_cuda([&] { cuda::copy(device_, there(from), there(to)); });
}
void cuda_memory::fill(view x, float value) {
    on_cuda([&] { cuda::fill(device_, there(x), value); });
}

void cuda_elements::add_row(const_view row, view x) {
    expect(row.rows == 1 && row.columns == x.columns, "add_row: a row as wide as the matrix");
    on_cuda([&] { cuda::add_row(device_, there(row), there(x)); });
}
void cuda_elements::sum_rows(const_view x, float beta, view row) {
    expect(row.rows == 1 && row.columns == x.columns, "sum_rows: a row as wide as the matrix");
    on_cuda([&] { cuda::sum_rows(device_, there(x), beta, there(row)); });
}
void cuda_elements::add(const_view x, float scale, view y) {
    expect(same_shape(x, y), "add: two matrices of one shape");
    on_cuda([&] { cuda::add(device_, there(x), scale, there(y)); });
}
void cuda_elements::scale(view x, float factor) {
    on_cuda([&] { cuda::scale(device_, there(x), factor); });
}
void cuda_elements::multiply_values(const_view a, const_view b, view c) {
    expect(same_shape(a, c) && same_shape(b, c), "multiply_values: three matrices of one shape");
    on_cuda([&] { cuda::multiply_values(device_, there(a), there(b), there(c)); });
}
void cuda_elements::activate(activation f, const_view x, view y) {
    expect(same_shape(x, y), "activate: two matrices of one shape");
    on_cuda([&] { cuda::activate(device_, kernel_of(f), there(x), there(y)); });
}
void cuda_elements::activate_backward(activation f, const_view y, const_view d_y, view d_x) {
    expect(same_shape(y, d_x) && same_shape(d_y, d_x), "activate_backward: three matrices of one shape");
    on_cuda([&] { cuda::activate_backward(device_, kernel_of(f), there(y), there(d_y), there(d_x)); });
}
void cuda_elements::drop(dropout_mask const& mask, const_view x, view y) {
    expect(same_shape(x, y), "drop: two matrices of one shape");
    cuda::dropping const how{.key = mask.key.bits(),
                             .threshold = static_cast<std::uint64_t>(std::ceil(mask.ratio * 0x1p32)),
                             .scale = static_cast<float>(mask.scale),
                             .period = mask.period};
    on_cuda([&] { cuda::drop(device_, how, there(x), there(y)); });
}
}
