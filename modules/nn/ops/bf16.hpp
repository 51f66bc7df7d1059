#pragma once
// Rounding of floats to bf16. The interface of bf16_kernels.cpp, whose code is chosen for the processor at run time.
#include <cstddef>
#include <cstdint>

namespace wordmill::bf16_kernels {
/// Rounds a matrix [rows, columns] into `to`, row by row without gaps. Value (i, j) is at from[i * i_step + j].
void round_rows(float const* from, std::size_t i_step, std::size_t rows, std::size_t columns, std::uint16_t* to);
/// The same for a matrix with value (i, j) at from[i + j * j_step].
void round_columns(float const* from, std::size_t j_step, std::size_t rows, std::size_t columns, std::uint16_t* to);
}
