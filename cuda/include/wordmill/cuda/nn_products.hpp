// Plain header between nvcc and the modules: products of matrices for layers.
#pragma once
#include "wordmill/cuda/nn_device.hpp"

namespace wordmill::cuda {
/// An operand, transposed or not.
struct operand {
    float_input matrix;
    bool transposed = false;
};

/// c = a b + beta c, with operands in the precision of the device. This is the only way in which layers multiply
/// matrices, so it decides who computes: cuBLAS, or a kernel of ours that adds in the order of the inner dimension.
void multiply(nn_device& nn, operand a, operand b, float beta, float_matrix c);
/// c = scale a b + beta c in fp32 for each of `lanes` lanes. Row n lanes + b of a matrix is row n of lane b.
void multiply_lanes(nn_device& nn, std::size_t lanes, operand a, operand b, float scale, float beta, float_matrix c);
}
