module;
#include "kernels.hpp"

#include <cstddef>
#include <span>
module wordmill.word2vec;
import wordmill.core;
import :weights;

namespace wordmill {
std::size_t embedding_weights::stride_of(std::size_t dimension) {
    if (dimension == 0) throw error(failure::usage, "word vectors: expected a dimension of 1 or more, found 0");
    return checked_product((dimension - 1) / kernels::row_floats + 1, kernels::row_floats);
}

std::size_t embedding_weights::memory_bytes(std::size_t input_rows, std::size_t output_rows, std::size_t dimension) {
    expect(output_rows <= input_rows, "each type has a row of input");
    (void)checked_product(checked_product(input_rows, stride_of(dimension)), 2 * sizeof(float));
    return (input_rows + output_rows) * stride_of(dimension) * sizeof(float);
}

embedding_weights::embedding_weights(std::size_t input_rows, std::size_t output_rows, std::size_t dimension,
                                     double first_values, random_key key)
    : input_rows_(input_rows), output_rows_(output_rows), dimension_(dimension), stride_(stride_of(dimension)) {
    expect(output_rows > 0, "word vectors need a vocabulary");
    (void)memory_bytes(input_rows, output_rows, dimension);
    auto const allocate = [&](std::size_t rows) {
        return mapped_memory(checked_product(checked_product(rows, stride_), sizeof(float)), "word vectors");
    };
    input_ = allocate(input_rows_);
    output_ = allocate(output_rows_);
    auto const width = static_cast<float>(2 * first_values / static_cast<double>(dimension));
    for (std::size_t r = 0; r < input_rows_; ++r) {
        auto rng = key.fold_in(r).engine();
        for (auto& value : input().row(r)) value = (rng.uniform() - 0.5F) * width;
    }
}
}
