#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.seq2seq;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../skipped.hpp"
#include "../worse_of.hpp"
#include "pairs.hpp"

namespace wm = wordmill;
using enum wm::attention_kind;

namespace {
constexpr std::size_t vocabulary = 9;

std::vector<wm::seq2seq_options> recurrent_models() {
    std::vector<wm::seq2seq_options> all{
        {},
        {.cell = wm::recurrent_cell::gru, .start = wm::decoder_start::hidden, .peeky = true},
        {.layers = 2, .bidirectional = true, .skip = true, .attention = dot},
        {.attention = additive, .output = wm::attention_output::combined, .input_feeding = true},
        {.layers = 2, .shared_embedding = true, .bidirectional = true, .attention = general, .input_feeding = true},
    };
    for (auto& options : all) {
        options.source_vocabulary = options.target_vocabulary = vocabulary;
        options.embedding_size = 6;
        options.hidden_size = 8;
    }
    return all;
}

std::vector<wm::seq2seq_options> transformers() {
    std::vector<wm::seq2seq_options> all{
        {.layers = 2, .transformer = wm::transformer_shape{}},
        {.layers = 2,
         .shared_embedding = true,
         .transformer = wm::transformer_shape{.heads = 4,
                                              .inner_size = 12,
                                              .norm = wm::norm_placement::after,
                                              .positions = wm::position_kind::rotary}},
        {.transformer = wm::transformer_shape{.positions = wm::position_kind::learned, .context = 20}},
    };
    for (auto& options : all) {
        options.source_vocabulary = options.target_vocabulary = vocabulary;
        options.embedding_size = options.hidden_size = 8;
    }
    return all;
}

std::vector<wm::seq2seq_options> some_models() {
    auto all = recurrent_models();
    for (auto& options : transformers()) all.push_back(std::move(options));
    return all;
}

std::vector<id_pair> some_pairs() { return pairs_of_lengths({{5, 3}, {4, 4}, {2, 1}, {1, 2}}, vocabulary); }

// Rounding: gradients are sums of up to a few thousand products; see tests/rounding.hpp for the reasoning in general.
void check_gradients_on(std::shared_ptr<wm::operations<float>> const& ops, std::size_t hidden_size, std::size_t pairs) {
    for (auto options : some_models()) {
        options.hidden_size = hidden_size;
        options.embedding_size = options.transformer ? hidden_size : 16;
        options.label_smoothing = 0.1;
        std::vector<std::pair<std::size_t, std::size_t>> lengths;
        for (std::size_t i = 0; i < pairs; ++i) lengths.emplace_back(1 + i % 9, i % 5);
        auto const batch = batch_of(pairs_of_lengths(lengths, vocabulary));
        wm::seq2seq_model<double> exact(options, wm::reference_operations<double>(), wm::random_key(1));
        wm::seq2seq_model<float> fast(options, ops, wm::random_key(1));
        auto const expected = exact.learn(batch, {}).wait(), found = fast.learn(batch, {}).wait();
        BOOST_TEST(found.sum == expected.sum, boost::test_tools::tolerance(1e-5));
        auto of_fast = fast.parameters().begin();
        for (auto& p : exact.parameters()) {
            auto const right = p.host_gradient();
            auto const values = (*of_fast++).host_gradient();
            double largest = 1e-6, worst = 0; // smaller gradients are differences of larger numbers
            for (std::size_t k = 0; k < right.size(); ++k) {
                largest = std::max(largest, std::abs(right[k]));
                worst = worse_of(worst, std::abs(static_cast<double>(values[k]) - right[k]));
            }
            BOOST_TEST(worst <= 1e-4 * largest, p.name() << ": off by " << worst << " of " << largest);
        }
    }
}
}

BOOST_AUTO_TEST_SUITE(seq2seq_models)

