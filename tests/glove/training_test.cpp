#include "../io/scratch_folder.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.glove;
import wordmill.stats;
import wordmill.stream;
#include "matrices.hpp"

using wordmill::cooccurrence_counts;
using wordmill::failure;
using wordmill::glove_model;
using wordmill::id_at;
using wordmill::random_key;
using wordmill::shuffled_cooccurrences;
using wordmill::train_glove_epoch;

namespace {
auto of(failure kind) {
    return [kind](wordmill::error const& e) { return e.kind() == kind; };
}
std::vector<float> everything(glove_model const& model) {
    std::vector<float> all;
    for (auto const& view : {model.parameters(), model.squared_gradients()})
        for (std::size_t r = 0; r < view.rows; ++r) all.insert(all.end(), view.row(r).begin(), view.row(r).end());
    return all;
}
bool all_finite(glove_model const& model) {
    return std::ranges::all_of(everything(model), [](float x) { return std::isfinite(x); });
}
}

BOOST_AUTO_TEST_SUITE(glove_training)

BOOST_AUTO_TEST_CASE(the_result_does_not_depend_on_threads_or_memory) {
    scratch_folder const folder;
    auto const counts = random_counts(700, 0.1, 1); // 11 parts
    auto const trained = [&](unsigned threads, std::uint64_t memory) {
        shuffled_cooccurrences const entries(counts,
                                             {.memory_bytes = memory, .folder = folder.path, .key = random_key(1)});
        glove_model model({.vocabulary_size = 700, .dimension = 20}, random_key(2));
        double loss = 0;
        for (std::uint64_t epoch = 0; epoch < 3; ++epoch)
            loss = train_glove_epoch(model, entries, {.threads = threads, .epoch = epoch}).sum;
        return std::pair(everything(model), loss);
    };
    auto const expected = trained(1, 1 << 24);
    for (unsigned const threads : {2U, 5U}) BOOST_TEST((trained(threads, 1 << 24) == expected));
    BOOST_TEST((trained(2, 0) == expected));
}

// log x = u_i . v_j + a_i + a_j of rank 3 (u, v in -1 .. 1, a in 1 .. 3) for all pairs of 120 types: 8 dimensions and
// two biases hold it.
BOOST_AUTO_TEST_CASE(a_matrix_of_low_rank_is_learnt) {
    constexpr std::size_t types = 120;
    auto rng = random_key(7).engine();
    std::vector<std::vector<double>> u(2 * types, std::vector<double>(4));
    for (auto& row : u) {
        for (auto& x : row) x = 2 * rng.uniform_double() - 1;
        row[3] += 2;
    }
    std::vector<wordmill::cooccurrence> made;
    for (std::size_t i = 0; i < types; ++i)
        for (std::size_t j = 0; j < types; ++j) {
            auto log_x = u[i][3] + u[j][3];
            for (std::size_t c = 0; c < 3; ++c) log_x += u[i][c] * u[types + j][c];
            made.push_back({id_at(i), id_at(j), static_cast<std::uint64_t>(std::llround(2520 * std::exp(log_x)))});
        }
    shuffled_cooccurrences const entries(cooccurrence_counts(types, 2520, std::move(made)), {.key = random_key(1)});
    glove_model model({.vocabulary_size = types, .dimension = 8}, random_key(2));
    auto const first = train_glove_epoch(model, entries, {}).mean();
    double last = 0;
    for (std::uint64_t epoch = 1; epoch < 150; ++epoch)
        last = train_glove_epoch(model, entries, {.threads = 2, .epoch = epoch}).mean();
    BOOST_TEST(first > 0.1);
    BOOST_TEST(last < 1e-3);
}

BOOST_AUTO_TEST_CASE(one_type_and_extreme_weights_stay_finite) {
    auto const largest = std::numeric_limits<std::uint64_t>::max();
    for (std::uint64_t const weight : {std::uint64_t{1}, std::uint64_t{60}, largest}) {
        shuffled_cooccurrences const entries(cooccurrence_counts(1, 60, {{id_at(0), id_at(0), weight}}), {});
        glove_model model({.vocabulary_size = 1, .dimension = 3}, random_key(1));
        auto const first = train_glove_epoch(model, entries, {.rate = 1}).mean();
        double last = 0;
        for (std::uint64_t epoch = 1; epoch < 1000; ++epoch)
            last = train_glove_epoch(model, entries, {.epoch = epoch, .rate = 1}).mean();
        BOOST_TEST(last < 0.01 * first);
        BOOST_TEST(all_finite(model));
    }
}

BOOST_AUTO_TEST_CASE(rates_and_entries_that_do_not_fit_are_refused) {
    shuffled_cooccurrences const entries(random_counts(20, 0.5, 1), {});
    glove_model model({.vocabulary_size = 20, .dimension = 3}, random_key(1));
    for (double const bad : {0.0, -0.1, 2.0, std::numeric_limits<double>::quiet_NaN()})
        BOOST_CHECK_EXCEPTION(train_glove_epoch(model, entries, {.rate = bad}), wordmill::error, of(failure::usage));
    glove_model other({.vocabulary_size = 21, .dimension = 3}, random_key(1));
    BOOST_CHECK_EXCEPTION(train_glove_epoch(other, entries, {}), wordmill::error, of(failure::usage));
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_ends_training) {
    shuffled_cooccurrences const entries(random_counts(200, 0.5, 1), {});
    glove_model model({.vocabulary_size = 200, .dimension = 3}, random_key(1));
    model.parameters()(17, 1) = std::numeric_limits<float>::quiet_NaN();
    BOOST_CHECK_EXCEPTION(train_glove_epoch(model, entries, {.threads = 2}), wordmill::error, of(failure::bad_data));
}

BOOST_AUTO_TEST_CASE(progress_is_told_and_a_stop_is_heard) {
    shuffled_cooccurrences const entries(random_counts(200, 0.5, 1), {});
    glove_model model({.vocabulary_size = 200, .dimension = 3}, random_key(1));
    wordmill::monitor progress;
    auto const loss = train_glove_epoch(model, entries, {.threads = 2, .rate = 0.07, .progress = progress});
    auto const learnt = progress.learnt();
    BOOST_TEST(learnt.examples == entries.entries());
    BOOST_TEST(learnt.tokens == entries.entries());
    BOOST_TEST(progress.tokens() == entries.entries());
    BOOST_TEST(std::abs(learnt.loss - loss.sum) < 1e-9 * loss.sum);
    BOOST_TEST(learnt.rate == 0.07);
    progress.request_stop();
    BOOST_CHECK_EXCEPTION(train_glove_epoch(model, entries, {.progress = progress}), wordmill::error,
                          of(failure::interrupted));
}

BOOST_AUTO_TEST_SUITE_END()
