#include "device_array.hpp"
#include "device_functions.hpp"
#include "primitives.hpp"
#include "warp.hpp"

namespace wordmill::cuda::test {
namespace {
constexpr unsigned threads = 128;
grid grid_for(std::size_t count) { return {static_cast<unsigned>((count + threads - 1) / threads), threads}; }
__device__ std::size_t number_of_thread() { return std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; }

__global__ void add_kernel(float* table, std::uint32_t const* places, float const* values, std::size_t count) {
    auto const i = number_of_thread();
    if (i < count) add_to(table + std::size_t{4} * places[i], vector_at<float4 const>(values + 4 * i));
}
__global__ void add_twin_kernel(float* table, std::uint32_t const* places, float const* values, std::size_t count) {
    auto const i = number_of_thread();
    if (i >= count) return;
    for (unsigned n = 0; n < 4; ++n) atomicAdd(table + std::size_t{4} * places[i] + n, values[4 * i + n]);
}

__global__ void warp_sums_kernel(float const* values, float* out) {
    auto const lane = threadIdx.x;
    float x[8];
    for (unsigned i = 0; i < 8; ++i) x[i] = values[lane * 8 + i];
    out[lane] = warp_sum(x[0]);
    out[32 + lane] = warp_max(x[0]);
    out[64 + lane] = warp_sum_of_each(x);
}

__global__ void philox_kernel(four_words const* counters, std::uint64_t const* keys, std::size_t count,
                              four_words* out) {
    auto const i = number_of_thread();
    if (i < count) out[i] = philox(counters[i], keys[i]);
}
__global__ void draws_kernel(negative_draws draws, noise_table noise, std::uint32_t target, std::size_t count,
                             std::uint32_t* out) {
    auto const i = number_of_thread();
    if (i < count) out[i] = draws.draw(noise, i, target);
}
}

void call_add_to(adder who, float* table, std::size_t vectors, std::uint32_t const* places, float const* values,
                 std::size_t count) {
    device_array<float> const sums(table, 4 * vectors);
    device_array<std::uint32_t> const at(places, count);
    device_array<float> const added(values, 4 * count);
    check(launch(who == adder::primitive ? add_kernel : add_twin_kernel, grid_for(count), sums.data(), at.data(),
                 added.data(), count),
          "launch");
    sums.read(table);
}

void call_warp_sums(float const* values, float* out) {
    device_array<float> const from(values, std::size_t{32} * 8);
    device_array<float> const to(std::size_t{3} * 32);
    check(launch(warp_sums_kernel, {1, 32}, from.data(), to.data()), "launch");
    to.read(out);
}

void call_philox(four_words const* counters, std::uint64_t const* keys, std::size_t count, four_words* out) {
    device_array<four_words> const from(counters, count);
    device_array<std::uint64_t> const with(keys, count);
    device_array<four_words> const to(count);
    check(launch(philox_kernel, grid_for(count), from.data(), with.data(), count, to.data()), "launch");
    to.read(out);
}

void call_draws(negative_draws draws, noise_table noise, std::uint32_t target, std::size_t count, std::uint32_t* out) {
    device_array<noise_column> const columns(noise.columns, noise.size);
    device_array<std::uint32_t> const after(noise.after, noise.size);
    device_array<std::uint32_t> const to(count);
    check(launch(draws_kernel, grid_for(count), draws, noise_table{columns.data(), after.data(), noise.size}, target,
                 count, to.data()),
          "launch");
    to.read(out);
}
}
