#include <algorithm>
#include <array>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>
import wordmill.core;
import wordmill.glove;
import wordmill.stats;
import wordmill.stream;
#include "../worse_of.hpp"
#include "matrices.hpp"

namespace data = boost::unit_test::data;
using wordmill::failure;
using wordmill::glove_model;
using wordmill::glove_objective;
using wordmill::glove_vector;
using wordmill::matrix;
using wordmill::matrix_view;
using wordmill::random_key;
using wordmill::shuffled_cooccurrences;

namespace {
matrix<double> in_double(matrix_view<float const> from) {
    matrix<double> to(from.rows, from.columns);
    for (std::size_t r = 0; r < from.rows; ++r)
        for (std::size_t c = 0; c < from.columns; ++c) to.view()(r, c) = static_cast<double>(from(r, c));
    return to;
}
double largest_difference(matrix_view<float const> a, matrix<double> const& b) {
    double most = 0;
    for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t c = 0; c < a.columns; ++c)
            most = worse_of(most, std::abs(static_cast<double>(a(r, c)) - b.view()(r, c)));
    return most;
}

/// An epoch by `reference`, entry after entry; returns the loss.
double train(matrix<double>& parameters, matrix<double>& squares, shuffled_cooccurrences const& entries,
             std::uint64_t epoch, double rate, glove_objective const& objective) {
    double loss = 0;
    std::vector<wordmill::placed_cooccurrence> block;
    std::vector<double> d_word(parameters.columns());
    std::vector<double> d_context(parameters.columns());
    auto const parts = entries.parts();
    for (auto const shift : entries.shifts(epoch))
        for (std::size_t part = 0; part < parts; ++part) {
            entries.read(epoch, part, (part + shift) % parts, block);
            for (auto const& e : block) {
                auto const w = e.row_place() * parts + part;
                auto const c = entries.size() + e.column_place() * parts + (part + shift) % parts;
                auto const word = parameters.view().row(w);
                auto const context = parameters.view().row(c);
                loss += wordmill::reference::glove_gradient<double>(word, context, static_cast<double>(e.weight()),
                                                                    objective, d_word, d_context);
                wordmill::reference::glove_descend<double>(word, squares.view().row(w), d_word, rate, objective);
                wordmill::reference::glove_descend<double>(context, squares.view().row(c), d_context, rate, objective);
            }
        }
    return loss;
}

template <class Call> bool refused(Call call, failure kind) {
    try {
        call();
    } catch (wordmill::error const& e) {
        return e.kind() == kind;
    }
    return false;
}
}

BOOST_AUTO_TEST_SUITE(glove_vectors)

// Two epochs of 60 (one part) and 200 types (3 parts); with the small clip most gradients of the first are cut.
BOOST_DATA_TEST_CASE(training_equals_the_reference_in_double,
                     data::make({1, 14, 15, 16, 31, 50, 100, 300}) * data::make({60, 200}) * data::make({0.05, 100.0}),
                     dimension, types, clip) {
    auto const v = static_cast<std::size_t>(types);
    glove_objective const objective{.x_max = 20, .alpha = 0.6, .clip = clip};
    shuffled_cooccurrences const entries(random_counts(v, 0.2, 4), {.key = random_key(2)});
    glove_model model({.vocabulary_size = v, .dimension = static_cast<std::size_t>(dimension), .objective = objective},
                      random_key(1));
    auto const& made = model;
    auto parameters = in_double(made.parameters());
    auto squares = in_double(made.squared_gradients());
    for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
        auto const loss = wordmill::train_glove_epoch(model, entries, {.epoch = epoch, .rate = 0.1});
        auto const expected = train(parameters, squares, entries, epoch, 0.1, objective);
        BOOST_TEST(loss.count == entries.entries());
        BOOST_TEST(std::abs(loss.sum - expected) < 1e-4 * expected);
    }
    BOOST_TEST(largest_difference(made.parameters(), parameters) < 2e-4);
    BOOST_TEST(largest_difference(made.squared_gradients(), squares) < 2e-3);
}

