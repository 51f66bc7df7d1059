#include "device_functions.hpp"
#include "warp_functions.hpp"
#include "wordmill/cuda/error.hpp"

namespace wordmill::cuda::test {
namespace {
[[noreturn]] void fail() { throw cuda_error(-1, "built without CUDA"); }
}
void call_warp_functions(std::uint32_t*) { fail(); }
void call_memory_functions(float*) { fail(); }
void call_add_to(adder, float*, std::size_t, std::uint32_t const*, float const*, std::size_t) { fail(); }
void call_warp_sums(float const*, float*) { fail(); }
void call_philox(four_words const*, std::uint64_t const*, std::size_t, four_words*) { fail(); }
void call_draws(negative_draws, noise_table, std::uint32_t, std::size_t, std::uint32_t*) { fail(); }
}
