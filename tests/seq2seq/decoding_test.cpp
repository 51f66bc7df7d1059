#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <memory>
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
#include "pairs.hpp"

namespace wm = wordmill;

namespace {
constexpr std::size_t vocabulary = 6; // three words

wm::decoding_marks const marks{.begin = begin_token, .end = end_token, .never = {padding, begin_token}};

/// Weights so large that the most likely tokens differ from source to source.
wm::seq2seq_model<float> lively_model(std::uint64_t seed, form of) {
    wm::seq2seq_options options{
        .source_vocabulary = vocabulary, .target_vocabulary = vocabulary, .embedding_size = 5, .hidden_size = 6};
    if (of == form::attending) {
        options.attention = wm::attention_kind::general;
        options.input_feeding = true;
    }
    if (of == form::transformer) {
        options.embedding_size = 6;
        options.layers = 2;
        options.transformer.emplace();
    }
    wm::seq2seq_model<float> model(options, wm::cpu_operations(), wm::random_key(seed));
    for (auto& p : model.parameters()) {
        auto values = p.host_values();
        auto const factor = of == form::transformer ? 3.0F : p.name().ends_with("embedding") ? 150.0F : 2.0F;
        for (auto& value : values) value *= factor;
        if (of == form::transformer && p.name() == "projection.bias")
            values[index(end_token)] = -2; // or all end at once
        p.assign(values);
    }
    return model;
}

std::vector<id_pair> sources() {
    std::vector<id_pair> pairs;
    for (std::size_t i = 0; i < 6; ++i) pairs.push_back({words_of(1 + i, vocabulary, i + 1), {}});
    return pairs;
}

/// The log probability of a target, from all steps at once. The end token counts if the target ended.
double log_probability(wm::seq2seq_model<float>& model, id_list const& source, id_list const& target, bool ended) {
    auto batch = batch_of({{source, target}});
    if (!ended) batch.targets.back() = wm::no_token;
    return -model.evaluate(batch).wait().sum;
}

/// All targets of at most `longest` words that end, and their log probabilities.
void enumerate(wm::seq2seq_model<float>& model, id_list const& source, std::size_t longest, id_list& target,
               std::vector<std::pair<double, id_list>>& all, double alpha) {
    auto const length = static_cast<double>(target.size() + 1);
    all.emplace_back(log_probability(model, source, target, true) / std::pow((5 + length) / 6, alpha), target);
    if (target.size() == longest) return;
    for (std::size_t word = first_word; word < vocabulary; ++word) {
        target.push_back(wm::id_at(word));
        enumerate(model, source, longest, target, all, alpha);
        target.pop_back();
    }
}
}

BOOST_AUTO_TEST_SUITE(decoding)

BOOST_AUTO_TEST_CASE(a_beam_of_1_takes_the_likeliest_token_at_each_step) {
    for (auto const of : every_form) {
        auto model = lively_model(3, of);
        std::size_t longest = 0;
        for (auto const& [source, none] : sources()) {
            constexpr std::size_t limit = 8;
            auto const found = wm::decode(model, batch_of({{source, {}}}), marks, {.most_tokens = limit}).at(0).at(0);
            id_list expected;
            bool ended = false;
            while (!ended && expected.size() < limit) {
                auto batch = batch_of({{source, expected}});
                (void)model.evaluate(batch).wait();
                model.begin_decoding(batch, batch.target_steps);
                std::vector<float> logits;
                for (auto const input : batch.inputs) logits = model.next_logits(std::span(&input, 1));
                auto best = index(end_token);
                for (auto v = index(end_token); v < vocabulary; ++v)
                    if (logits[v] > logits[best]) best = v;
                ended = wm::id_at(best) == end_token;
                if (!ended) expected.push_back(wm::id_at(best));
            }
            BOOST_TEST((found.tokens == expected));
            if (ended) BOOST_TEST(found.ended);
            BOOST_TEST(found.log_probability == log_probability(model, source, found.tokens, found.ended),
                       boost::test_tools::tolerance(1e-4));
            longest = std::max(longest, found.tokens.size());
        }
        BOOST_TEST(longest > 0U); // or this says nothing
    }
}