BOOST_AUTO_TEST_CASE(a_model_begins_with_small_parameters_and_squares_of_one) {
    glove_model const model({.vocabulary_size = 50, .dimension = 20}, random_key(1));
    float least = 1;
    float most = -1;
    for (std::size_t r = 0; r < 100; ++r)
        for (std::size_t c = 0; c < 21; ++c) {
            least = std::min(least, model.parameters()(r, c));
            most = std::max(most, model.parameters()(r, c));
            BOOST_TEST(model.squared_gradients()(r, c) == 1.0F);
        }
    // 2100 uniform values in -0.025 .. 0.025 come close to both ends.
    BOOST_TEST((least >= -0.025F && least < -0.0249F && most <= 0.025F && most > 0.0249F));
    glove_model const other({.vocabulary_size = 50, .dimension = 20}, random_key(2));
    BOOST_TEST(other.parameters()(3, 3) != model.parameters()(3, 3));
}

BOOST_AUTO_TEST_CASE(a_vector_is_that_of_the_word_or_the_context_or_their_sum) {
    glove_model model({.vocabulary_size = 2, .dimension = 2}, random_key(1));
    auto const p = model.parameters();
    BOOST_TEST(p.rows == 4u);
    BOOST_TEST(p.columns == 3u);
    p(1, 0) = 1;
    p(1, 1) = 2;
    p(3, 0) = 10;
    p(3, 1) = 20;
    std::array<float, 2> v{};
    auto const id = wordmill::id_at(1);
    model.vector_of(id, v);
    BOOST_TEST((v == std::array<float, 2>{11, 22}));
    model.vector_of(id, v, glove_vector::word);
    BOOST_TEST((v == std::array<float, 2>{1, 2}));
    model.vector_of(id, v, glove_vector::context);
    BOOST_TEST((v == std::array<float, 2>{10, 20}));
}

BOOST_AUTO_TEST_CASE(options_without_meaning_are_refused) {
    auto const nan = std::numeric_limits<double>::quiet_NaN();
    auto const made = [](std::size_t types, std::size_t dimension, glove_objective objective) {
        return refused([&] { glove_model({types, dimension, objective}, random_key(1)); }, failure::usage);
    };
    BOOST_TEST(!made(2, 2, {}));
    BOOST_TEST(made(0, 2, {}));
    BOOST_TEST(made(2, 0, {}));
    BOOST_TEST(made(2, std::size_t{1} << 40, {}));
    for (double const bad : {0.0, -1.0, nan, std::numeric_limits<double>::infinity()}) {
        BOOST_TEST(made(2, 2, {.x_max = bad}));
        BOOST_TEST(made(2, 2, {.clip = bad}));
    }
    for (double const bad : {-0.5, nan, std::numeric_limits<double>::infinity()})
        BOOST_TEST(made(2, 2, {.alpha = bad}));
    BOOST_TEST(refused([] { (void)glove_model::memory_bytes(std::size_t{1} << 60, 100); }, failure::resource));
}

// 101 parameters are 7 lines of 16 floats; with their squares 14; two rows a type. 1000 types make 15 parts, 225
// blocks: 450 000 entries of 8 bytes are 16 000 a block, of which two threads want two each. Beyond the memory, a block
// has a buffer of 256 entries at least.
BOOST_AUTO_TEST_CASE(memory_is_that_of_rows_in_whole_cache_lines_and_of_entries) {
    constexpr std::uint64_t model = 1000 * 2 * 14 * 64;
    wordmill::glove_options const options{.vocabulary_size = 1000};
    BOOST_TEST(glove_model::memory_bytes(1000, 100) == model);
    BOOST_TEST(wordmill::glove_memory_bytes(options, 450'000, 4'000'000, 2) == model + 3'600'000 + 4 * 16'000);
    BOOST_TEST(wordmill::glove_memory_bytes(options, 450'000, 1'000'000, 2) == model + 1'000'000 + 4 * 16'000);
    BOOST_TEST(wordmill::glove_memory_bytes(options, 450'000, 0, 2) == model + 225 * 256 * 8 + 4 * 16'000);
}

BOOST_AUTO_TEST_SUITE_END()
