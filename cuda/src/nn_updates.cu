#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_updates.hpp"

namespace wordmill::cuda {
namespace {
constexpr std::size_t most_parts = 512; // of a sum of squares

__global__ void squares_kernel(float_input x, double* parts) {
    double sum = 0;
    auto const all = std::size_t{gridDim.x} * blockDim.x;
    for (auto i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < x.rows * x.columns; i += all) {
        auto const value = static_cast<double>(x.rows == 1 ? x.data[i] : value_at(x, i / x.columns, i % x.columns));
        sum += value * value;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}
/// One block.
__global__ void add_parts_kernel(double const* parts, std::size_t count, double* to) {
    double sum = 0;
    for (std::size_t i = threadIdx.x; i < count; i += blockDim.x) sum += parts[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) *to += sum;
}

/// The factor of gradients; `applies` is false when a number is not finite.
struct gradient_factor {
    float factor;
    bool applies;
};
__device__ gradient_factor factor_of(update_step const& step, update_numbers const& guard) {
    double sum = 0;
    for (std::size_t i = 0; i < guard.squares.size; ++i) sum += guard.squares.data[i];
    if (!isfinite(sum) || (guard.loss != nullptr && !isfinite(guard.loss->sum))) return {0, false};
    auto const share = step.max_norm / (sqrt(sum) + 1e-6);
    bool const clips = guard.squares.size > 0 && step.max_norm > 0 && share < 1;
    return {static_cast<float>(clips ? step.gradient_scale * share : step.gradient_scale), true};
}

/// Updates one value p and its moments.
__device__ void update_value(update_step const& step, float g, float& p, float* first, float* second) {
    switch (step.kind) {
    case optimizer_kind::sgd: p -= step.rate * g; return;
    case optimizer_kind::momentum:
        *first = step.a * *first - step.rate * g;
        p += *first;
        return;
    case optimizer_kind::nesterov:
        *first = step.a * *first - step.rate * g;
        p += step.a * *first - step.rate * g;
        return;
    case optimizer_kind::adagrad:
        *first += g * g;
        p -= step.rate * g / (sqrtf(*first) + step.epsilon);
        return;
    case optimizer_kind::rmsprop:
        *first = step.a * *first + (1 - step.a) * g * g;
        p -= step.rate * g / (sqrtf(*first) + step.epsilon);
        return;
    case optimizer_kind::adam:
        *first += (1 - step.a) * (g - *first);
        *second += (1 - step.b) * (g * g - *second);
        p -= step.rate * *first / (sqrtf(*second) + step.epsilon);
    }
}
__device__ float* place_in(float_matrix const& m, std::size_t r, std::size_t c) {
    return m.data == nullptr ? nullptr : &value_at(m, r, c);
}

__global__ void update_kernel(update_step step, float_input gradient, update_target to, update_numbers guard) {
    auto& how = block_memory<gradient_factor>();
    if (threadIdx.x == 0) how = factor_of(step, guard);
    __syncthreads();
    if (!how.applies) return;
    auto const all = std::size_t{gridDim.x} * blockDim.x;
    for (auto i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < gradient.rows * gradient.columns; i += all) {
        auto const r = gradient.rows == 1 ? 0 : i / gradient.columns;
        auto const c = i - r * gradient.columns;
        auto const row = to.rows.data == nullptr ? r : to.rows.data[r];
        update_value(step, how.factor * value_at(gradient, r, c), value_at(to.values, row, c),
                     place_in(to.first, row, c), place_in(to.second, row, c));
    }
}
}

void sum_of_squares(nn_device& nn, float_input x, double* sum) {
    flatten(x);
    auto const count = x.rows * x.columns;
    if (count == 0) return;
    queue_on(nn, "norm", [&](queue& q) {
        auto const threads = threads_for(count);
        auto const blocks = std::min<std::size_t>(most_parts, blocks_for(count, threads));
        array<double> parts(q, blocks);
        check(launch(squares_kernel, {static_cast<unsigned>(blocks), threads, 0, q.stream()}, x, parts.data()), "norm");
        check(launch(add_parts_kernel, {1, threads_for(blocks), 0, q.stream()}, parts.data(), blocks, sum), "norm");
    });
}

void update(nn_device& nn, update_step const& step, float_input gradient, update_target const& to,
            update_numbers const& guard) {
    auto target = to;
    // The moments are found by the same places, so they must have no gaps either.
    if (to.rows.data == nullptr && (to.first.data == nullptr || to.first.stride == to.first.columns)
        && (to.second.data == nullptr || to.second.stride == to.second.columns))
        flatten(gradient, target.values);
    auto const count = gradient.rows * gradient.columns;
    if (count == 0) return;
    queue_on(nn, "update", [&](queue& q) {
        auto const threads = threads_for(count);
        check(
            launch(update_kernel, {blocks_for(count, threads), threads, 0, q.stream()}, step, gradient, target, guard),
            "update");
    });
}
}
