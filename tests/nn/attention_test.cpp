#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::attention_kind;

namespace {
attention_kind const kinds[] = {attention_kind::dot, attention_kind::scaled_dot, attention_kind::general,
                                attention_kind::additive};
constexpr std::size_t lanes = 3;
constexpr std::size_t sources = 4;
constexpr std::size_t steps = 3;
constexpr std::size_t size = 3; // of the queries and, for dot products, of the values

/// Parameters of waves.
wordmill::attention_parameters<double> parameters_of(wordmill::parameter_set<double>& set, attention_kind kind,
                                                     std::size_t key_size) {
    auto const p = wordmill::add_attention(kind, {.query = size, .key = key_size, .additive = 5}, "attention", set,
                                           wordmill::random_key(1));
    double phase = 0;
    for (auto& one : set) one.assign(wave(one.rows() * one.columns(), ++phase));
    return p;
}
std::size_t key_size_of(attention_kind kind) {
    return kind == attention_kind::general || kind == attention_kind::additive ? 2 : size;
}
}

BOOST_AUTO_TEST_SUITE(attention_layers)

// One lane, two positions with values (1, 0) and (0, 1), and the query (log 3, 0): scores log 3 and 0, so weights 3/4
// and 1/4, which are also the context. With the gradient (1, 0) of the context: gradients of the weights 1 and 0, of
// the scores 3/4 (1 - 3/4) = 3/16 and -3/16, of the query (3/16, -3/16); of the values the weights times (1, 0) plus
// the gradients of the scores times the query.
BOOST_AUTO_TEST_CASE(dot_attention_is_that_worked_by_hand) {
    wordmill::attention<double> layer(attention_kind::dot, {}, reference_of());
    auto const values = tensor_of(2, 2, {1, 0, 0, 1});
    auto const query = tensor_of(1, 2, {std::log(3), 0});
    layer.attend_to(values.view(), 1, {}, 1);
    near(values_of(layer.forward(query.view())), {0.75, 0.25});
    near(values_of(layer.weights()), {0.75, 0.25});
    near(values_of(layer.backward(tensor_of(1, 2, {1, 0}).view())), {0.1875, -0.1875});
    near(values_of(layer.d_values()), {0.75 + 0.1875 * std::log(3), 0, 0.25 - 0.1875 * std::log(3), 0});
}

// The query (2 log 3, 0, 0, 0) of size 4 scores log 3 after the division by sqrt(4).
BOOST_AUTO_TEST_CASE(scaled_attention_divides_by_the_root_of_the_size) {
    wordmill::attention<double> layer(attention_kind::scaled_dot, {}, reference_of());
    auto const values = tensor_of(2, 4, {1, 0, 0, 0, 0, 1, 0, 0});
    auto const query = tensor_of(1, 4, {2 * std::log(3), 0, 0, 0});
    layer.attend_to(values.view(), 1, {}, 1);
    near(values_of(layer.forward(query.view())), {0.75, 0.25, 0, 0});
}

// k W = (2, 1) W = log 3 for W = (log 3, -log 3) and 0 for k = 0; additive: v = log 3 / tanh(1), q + k + b = 1 and 0.
BOOST_AUTO_TEST_CASE(general_and_additive_scores_are_those_worked_by_hand) {
    auto const values = tensor_of(2, 2, {2, 1, 0, 0});
    auto const query = tensor_of(1, 1, {1});
    for (auto const kind : {attention_kind::general, attention_kind::additive}) {
        wordmill::parameter_set<double> set(reference_of());
        auto const p = wordmill::add_attention(kind, {.query = 1, .key = 2}, "attention", set, wordmill::random_key(1));
        if (kind == attention_kind::general) {
            p.key->assign(std::vector{std::log(3), -std::log(3)});
        } else {
            p.query->assign(std::vector{0.25});
            p.key->assign(std::vector{1.0, -1.0});
            p.bias->assign(std::vector{-0.25});
            p.vector->assign(std::vector{std::log(3) / std::tanh(1)});
        }
        wordmill::attention<double> layer(kind, p, reference_of());
        layer.attend_to(values.view(), 1, {}, 1);
        near(values_of(layer.forward(query.view())), {1.5, 0.75});
    }
}

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences_in_one_call_and_in_segments) {
    for (auto const kind : kinds)
        for (auto const& segments : {std::vector<std::size_t>{steps}, {1, 1, 1}, {2, 1}}) {
            wordmill::parameter_set<double> set(reference_of());
            auto const e = key_size_of(kind);
            wordmill::attention<double> layer(kind, parameters_of(set, kind, e), reference_of());
            auto const lengths = lengths_of({4, 1, 2});
            auto values = wave(sources * lanes, e, 0.3);
            auto queries = wave(steps * lanes, size, 0.4);
            auto const d_contexts = wave(steps * lanes, e, 0.5);
            auto const forward = [&] {
                std::vector<double> all;
                layer.attend_to(values.view(), lanes, lengths.device(), steps);
                std::size_t first = 0;
                for (auto const n : segments) {
                    auto const y = values_of(layer.forward(rows_of(queries.view(), first * lanes, n * lanes), first));
                    all.insert(all.end(), y.begin(), y.end());
                    first += n;
                }
                return all;
            };
            (void)forward();
            std::vector<double> d_queries;
            auto first = steps;
            for (auto i = segments.size(); i-- > 0;) {
                first -= segments[i];
                auto const d =
                    values_of(layer.backward(rows_of(d_contexts.view(), first * lanes, segments[i] * lanes), first));
                d_queries.insert(d_queries.begin(), d.begin(), d.end());
            }
            auto const d_values = values_of(layer.d_values());
            auto const loss = [&] { return sum_of_products(forward(), d_contexts.values()); };
            check_gradient(values.view(), d_values, loss);
            check_gradient(queries.view(), d_queries, loss);
            check_gradients(set, loss);
        }
}

