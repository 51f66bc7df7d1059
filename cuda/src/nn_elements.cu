#include "nn_kernels.hpp"
#include "wordmill/cuda/draws.hpp"
#include "wordmill/cuda/nn_elements.hpp"

namespace wordmill::cuda {
namespace {
struct copying {
    float_input from;
    float_matrix to;
    __device__ void operator()(std::size_t r, std::size_t c) const { value_at(to, r, c) = value_at(from, r, c); }
};
struct filling {
    float_matrix x;
    float value;
    __device__ void operator()(std::size_t r, std::size_t c) const { value_at(x, r, c) = value; }
};
struct row_adding {
    float const* row;
    float_matrix x;
    __device__ void operator()(std::size_t r, std::size_t c) const { value_at(x, r, c) += row[c]; }
};
struct adding {
    float_input x;
    float scale;
    float_matrix y;
    __device__ void operator()(std::size_t r, std::size_t c) const { value_at(y, r, c) += scale * value_at(x, r, c); }
};
struct scaling {
    float_matrix x;
    float factor;
    __device__ void operator()(std::size_t r, std::size_t c) const { value_at(x, r, c) *= factor; }
};
struct multiplying {
    float_input a, b;
    float_matrix c;
    __device__ void operator()(std::size_t row, std::size_t column) const {
        value_at(c, row, column) = value_at(a, row, column) * value_at(b, row, column);
    }
};
/// The probability that a normal number with mean 0 and variance 1 is less than x.
__device__ float normal_probability(float x) { return 0.5F * erfcf(-0.70710678F * x); }
__device__ float gelu_slope(float x) { return normal_probability(x) + 0.39894228F * x * expf(-0.5F * x * x); }
struct activating {
    activation f;
    float_input x;
    float_matrix y;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        auto const a = value_at(x, r, c);
        value_at(y, r, c) = f == activation::sigmoid ? sigmoid_of(a)
                            : f == activation::tanh  ? tanhf(a)
                            : f == activation::gelu  ? a * normal_probability(a)
                            : a < 0                  ? 0.0F
                                                     : a; // NaN stays NaN
    }
};
struct going_back {
    activation f;
    float_input y, d_y;
    float_matrix d_x;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        auto const a = value_at(y, r, c), d = value_at(d_y, r, c);
        value_at(d_x, r, c) = f == activation::sigmoid ? d * a * (1 - a)
                              : f == activation::tanh  ? d * (1 - a * a)
                              : f == activation::gelu  ? d * gelu_slope(a)
                              : a > 0                  ? d
                                                       : 0.0F;
    }
};
struct value_dropping {
    dropping how;
    float_input x;
    float_matrix y;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        auto const word = (how.period == 0 ? r : r % how.period) * y.columns + c;
        auto const drawn = random_words(how.key, word / 4).word[word % 4];
        value_at(y, r, c) = drawn >= how.threshold ? how.scale * value_at(x, r, c) : 0.0F;
    }
};

constexpr unsigned columns_of_sum = 32;
constexpr unsigned shares_of_sum = 8;
struct shares {
    float of[shares_of_sum][columns_of_sum];
};
/// A warp sums every eighth row of 32 columns; then their sums are added in order.
__global__ void sum_rows_kernel(float_input x, float beta, float_matrix row) {
    auto const c = std::size_t{blockIdx.x} * columns_of_sum + threadIdx.x;
    float sum = 0;
    if (c < x.columns)
        for (std::size_t r = threadIdx.y; r < x.rows; r += shares_of_sum) sum += value_at(x, r, c);
    auto& sums = block_memory<shares>();
    sums.of[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || c >= x.columns) return;
    for (unsigned s = 1; s < shares_of_sum; ++s) sum += sums.of[s][threadIdx.x];
    row.data[c] = beta == 0 ? sum : sum + beta * row.data[c];
}

