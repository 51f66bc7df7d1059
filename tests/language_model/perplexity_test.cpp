#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.stream;
#include "texts.hpp"

namespace wm = wordmill;

namespace {
using values = std::vector<double>;

/// An LSTM language model with one layer, token after token, with plain loops: gates input, forget, candidate, output.
struct slow_model {
    std::size_t v, d, h;
    values embedding, input, hidden, bias, weight, projection_bias;
    values state, cells;

    explicit slow_model(wm::language_model<float>& model)
        : v(model.options().vocabulary_size),
          d(model.options().embedding_size),
          h(model.options().hidden_size),
          embedding(of(model, "embedding.weight")),
          input(of(model, "recurrent.0.input")),
          hidden(of(model, "recurrent.0.hidden")),
          bias(of(model, "recurrent.0.bias")),
          weight(of(model, "projection.weight")),
          projection_bias(of(model, "projection.bias")) {
        reset();
    }
    static values of(wm::language_model<float>& model, char const* name) {
        auto const floats = model.parameters().at(name).host_values();
        return {floats.begin(), floats.end()};
    }
    void reset() {
        state.assign(h, 0);
        cells.assign(h, 0);
    }
    /// -log p(next) after one more token.
    double loss(std::size_t token, std::size_t next) {
        values gates(bias);
        for (std::size_t j = 0; j < 4 * h; ++j) {
            for (std::size_t i = 0; i < d; ++i) gates[j] += embedding[token * d + i] * input[i * 4 * h + j];
            for (std::size_t i = 0; i < h; ++i) gates[j] += state[i] * hidden[i * 4 * h + j];
        }
        auto const sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
        for (std::size_t j = 0; j < h; ++j) {
            cells[j] = sigmoid(gates[h + j]) * cells[j] + sigmoid(gates[j]) * std::tanh(gates[2 * h + j]);
            state[j] = sigmoid(gates[3 * h + j]) * std::tanh(cells[j]);
        }
        values logits(projection_bias);
        double sum = 0;
        for (std::size_t k = 0; k < v; ++k) {
            for (std::size_t j = 0; j < h; ++j) logits[k] += state[j] * weight[j * v + k];
            sum += std::exp(logits[k]);
        }
        return std::log(sum) - logits[next];
    }
};
}

BOOST_AUTO_TEST_SUITE(perplexity)

BOOST_AUTO_TEST_CASE(it_is_that_of_a_slow_model_that_reads_token_after_token) {
    auto const text = random_text(203, 23);
    wm::language_model<float> model({.vocabulary_size = 23, .embedding_size = 7, .hidden_size = 9},
                                    wm::cpu_operations(), wm::random_key(2));
    auto& bias = model.parameters().at("projection.bias");
    auto lively = bias.host_values();
    for (std::size_t i = 0; i < lively.size(); ++i) lively[i] = static_cast<float>(i) * 0.1F;
    bias.assign(lively);
    slow_model slow(model);
    for (std::size_t lanes : {1, 4}) {
        double expected = 0;
        auto const pairs = text.size() - 1;
        std::size_t first = 0;
        for (std::size_t b = 0; b < lanes; ++b) { // contiguous parts, the first ones longer by one
            slow.reset();
            auto const size = pairs / lanes + (b < pairs % lanes ? 1 : 0);
            for (std::size_t i = first; i < first + size; ++i)
                expected += slow.loss(wm::index(text[i]), wm::index(text[i + 1]));
            first += size;
        }
        auto const score =
            wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = lanes, .steps = 13}), wm::id_at(5));
        BOOST_TEST(score.loss.count == pairs);
        BOOST_TEST(score.perplexity() == std::exp(expected / static_cast<double>(pairs)),
                   boost::test_tools::tolerance(1e-5));
        std::uint64_t fives = 0;
        for (std::size_t i = 1; i < text.size(); ++i) fives += text[i] == wm::id_at(5) ? 1 : 0;
        BOOST_TEST(score.unknown == fives);
        BOOST_TEST(score.unknown_share() == static_cast<double>(fives) / static_cast<double>(pairs));
    }
}

// Token after token, from the logarithms of the probabilities of all words.
BOOST_AUTO_TEST_CASE(it_is_exact_with_a_sampled_or_an_adaptive_softmax) {
    auto const text = random_text(120, 23);
    wm::language_model_options sampled{.vocabulary_size = 23, .embedding_size = 7, .hidden_size = 9},
        adaptive = sampled;
    sampled.softmax = wm::softmax_kind::sampled;
    sampled.samples = 3;
    adaptive.softmax = wm::softmax_kind::adaptive;
    adaptive.cutoffs = {5, 12};
    for (auto const& options : {sampled, adaptive}) {
        wm::language_model<float> model(options, wm::cpu_operations(), wm::random_key(2));
        double expected = 0;
        for (std::size_t i = 0; i + 1 < text.size(); ++i) {
            auto const logits = model.next_logits(std::vector{text[i]});
            double sum = 0;
            for (auto const logit : logits) sum += std::exp(static_cast<double>(logit));
            if (options.softmax == wm::softmax_kind::adaptive)
                BOOST_TEST_REQUIRE(sum == 1, boost::test_tools::tolerance(1e-6));
            expected += std::log(sum) - static_cast<double>(logits[wm::index(text[i + 1])]);
        }
        model.reset_state();
        auto const score = wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = 1, .steps = 13}));
        BOOST_TEST(score.loss.count == text.size() - 1);
        BOOST_TEST(score.loss.sum == expected, boost::test_tools::tolerance(1e-5));
    }
}

BOOST_AUTO_TEST_CASE(it_leaves_the_state_of_the_model_alone) {
    auto const text = random_text(100, 23);
    wm::language_model<float> model({.vocabulary_size = 23, .embedding_size = 7, .hidden_size = 9},
                                    wm::cpu_operations(), wm::random_key(2));
    std::vector<wm::bptt_batch> batches;
    for (auto&& b : wm::bptt_batches(text, {.lanes = 3, .steps = 7})) batches.push_back(b);
    (void)model.evaluate(batches[0]);
    auto const before = model.state();
    (void)wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = 5, .steps = 7}));
    auto const after = model.state();
    BOOST_TEST(after.lanes == before.lanes);
    BOOST_TEST((after.hidden == before.hidden));
    BOOST_TEST((after.cells == before.cells));
}

BOOST_AUTO_TEST_CASE(a_text_of_two_tokens_has_a_perplexity) {
    wm::language_model<float> model({.vocabulary_size = 23, .embedding_size = 7, .hidden_size = 9},
                                    wm::cpu_operations(), wm::random_key(2));
    std::vector const text{wm::id_at(3), wm::id_at(8)};
    BOOST_TEST_REQUIRE(wm::evaluation_lanes(text.size()) == 1U);
    auto const score = wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = 1, .steps = 35}));
    BOOST_TEST(score.loss.count == 1U);
    slow_model slow(model);
    BOOST_TEST(score.loss.sum == slow.loss(3, 8), boost::test_tools::tolerance(1e-5));
}

// One lane for each 10,000 tokens, 10 at most.
BOOST_AUTO_TEST_CASE(short_texts_are_read_in_order_and_long_ones_in_ten_lanes) {
    for (auto const& [tokens, lanes] : std::vector<std::pair<std::uint64_t, std::size_t>>{
             {0, 1}, {2, 1}, {19'999, 1}, {20'000, 2}, {82'430, 8}, {100'000, 10}, {1'000'000'000, 10}})
        BOOST_TEST(wm::evaluation_lanes(tokens) == lanes, tokens);
}

BOOST_AUTO_TEST_SUITE_END()
