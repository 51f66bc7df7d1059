#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "tensors.hpp"

BOOST_AUTO_TEST_SUITE(reference_of_addressing)

// Four slots (1, 0), (0, 1), (-1, 0), (0, -1) and the key (tanh(log 3), 0) = (0.8, 0): similarities 1, 0, -1, 0, up to
// the 1e-6 that is added to squares of lengths. Key strength log(1 + 2) = log 3: exp(b K) = 3, 1, 1/3, 1, so content 9,
// 3, 1, 3 over 16. Gate 1/2 with the weighting (0, 1, 0, 0) before: 9, 19, 1, 3 over 32. Shifts by -1, 0 and 1 weigh
// 1/4, 1/4 and 1/2: slot 0 gets (19 + 9 + 2 3) / 128 = 34/128, then 38/128, 42/128 and 14/128. Sharpening 1 + log(1 +
// (e - 1)) = 2: the squares of these over their sum, 4560.
BOOST_AUTO_TEST_CASE(a_head_is_addressed_as_worked_by_hand) {
    auto const ops = reference_of();
    auto const memory = tensor_of(4, 2, {1, 0, 0, 1, -1, 0, 0, -1});
    auto const arguments =
        tensor_of(1, 8, {std::log(3), 0, std::log(2), 0, std::log(std::numbers::e - 1), 0, 0, std::log(2)});
    auto const before = tensor_of(1, 4, {0, 1, 0, 0});
    wordmill::tensor<double> similarities(ops, 1, 4), weights(ops, 1, 4);
    ops->address({.memory = memory.view(),
                  .arguments = arguments.view(),
                  .before = before.view(),
                  .similarities = similarities.view(),
                  .weights = weights.view()});
    near(similarities.values(), {1, 0, -1, 0}, 2e-6);
    near(weights.values(), {1156.0 / 4560, 1444.0 / 4560, 1764.0 / 4560, 196.0 / 4560}, 2e-6);
}

// Two slots of one value, 4 and 8. Head 1: weights 1/2 and 1, erase 1/2, add 0.8. Head 2: weights 1 and 0, erase 3/4,
// add -0.8. Head 1 alone leaves 4 (1 - 1/4) + 0.4 = 3.4 and 8 (1 - 1/2) + 0.8 = 4.8; both leave 4 (3/4) (1/4) + 0.4 -
// 0.8 = 0.35 and 4.8.
BOOST_AUTO_TEST_CASE(heads_erase_and_add_as_worked_by_hand) {
    auto const ops = reference_of();
    auto const memory = tensor_of(2, 1, {4, 8});
    auto const arguments = tensor_of(1, 4, {0, std::log(3), std::log(3), -std::log(3)});
    auto const weights = tensor_of(1, 4, {0.5, 1, 1, 0});
    wordmill::tensor<double> after(ops, 2, 1);
    ops->write_memory({.memory = memory.view(),
                       .arguments = columns_of(arguments.view(), 0, 2),
                       .weights = columns_of(weights.view(), 0, 2),
                       .after = after.view()});
    near(after.values(), {3.4, 4.8});
    ops->write_memory({.heads = 2,
                       .memory = memory.view(),
                       .arguments = arguments.view(),
                       .weights = weights.view(),
                       .after = after.view()});
    near(after.values(), {0.35, 4.8});
}

BOOST_AUTO_TEST_CASE(a_key_and_slots_of_zeros_are_similar_to_nothing_and_have_gradients) {
    auto const ops = reference_of();
    auto const memory = tensor_of(3, 2, {0, 0, 0, 0, 3, 4});
    wordmill::tensor<double> const arguments(ops, 1, 6), before(ops, 1, 3);
    wordmill::tensor<double> similarities(ops, 1, 3), weights(ops, 1, 3), d_arguments(ops, 1, 6), d_before(ops, 1, 3),
        d_memory(ops, 3, 2);
    wordmill::addressing_step<double> const step{.memory = memory.view(),
                                                 .arguments = arguments.view(),
                                                 .before = before.view(),
                                                 .similarities = similarities.view(),
                                                 .weights = weights.view()};
    ops->address(step);
    near(similarities.values(), {0, 0, 0});
    near(weights.values(), {1.0 / 3, 1.0 / 3, 1.0 / 3});
    ops->address_backward(step, {.weights = tensor_of(1, 3, {0, 0, 1}).view(),
                                 .arguments = d_arguments.view(),
                                 .before = d_before.view(),
                                 .memory = d_memory.view()});
    for (auto const& d : {d_arguments.values(), d_before.values(), d_memory.values()})
        for (auto const value : d) BOOST_TEST(std::isfinite(value));
    // c = 1 + log 2 and b = log 2; the gradient of the third similarity is c (1 - 1/3) b / 3, that of the key's first
    // value 3/5 of it over the length of the key, sqrt(1e-6).
    auto const expected = (1 + std::numbers::ln2) * 2 / 9 * std::numbers::ln2 * 0.6 * 1e3;
    BOOST_TEST(std::abs(d_arguments.values()[0] / expected - 1) < 1e-6);
}

