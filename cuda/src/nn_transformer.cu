#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include "wordmill/cuda/nn_transformer.hpp"

// Layer normalisation and rotary positions.
namespace wordmill::cuda {
namespace {
/// A block for each row.
__global__ void normalize_kernel(normalization of, float epsilon, float const* bias, float_matrix y) {
    auto const r = std::size_t{blockIdx.x};
    auto const h = of.x.columns;
    float sum = 0;
    for (std::size_t c = threadIdx.x; c < h; c += blockDim.x) sum += value_at(of.x, r, c);
    float const mean = block_sum(sum) / static_cast<float>(h);
    float squares = 0;
    for (std::size_t c = threadIdx.x; c < h; c += blockDim.x) {
        float const off = value_at(of.x, r, c) - mean;
        squares += off * off;
    }
    float const scale = 1 / sqrtf(block_sum(squares) / static_cast<float>(h) + epsilon);
    if (threadIdx.x == 0) {
        value_at(of.statistics, r, 0) = mean;
        value_at(of.statistics, r, 1) = scale;
    }
    for (std::size_t c = threadIdx.x; c < h; c += blockDim.x)
        value_at(y, r, c) = (value_at(of.x, r, c) - mean) * scale * of.gain.data[c] + bias[c];
}

/// A block for each row. Also writes what the row adds to the gradient of the gain.
__global__ void normalize_backward_kernel(normalization of, float_input d_y, float_matrix d_x, float_matrix d_gains) {
    auto const r = std::size_t{blockIdx.x};
    auto const h = of.x.columns;
    float const mean = value_at(of.statistics, r, 0), scale = value_at(of.statistics, r, 1);
    float sum = 0, dot = 0;
    for (std::size_t c = threadIdx.x; c < h; c += blockDim.x) {
        float const d = value_at(d_y, r, c), normal = (value_at(of.x, r, c) - mean) * scale;
        sum += d * of.gain.data[c];
        dot += d * of.gain.data[c] * normal;
        value_at(d_gains, r, c) = d * normal;
    }
    sum = block_sum(sum) / static_cast<float>(h);
    dot = block_sum(dot) / static_cast<float>(h);
    for (std::size_t c = threadIdx.x; c < h; c += blockDim.x) {
        float const normal = (value_at(of.x, r, c) - mean) * scale;
        value_at(d_x, r, c) = scale * (value_at(d_y, r, c) * of.gain.data[c] - sum - normal * dot);
    }
}

/// The pair of columns 2 c and 2 c + 1 of row r.
struct rotating {
    rotation by;
    std::size_t lanes;
    std::size_t size; // of a head
    float_matrix x;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        auto const position = static_cast<double>(by.first + static_cast<std::int64_t>(r / lanes) * by.step);
        auto const exponent = -static_cast<double>(2 * c % size) / static_cast<double>(size);
        double const angle = position * pow(10000.0, exponent); // far from 0, a float has no digits left for it
        auto const cosine = static_cast<float>(cos(angle)), sine = static_cast<float>(sin(angle));
        float const a = value_at(x, r, 2 * c), b = value_at(x, r, 2 * c + 1);
        value_at(x, r, 2 * c) = a * cosine - b * sine;
        value_at(x, r, 2 * c + 1) = a * sine + b * cosine;
    }
};
}

void normalize(nn_device& nn, normalization const& of, float epsilon, float_input bias, float_matrix y) {
    if (y.rows == 0) return;
    queue_on(nn, "layer normalisation", [&](queue& q) {
        check(launch(normalize_kernel, {static_cast<unsigned>(y.rows), threads_for(y.columns), 0, q.stream()}, of,
                     epsilon, bias.data, y),
              "layer normalisation");
    });
}
void normalize_backward(nn_device& nn, normalization const& of, normalization_gradients const& gradients) {
    auto const rows = of.x.rows, h = of.x.columns;
    queue_on(nn, "layer normalisation", [&](queue& q) {
        array<float> memory(q, rows * h);
        float_matrix const d_gains{memory.data(), rows, h, h};
        if (rows > 0)
            check(launch(normalize_backward_kernel, {static_cast<unsigned>(rows), threads_for(h), 0, q.stream()}, of,
                         gradients.y, gradients.x, d_gains),
                  "layer normalisation");
        sum_rows(nn, d_gains, gradients.beta, gradients.gain);
        sum_rows(nn, gradients.y, gradients.beta, gradients.bias);
    });
}
void rotate(nn_device& nn, rotation const& by, std::size_t lanes, std::size_t heads, float_matrix x) {
    for_places(nn, "rotary positions", x.rows, x.columns / 2, rotating{by, lanes, x.columns / heads, x});
}
}