// A loss of log V: all tokens are as likely when the last layer's weights are 0.
BOOST_AUTO_TEST_CASE(a_model_that_knows_nothing_has_a_perplexity_of_v) {
    for (auto const& options : some_models()) {
        wm::seq2seq_model<double> model(options, wm::reference_operations<double>(), wm::random_key(1));
        auto& last = model.parameters().at("projection.weight");
        last.assign(std::vector<double>(last.rows() * last.columns(), 0.0));
        auto const loss = model.evaluate(batch_of(some_pairs())).wait();
        BOOST_TEST(std::exp(loss.mean()) == vocabulary, boost::test_tools::tolerance(1e-12));
        BOOST_TEST(loss.count == 3 + 4 + 1 + 2 + 4); // tokens and end tokens
    }
}

BOOST_AUTO_TEST_CASE(padding_changes_neither_loss_nor_gradients) {
    for (auto const& options : some_models()) {
        wm::seq2seq_model<double> model(options, wm::reference_operations<double>(), wm::random_key(1));
        auto const loss = model.learn(batch_of(some_pairs()), {}).wait();
        std::vector<std::vector<double>> gradients;
        for (auto& p : model.parameters()) gradients.push_back(p.host_gradient());
        auto const padded = model.learn(batch_of(some_pairs(), 9, 8), {}).wait();
        BOOST_TEST(padded.sum == loss.sum, boost::test_tools::tolerance(1e-13));
        BOOST_TEST(padded.count == loss.count);
        std::size_t i = 0;
        for (auto& p : model.parameters()) {
            auto const found = p.host_gradient();
            for (std::size_t k = 0; k < found.size(); ++k)
                BOOST_TEST(std::abs(found[k] - gradients[i][k]) <= 1e-13, p.name() << " " << k);
            ++i;
        }
    }
}

BOOST_AUTO_TEST_CASE(a_batch_has_the_sum_of_the_losses_of_its_pairs) {
    for (auto const& options : some_models()) {
        wm::seq2seq_model<float> model(options, wm::cpu_operations(2), wm::random_key(1));
        wm::loss_sum apart;
        for (auto const& pair : some_pairs()) apart += model.evaluate(batch_of({pair})).wait();
        auto const together = model.evaluate(batch_of(some_pairs())).wait();
        BOOST_TEST(together.count == apart.count);
        BOOST_TEST(together.sum == apart.sum, boost::test_tools::tolerance(1e-5));
    }
}

BOOST_AUTO_TEST_CASE(one_step_at_a_time_gives_the_probabilities_of_all_steps_at_once) {
    for (auto const& options : some_models()) {
        wm::seq2seq_model<float> model(options, wm::cpu_operations(), wm::random_key(1));
        auto const batch = batch_of(some_pairs());
        auto const expected = model.evaluate(batch).wait();
        auto const weights = model.attention_weights();
        for (std::size_t const copies : {1, 3}) {
            model.begin_decoding(batch, batch.target_steps, copies);
            double loss = 0;
            for (std::size_t t = 0; t < batch.target_steps; ++t) {
                id_list inputs;
                for (std::size_t b = 0; b < batch.lanes; ++b)
                    inputs.insert(inputs.end(), copies, batch.inputs[t * batch.lanes + b]);
                auto const probabilities = model.next_probabilities(inputs);
                for (std::size_t b = 0; b < batch.lanes; ++b)
                    if (auto const target = batch.targets[t * batch.lanes + b]; target != wm::no_token)
                        loss -= std::log(probabilities[(b * copies + copies - 1) * vocabulary + index(target)]);
            }
            BOOST_TEST(loss == expected.sum, boost::test_tools::tolerance(1e-5));
            if (copies > 1) continue;
            auto const stepwise = model.attention_weights();
            BOOST_TEST_REQUIRE(stepwise.size() == weights.size());
            for (std::size_t i = 0; i < weights.size(); ++i) BOOST_TEST(std::abs(stepwise[i] - weights[i]) < 1e-5F);
        }
    }
}

