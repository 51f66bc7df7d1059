#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "both_ways.hpp"

using wordmill::device_view;
using wordmill::operations;

// Expected values come from the reference in double, as in device_operations_test.cpp.
namespace {
constexpr double for_values = 1e-6, for_gradients = 1e-5;

void check_normalization(twins const& on) {
    for (std::size_t const rows : {0, 1, 3, 17, 130})
        for (std::size_t const columns : {1, 3, 17, 65, 300})
            for (double const largest : {1.0, 1e4}) {
                shape const x{rows, columns, 1, largest}, row{1, columns}, statistics{rows, 2}, y{rows, columns, 2};
                agrees(on, "normalisation of " + std::to_string(rows) + " x " + std::to_string(columns),
                       {x, row, row, statistics, y, y, x, row, row}, for_gradients,
                       [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                           ops.normalize({m[0], m[1], m[3]}, m[2], m[4]);
                           ops.normalize_backward(
                               {m[0], m[1], m[3]},
                               {.y = m[5], .x = m[6], .gain = m[7], .bias = m[8], .beta = T(rows == 17 ? 1 : 0)});
                           return std::vector<double>();
                       });
            }
}

struct attention_case {
    std::size_t lanes, heads, queries, keys, size;
    bool causal = false;
    std::vector<std::uint32_t> lengths = {};
    double largest = 1;
};
void attend(twins const& on, attention_case const& c) {
    auto const width = c.heads * c.size;
    shape const queries{c.queries * c.lanes, width, 3, c.largest}, keys{c.keys * c.lanes, width, 2, c.largest},
        log_sums{c.queries * c.lanes, c.heads, 1}, weights{c.queries * c.lanes, c.keys, 1};
    agrees(on,
           "attention of " + std::to_string(c.lanes) + " lanes, " + std::to_string(c.heads) + " heads, "
               + std::to_string(c.queries) + " x " + std::to_string(c.keys) + " x " + std::to_string(c.size),
           {queries, keys, keys, queries, log_sums, queries, queries, keys, keys, weights}, for_gradients,
           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
               auto const of_lanes = mirror(ops, c.lengths);
               wordmill::multi_head_pass<T> const pass{.lanes = c.lanes,
                                                       .heads = c.heads,
                                                       .queries = m[0],
                                                       .keys = m[1],
                                                       .values = m[2],
                                                       .lengths = of_lanes.device(),
                                                       .causal = c.causal,
                                                       .offset =
                                                           c.causal && c.keys > c.queries ? c.keys - c.queries : 0,
                                                       .outputs = m[3],
                                                       .log_sums = m[4]};
               ops.multi_head_forward(pass);
               ops.multi_head_backward(pass, {.outputs = m[5], .queries = m[6], .keys = m[7], .values = m[8]});
               ops.multi_head_weights(pass, c.heads - 1, m[9]);
               return std::vector<double>();
           });
}
void check_attention(twins const& on) {
    for (bool const causal : {false, true}) {
        attend(on, {1, 1, 1, 1, 1, causal});
        attend(on, {3, 2, 1, 5, 4, causal, {5, 0, 2}}); // one lane sees nothing
        attend(on, {2, 3, 4, 7, 17, causal, {7, 3}});
        attend(on, {2, 2, 5, 3, 8, causal});
        attend(on, {1, 2, 33, 40, 33, causal, {39}});
        attend(on, {2, 1, 13, 13, 64, causal, {}, 5}); // scores far apart
    }
    attend(on, {2, 1, 0, 3, 4});
    attend(on, {2, 1, 3, 0, 4});
}

// Far from 0, too, where a float has no digits left for an angle.
void check_rotation(twins const& on) {
    for (std::size_t const lanes : {1, 3})
        for (std::size_t const steps : {0, 1, 6})
            for (std::size_t const size : {2, 6, 64})
                for (auto const& by : {wordmill::rotation{.first = 5},
                                       {.first = -5, .step = -1},
                                       {.first = -9, .step = 0},
                                       {.first = 10'000'019}})
                    agrees(on, "rotation", {{steps * lanes, 3 * size, 1}}, for_values,
                           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                               ops.rotate(by, lanes, 3, m[0]);
                               return std::vector<double>();
                           });
}
}

BOOST_AUTO_TEST_SUITE(cpu_transformers)

BOOST_AUTO_TEST_CASE(normalisation_agrees_forward_and_back) { check_normalization(processors()); }
BOOST_AUTO_TEST_CASE(attention_agrees_forward_and_back) {
    check_attention(processors());
    // More than a tile of queries and keys, and enough to be shared between threads.
    for (bool const causal : {false, true}) {
        attend(processors(), {2, 2, 70, 150, 20, causal, {150, 131}});
        attend(processors(), {2, 1, 150, 150, 16, causal, {}, 5});
    }
    attend(processors(), {1, 1, 3, 5, 256});
}
BOOST_AUTO_TEST_CASE(rotation_agrees) { check_rotation(processors()); }

BOOST_AUTO_TEST_CASE(heads_that_are_too_large_are_refused) {
    auto& ops = *processors().front();
    wordmill::buffer<float> x(ops.queue(), 257);
    auto const m = x.matrix(1, 257);
    wordmill::buffer<float> log_sums(ops.queue(), 1);
    BOOST_CHECK_THROW(
        ops.multi_head_forward(
            {.lanes = 1, .queries = m, .keys = m, .values = m, .outputs = m, .log_sums = log_sums.matrix(1, 1)}),
        wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cuda_transformers, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

BOOST_AUTO_TEST_CASE(normalisation_agrees_forward_and_back) { check_normalization(gpus()); }
BOOST_AUTO_TEST_CASE(attention_agrees_forward_and_back) {
    check_attention(gpus());
    attend(gpus(), {1, 1, 70, 70, 40, true});
    attend(gpus(), {1, 1, 3, 5, 256});
}
BOOST_AUTO_TEST_CASE(rotation_agrees) { check_rotation(gpus()); }

BOOST_AUTO_TEST_SUITE_END()