/// A block for each row.
__global__ void softmax_kernel(float_input x, std::size_t lanes, std::uint32_t const* lengths, float_matrix y) {
    auto const r = std::size_t{blockIdx.x};
    auto const length = lengths == nullptr || lengths[r % lanes] > x.columns ? x.columns : lengths[r % lanes];
    float most = -INFINITY;
    for (std::size_t c = threadIdx.x; c < length; c += blockDim.x) most = fmaxf(most, value_at(x, r, c));
    most = block_max(most);
    float sum = 0;
    for (std::size_t c = threadIdx.x; c < length; c += blockDim.x) sum += expf(value_at(x, r, c) - most);
    sum = block_sum(sum);
    for (std::size_t c = threadIdx.x; c < x.columns; c += blockDim.x)
        value_at(y, r, c) = c < length ? expf(value_at(x, r, c) - most) / sum : 0.0F;
}
/// A block for each row.
__global__ void softmax_backward_kernel(float_input y, float_input d_y, float_matrix d_x) {
    auto const r = std::size_t{blockIdx.x};
    float dot = 0;
    for (std::size_t c = threadIdx.x; c < y.columns; c += blockDim.x) dot += value_at(y, r, c) * value_at(d_y, r, c);
    dot = block_sum(dot);
    for (std::size_t c = threadIdx.x; c < y.columns; c += blockDim.x)
        value_at(d_x, r, c) = value_at(y, r, c) * (value_at(d_y, r, c) - dot);
}
}

void copy(nn_device& nn, float_input from, float_matrix to) {
    flatten(from, to);
    for_places(nn, "copy", to.rows, to.columns, copying{from, to});
}
void fill(nn_device& nn, float_matrix x, float value) {
    flatten(x);
    for_places(nn, "fill", x.rows, x.columns, filling{x, value});
}
void add_row(nn_device& nn, float_input row, float_matrix x) {
    for_places(nn, "add a row", x.rows, x.columns, row_adding{row.data, x});
}
void sum_rows(nn_device& nn, float_input x, float beta, float_matrix row) {
    if (x.columns == 0) return;
    queue_on(nn, "sum of rows", [&](queue& q) {
        auto const blocks = static_cast<unsigned>((x.columns + columns_of_sum - 1) / columns_of_sum);
        check(launch(sum_rows_kernel, {blocks, {columns_of_sum, shares_of_sum}, 0, q.stream()}, x, beta, row),
              "sum of rows");
    });
}
void add(nn_device& nn, float_input x, float scale, float_matrix y) {
    flatten(x, y);
    for_places(nn, "add", y.rows, y.columns, adding{x, scale, y});
}
void scale(nn_device& nn, float_matrix x, float factor) {
    flatten(x);
    for_places(nn, "scale", x.rows, x.columns, scaling{x, factor});
}
void multiply_values(nn_device& nn, float_input a, float_input b, float_matrix c) {
    flatten(a, b, c);
    for_places(nn, "multiply values", c.rows, c.columns, multiplying{a, b, c});
}
void activate(nn_device& nn, activation f, float_input x, float_matrix y) {
    if (f == activation::softmax) return masked_softmax(nn, x, 1, {}, y);
    flatten(x, y);
    for_places(nn, "activation", y.rows, y.columns, activating{f, x, y});
}
void activate_backward(nn_device& nn, activation f, float_input y, float_input d_y, float_matrix d_x) {
    if (f != activation::softmax) {
        flatten(y, d_y, d_x);
        return for_places(nn, "activation", d_x.rows, d_x.columns, going_back{f, y, d_y, d_x});
    }
    if (y.rows * y.columns == 0) return;
    queue_on(nn, "softmax", [&](queue& q) {
        check(launch(softmax_backward_kernel, {static_cast<unsigned>(y.rows), threads_for(y.columns), 0, q.stream()}, y,
                     d_y, d_x),
              "softmax");
    });
}
void drop(nn_device& nn, dropping const& how, float_input x, float_matrix y) {
    if (how.period == 0) flatten(x, y);
    for_places(nn, "dropout", y.rows, y.columns, value_dropping{how, x, y});
}
void masked_softmax(nn_device& nn, float_input x, std::size_t lanes, device_values<std::uint32_t const> lengths,
                    float_matrix y) {
    if (x.rows * x.columns == 0) return;
    queue_on(nn, "softmax", [&](queue& q) {
        check(launch(softmax_kernel, {static_cast<unsigned>(x.rows), threads_for(x.columns), 0, q.stream()}, x, lanes,
                     lengths.data, y),
              "softmax");
    });
}
}