// Four lanes decode two steps; then only lanes 2 and 0 go on, in this order, and a step later only lane 0.
BOOST_AUTO_TEST_CASE(lanes_that_go_on_alone_decode_as_they_do_beside_the_others) {
    for (auto const& options : some_models()) {
        wm::seq2seq_model<float> model(options, wm::cpu_operations(), wm::random_key(1));
        auto const batch = batch_of(some_pairs());
        auto const inputs = [&](std::size_t step, std::vector<std::size_t> const& lanes) {
            id_list tokens;
            for (auto const lane : lanes) tokens.push_back(batch.inputs[step * batch.lanes + lane]);
            return tokens;
        };
        std::vector<std::vector<float>> beside;
        model.begin_decoding(batch, batch.target_steps);
        for (std::size_t t = 0; t < 5; ++t) {
            auto const of_step = model.next_probabilities(inputs(t, {0, 1, 2, 3}));
            beside.emplace_back(of_step.begin(), of_step.end());
        }
        auto const weights_beside = model.attention_weights();

        std::vector<std::size_t> lanes{0, 1, 2, 3};
        model.begin_decoding(batch, batch.target_steps);
        for (std::size_t t = 0; t < 5; ++t) {
            if (t == 2) {
                model.reorder(std::vector{wm::id_at(2), wm::id_at(0)});
                lanes = {2, 0};
            }
            if (t == 3) {
                model.reorder(std::vector{wm::id_at(1)});
                lanes = {0};
            }
            auto const alone = model.next_probabilities(inputs(t, lanes));
            BOOST_TEST_REQUIRE(alone.size() == lanes.size() * vocabulary);
            for (std::size_t i = 0; i < lanes.size(); ++i)
                for (std::size_t v = 0; v < vocabulary; ++v)
                    BOOST_TEST(alone[i * vocabulary + v] == beside[t][lanes[i] * vocabulary + v],
                               boost::test_tools::tolerance(1e-5F));
        }
        auto const weights = model.attention_weights(); // of lane 0, from its first step on
        if (options.attention || options.transformer) BOOST_TEST_REQUIRE(weights.size() == 5 * batch.source_steps);
        for (std::size_t i = 0; i < weights.size(); ++i) {
            auto const step = i / batch.source_steps, source = i % batch.source_steps;
            auto const expected = weights_beside[step * batch.lanes * batch.source_steps + source];
            BOOST_TEST(std::abs(weights[i] - expected) < 1e-5F, "step " << step << ", source " << source);
        }
        // The next batch starts with all its lanes.
        model.begin_decoding(batch, batch.target_steps);
        auto const again = model.next_probabilities(inputs(0, {0, 1, 2, 3}));
        BOOST_TEST(std::ranges::equal(again, beside[0]));
    }
}

BOOST_AUTO_TEST_CASE(attention_weights_of_a_step_sum_to_1_over_the_tokens_of_the_source) {
    auto const batch = batch_of(some_pairs());
    auto const check = [&](std::vector<float> const& weights) {
        BOOST_TEST_REQUIRE(weights.size() == batch.target_steps * batch.lanes * batch.source_steps);
        for (std::size_t row = 0; row < batch.target_steps * batch.lanes; ++row) {
            auto const of_row = std::span(weights).subspan(row * batch.source_steps, batch.source_steps);
            auto const length = batch.source_lengths[row % batch.lanes];
            BOOST_TEST(std::accumulate(of_row.begin(), of_row.begin() + length, 0.0F) == 1,
                       boost::test_tools::tolerance(1e-5F));
            for (std::size_t s = length; s < batch.source_steps; ++s) BOOST_TEST(of_row[s] == 0);
        }
    };
    wm::seq2seq_model<float> recurrent(recurrent_models().at(2), wm::cpu_operations(), wm::random_key(1));
    (void)recurrent.evaluate(batch).wait();
    check(recurrent.attention_weights());
    BOOST_TEST(failure_of([&] { (void)recurrent.attention_weights({.head = 0}); }).says("found a recurrent one"));
    wm::seq2seq_model<float> transformer(transformers().at(0), wm::cpu_operations(), wm::random_key(1));
    (void)transformer.evaluate(batch).wait();
    check(transformer.attention_weights());
    check(transformer.attention_weights({.layer = 1, .head = 0}));
}