BOOST_AUTO_TEST_CASE(gradients_of_addressing_equal_central_differences) {
    auto const ops = reference_of();
    constexpr std::size_t lanes = 2, heads = 2, width = 3;
    for (auto const& [slots, shifts] : {std::pair<std::size_t, std::size_t>{5, 3}, {1, 1}, {3, 3}, {6, 5}, {4, 1}}) {
        auto const size = heads * wordmill::address_size(width, shifts);
        auto memory = wave(slots * lanes, width, 0.3), arguments = wave(lanes, size, 0.7);
        wordmill::tensor<double> before(ops, lanes, heads * slots), similarities(ops, lanes, heads * slots),
            weights(ops, lanes, heads * slots), d_arguments(ops, lanes, size), d_before(ops, lanes, heads * slots),
            d_memory(ops, slots * lanes, width);
        std::vector<double> positive;
        for (auto const value : wave(lanes * heads * slots, 0.9)) positive.push_back(value * value + 0.1);
        before.assign(positive);
        auto const d_weights = wave(lanes, heads * slots, 0.5);
        wordmill::addressing_step<double> const step{.heads = heads,
                                                     .memory = memory.view(),
                                                     .arguments = arguments.view(),
                                                     .before = before.view(),
                                                     .similarities = similarities.view(),
                                                     .weights = weights.view()};
        auto const loss = [&] {
            ops->address(step);
            return sum_of_products(weights.values(), d_weights.values());
        };
        (void)loss();
        ops->copy(d_weights.view(), d_before.view());
        ops->address_backward(step, {.weights = d_before.view(), // may be the same matrix
                                     .arguments = d_arguments.view(),
                                     .before = d_before.view(),
                                     .memory = d_memory.view()});
        BOOST_TEST_CONTEXT(slots << " slots, " << shifts << " shifts") {
            check_gradient(arguments.view(), d_arguments.values(), loss);
            check_gradient(before.view(), d_before.values(), loss);
            check_gradient(memory.view(), d_memory.values(), loss);
        }
    }
}

BOOST_AUTO_TEST_CASE(gradients_of_writing_equal_central_differences) {
    auto const ops = reference_of();
    constexpr std::size_t lanes = 2, slots = 3, width = 2;
    for (std::size_t const heads : {1, 2, 3}) {
        auto memory = wave(slots * lanes, width, 0.3), arguments = wave(lanes, heads * 2 * width, 0.7),
             weights = wave(lanes, heads * slots, 0.1);
        auto const d_after = wave(slots * lanes, width, 0.5);
        wordmill::tensor<double> after(ops, slots * lanes, width), d_memory(ops, slots * lanes, width),
            d_arguments(ops, lanes, heads * 2 * width), d_weights(ops, lanes, heads * slots);
        wordmill::writing_step<double> const step{.heads = heads,
                                                  .memory = memory.view(),
                                                  .arguments = arguments.view(),
                                                  .weights = weights.view(),
                                                  .after = after.view()};
        auto const loss = [&] {
            ops->write_memory(step);
            return sum_of_products(after.values(), d_after.values());
        };
        (void)loss();
        ops->copy(d_after.view(), d_memory.view());
        ops->write_memory_backward(
            step, {.memory = d_memory.view(), .arguments = d_arguments.view(), .weights = d_weights.view()});
        BOOST_TEST_CONTEXT(heads << " heads") {
            check_gradient(arguments.view(), d_arguments.values(), loss);
            check_gradient(weights.view(), d_weights.values(), loss);
            check_gradient(memory.view(), d_memory.values(), loss);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
