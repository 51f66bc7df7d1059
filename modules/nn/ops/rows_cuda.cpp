module;
#include "wordmill/cuda/nn_rows.hpp"
#include <cstddef>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
void cuda_rows::gather(const_view table, id_span rows, view out) {
    expect(rows.size() == out.rows && table.columns == out.columns, "gather: a row for every number");
    on_cuda([&] { cuda::gather(device_, there(table), there(rows), there(out)); });
}
void cuda_rows::scatter_add(const_view x, id_span rows, view table) {
    expect(rows.size() == x.rows && table.columns == x.columns, "scatter_add: a number for every row");
    on_cuda([&] { cuda::scatter_add(device_, there(x), there(rows), there(table)); });
}
void cuda_rows::sum_into(const_view x, number_span places, view to) {
    expect(places.size() == x.rows && to.columns == x.columns, "sum_into: a place for every row");
    on_cuda([&] { cuda::sum_into(device_, there(x), there(places), there(to)); });
}
void cuda_rows::dot_rows(const_view a, const_view h, view out) {
    expect(out.rows == h.rows && a.rows == out.rows * out.columns && a.columns == h.columns,
           "dot_rows: [N K, D] and [N, D] give [N, K]");
    on_cuda([&] { cuda::dot_rows(device_, there(a), there(h), there(out)); });
}
void cuda_rows::dot_rows_backward(const_view d_out, const_view a, const_view h, view d_a, view d_h) {
    expect(d_out.rows == h.rows && a.rows == d_out.rows * d_out.columns && a.columns == h.columns && d_a.rows == a.rows
               && d_a.columns == a.columns && d_h.rows == h.rows && d_h.columns == h.columns,
           "dot_rows_backward: gradients of one shape");
    on_cuda([&] { cuda::dot_rows_backward(device_, there(d_out), there(a), there(h), there(d_a), there(d_h)); });
}
void cuda_rows::reverse_steps(std::size_t lanes, const_view x, number_span lengths, view y) {
    expect(x.rows == y.rows && x.columns == y.columns && lanes > 0 && x.rows % lanes == 0
               && (lengths.empty() || lengths.size() == lanes),
           "reverse_steps: two matrices of one shape, a length of every lane");
    on_cuda([&] { cuda::reverse_steps(device_, lanes, there(x), there(lengths), there(y)); });
}
void cuda_rows::repeat_rows(const_view from, view to) {
    expect(from.columns == to.columns && from.rows > 0 && to.rows % from.rows == 0, "repeat_rows: [B, H] to [T B, H]");
    on_cuda([&] { cuda::repeat_rows(device_, there(from), there(to)); });
}
void cuda_rows::sum_steps(const_view x, float beta, view to) {
    expect(x.columns == to.columns && to.rows > 0 && x.rows % to.rows == 0, "sum_steps: [T B, H] to [B, H]");
    on_cuda([&] { cuda::sum_steps(device_, there(x), beta, there(to)); });
}
}
