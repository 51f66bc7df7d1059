#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
constexpr double for_values = 3e-6, for_gradients = 1e-5;

struct machine_case {
    std::size_t lanes, heads, slots, width, shifts;
    double largest = 1; // of the arguments
};
std::vector<machine_case> some_machines() {
    std::vector<machine_case> cases{{2, 2, 128, 20, 3, 1}, {1, 1, 300, 5, 7, 5}, {3, 1, 1, 1, 1, 1}};
    for (std::size_t const lanes : {1, 3, 17})
        for (std::size_t const heads : {1, 2})
            for (std::size_t const slots : {5, 33})
                for (std::size_t const width : {1, 17})
                    for (double const largest : {1.0, 6.0}) cases.push_back({lanes, heads, slots, width, 5, largest});
    return cases;
}

void check_addressing(twins const& on) {
    for (auto const& [lanes, heads, slots, width, shifts, largest] : some_machines()) {
        shape const memory{slots * lanes, width, 1}, weightings{lanes, heads * slots, 2},
            arguments{lanes, heads * wordmill::address_size(width, shifts), 3, largest};
        std::vector<shape> const shapes{memory,     arguments, weightings, weightings,
                                        weightings, arguments, weightings, memory};
        auto values = random_values(shapes);
        for (auto& value : values[2]) value = std::abs(value) / static_cast<float>(slots); // a weighting before
        agrees(
            on,
            std::to_string(lanes) + " lanes of " + std::to_string(heads) + " heads, " + std::to_string(slots)
                + " slots",
            shapes, for_gradients,
            [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                wordmill::addressing_step<T> const step{.heads = heads,
                                                        .memory = m[0],
                                                        .arguments = m[1],
                                                        .before = m[2],
                                                        .similarities = m[3],
                                                        .weights = m[4]};
                ops.address(step);
                ops.address_backward(step, {.weights = m[6], .arguments = m[5], .before = m[6], .memory = m[7]});
                return std::vector<double>();
            },
            values);
    }
}

void check_writing(twins const& on) {
    for (auto const& [lanes, heads, slots, width, shifts, largest] : some_machines()) {
        shape const memory{slots * lanes, width, 1}, weightings{lanes, heads * slots, 2},
            arguments{lanes, heads * 2 * width, 3, largest};
        agrees(on, std::to_string(lanes) + " lanes of " + std::to_string(heads) + " heads that write",
               {memory, arguments, weightings, memory, memory, arguments, weightings}, for_values,
               [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                   wordmill::writing_step<T> const step{
                       .heads = heads, .memory = m[0], .arguments = m[1], .weights = m[2], .after = m[3]};
                   ops.write_memory(step);
                   ops.write_memory_backward(step, {.memory = m[4], .arguments = m[5], .weights = m[6]});
                   return std::vector<double>();
               });
    }
}

void check_weights_of_zero(twins const& on) {
    // Slot 1 holds the key; a key strength of 200 and a sharpening of 60 leave nothing to the others, whose powers are
    // below the least float. Slot 4 is out of reach of the shifts.
    auto const& ops = on.front();
    std::vector<float> arguments{4, 4, 200, 10, 60, -20, 20, -20};
    wordmill::tensor<float> memory(ops, 5, 2), all(ops, 1, 8), before(ops, 1, 5), similarities(ops, 1, 5),
        weights(ops, 1, 5), d(ops, 1, 5), d_arguments(ops, 1, 8), d_memory(ops, 5, 2);
    memory.assign(std::vector<float>{-1, -1, 1, 1, -1, 1, 1, -1, 0, 0});
    all.assign(arguments);
    d.assign(std::vector<float>{1, 2, 3, 4, 5});
    wordmill::addressing_step<float> const step{.memory = memory.view(),
                                                .arguments = all.view(),
                                                .before = before.view(),
                                                .similarities = similarities.view(),
                                                .weights = weights.view()};
    ops->address(step);
    BOOST_TEST(weights.values() == (std::vector<float>{0, 1, 0, 0, 0}), boost::test_tools::per_element());
    ops->address_backward(
        step, {.weights = d.view(), .arguments = d_arguments.view(), .before = d.view(), .memory = d_memory.view()});
    for (auto const& values : {d.values(), d_arguments.values(), d_memory.values()})
        for (auto const value : values) BOOST_TEST(std::isfinite(value));

    // A gate of 0 keeps the weighting before, which is 0 everywhere: all slots have the least weight, which nothing
    // changes.
    arguments[3] = -200;
    all.assign(arguments);
    d.assign(std::vector<float>{1, 2, 3, 4, 5});
    ops->address(step);
    BOOST_TEST(weights.values() == std::vector<float>(5, 0.2F), boost::test_tools::per_element());
    ops->address_backward(
        step, {.weights = d.view(), .arguments = d_arguments.view(), .before = d.view(), .memory = d_memory.view()});
    BOOST_TEST(d.values() == std::vector<float>(5), boost::test_tools::per_element());
}

void check_no_number(twins const& on) {
    auto const& ops = on.front();
    wordmill::tensor<float> memory(ops, 20, 3), arguments(ops, 1, 9), before(ops, 1, 20), similarities(ops, 1, 20),
        weights(ops, 1, 20);
    std::vector<float> values(20, 0.05F);
    values[7] = NAN;
    before.assign(values);
    ops->address({.memory = memory.view(),
                  .arguments = arguments.view(),
                  .before = before.view(),
                  .similarities = similarities.view(),
                  .weights = weights.view()});
    BOOST_TEST(std::isnan(weights.values()[7]));
}
}

BOOST_AUTO_TEST_SUITE(cpu_addressing)

BOOST_AUTO_TEST_CASE(addressing_agrees_forward_and_back) { check_addressing(processors()); }
BOOST_AUTO_TEST_CASE(writing_agrees_forward_and_back) { check_writing(processors()); }
BOOST_AUTO_TEST_CASE(slots_without_any_weight_have_finite_gradients) { check_weights_of_zero(processors()); }
BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none) { check_no_number(processors()); }
BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_refused) {
    auto& ops = *processors().front();
    wordmill::buffer<float> x(ops.queue(), 100), y(ops.queue(), 100);
    auto const m = [&](std::size_t rows, std::size_t columns) { return x.matrix(rows, columns); };
    auto const address = [&](std::size_t slots, std::size_t arguments, std::size_t weights) {
        ops.address({.memory = m(slots, 2),
                     .arguments = m(1, arguments),
                     .before = m(1, weights),
                     .similarities = y.matrix(1, weights),
                     .weights = y.matrix(1, weights)});
    };
    BOOST_CHECK_THROW(address(4, 7, 4), wordmill::contract_violation);  // two shifts
    BOOST_CHECK_THROW(address(4, 10, 4), wordmill::contract_violation); // more shifts than slots
    BOOST_CHECK_THROW(address(4, 8, 5), wordmill::contract_violation);
    BOOST_CHECK_THROW(
        ops.write_memory({.memory = m(4, 2), .arguments = m(1, 3), .weights = m(1, 4), .after = y.matrix(4, 2)}),
        wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cuda_addressing, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

BOOST_AUTO_TEST_CASE(addressing_agrees_forward_and_back) { check_addressing(gpus()); }
BOOST_AUTO_TEST_CASE(writing_agrees_forward_and_back) { check_writing(gpus()); }
BOOST_AUTO_TEST_CASE(slots_without_any_weight_have_finite_gradients) { check_weights_of_zero(gpus()); }
BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none) { check_no_number(gpus()); }

BOOST_AUTO_TEST_SUITE_END()
