#pragma once
// The including file imports wordmill.core first.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

/// Weights large enough for every part of the sigmoid to be met.
inline void scatter(wordmill::matrix_view<float> weights, std::uint64_t seed) {
    auto rng = wordmill::random_key(seed).engine();
    for (std::size_t r = 0; r < weights.rows; ++r)
        for (auto& x : weights.row(r)) x = rng.uniform() - 0.5F;
}
inline wordmill::matrix<double> in_double(wordmill::matrix_view<float const> weights) {
    wordmill::matrix<double> m(weights.rows, weights.columns);
    for (std::size_t r = 0; r < weights.rows; ++r)
        for (std::size_t c = 0; c < weights.columns; ++c) m.view()(r, c) = static_cast<double>(weights(r, c));
    return m;
}
inline double largest_difference(wordmill::matrix_view<float const> a, wordmill::matrix_view<double const> b) {
    double most = 0;
    for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t c = 0; c < a.columns; ++c)
            most = std::max(most, std::abs(static_cast<double>(a(r, c)) - b(r, c)));
    return most;
}
