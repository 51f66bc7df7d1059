module;
#include "wordmill/cuda/nn_products.hpp"
#include <cstddef>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
void cuda_products::multiply(transposed a_form, const_view a, transposed b_form, const_view b, float beta, view c) {
    auto const a_turned = a_form == transposed::yes, b_turned = b_form == transposed::yes;
    expect((a_turned ? a.columns : a.rows) == c.rows && (b_turned ? b.rows : b.columns) == c.columns
               && (b_turned ? b.columns : b.rows) == (a_turned ? a.rows : a.columns),
           "multiply: [m, k] times [k, n] is [m, n]");
    on_cuda([&] { cuda::multiply(device_, {there(a), a_turned}, {there(b), b_turned}, beta, there(c)); });
}
}
