module;
#include <algorithm>
#include <cstddef>
module wordmill.nn;
import :cpu;
import :operation_code;
import wordmill.core;

namespace wordmill::detail {
void cpu_shared::copy(const_mat from, mat to) {
    expect(same_shape(from, to), "copy: two matrices of one shape");
    for_pieces(from, whole(from, to), [&](std::size_t r, std::size_t c, std::size_t n) {
        std::copy_n(from.data + r * from.stride + c, n, to.data + r * to.stride + c);
    });
}
void cpu_shared::fill(mat x, float value) {
    for_pieces(x, whole(x),
               [&](std::size_t r, std::size_t c, std::size_t n) { std::fill_n(x.data + r * x.stride + c, n, value); });
}
}
