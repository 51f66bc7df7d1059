#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.text;
import wordmill.word2vec;
#include "batches.hpp"
#include "weights.hpp"

namespace data = boost::unit_test::data;
using wordmill::architecture;
using wordmill::cbow_input;
using wordmill::negative_sharing;

// Hierarchical softmax and subwords: models whose outputs or inputs are not one row for each type.
namespace {
constexpr std::size_t types = 40;

wordmill::vocabulary some_words() {
    wordmill::vocabulary::builder builder;
    for (std::size_t i = 0; i < types; ++i)
        (void)builder.add("word" + std::string(i % 4, 'x') + std::to_string(i + 10), 10'000 / (i + 1) + types - i);
    return std::move(builder).finish({}, "");
}
wordmill::subword_table some_subwords() { return {some_words(), {.most_letters = 4, .buckets = 50}}; }
wordmill::huffman_tree some_tree() { return wordmill::huffman_tree(some_words().counts()); }

struct kind {
    architecture what;
    bool tree;
    bool subwords;
};
constexpr kind kinds[] = {{architecture::skip_gram, true, false}, {architecture::cbow, true, false},
                          {architecture::skip_gram, false, true}, {architecture::cbow, false, true},
                          {architecture::skip_gram, true, true},  {architecture::cbow, true, true}};

wordmill::word2vec_options options_of(kind const& k, std::size_t dimension, cbow_input form) {
    return {.vocabulary_size = types,
            .dimension = dimension,
            .architecture = k.what,
            .cbow = form,
            .tree = k.tree ? some_tree() : wordmill::huffman_tree(),
            .subwords = k.subwords ? some_subwords() : wordmill::subword_table()};
}

template <class Real>
wordmill::loss_sum train_reference(wordmill::word2vec_options const& o, wordmill::matrix_view<Real> input,
                                   wordmill::matrix_view<Real> output, wordmill::window_batch const& batch, Real rate) {
    using namespace wordmill::reference;
    if (o.architecture == architecture::cbow)
        return train_cbow<Real>(input, output, batch, o.cbow, rate, o.tree, o.subwords);
    if (o.subwords.empty()) return train_skip_gram<Real>(input, output, batch, rate, o.tree);
    return train_skip_gram_with_subwords<Real>(input, output, batch, o.subwords, o.cbow, rate, o.tree);
}
}

BOOST_AUTO_TEST_SUITE(trees_and_subwords)

BOOST_DATA_TEST_CASE(a_step_equals_the_reference_in_double,
                     data::make({1, 16, 100, 300}) * data::make({0, 5}) * data::make({0, 1, 2}) * data::xrange(6),
                     dimension, negatives, shared, which) {
    auto const& k = kinds[which];
    auto const batch =
        random_batch(types, 30, static_cast<std::uint32_t>(negatives), static_cast<negative_sharing>(shared), 9);
    for (auto form : {cbow_input::mean, cbow_input::sum, cbow_input::mean_with_whole_gradient}) {
        // The sum of hundreds of rows leaves the sigmoid's slope behind.
        auto const rate = form == cbow_input::sum ? 0.001 : 0.05;
        wordmill::word2vec_model model(options_of(k, static_cast<std::size_t>(dimension), form),
                                       wordmill::random_key(1));
        scatter(model.weights().input(), 2);
        scatter(model.weights().output(), 3);
        wordmill::word2vec_model const& trained = model;
        auto input = in_double(trained.weights().input());
        auto output = in_double(trained.weights().output());
        wordmill::training_scratch scratch;
        auto const got = model.step(batch, static_cast<float>(rate), scratch);
        auto const expected = train_reference<double>(model.options(), input.view(), output.view(), batch, rate);
        BOOST_TEST(got.count == expected.count);
        BOOST_TEST(std::abs(got.sum - expected.sum) < 1e-3 * expected.sum);
        BOOST_TEST(largest_difference(trained.weights().input(), std::as_const(input).view()) < 2e-4);
        BOOST_TEST(largest_difference(trained.weights().output(), std::as_const(output).view()) < 2e-4);
    }
}

// In double, a step changes the weights by the rate times the slope of the loss: whole, or shared by the inputs'
// number.
BOOST_DATA_TEST_CASE(the_reference_descends_the_gradient_of_its_loss, data::xrange(6), which) {
    auto const o = options_of(kinds[which], 4, cbow_input::mean);
    if (!kinds[which].subwords && kinds[which].what == architecture::skip_gram) return; // up to 16 inputs: no mean
    auto const batch = random_batch(types, 1, 3, negative_sharing::window, 11);
    auto const rows = o.subwords.empty() ? types : o.subwords.table_rows();
    auto const random = [](std::size_t n, std::uint64_t seed) {
        wordmill::matrix<double> m(n, 4);
        auto rng = wordmill::random_key(seed).engine();
        for (std::size_t r = 0; r < n; ++r)
            for (auto& x : m.view().row(r)) x = 2 * rng.uniform_double() - 1;
        return m;
    };
    auto const input = random(rows, 1);
    auto const output = random(types, 2);
    auto const loss_at = [&](wordmill::matrix<double> in, wordmill::matrix<double> out) {
        return train_reference<double>(o, in.view(), out.view(), batch, 0.0).sum;
    };
    auto stepped = input;
    auto stepped_output = output;
    (void)train_reference<double>(o, stepped.view(), stepped_output.view(), batch, 1.0);
    constexpr double h = 1e-5;
    auto const check = [&](wordmill::matrix<double> const& from, wordmill::matrix<double> const& to, bool is_input) {
        double most = 0;
        for (std::size_t r = 0; r < from.rows(); ++r)
            for (std::size_t c = 0; c < 4; ++c) {
                auto above = from;
                auto below = from;
                above.view()(r, c) += h;
                below.view()(r, c) -= h;
                auto const slope = is_input ? (loss_at(above, output) - loss_at(below, output)) / (2 * h)
                                            : (loss_at(input, above) - loss_at(input, below)) / (2 * h);
                BOOST_TEST(std::abs(from.view()(r, c) - to.view()(r, c) - slope) < 1e-7);
                most = std::max(most, std::abs(slope));
            }
        BOOST_TEST(most > 1e-3);
    };
    check(input, stepped, true);
    check(output, stepped_output, false);
}

BOOST_DATA_TEST_CASE(training_in_order_does_not_depend_on_the_number_of_threads, data::xrange(6), which) {
    auto const batch = random_batch(types, 500, 5, negative_sharing::window, 4);
    same_on_any_threads(options_of(kinds[which], 50, cbow_input::mean_with_whole_gradient), batch);
}

// The probabilities of all types along a tree add up to 1 whatever the weights: the losses are a distribution.
BOOST_AUTO_TEST_CASE(the_losses_of_all_targets_are_a_distribution) {
    for (bool const subwords : {false, true}) {
        wordmill::word2vec_model model(options_of({architecture::cbow, true, subwords}, 8, cbow_input::mean),
                                       wordmill::random_key(1));
        scatter(model.weights().input(), 2);
        scatter(model.weights().output(), 3);
        wordmill::training_scratch scratch;
        double sum = 0;
        for (std::size_t id = 0; id < types; ++id) {
            wordmill::window_batch batch;
            batch.targets = {wordmill::id_at(id)};
            batch.contexts = {wordmill::id_at(3), wordmill::id_at(17)};
            batch.context_ends = {2};
            sum += std::exp(-model.step(batch, 0.0F, scratch).sum);
        }
        BOOST_TEST(std::abs(sum - 1) < 1e-5);
    }
}

BOOST_AUTO_TEST_CASE(a_vector_is_the_mean_of_its_rows) {
    wordmill::word2vec_model model(options_of({architecture::cbow, false, true}, 2, cbow_input::mean),
                                   wordmill::random_key(1));
    for (std::size_t r = 0; r < model.weights().input().rows; ++r) {
        model.weights().input()(r, 0) = 1;
        model.weights().input()(r, 1) = r == 5 ? 3.0F : 0.0F;
    }
    auto const rows = model.options().subwords.rows_of(wordmill::id_at(5)).size();
    std::vector<float> vector(2);
    model.vector_of(wordmill::id_at(5), vector);
    BOOST_TEST(rows > 3u);
    BOOST_TEST(vector[0] == 1.0F);
    BOOST_TEST(std::abs(vector[1] - 3.0F / static_cast<float>(rows)) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(trees_and_subwords_of_other_types_are_refused) {
    auto const usage = [](wordmill::error const& e) { return e.kind() == wordmill::failure::usage; };
    auto const make = [](wordmill::word2vec_options const& o) {
        return [&o] { (void)wordmill::word2vec_model(o, wordmill::random_key(1)); };
    };
    wordmill::word2vec_options const tree{.vocabulary_size = types + 1, .dimension = 4, .tree = some_tree()};
    BOOST_CHECK_EXCEPTION(make(tree)(), wordmill::error, usage);
    wordmill::word2vec_options const words{.vocabulary_size = types - 1, .dimension = 4, .subwords = some_subwords()};
    BOOST_CHECK_EXCEPTION(make(words)(), wordmill::error, usage);
}

BOOST_AUTO_TEST_SUITE_END()
