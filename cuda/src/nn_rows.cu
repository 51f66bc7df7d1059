#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_rows.hpp"

namespace wordmill::cuda {
namespace {
struct gathering {
    float_input table;
    std::uint32_t const* rows;
    float_matrix out;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        value_at(out, r, c) = value_at(table, rows[r], c);
    }
};
/// to[numbers[i]] += x[i]; `zero`: from zero.
struct scattering {
    float_input x;
    row_numbers numbers;
    float_matrix to;
    bool zero;

    /// Adds rows `from`, .. of x with this number, in order.
    __device__ void sum(std::size_t from, std::uint32_t number) const {
        for (std::size_t c = threadIdx.x; c < x.columns; c += blockDim.x) {
            auto& place = value_at(to, number, c);
            float sum = zero ? 0.0F : place;
            for (auto i = from; i < numbers.size; ++i)
                if (numbers.data[i] == number) sum += value_at(x, i, c);
            place = sum;
        }
    }
};
/// A block for each row of x. The first with a number adds all others with it, so that every sum has one order.
__global__ void scatter_kernel(scattering s) {
    auto const first = std::size_t{blockIdx.x};
    auto const number = s.numbers.data[first];
    unsigned earlier = 0;
    for (std::size_t i = threadIdx.x; i < first; i += blockDim.x) earlier += s.numbers.data[i] == number ? 1 : 0;
    if (block_sum(earlier) == 0) s.sum(first, number);
}
/// A block for each row of the sums.
__global__ void sum_into_kernel(scattering s) { s.sum(0, blockIdx.x); }

constexpr unsigned warps_of_dots = 4; // of a block
/// A warp for each product.
__global__ void dot_rows_kernel(float_input a, float_input h, float_matrix out) {
    auto const row = std::size_t{blockIdx.x} * warps_of_dots + threadIdx.x / 32;
    if (row >= a.rows) return; // the whole warp
    auto const n = row / out.columns;
    float sum = 0;
    for (std::size_t c = threadIdx.x % 32; c < a.columns; c += 32) sum += value_at(a, row, c) * value_at(h, n, c);
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) value_at(out, n, row % out.columns) = sum;
}
struct dots_going_back {
    float_input d_out, a, h;
    float_matrix d_a, d_h;
    __device__ void operator()(std::size_t n, std::size_t c) const {
        float sum = 0;
        auto const other = value_at(h, n, c);
        for (std::size_t k = 0; k < d_out.columns; ++k) {
            auto const d = value_at(d_out, n, k);
            auto const row = n * d_out.columns + k;
            sum += d * value_at(a, row, c);
            value_at(d_a, row, c) = d * other;
        }
        value_at(d_h, n, c) = sum;
    }
};

struct reversing {
    float_input x;
    std::size_t lanes;
    std::uint32_t const* lengths;
    float_matrix y;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        auto const lane = r % lanes, step = r / lanes, all = x.rows / lanes;
        auto const steps = lengths == nullptr || lengths[lane] > all ? all : lengths[lane];
        value_at(y, r, c) = value_at(x, step < steps ? (steps - 1 - step) * lanes + lane : r, c);
    }
};
struct repeating {
    float_input from;
    float_matrix to;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        value_at(to, r, c) = value_at(from, r % from.rows, c);
    }
};
struct step_summing {
    float_input x;
    float beta;
    float_matrix to;
    __device__ void operator()(std::size_t b, std::size_t c) const {
        float sum = 0;
        for (auto r = b; r < x.rows; r += to.rows) sum += value_at(x, r, c);
        value_at(to, b, c) = beta == 0 ? sum : sum + beta * value_at(to, b, c);
    }
};
}

void gather(nn_device& nn, float_input table, row_numbers rows, float_matrix out) {
    for_places(nn, "gather", out.rows, out.columns, gathering{table, rows.data, out});
}
void scatter_add(nn_device& nn, float_input x, row_numbers rows, float_matrix table) {
    if (x.rows * x.columns == 0) return;
    queue_on(nn, "scatter", [&](queue& q) {
        check(launch(scatter_kernel, {static_cast<unsigned>(x.rows), threads_for(x.columns), 0, q.stream()},
                     scattering{x, rows, table, false}),
              "scatter");
    });
}
void sum_into(nn_device& nn, float_input x, row_numbers places, float_matrix to) {
    if (to.rows * to.columns == 0) return;
    queue_on(nn, "sums of rows", [&](queue& q) {
        check(launch(sum_into_kernel, {static_cast<unsigned>(to.rows), threads_for(to.columns), 0, q.stream()},
                     scattering{x, places, to, true}),
              "sums of rows");
    });
}
void dot_rows(nn_device& nn, float_input a, float_input h, float_matrix out) {
    if (a.rows == 0) return;
    queue_on(nn, "products of rows", [&](queue& q) {
        auto const blocks = static_cast<unsigned>((a.rows + warps_of_dots - 1) / warps_of_dots);
        check(launch(dot_rows_kernel, {blocks, warps_of_dots * 32, 0, q.stream()}, a, h, out), "products of rows");
    });
}
void dot_rows_backward(nn_device& nn, float_input d_out, float_input a, float_input h, float_matrix d_a,
                       float_matrix d_h) {
    for_places(nn, "products of rows", d_h.rows, d_h.columns, dots_going_back{d_out, a, h, d_a, d_h});
}
void reverse_steps(nn_device& nn, std::size_t lanes, float_input x, row_numbers lengths, float_matrix y) {
    for_places(nn, "reverse steps", y.rows, y.columns, reversing{x, lanes, lengths.data, y});
}
void repeat_rows(nn_device& nn, float_input from, float_matrix to) {
    for_places(nn, "repeat rows", to.rows, to.columns, repeating{from, to});
}
void sum_steps(nn_device& nn, float_input x, float beta, float_matrix to) {
    for_places(nn, "sum of steps", to.rows, to.columns, step_summing{x, beta, to});
}
}
