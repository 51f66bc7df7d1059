#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.word2vec;
#include "batches.hpp"
#include "weights.hpp"

namespace data = boost::unit_test::data;
using wordmill::architecture;
using wordmill::cbow_input;
using wordmill::negative_sharing;

namespace {
constexpr std::size_t vocabulary = 40;

}

BOOST_AUTO_TEST_SUITE(fast_model)

BOOST_AUTO_TEST_CASE(input_vectors_begin_uniform_in_the_given_range_and_output_vectors_with_zeros) {
    for (double const range : {0.0, 0.5, 4.0}) {
        wordmill::word2vec_model model({.vocabulary_size = 1000, .dimension = 50, .first_values = range},
                                       wordmill::random_key(1));
        wordmill::word2vec_model const& m = model;
        double sum = 0;
        double squares = 0;
        double largest = 0;
        for (std::size_t r = 0; r < 1000; ++r)
            for (auto const x : m.weights().input().row(r)) {
                sum += static_cast<double>(x);
                squares += static_cast<double>(x) * static_cast<double>(x);
                largest = std::max(largest, std::abs(static_cast<double>(x)));
            }
        for (std::size_t r = 0; r < 1000; ++r)
            for (auto const x : m.weights().output().row(r)) BOOST_TEST(x == 0.0F);
        // a uniform distribution over -a .. a has the mean 0 and the variance a^2 / 3; 50,000 values
        auto const a = range / 50;
        BOOST_TEST(std::abs(sum / 50'000) <= 0.02 * a);
        BOOST_TEST(std::abs(squares / 50'000 - a * a / 3) <= 0.02 * a * a);
        BOOST_TEST(largest <= a * (1 + 1e-6));
        BOOST_TEST(largest >= a * 0.99);
    }
    BOOST_CHECK_THROW(wordmill::word2vec_model({.vocabulary_size = 2, .first_values = -1}, wordmill::random_key(1)),
                      wordmill::error);
}

BOOST_DATA_TEST_CASE(a_step_equals_the_reference_in_double,
                     data::make({1, 15, 16, 17, 100, 300}) * data::make({0, 1, 5, 6, 20}) * data::make({0, 1, 2}),
                     dimension, negatives, shared) {
    auto const sharing = static_cast<negative_sharing>(shared);
    auto const batch = random_batch(vocabulary, 30, static_cast<std::uint32_t>(negatives), sharing, 9);
    struct kind {
        architecture what;
        cbow_input form;
    };
    for (auto const& [what, form] :
         {kind{architecture::skip_gram, cbow_input::mean}, kind{architecture::cbow, cbow_input::mean},
          kind{architecture::cbow, cbow_input::sum}, kind{architecture::cbow, cbow_input::mean_with_whole_gradient}}) {
        wordmill::word2vec_model model({.vocabulary_size = vocabulary,
                                        .dimension = static_cast<std::size_t>(dimension),
                                        .architecture = what,
                                        .cbow = form},
                                       wordmill::random_key(1));
        scatter(model.weights().input(), 2);
        scatter(model.weights().output(), 3);
        wordmill::word2vec_model const& before = model;
        auto input = in_double(before.weights().input());
        auto output = in_double(before.weights().output());
        wordmill::training_scratch scratch;
        auto const got = model.step(batch, 0.05F, scratch);
        auto const expected =
            what == architecture::skip_gram
                ? wordmill::reference::train_skip_gram<double>(input.view(), output.view(), batch, 0.05)
                : wordmill::reference::train_cbow<double>(input.view(), output.view(), batch, form, 0.05);
        BOOST_TEST(got.count == expected.count);
        BOOST_TEST(std::abs(got.sum - expected.sum) < 1e-4 * expected.sum);
        wordmill::matrix<double> const& in = input;
        wordmill::matrix<double> const& out = output;
        BOOST_TEST(largest_difference(before.weights().input(), in.view()) < 2e-5);
        BOOST_TEST(largest_difference(before.weights().output(), out.view()) < 2e-5);
    }
}

BOOST_DATA_TEST_CASE(training_in_order_does_not_depend_on_the_number_of_threads, data::make({0, 1}),
                     contexts_together) {
    auto const what = contexts_together == 1 ? architecture::cbow : architecture::skip_gram;
    auto const batch = random_batch(vocabulary, 1000, 5, negative_sharing::window, 4);
    same_on_any_threads({.vocabulary_size = vocabulary, .dimension = 50, .architecture = what}, batch);
}

// A batch of one window leaves no choice of order.
BOOST_AUTO_TEST_CASE(training_in_order_is_the_reference_where_nothing_is_stale) {
    for (auto what : {architecture::skip_gram, architecture::cbow})
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            auto const batch = random_batch(vocabulary, 1, 5, negative_sharing::window, seed);
            if (what == architecture::skip_gram && batch.pairs() > 16) continue; // then the reference takes two turns
            wordmill::word2vec_model model({.vocabulary_size = vocabulary, .dimension = 20, .architecture = what},
                                           wordmill::random_key(1));
            scatter(model.weights().input(), 2);
            scatter(model.weights().output(), 3);
            wordmill::word2vec_model const& trained = model;
            auto input = in_double(trained.weights().input());
            auto output = in_double(trained.weights().output());
            wordmill::ordered_scratch scratch(2);
            auto const got = model.step_in_order(batch, 0.05F, scratch);
            auto const expected =
                what == architecture::skip_gram
                    ? wordmill::reference::train_skip_gram<double>(input.view(), output.view(), batch, 0.05)
                    : wordmill::reference::train_cbow<double>(input.view(), output.view(), batch,
                                                              cbow_input::mean_with_whole_gradient, 0.05);
            BOOST_TEST(got.count == expected.count);
            BOOST_TEST(std::abs(got.sum - expected.sum) < 1e-4 * expected.sum);
            wordmill::matrix<double> const& in = input;
            wordmill::matrix<double> const& out = output;
            BOOST_TEST(largest_difference(trained.weights().input(), in.view()) < 1e-6);
            BOOST_TEST(largest_difference(trained.weights().output(), out.view()) < 1e-6);
        }
}

BOOST_AUTO_TEST_CASE(what_lies_between_rows_stays_zero) {
    wordmill::word2vec_model model({.vocabulary_size = vocabulary, .dimension = 10}, wordmill::random_key(1));
    wordmill::training_scratch scratch;
    (void)model.step(random_batch(vocabulary, 50, 5, negative_sharing::window, 1), 0.1F, scratch);
    for (auto const& weights : {model.weights().input(), model.weights().output()}) {
        BOOST_TEST(weights.stride == 16u);
        for (std::size_t r = 0; r < vocabulary; ++r)
            for (std::size_t c = 10; c < 16; ++c) BOOST_TEST(weights.data[r * 16 + c] == 0.0F);
    }
}

BOOST_AUTO_TEST_CASE(large_scores_have_a_finite_loss_and_no_nan) {
    wordmill::word2vec_model model({.vocabulary_size = vocabulary, .dimension = 4}, wordmill::random_key(1));
    for (auto weights : {model.weights().input(), model.weights().output()})
        for (std::size_t r = 0; r < vocabulary; ++r)
            for (auto& x : weights.row(r)) x = r % 2 == 0 ? 300.0F : -300.0F;
    wordmill::training_scratch scratch;
    auto const loss = model.step(random_batch(vocabulary, 50, 5, negative_sharing::pair, 1), 0.1F, scratch);
    BOOST_TEST(std::isfinite(loss.sum));
    BOOST_TEST(loss.mean() > 300.0 * 300.0); // wrong by z = 4 * 300^2 about half the time
    wordmill::word2vec_model const& after = model;
    for (std::size_t r = 0; r < vocabulary; ++r)
        for (auto x : after.weights().input().row(r)) BOOST_TEST(std::isfinite(x));
}

BOOST_AUTO_TEST_CASE(the_first_weights_are_small_and_the_same_for_a_key) {
    wordmill::word2vec_model const a({.vocabulary_size = 1000, .dimension = 50, .first_values = 0.5},
                                     wordmill::random_key(7));
    wordmill::word2vec_model const b({.vocabulary_size = 1000, .dimension = 50, .first_values = 0.5},
                                     wordmill::random_key(7));
    double sum = 0;
    for (std::size_t r = 0; r < 1000; ++r)
        for (std::size_t c = 0; c < 50; ++c) {
            auto const x = a.weights().input()(r, c);
            BOOST_REQUIRE(x == b.weights().input()(r, c));
            BOOST_REQUIRE(std::abs(x) <= 0.01F);
            BOOST_REQUIRE(a.weights().output()(r, c) == 0.0F);
            sum += static_cast<double>(x);
        }
    // 50,000 values uniform in +-0.01: deviation of the sum 0.01 / sqrt(3) * sqrt(50,000) = 1.29; five of them.
    BOOST_TEST(std::abs(sum) < 6.5);
}

BOOST_AUTO_TEST_CASE(what_no_model_can_be_is_refused) {
    using wordmill::failure;
    auto const make = [](std::size_t v, std::size_t d) {
        return [v, d] { wordmill::word2vec_model({.vocabulary_size = v, .dimension = d}, wordmill::random_key(1)); };
    };
    auto const kind = [](failure f) { return [f](wordmill::error const& e) { return e.kind() == f; }; };
    BOOST_CHECK_EXCEPTION(make(10, 0)(), wordmill::error, kind(failure::usage));
    BOOST_CHECK_EXCEPTION(make(10, std::numeric_limits<std::size_t>::max())(), wordmill::error,
                          kind(failure::resource));
    BOOST_CHECK_EXCEPTION(make(std::size_t{1} << 40, std::size_t{1} << 20)(), wordmill::error, kind(failure::resource));
    wordmill::word2vec_model model({.vocabulary_size = vocabulary, .dimension = 4}, wordmill::random_key(1));
    wordmill::training_scratch scratch;
    auto const many = random_batch(vocabulary, 2, 256, negative_sharing::window, 1);
    BOOST_CHECK_EXCEPTION((void)model.step(many, 0.1F, scratch), wordmill::error, kind(failure::usage));
}

BOOST_AUTO_TEST_CASE(a_tiny_model_learns_which_words_meet) {
    // Types 0 1 2 meet each other only, and so do 3 4 5.
    wordmill::window_batch batch;
    auto rng = wordmill::random_key(5).engine();
    for (std::size_t i = 0; i < 400; ++i) {
        auto const group = 3 * rng.below(2);
        batch.targets.push_back(wordmill::id_at(group + rng.below(3)));
        batch.contexts.push_back(wordmill::id_at(group + rng.below(3)));
        batch.context_ends.push_back(static_cast<std::uint32_t>(i + 1));
        for (int k = 0; k < 3; ++k) batch.negatives.push_back(wordmill::id_at(rng.below(6)));
    }
    batch.negative_count = 3;
    for (auto what : {architecture::cbow, architecture::skip_gram}) {
        wordmill::word2vec_model model({.vocabulary_size = 6, .dimension = 8, .architecture = what},
                                       wordmill::random_key(1));
        wordmill::training_scratch scratch;
        auto const first = model.step(batch, 0.0F, scratch).mean();
        double last = 0;
        for (int epoch = 0; epoch < 50; ++epoch) last = model.step(batch, 0.1F, scratch).mean();
        BOOST_TEST(std::abs(first - 4 * std::log(2.0)) < 1e-4); // all scores are 0 at first
        BOOST_TEST(last < 0.8 * first);
        wordmill::word2vec_model const& trained = model;
        auto const score = [&](std::size_t a, std::size_t b) {
            float sum = 0;
            for (std::size_t c = 0; c < 8; ++c)
                sum += trained.weights().input()(a, c) * trained.weights().output()(b, c);
            return sum;
        };
        for (std::size_t a = 0; a < 3; ++a)
            for (std::size_t b = 0; b < 3; ++b) BOOST_TEST(score(a, b) > score(a, b + 3));
    }
}

BOOST_AUTO_TEST_SUITE_END()
