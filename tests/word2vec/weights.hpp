#pragma once
// The including file imports wordmill.batch, wordmill.core and wordmill.word2vec first.
#include "../worse_of.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

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
            most = worse_of(most, std::abs(static_cast<double>(a(r, c)) - b(r, c)));
    return most;
}

/// Three rounds of a batch in order give the same weights and loss, bit for bit, on 1, 2, 3 and 7 threads.
inline void same_on_any_threads(wordmill::word2vec_options const& options, wordmill::window_batch const& batch) {
    auto const train = [&](unsigned threads) {
        wordmill::word2vec_model model(options, wordmill::random_key(1));
        wordmill::ordered_scratch scratch(threads);
        double loss = 0;
        for (int epoch = 0; epoch < 3; ++epoch) loss = model.step_in_order(batch, 0.01F, scratch).sum;
        std::vector<float> all;
        wordmill::word2vec_model const& trained = model;
        for (auto const& weights : {trained.weights().input(), trained.weights().output()})
            all.insert(all.end(), weights.data, weights.data + weights.rows * weights.stride);
        return std::pair(all, loss);
    };
    auto const expected = train(1);
    for (unsigned threads : {2U, 3U, 7U}) {
        auto const got = train(threads);
        BOOST_TEST((got.first == expected.first));
        BOOST_TEST(got.second == expected.second);
    }
}