BOOST_AUTO_TEST_CASE(weights_are_a_distribution_over_the_positions_of_each_source) {
    for (auto const kind : kinds) {
        wordmill::parameter_set<double> set(reference_of());
        auto const e = key_size_of(kind);
        wordmill::attention<double> layer(kind, parameters_of(set, kind, e), reference_of());
        std::vector<std::uint32_t> const host{4, 1, 2};
        auto const lengths = lengths_of(host);
        auto const values = wave(sources * lanes, e, 0.3), queries = wave(steps * lanes, size, 0.4);
        layer.attend_to(values.view(), lanes, lengths.device(), steps);
        (void)layer.forward(queries.view());
        auto const weights = values_of(layer.weights());
        BOOST_TEST_REQUIRE(weights.size() == steps * lanes * sources);
        for (std::size_t r = 0; r < steps * lanes; ++r) {
            double sum = 0;
            for (std::size_t s = 0; s < sources; ++s) {
                auto const w = weights[r * sources + s];
                BOOST_TEST((s < host[r % lanes] ? w > 0 : w == 0));
                sum += w;
            }
            BOOST_TEST(std::abs(sum - 1) < 1e-12);
        }
    }
}

// Two more positions that hold other values, and one more step whose gradient is 0.
BOOST_AUTO_TEST_CASE(more_padding_changes_no_bit) {
    for (auto const kind : kinds) {
        wordmill::parameter_set<double> set(reference_of());
        auto const e = key_size_of(kind);
        auto const p = parameters_of(set, kind, e);
        auto const lengths = lengths_of({4, 1, 2});
        auto const outcome = [&](std::size_t more_sources, std::size_t more_steps) {
            wordmill::attention<double> layer(kind, p, reference_of());
            auto const values = wave((sources + more_sources) * lanes, e, 0.3);
            auto const queries = wave((steps + more_steps) * lanes, size, 0.4);
            auto d = wave(steps * lanes, e, 0.5).values();
            d.resize((steps + more_steps) * lanes * e);
            set.begin_step();
            layer.attend_to(values.view(), lanes, lengths.device(), steps + more_steps);
            auto all = values_of(rows_of(layer.forward(queries.view()), 0, steps * lanes));
            auto const d_queries = layer.backward(tensor_of((steps + more_steps) * lanes, e, d).view());
            for (auto const& part : {values_of(rows_of(d_queries, 0, steps * lanes)),
                                     values_of(rows_of(layer.d_values(), 0, sources * lanes))})
                all.insert(all.end(), part.begin(), part.end());
            for (auto& one : set) {
                auto const gradient = one.host_gradient();
                all.insert(all.end(), gradient.begin(), gradient.end());
            }
            return all;
        };
        near(outcome(2, 1), outcome(0, 0), 0);
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    wordmill::parameter_set<double> set(reference_of());
    auto const says = [&](auto call, char const* text) {
        auto const failure = failure_of(call);
        BOOST_TEST((failure == wordmill::failure::usage));
        BOOST_TEST(failure.says(text), failure.text);
    };
    auto const add = [&](attention_kind kind, wordmill::attention_sizes const& sizes) {
        (void)wordmill::add_attention(kind, sizes, "a", set, wordmill::random_key(1));
    };
    says([&] { add(attention_kind::dot, {.query = 3, .key = 4}); }, "query size: expected 4, found 3");
    says([&] { wordmill::attention<double>(attention_kind::general, {}, reference_of()); }, "a parameter key");
    wordmill::attention<double> layer(attention_kind::dot, {}, reference_of());
    auto const values = wave(4, 3, 0), narrow = wave(2, 2, 0), queries = wave(2, 3, 0);
    auto const lengths = lengths_of({1, 1, 1});
    says([&] { layer.attend_to(values.view(), 3, {}, 1); }, "3 lanes, found 4 rows");
    says([&] { layer.attend_to(values.view(), 2, lengths.device(), 1); }, "lengths: expected 2, found 3");
    layer.attend_to(values.view(), 2, {}, 1);
    says([&] { (void)layer.forward(narrow.view()); }, "query size: expected 3, found 2");
    says([&] { (void)layer.forward(values.view()); }, "1 to 1 steps of 2 lanes, found 4 rows");
    (void)layer.forward(queries.view());
    BOOST_CHECK_THROW((void)layer.d_values(), wordmill::contract_violation);
    says([&] { (void)layer.backward(narrow.view()); }, "gradient: expected [2, 3], found [2, 2]");
    (void)layer.backward(queries.view());
    BOOST_CHECK_THROW((void)layer.backward(queries.view()), wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()
