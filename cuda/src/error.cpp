#include "wordmill/cuda/error.hpp"
#include <cstdio>

namespace wordmill::cuda {
cuda_error::cuda_error(int code, char const* message) noexcept : code_(code) {
    std::snprintf(text_, sizeof text_, "%s", message);
}
}
