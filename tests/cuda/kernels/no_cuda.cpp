#include "warp_functions.hpp"
#include "wordmill/cuda/error.hpp"

namespace wordmill::cuda::test {
void call_warp_functions(std::uint32_t*) { throw cuda_error(-1, "built without CUDA"); }
void call_memory_functions(float*) { throw cuda_error(-1, "built without CUDA"); }
}
