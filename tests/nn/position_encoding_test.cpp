#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

BOOST_AUTO_TEST_SUITE(position_encodings)

// Section 3.5 of Vaswani et al. 2017 for a size of 4: angles t and t / 100.
BOOST_AUTO_TEST_CASE(sinusoidal_positions_are_those_of_the_paper) {
    wordmill::position_encoding<double> layer(reference_of(), 4);
    auto const x = tensor_of(4, 4, std::vector<double>(16, 1.0)); // two steps of two lanes
    std::vector<double> expected;
    for (double const t : {3.0, 3.0, 4.0, 4.0})
        for (double const value : {std::sin(t), std::cos(t), std::sin(t / 100), std::cos(t / 100)})
            expected.push_back(1 + value);
    near(values_of(layer.forward(x.view(), 2, 3)), expected);
    layer.backward(x.view()); // changes nothing
}

BOOST_AUTO_TEST_CASE(learned_positions_are_rows_of_a_table_and_are_learned) {
    wordmill::parameter_set<double> set(reference_of());
    auto& table = set.add("table", 3, 2);
    table.assign(std::vector<double>{1, 2, 3, 4, 5, 6});
    wordmill::position_encoding<double> layer(table);
    auto const x = tensor_of(4, 2, {10, 10, 20, 20, 30, 30, 40, 40});
    near(values_of(layer.forward(x.view(), 2, 1)), {13, 14, 23, 24, 35, 36, 45, 46});
    layer.backward(x.view());
    near(table.host_gradient(), {0, 0, 30, 30, 70, 70});
    auto const failure = failure_of([&] { (void)layer.forward(x.view(), 2, 2); });
    BOOST_TEST((failure == wordmill::failure::usage));
    BOOST_TEST(failure.says("at most 3 positions, found 4"), failure.text);
}

// Two heads of size 4 at positions 2 and 3: the first pair of a head turns by the position, the second by a hundredth.
BOOST_AUTO_TEST_CASE(rotary_positions_turn_pairs_by_their_angles) {
    auto x = tensor_of(2, 8, {1, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 1, 0, 3, 0, 0});
    auto const before = x.values();
    reference_of()->rotate({.first = 2}, 1, 2, x.view());
    std::vector<double> const turned{
        std::cos(2), std::sin(2), -std::sin(0.02), std::cos(0.02), 2 * std::cos(2),  2 * std::sin(2), 0, 0,
        std::cos(3), std::sin(3), -std::sin(0.03), std::cos(0.03), -3 * std::sin(3), 3 * std::cos(3), 0, 0};
    near(x.values(), turned);
    reference_of()->rotate({.first = -2, .step = -1}, 1, 2, x.view());
    near(x.values(), before);
    reference_of()->rotate({.first = 1, .step = 0}, 1, 2, x.view());
    near({x.values().at(0), x.values().at(8)}, {std::cos(1), std::cos(1)});
}

BOOST_AUTO_TEST_SUITE_END()
