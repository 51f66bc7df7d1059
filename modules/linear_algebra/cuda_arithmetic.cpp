module;
#include "wordmill/cuda/svd_on_device.hpp"
#include <cstddef>
#include <vector>
module wordmill.linear_algebra;
import wordmill.compute;
import wordmill.core;
import :cuda_arithmetic;
import :tall_matrix;

namespace wordmill::detail {
namespace {
cuda::sparse_matrix plain(csr_view<float const> a) {
    return {a.rows, a.columns, a.row_offsets.data(), a.columns_of.data(), a.values.data()};
}
}

std::size_t device_bytes(csr_view<float const> a) {
    return cuda::svd_on_device::bytes_of(a.rows, a.columns, a.nonzeros());
}
cuda_arithmetic::cuda_arithmetic(csr_view<float const> a, bool turned)
    : tall_arithmetic(cuda_queue()), device_(device_queue_of(*queue()), plain(a), turned) {}

cuda::tall cuda_arithmetic::there(tall_view x) noexcept {
    auto const m = memory_of(x);
    return {m.data, m.rows, m.columns, m.stride};
}

void cuda_arithmetic::copy(tall_view from, tall_view to) {
    on_cuda([&] { device_.copy(there(from), there(to)); });
}

void cuda_arithmetic::times(tall_view x, tall_view y) {
    on_cuda([&] { device_.times(there(x), there(y)); });
}
void cuda_arithmetic::transposed_times(tall_view y, tall_view x) {
    on_cuda([&] { device_.transposed_times(there(y), there(x)); });
}

matrix<double> cuda_arithmetic::gram(tall_view x) {
    auto sum = gram(x, x);
    for (std::size_t r = 0; r < x.columns; ++r)
        for (std::size_t c = 0; c < r; ++c) sum.view()(r, c) = sum.view()(c, r);
    return sum;
}
matrix<double> cuda_arithmetic::gram(tall_view x, tall_view y) {
    matrix<double> sum(x.columns, y.columns);
    on_cuda([&] { device_.gram(there(x), there(y), sum.view().data); });
    return sum;
}
matrix<double> cuda_arithmetic::quick_gram(tall_view x, tall_view y) { return gram(x, y); }

void cuda_arithmetic::subtract(tall_view x, matrix_view<double const> c, tall_view z) {
    on_cuda([&] { device_.subtract(there(x), narrowed(c).data(), there(z)); });
}
void cuda_arithmetic::rotate(tall_view x, matrix_view<double const> c) {
    expect(c.rows == x.columns && c.columns <= c.rows, "rotate: [n, p] by [p, q], q <= p");
    on_cuda([&] { device_.rotate(there(x), narrowed(c).data(), c.columns); });
}
void cuda_arithmetic::divide(tall_view x, std::vector<double> const& s, tall_view to) {
    on_cuda([&] { device_.divide(there(x), s.data(), there(to)); });
}
void cuda_arithmetic::add_squares(tall_view x, tall_view y, std::vector<double> const& s, std::vector<double>& sums) {
    on_cuda([&] { device_.add_squares(there(x), there(y), s.data(), sums.data()); });
}
}
