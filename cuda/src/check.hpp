// For .cu files only: every call of the CUDA runtime goes through check().
#pragma once
#include "wordmill/cuda/error.hpp"
#include <cstring>
#include <cuda_runtime.h>
#include <source_location>

namespace wordmill::cuda {
static_assert(cudaErrorMemoryAllocation == 2, "what cuda_error::out_of_memory() goes by");

/// The name of the file, without folders of the machine that it was built on.
inline char const* file_of(std::source_location where) noexcept {
    char const* const slash = std::strrchr(where.file_name(), '/');
    return slash == nullptr ? where.file_name() : slash + 1;
}

[[noreturn]] void fail(cudaError_t code, char const* what, std::source_location where);

/// Throws cuda_error naming the caller's file and line when a runtime call failed.
inline void check(cudaError_t code, char const* what, std::source_location where = std::source_location::current()) {
    if (code != cudaSuccess) fail(code, what, where);
}
}
