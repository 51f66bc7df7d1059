#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_updates.hpp"

namespace wordmill::cuda {
namespace {
constexpr std::size_t most_parts = 512; // of a sum of squares

/// The arguments of a kernel for several matrices.
template <class T> struct several {
    T of[most_matrices];
};
template <class T> several<T> copy_of(device_values<T const> all) {
    several<T> out{};
    for (std::size_t i = 0; i < all.size; ++i) out.of[i] = all.data[i];
    return out;
}

/// A row of blocks for each matrix, all equally long.
__global__ void squares_kernel(several<float_input> all, double* parts) {
    auto const& x = all.of[blockIdx.y];
    double sum = 0;
    auto const step = std::size_t{gridDim.x} * blockDim.x;
    for (auto i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < x.rows * x.columns; i += step) {
        auto const value = static_cast<double>(x.rows == 1 ? x.data[i] : value_at(x, i / x.columns, i % x.columns));
        sum += value * value;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) parts[std::size_t{blockIdx.y} * gridDim.x + blockIdx.x] = sum;
}
/// A block for each matrix.
__global__ void add_parts_kernel(double const* parts, std::size_t count, double* sums) {
    double sum = 0;
    for (std::size_t i = threadIdx.x; i < count; i += blockDim.x) sum += parts[blockIdx.x * count + i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] += sum;
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

/// The number of values that an update changes.
__host__ __device__ std::size_t values_of(update_step const& step, update_target const& to) {
    return (step.all_rows ? to.values.rows : to.gradient.rows) * to.gradient.columns;
}
/// The first place in `rows`, ascending, whose number is not below `row`.
__device__ std::size_t place_of(device_values<std::uint32_t const> const& rows, std::size_t row) {
    std::size_t first = 0;
    for (auto last = rows.size; first < last;) {
        auto const middle = (first + last) / 2;
        if (rows.data[middle] < row)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/// A row of blocks for each target.
__global__ void update_kernel(update_step step, several<update_target> all, update_numbers guard) {
    auto const& to = all.of[blockIdx.y];
    auto const& gradient = to.gradient;
    auto& how = block_memory<gradient_factor>();
    if (threadIdx.x == 0) how = factor_of(step, guard);
    __syncthreads();
    if (!how.applies) return;
    auto const stride = std::size_t{gridDim.x} * blockDim.x;
    auto const values = values_of(step, to);
    bool const is_flat = values == gradient.columns;
    for (auto i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < values; i += stride) {
        auto const r = is_flat ? 0 : i / gradient.columns;
        auto const c = i - r * gradient.columns;
        auto row = r;
        auto from = r; // the row of the gradient
        if (to.rows.data != nullptr && step.all_rows)
            from = place_of(to.rows, r);
        else if (to.rows.data != nullptr)
            row = to.rows.data[r];
        bool const has_gradient = to.rows.data == nullptr || (from < to.rows.size && to.rows.data[from] == row);
        update_value(step, has_gradient ? how.factor * value_at(gradient, from, c) : 0, value_at(to.values, row, c),
                     place_in(to.first, row, c), place_in(to.second, row, c));
    }
}
}

void sums_of_squares(nn_device& nn, device_values<float_input const> all, double* sums) {
    auto matrices = copy_of(all);
    std::size_t most = 0;
    for (auto& x : matrices.of) {
        flatten(x);
        most = std::max(most, x.rows * x.columns);
    }
    if (most == 0) return;
    queue_on(nn, "norm", [&](queue& q) {
        auto const threads = threads_for(most);
        auto const blocks = static_cast<unsigned>(std::min<std::size_t>(most_parts, blocks_for(most, threads)));
        auto const count = static_cast<unsigned>(all.size);
        scratch<double> parts(q, std::size_t{blocks} * count);
        check(launch(squares_kernel, {{blocks, count}, threads, 0, q.stream()}, matrices, parts.data()), "norm");
        check(launch(add_parts_kernel, {count, threads_for(blocks), 0, q.stream()}, parts.data(), blocks, sums),
              "norm");
    });
}

void update(nn_device& nn, update_step const& step, device_values<update_target const> all,
            update_numbers const& guard) {
    auto targets = copy_of(all);
    std::size_t most = 0;
    for (auto& t : targets.of) {
        // The moments are found by the same places, so they must have no gaps either.
        if (t.rows.data == nullptr && (t.first.data == nullptr || t.first.stride == t.first.columns)
            && (t.second.data == nullptr || t.second.stride == t.second.columns))
            flatten(t.gradient, t.values);
        most = std::max(most, values_of(step, t));
    }
    if (most == 0) return;
    queue_on(nn, "update", [&](queue& q) {
        auto const threads = threads_for(most);
        check(launch(update_kernel,
                     {{blocks_for(most, threads), static_cast<unsigned>(all.size)}, threads, 0, q.stream()}, step,
                     targets, guard),
              "update");
    });
}
}
