#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.stream;
#include "../io/failure_of.hpp"
#include "texts.hpp"

namespace wm = wordmill;

namespace {
wm::bptt_batch batch_of(std::size_t lanes, std::size_t steps, std::size_t vocabulary) {
    auto batches = wm::bptt_batches(random_text(lanes * steps + 1, vocabulary), {.lanes = lanes, .steps = steps});
    return *batches.begin();
}

/// The analytic gradient of every weight against the difference of losses.
void check_gradients(wm::language_model_options options) {
    options.vocabulary_size = 7;
    wm::language_model<double> model(options, wm::reference_operations<double>(), wm::random_key(3));
    auto const batch = batch_of(2, 4, 7);
    wm::random_key const key(5);
    for (auto& p : model.parameters()) { // larger weights, so that every gate counts
        auto values = p.host_values();
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = values[i] * 3 + 0.1 * std::sin(static_cast<double>(i));
        p.assign(values);
    }
    auto const loss = [&] {
        model.reset_state();
        return model.learn(batch, key).wait().mean();
    };
    (void)loss();
    std::vector<std::vector<double>> gradients;
    for (auto& p : model.parameters()) gradients.push_back(p.host_gradient());
    std::size_t which = 0;
    for (auto& p : model.parameters()) {
        auto const values = p.host_values();
        for (std::size_t i = 0; i < values.size(); ++i) {
            constexpr double step = 1e-5;
            auto moved = values;
            moved[i] += step;
            p.assign(moved);
            auto const above = loss();
            moved[i] -= 2 * step;
            p.assign(moved);
            auto const below = loss();
            BOOST_TEST_REQUIRE(std::abs((above - below) / (2 * step) - gradients[which][i]) < 1e-6,
                               p.name() << " " << i << ": " << (above - below) / (2 * step) << " and "
                                        << gradients[which][i]);
        }
        p.assign(values);
        ++which;
    }
}

double mean_loss_after(wm::language_model<float>& model, std::vector<wm::token_id> const& text, int passes) {
    wm::optimizer<float> adam(model.parameters(),
                              {.kind = wm::optimizer_kind::adam, .learning_rate = 0.01, .max_norm = 1});
    double loss = 0;
    for (int pass = 0; pass < passes; ++pass) {
        wm::loss_sum sum;
        for (auto const& batch : wm::bptt_batches(text, {.lanes = 10, .steps = 20})) {
            sum +=
                model.learn(batch, wm::random_key(static_cast<std::uint64_t>(pass)).fold_in(batch.first_step)).wait();
            adam.step();
        }
        loss = sum.mean();
    }
    return loss;
}
}

BOOST_AUTO_TEST_SUITE(language_models)

BOOST_AUTO_TEST_CASE(gradients_are_those_of_differences) {
    check_gradients({.embedding_size = 3, .hidden_size = 4, .cell = wm::recurrent_cell::tanh});
    check_gradients({.embedding_size = 3, .hidden_size = 4, .layers = 2, .cell = wm::recurrent_cell::gru});
    check_gradients({.embedding_size = 3, .hidden_size = 4});
    check_gradients({.embedding_size = 4, .hidden_size = 4, .layers = 3, .dropout = 0.4, .tied = true, .skip = true});
    check_gradients({.embedding_size = 4, .hidden_size = 4, .layers = 2, .dropout = 0.4, .dropout_per_sequence = true});
    using enum wm::softmax_kind;
    check_gradients({.embedding_size = 3, .hidden_size = 4, .dropout = 0.4, .softmax = sampled, .samples = 2});
    check_gradients({.embedding_size = 4, .hidden_size = 4, .tied = true, .softmax = sampled, .samples = 2});
    check_gradients({.embedding_size = 3, .hidden_size = 4, .softmax = adaptive, .cutoffs = {2, 4}});
}

