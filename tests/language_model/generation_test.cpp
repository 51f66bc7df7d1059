#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.stream;
#include "../io/failure_of.hpp"
#include "texts.hpp"

namespace wm = wordmill;

namespace {
using tokens = std::vector<wm::token_id>;

/// Ids 0 to n - 1 in a circle, and a model that has learnt them.
wm::language_model<float> counting_model(std::size_t n) {
    tokens text;
    for (std::size_t i = 0; i < 60 * n; ++i) text.push_back(wm::id_at(i % n));
    wm::language_model<float> model({.vocabulary_size = n, .embedding_size = 16, .hidden_size = 16},
                                    wm::cpu_operations(), wm::random_key(1));
    wm::optimizer<float> adam(model.parameters(),
                              {.kind = wm::optimizer_kind::adam, .learning_rate = 0.02, .max_norm = 5});
    for (std::uint64_t pass = 0; pass < 30; ++pass)
        for (auto const& batch : wm::bptt_batches(text, {.lanes = 4, .steps = 10})) {
            (void)model.learn(batch, wm::random_key(pass));
            (void)adam.step();
        }
    return model;
}
tokens ids(std::vector<std::size_t> const& numbers) {
    tokens out;
    for (auto n : numbers) out.push_back(wm::id_at(n));
    return out;
}

wm::language_model<float> random_model() {
    return {{.vocabulary_size = 30, .embedding_size = 8, .hidden_size = 8}, wm::cpu_operations(), wm::random_key(4)};
}
}

BOOST_AUTO_TEST_SUITE(generation)

BOOST_AUTO_TEST_CASE(a_model_that_learnt_to_count_goes_on_counting_behind_every_prompt) {
    auto model = counting_model(6);
    auto const found =
        wm::generate(model, {ids({2}), ids({0, 1, 2, 3}), ids({5, 0})}, {.length = 7, .sampling = {.temperature = 0}});
    BOOST_TEST_REQUIRE(found.size() == 3U);
    BOOST_TEST((found[0] == ids({3, 4, 5, 0, 1, 2, 3})));
    BOOST_TEST((found[1] == ids({4, 5, 0, 1, 2, 3, 4})));
    BOOST_TEST((found[2] == ids({1, 2, 3, 4, 5, 0, 1})));
}

BOOST_AUTO_TEST_CASE(a_text_ends_with_the_token_that_stops_it) {
    auto model = counting_model(6);
    auto const found =
        wm::generate(model, {ids({2}), ids({4})}, {.length = 7, .sampling = {.temperature = 0}, .stop = wm::id_at(5)});
    BOOST_TEST((found[0] == ids({3, 4, 5})));
    BOOST_TEST((found[1] == ids({5})));
}

BOOST_AUTO_TEST_CASE(the_same_key_gives_the_same_text_and_another_one_another) {
    auto model = random_model();
    auto const text = [&](std::uint64_t seed) {
        return wm::generate(model, {ids({1, 2})}, {.length = 40, .key = wm::random_key(seed)});
    };
    BOOST_TEST((text(1) == text(1)));
    BOOST_TEST((text(1) != text(2)));
    auto const first = text(1);
    for (auto const id : first[0]) BOOST_TEST(wm::index(id) < 30U);
}

BOOST_AUTO_TEST_CASE(a_text_does_not_depend_on_those_beside_it_nor_on_what_the_model_remembers) {
    auto model = random_model();
    wm::generation_options const options{.length = 20, .key = wm::random_key(9)};
    auto const alone = wm::generate(model, {ids({7, 3, 4})}, options);
    for (auto const& batch : wm::bptt_batches(random_text(50, 30), {.lanes = 2, .steps = 5}))
        (void)model.evaluate(batch);
    auto const state = model.state();
    auto const many = wm::generate(model, {ids({7, 3, 4}), ids({1}), ids({2, 2, 2, 2, 2, 2})}, options);
    BOOST_TEST((many[0] == alone[0]));
    BOOST_TEST((model.state().hidden == state.hidden));
}

// The loss of a text is the sum of the negative log probabilities of its tokens after the first.
BOOST_AUTO_TEST_CASE(log_probabilities_of_next_tokens_add_up_to_the_loss_of_a_text_for_every_softmax) {
    auto const text = random_text(40, 30);
    for (wm::language_model_options options : {wm::language_model_options{},
                                               {.softmax = wm::softmax_kind::sampled, .samples = 5},
                                               {.softmax = wm::softmax_kind::adaptive, .cutoffs = {5, 12}}}) {
        options.vocabulary_size = 30;
        options.embedding_size = options.hidden_size = 8;
        wm::language_model<float> model(options, wm::cpu_operations(), wm::random_key(4));
        double loss = 0;
        for (std::size_t i = 1; i < text.size(); ++i) {
            auto const found = wm::next_log_probabilities(model, tokens(text.begin(), text.begin() + i));
            BOOST_TEST_REQUIRE(found.size() == 30U);
            double sum = 0;
            for (auto const each : found) sum += std::exp(each);
            BOOST_TEST(sum == 1, boost::test_tools::tolerance(1e-5));
            loss -= found[wm::index(text[i])];
        }
        auto const expected = wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = 1, .steps = 7})).loss;
        BOOST_TEST(loss == expected.sum, boost::test_tools::tolerance(1e-5));
    }
}

BOOST_AUTO_TEST_CASE(prompts_that_no_text_can_follow_are_refused) {
    auto model = random_model();
    BOOST_TEST(failure_of([&] { (void)wm::next_log_probabilities(model, {}); }).says("a prompt of one token or more"));
    BOOST_TEST(failure_of([&] { (void)wm::generate(model, {{}}); }).says("a prompt of one token or more"));
    BOOST_TEST(failure_of([&] { (void)wm::generate(model, {ids({30})}); }).says("ids below 30, found 30"));
    BOOST_TEST((wm::generate(model, {ids({1})}, {.length = 0}) == std::vector<tokens>(1)));
    BOOST_TEST(wm::generate(model, {}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
