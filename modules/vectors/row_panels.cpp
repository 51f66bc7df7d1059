module;
#include <cstddef>
#include <span>
#include <utility>
module wordmill.vectors;
import wordmill.core;
import wordmill.linear_algebra;
import :row_panels;

namespace wordmill::detail {
void sparse_panel::add(std::span<float const> vector) {
    expect(size_ < columns_.columns() && vector.size() == columns_.rows(), "sparse_panel: room for the vector");
    auto const columns = columns_.view();
    for (std::size_t d = 0; d < vector.size(); ++d) columns(d, size_) = vector[d];
    ++size_;
}

void sparse_panel::multiply(std::size_t rows, unsigned threads) {
    auto some = vectors_.rows();
    some.rows = rows;
    auto products = products_.view();
    products.rows = rows;
    sparse_product(some, std::as_const(columns_).view(), products, threads);
}
}
