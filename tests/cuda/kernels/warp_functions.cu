#include "device_array.hpp"
#include "primitives.hpp"
#include "warp.hpp"
#include "warp_functions.hpp"

namespace wordmill::cuda::test {
namespace {
__global__ void warp_functions_kernel(std::uint32_t* out) {
    constexpr unsigned all = whole_warp;
    unsigned const lane = threadIdx.x;
    unsigned const results[warp_functions] = {__shfl_sync(all, lane, 35),
                                              __shfl_sync(all, lane, 3, 8),
                                              __shfl_xor_sync(all, lane, 5),
                                              __shfl_xor_sync(all, lane, 12, 8),
                                              __shfl_down_sync(all, lane, 20),
                                              __shfl_down_sync(all, lane, 3, 8),
                                              __shfl_up_sync(all, lane, 20),
                                              __shfl_up_sync(all, lane, 3, 8),
                                              __ballot_sync(all, lane % 16 == 1),
                                              static_cast<unsigned>(__any_sync(all, lane > 30)),
                                              static_cast<unsigned>(__all_sync(all, lane > 0)),
                                              __reduce_add_sync(all, lane),
                                              __reduce_max_sync(all, lane ^ 5),
                                              __reduce_min_sync(all, lane ^ 5),
                                              __reduce_add_sync(lane < 16 ? 0xffff : 0xffff0000, lane)};
    for (unsigned i = 0; i < warp_functions; ++i) out[i * 32 + lane] = results[i];
}

__global__ void memory_functions_kernel(float* out, double* wide, unsigned* whole, unsigned long long* large) {
    auto const lane = threadIdx.x;
    add_to(out, {1, 2, 3, static_cast<float>(lane)});
    atomicAdd(wide, 0.5);
    atomicAdd(whole, lane);
    atomicMax(whole + 1, lane * 7 + blockIdx.x);
    atomicAdd(large, 1ULL << 32);
    if (blockIdx.x == 2 && lane == 0) __stcg(out + 4, __ldcg(out + 5) + 4);
}
}

void call_warp_functions(std::uint32_t* out) {
    device_array<std::uint32_t> const results(std::size_t{warp_functions} * 32);
    check(launch(warp_functions_kernel, {1, 32}, results.data()), "launch");
    results.read(out);
}

void call_memory_functions(float* out) {
    device_array<float> const sums(8);
    device_array<double> const wide(1);
    device_array<unsigned> const whole(2);
    device_array<unsigned long long> const large(1);
    check(launch(memory_functions_kernel, {3, 32}, sums.data(), wide.data(), whole.data(), large.data()), "launch");
    float some[8];
    double wide_sum = 0;
    unsigned whole_numbers[2];
    unsigned long long large_sum = 0;
    sums.read(some);
    wide.read(&wide_sum);
    whole.read(whole_numbers);
    large.read(&large_sum);
    for (unsigned i = 0; i < 4; ++i) out[i] = some[i];
    out[4] = some[4];
    out[5] = static_cast<float>(wide_sum);
    out[6] = static_cast<float>(whole_numbers[0] + 1000 * whole_numbers[1]);
    out[7] = static_cast<float>(large_sum >> 32);
}
}
