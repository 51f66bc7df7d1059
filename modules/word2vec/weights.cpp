module;
#include "kernels.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <sys/mman.h>
module wordmill.word2vec;
import wordmill.core;
import :weights;

namespace wordmill {
namespace {
std::size_t stride_of(std::size_t dimension) {
    if (dimension == 0) throw error(failure::usage, "word vectors: expected a dimension of 1 or more, found 0");
    return checked_product((dimension - 1) / kernels::row_floats + 1, kernels::row_floats);
}
}

std::size_t embedding_weights::memory_bytes(std::size_t input_rows, std::size_t output_rows, std::size_t dimension) {
    expect(output_rows <= input_rows, "each type has a row of input");
    (void)checked_product(checked_product(input_rows, stride_of(dimension)), 2 * sizeof(float));
    return (input_rows + output_rows) * stride_of(dimension) * sizeof(float);
}

void embedding_weights::unmap::operator()(float* memory) const noexcept { ::munmap(memory, bytes); }

std::unique_ptr<float[], embedding_weights::unmap> embedding_weights::allocate(std::size_t rows, std::size_t stride) {
    auto const bytes = checked_product(checked_product(rows, stride), sizeof(float));
    auto* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw error(failure::resource, "word vectors: " + format_bytes(bytes) + " of memory are not to be had");
    ::madvise(memory, bytes, MADV_HUGEPAGE); // a wish: rows are read in no order
    return {static_cast<float*>(memory), unmap{bytes}};
}

embedding_weights::embedding_weights(std::size_t input_rows, std::size_t output_rows, std::size_t dimension,
                                     random_key key)
    : input_rows_(input_rows), output_rows_(output_rows), dimension_(dimension), stride_(stride_of(dimension)) {
    expect(output_rows > 0, "word vectors need a vocabulary");
    (void)memory_bytes(input_rows, output_rows, dimension);
    input_ = allocate(input_rows_, stride_);
    output_ = allocate(output_rows_, stride_);
    auto const width = 1.0F / static_cast<float>(dimension);
    for (std::size_t r = 0; r < input_rows_; ++r) {
        auto rng = key.fold_in(r).engine();
        for (auto& value : input().row(r)) value = (rng.uniform() - 0.5F) * width;
    }
}
}
