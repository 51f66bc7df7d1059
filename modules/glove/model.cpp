module;
#include "kernels.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
module wordmill.glove;
import wordmill.core;
import :model;
import :reference;

namespace wordmill {
namespace {
[[noreturn]] void refuse(std::string const& expected, double found) {
    throw error(failure::usage, "GloVe: expected " + expected + ", found " + std::to_string(found));
}

void check(glove_objective const& o) {
    if (!(o.x_max > 0 && o.x_max <= 1e30)) refuse("an x_max above 0, at most 1e30", o.x_max);
    if (!(o.alpha >= 0 && o.alpha <= 100)) refuse("an alpha of 0 to 100", o.alpha);
    // Squares of clipped gradients stay far from what a float can hold, so that nothing overflows.
    if (!(o.clip > 0 && o.clip <= 1e6)) refuse("gradients clipped above 0, at most at 1e6", o.clip);
}
}

std::size_t glove_model::memory_bytes(std::size_t vocabulary_size, std::size_t dimension) {
    if (vocabulary_size == 0) throw error(failure::usage, "GloVe: expected a vocabulary of 1 type or more, found none");
    if (dimension == 0 || dimension > glove_kernels::most_dimension)
        throw error(failure::usage, "GloVe: expected a dimension of 1 to "
                                        + std::to_string(glove_kernels::most_dimension) + ", found "
                                        + std::to_string(dimension));
    return checked_product(vocabulary_size, 4 * glove_kernels::stride_of(dimension) * sizeof(float));
}

glove_model::glove_model(glove_options const& options, random_key key)
    : options_(options),
      stride_(glove_kernels::stride_of(options.dimension)),
      memory_(memory_bytes(options.vocabulary_size, options.dimension), "GloVe") {
    check(options.objective);
    auto const width = 1.0F / static_cast<float>(options.dimension);
    for (std::size_t r = 0; r < parameters().rows; ++r) {
        auto rng = key.fold_in(r).engine();
        for (auto& value : parameters().row(r)) value = (rng.uniform() - 0.5F) * width;
        for (std::size_t c = 0; c < stride_; ++c) memory_.as<float>()[(2 * r + 1) * stride_ + c] = 1;
    }
}

matrix_view<float> glove_model::parameters() noexcept {
    return {memory_.as<float>(), 2 * options_.vocabulary_size, options_.dimension + 1, 2 * stride_};
}
matrix_view<float const> glove_model::parameters() const noexcept {
    return {memory_.as<float>(), 2 * options_.vocabulary_size, options_.dimension + 1, 2 * stride_};
}
matrix_view<float> glove_model::squared_gradients() noexcept {
    return {memory_.as<float>() + stride_, 2 * options_.vocabulary_size, options_.dimension + 1, 2 * stride_};
}
matrix_view<float const> glove_model::squared_gradients() const noexcept {
    return {memory_.as<float>() + stride_, 2 * options_.vocabulary_size, options_.dimension + 1, 2 * stride_};
}

void glove_model::vector_of(token_id id, std::span<float> to, glove_vector which) const {
    expect(to.size() == options_.dimension, "a vector has the model's dimension");
    expect(index(id) < options_.vocabulary_size, "a vector is of a type of the vocabulary");
    auto const word = parameters().row(index(id));
    auto const context = parameters().row(options_.vocabulary_size + index(id));
    for (std::size_t c = 0; c < to.size(); ++c)
        to[c] = (which == glove_vector::context ? 0.0F : word[c]) + (which == glove_vector::word ? 0.0F : context[c]);
}

std::string_view glove_model::instruction_set() { return glove_kernels::instruction_set(); }
}