// A loss of log V: all tokens are as likely when the last layer's weights are 0.
BOOST_AUTO_TEST_CASE(a_model_that_knows_nothing_has_a_perplexity_of_v) {
    wm::language_model<double> model({.vocabulary_size = 50}, wm::reference_operations<double>(), wm::random_key(1));
    auto& last = model.parameters().at("projection.weight");
    last.assign(std::vector<double>(last.rows() * last.columns(), 0.0));
    BOOST_TEST(std::exp(model.evaluate(batch_of(3, 5, 50)).wait().mean()) == 50, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_tiny_model_learns_a_thousand_tokens_by_heart) {
    auto const text = random_text(1000, 30);
    for (auto cell : {wm::recurrent_cell::lstm, wm::recurrent_cell::gru}) {
        wm::language_model<float> model({.vocabulary_size = 30, .embedding_size = 32, .hidden_size = 64, .cell = cell},
                                        wm::cpu_operations(), wm::random_key(1));
        BOOST_TEST(std::exp(mean_loss_after(model, text, 150)) < 1.5);
    }
}

// Its loss in training is an estimate or that of all words; that in evaluation is exact.
BOOST_AUTO_TEST_CASE(with_a_sampled_or_an_adaptive_softmax_too) {
    auto const text = random_text(1000, 30);
    wm::language_model_options const sampled{.vocabulary_size = 30,
                                             .embedding_size = 64,
                                             .hidden_size = 64,
                                             .tied = true,
                                             .softmax = wm::softmax_kind::sampled,
                                             .samples = 10};
    wm::language_model_options const adaptive{.vocabulary_size = 30,
                                              .embedding_size = 32,
                                              .hidden_size = 64,
                                              .softmax = wm::softmax_kind::adaptive,
                                              .cutoffs = {10}};
    for (auto const& options : {sampled, adaptive}) {
        wm::language_model<float> model(options, wm::cpu_operations(), wm::random_key(1));
        (void)mean_loss_after(model, text, 150);
        wm::loss_sum exact;
        for (auto const& batch : wm::bptt_batches(text, {.lanes = 10, .steps = 20}))
            exact += model.evaluate(batch).wait();
        BOOST_TEST(std::exp(exact.mean()) < 1.5);
    }
}

BOOST_AUTO_TEST_CASE(weights_are_tied_by_sharing_them) {
    wm::language_model<float> tied({.vocabulary_size = 9, .embedding_size = 5, .hidden_size = 5, .tied = true},
                                   wm::reference_operations<float>(), wm::random_key(1));
    wm::language_model<float> own({.vocabulary_size = 9, .embedding_size = 5, .hidden_size = 5},
                                  wm::reference_operations<float>(), wm::random_key(1));
    BOOST_TEST(tied.parameters().values() + 5 * 9 == own.parameters().values());
    BOOST_TEST(failure_of([&] { (void)tied.parameters().at("projection.weight"); }).says("projection.weight"));
}

// H = 8, so the clusters have 2 and 1 dimensions: 100 x 4 + LSTM (4 + 8 + 1) x 32, the head (10 + 2)(8 + 1), the
// clusters 2 (8 + 20) and 8 + 70. Of a sampled softmax 100 (8 + 1); it has gradients of 3 x 16 rows instead.
BOOST_AUTO_TEST_CASE(the_weights_of_every_softmax_are_counted_as_they_are) {
    auto const below = 100 * 4 + 13 * 32;
    auto const model = [](wm::softmax_kind kind, std::vector<std::size_t> cutoffs) {
        return wm::language_model_options{.vocabulary_size = 100,
                                          .embedding_size = 4,
                                          .hidden_size = 8,
                                          .softmax = kind,
                                          .samples = 16,
                                          .cutoffs = std::move(cutoffs)};
    };
    auto const full = model(wm::softmax_kind::full, {}), sampled = model(wm::softmax_kind::sampled, {}),
               adaptive = model(wm::softmax_kind::adaptive, {10, 30});
    for (auto const& o : {full, sampled, adaptive}) {
        wm::language_model<float> made(o, wm::reference_operations<float>(), wm::random_key(1));
        BOOST_TEST(made.parameters().values() == o.weights());
    }
    BOOST_TEST(sampled.weights() == below + 900U);
    BOOST_TEST(adaptive.weights() == below + 12 * 9 + 2 * 28 + 78U);
    BOOST_TEST(full.memory_bytes() == 8 * full.weights());
    BOOST_TEST(adaptive.memory_bytes() == 8 * adaptive.weights());
    BOOST_TEST(sampled.memory_bytes() == 4 * (2 * below + 900U + 3 * 16 * 9));
}

BOOST_AUTO_TEST_CASE(a_state_that_is_put_back_goes_on_as_before) {
    for (auto cell : {wm::recurrent_cell::tanh, wm::recurrent_cell::lstm, wm::recurrent_cell::gru}) {
        wm::language_model<float> model(
            {.vocabulary_size = 20, .embedding_size = 8, .hidden_size = 8, .layers = 2, .cell = cell},
            wm::reference_operations<float>(), wm::random_key(1));
        std::vector<wm::bptt_batch> batches;
        for (auto&& b : wm::bptt_batches(random_text(100, 20), {.lanes = 3, .steps = 10})) batches.push_back(b);
        (void)model.evaluate(batches[0]);
        auto const state = model.state();
        auto const expected = model.evaluate(batches[1]).wait().sum;
        (void)model.evaluate(batches[2]);
        model.set_state(state);
        BOOST_TEST(model.evaluate(batches[1]).wait().sum == expected);
        model.reset_state();
        BOOST_TEST(model.evaluate(batches[1]).wait().sum != expected);
        BOOST_TEST(model.state().lanes == 3U);
        auto wrong = state;
        wrong.hidden.pop_back();
        BOOST_TEST(failure_of([&] { model.set_state(wrong); }).says("expected a state of 2 layers of 3 x 8"));
    }
}

BOOST_AUTO_TEST_CASE(options_that_no_model_can_have_are_refused_with_their_values) {
    auto const refusal = [](wm::language_model_options options) {
        return failure_of([&] {
            wm::language_model<float> const model(options, wm::reference_operations<float>(), wm::random_key(1));
        });
    };
    BOOST_TEST(refusal({}).says("a vocabulary of 1 or more"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .hidden_size = 0}).says("a hidden size of 1 or more"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .layers = 0}).says("a number of layers"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .dropout = 1}).says("dropout ratio from 0 to below 1, found 1"));
    BOOST_TEST(
        refusal({.vocabulary_size = 5, .embedding_size = 3, .hidden_size = 4, .tied = true}).says("found 3 and 4"));
    using enum wm::softmax_kind;
    BOOST_TEST(refusal({.vocabulary_size = 5, .softmax = sampled, .samples = 0}).says("1 sample or more, found 0"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .cutoffs = {2}}).says("expected an adaptive softmax beside them"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .softmax = adaptive}).says("one cutoff or more, found none"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .softmax = adaptive, .cutoffs = {0, 2}}).says("above 0"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .softmax = adaptive, .cutoffs = {3, 3}}).says("found 3 after 3"));
    BOOST_TEST(
        refusal({.vocabulary_size = 5, .softmax = adaptive, .cutoffs = {3, 5}}).says("below the vocabulary's 5"));
    BOOST_TEST(refusal({.vocabulary_size = 5, .tied = true, .softmax = adaptive, .cutoffs = {3}}).says("found tied"));
    wm::language_model<float> model({.vocabulary_size = 5}, wm::reference_operations<float>(), wm::random_key(1));
    auto batch = batch_of(2, 3, 5);
    batch.targets[1] = wm::id_at(5);
    BOOST_TEST((failure_of([&] { (void)model.learn(batch, {}); }) == wm::failure::usage));
}

BOOST_AUTO_TEST_SUITE_END()