BOOST_AUTO_TEST_CASE(a_beam_as_wide_as_the_tree_finds_what_exhaustive_search_finds) {
    constexpr std::size_t longest = 3;
    constexpr std::size_t beam = 200; // more than the 3^3 + 3^2 + 3 + 1 targets
    for (auto const& [alpha, of] :
         {std::pair(0.0, form::attending), std::pair(0.6, form::transformer), std::pair(1.5, form::attending)}) {
        auto model = lively_model(5, of);
        for (auto const& [source, none] : sources()) {
            std::vector<std::pair<double, id_list>> all;
            id_list target;
            enumerate(model, source, longest, target, all, alpha);
            std::ranges::sort(all, [](auto const& a, auto const& b) { return a.first > b.first; });
            auto const found = wm::decode(model, batch_of({{source, {}}}), marks,
                                          {.beam = beam, .n_best = 10, .length_alpha = alpha, .most_tokens = longest});
            BOOST_TEST_REQUIRE(found.at(0).size() == 10U);
            for (std::size_t i = 0; i < 10; ++i) {
                BOOST_TEST((found[0][i].tokens == all[i].second), "alpha " << alpha << ", rank " << i);
                BOOST_TEST(found[0][i].score == all[i].first, boost::test_tools::tolerance(1e-4));
                BOOST_TEST(found[0][i].ended);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(sources_of_a_batch_do_not_influence_each_other) {
    for (auto const of : every_form) {
        auto model = lively_model(7, of);
        auto pairs = sources();
        std::ranges::reverse(pairs); // as in the batch
        wm::decoding_options const options{.beam = 4, .n_best = 3};
        auto const together = wm::decode(model, batch_of(pairs), marks, options);
        for (std::size_t b = 0; b < pairs.size(); ++b) {
            auto const alone = wm::decode(model, batch_of({pairs[b]}), marks, options).at(0);
            BOOST_TEST_REQUIRE(alone.size() == together[b].size());
            for (std::size_t i = 0; i < alone.size(); ++i) {
                BOOST_TEST((alone[i].tokens == together[b][i].tokens), "source " << b << ", rank " << i);
                BOOST_TEST(alone[i].score == together[b][i].score, boost::test_tools::tolerance(1e-4));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(scores_fall_and_a_wider_beam_finds_no_worse_target) {
    for (auto const of : every_form) {
        auto model = lively_model(11, of);
        for (auto const& [source, none] : sources()) {
            auto const of_beam = [&](std::size_t beam) {
                return wm::decode(model, batch_of({{source, {}}}), marks,
                                  {.beam = beam, .n_best = beam, .length_alpha = 0, .most_tokens = 5})
                    .at(0);
            };
            auto const wide = of_beam(50);
            for (std::size_t i = 1; i < wide.size(); ++i)
                if (wide[i].ended == wide[i - 1].ended) BOOST_TEST(wide[i].score <= wide[i - 1].score);
            auto const narrow = of_beam(2);
            if (narrow[0].ended) BOOST_TEST(wide[0].score >= narrow[0].score - 1e-5);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_target_that_does_not_end_is_cut_at_the_limit) {
    auto model = lively_model(3, form::plain);
    auto& bias = model.parameters().at("projection.bias");
    std::vector<float> values(vocabulary, 0);
    values[index(end_token)] = -100; // never ends
    bias.assign(values);
    auto const batch = batch_of(sources());
    for (auto const& found : wm::decode(model, batch, marks, {.beam = 2, .n_best = 2, .most_tokens = 4}))
        for (auto const& target : found) {
            BOOST_TEST(target.tokens.size() == 4U);
            BOOST_TEST(!target.ended);
        }
    auto const found = wm::decode(model, batch, marks, {.tokens_per_source = 3});
    for (std::size_t b = 0; b < batch.lanes; ++b)
        BOOST_TEST(found[b][0].tokens.size() == 3 * batch.source_lengths[b] + 20);
}

// Position 0 has the begin token.
BOOST_AUTO_TEST_CASE(a_target_has_no_more_tokens_than_a_model_has_learned_positions) {
    wm::seq2seq_model<float> model(
        {.source_vocabulary = vocabulary,
         .target_vocabulary = vocabulary,
         .embedding_size = 6,
         .hidden_size = 6,
         .transformer = wm::transformer_shape{.positions = wm::position_kind::learned, .context = 7}},
        wm::cpu_operations(), wm::random_key(1));
    std::vector<float> values(vocabulary, 0);
    values[index(end_token)] = -100; // never ends
    model.parameters().at("projection.bias").assign(values);
    for (auto const& found : wm::decode(model, batch_of(sources()), marks, {.beam = 2}))
        BOOST_TEST(found.at(0).tokens.size() == 6U);
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
    auto const refused = [](wm::decoding_options const& options) { return failure_of([&] { options.check(); }); };
    BOOST_TEST(refused({.beam = 0}).says("expected a beam of 1 or more, found 0"));
    BOOST_TEST(refused({.beam = 2, .n_best = 3}).says("to as many as the beam, 2, found 3"));
    BOOST_TEST(refused({.length_alpha = -1}).says("length normalisation of 0 or more, found -1"));
    BOOST_TEST(refused({.tokens_per_source = 0}).says("found 0"));
}

BOOST_AUTO_TEST_SUITE_END()
