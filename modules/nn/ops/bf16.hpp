#pragma once
// Floats rounded to bf16, chosen for the processor at run time: the plain face of bf16_kernels.cpp.
#include <cstddef>
#include <cstdint>

namespace wordmill::bf16_kernels {
/// A matrix [rows, columns] to `to`, row by row without gaps. Value (i, j) is at i * i_step + j,
void round_rows(float const* from, std::size_t i_step, std::size_t rows, std::size_t columns, std::uint16_t* to);
/// or at i + j * j_step.
void round_columns(float const* from, std::size_t j_step, std::size_t rows, std::size_t columns, std::uint16_t* to);
}