BOOST_AUTO_TEST_CASE(attention_weights_of_a_layer_are_the_mean_of_its_heads_and_those_of_a_model_of_its_layers) {
    wm::seq2seq_model<float> model(transformers().at(0), wm::cpu_operations(), wm::random_key(1));
    (void)model.evaluate(batch_of(some_pairs())).wait();
    auto const all = model.attention_weights(), layer = model.attention_weights({.layer = 1}),
               head = model.attention_weights({.head = 1});
    std::vector<std::vector<float>> apart; // layer 0 with its heads, then layer 1
    for (std::size_t l = 0; l < 2; ++l)
        for (std::size_t h = 0; h < 2; ++h) apart.push_back(model.attention_weights({.layer = l, .head = h}));
    BOOST_TEST((apart[0] != apart[1]));
    BOOST_TEST((apart[1] != apart[3]));
    for (std::size_t i = 0; i < all.size(); ++i) {
        BOOST_TEST(std::abs(all[i] - (apart[0][i] + apart[1][i] + apart[2][i] + apart[3][i]) / 4) < 1e-6F);
        BOOST_TEST(std::abs(layer[i] - (apart[2][i] + apart[3][i]) / 2) < 1e-6F);
        BOOST_TEST(std::abs(head[i] - (apart[1][i] + apart[3][i]) / 2) < 1e-6F);
    }
    BOOST_TEST(failure_of([&] { (void)model.attention_weights({.layer = 2}); }).says("a layer below 2, found 2"));
    BOOST_TEST(failure_of([&] { (void)model.attention_weights({.head = 7}); }).says("a head below 2, found 7"));
}

BOOST_AUTO_TEST_CASE(gradients_of_the_processor_are_those_of_the_reference) {
    check_gradients_on(wm::cpu_operations(2), 96, 40);
}
BOOST_AUTO_TEST_CASE(gradients_of_a_gpu_are_those_of_the_reference,
                     *boost::unit_test::label("gpu") * skipped_if([] { return wm::query_cuda().reason; })) {
    check_gradients_on(wm::cuda_operations(), 24, 7);
}

BOOST_AUTO_TEST_CASE(a_number_of_weights_is_that_of_the_parameters) {
    for (auto const& options : some_models()) {
        wm::seq2seq_model<float> model(options, wm::cpu_operations(), wm::random_key(1));
        BOOST_TEST(options.weights() == model.parameters().values());
        BOOST_TEST(options.memory_bytes() == 8 * model.parameters().values());
    }
}

BOOST_AUTO_TEST_CASE(options_that_no_model_has_are_refused) {
    auto const refused = [](wm::seq2seq_options options) {
        options.source_vocabulary = options.source_vocabulary == 0 ? 10 : options.source_vocabulary;
        options.target_vocabulary = 10;
        return failure_of([&] { options.check(); });
    };
    BOOST_TEST(refused({.hidden_size = 0}).says("expected a hidden size of 1 or more, found 0"));
    BOOST_TEST(refused({.source_vocabulary = 11, .shared_embedding = true})
                   .says("expected one vocabulary, found one of 11 and one of 10"));
    BOOST_TEST(refused({.hidden_size = 9, .bidirectional = true}).says("expected an even hidden size"));
    BOOST_TEST(refused({.dropout = 1}).says("expected a dropout ratio from 0 to below 1, found 1"));
    BOOST_TEST(refused({.input_feeding = true}).says("expected attention beside it, found none"));
    BOOST_TEST(refused({.output = wm::attention_output::combined}).says("expected attention beside it, found none"));
    using shape = wm::transformer_shape;
    BOOST_TEST(refused({.embedding_size = 4, .hidden_size = 8, .transformer = shape{}}).says("found 4 and 8"));
    BOOST_TEST(refused({.skip = true, .transformer = shape{}}).says("none of two directions, skip connections"));
    BOOST_TEST(refused({.attention = dot, .transformer = shape{}}).says("another attention, found one"));
    BOOST_TEST(refused({.transformer = shape{.positions = wm::position_kind::rotary, .memory = 4}}).says("no memory"));
    BOOST_TEST(refused({.transformer = shape{.positions = wm::position_kind::learned}}).says("longest"));
    BOOST_TEST(refused({.label_smoothing = -0.1}).says("expected a label smoothing from 0 to below 1, found -0.1"));
}

BOOST_AUTO_TEST_SUITE_END()
