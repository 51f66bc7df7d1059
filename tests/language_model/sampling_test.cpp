#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.language_model;
#include "../io/failure_of.hpp"

namespace wm = wordmill;

namespace {
// Softmax: 1/2, 1/4, 1/8, 1/8.
std::vector<float> halves() { return {std::log(4.0F), std::log(2.0F), 0, 0}; }

/// How often each token comes in 1000 evenly spaced draws.
std::vector<int> shares(std::vector<float> const& logits, wm::sampling_options options) {
    wm::token_sampler sampler(std::move(options));
    std::vector<int> out(logits.size(), 0);
    for (int i = 0; i < 1000; ++i) ++out[wm::index(sampler.sample(logits, (i + 0.5) / 1000))];
    return out;
}
}

BOOST_AUTO_TEST_SUITE(sampling)

BOOST_AUTO_TEST_CASE(tokens_come_as_often_as_the_softmax_says) {
    BOOST_TEST(shares(halves(), {}) == (std::vector{500, 250, 125, 125}), boost::test_tools::per_element());
}

// Squares of 4, 2, 1, 1 are 16, 4, 1, 1: of 22. Square roots 2, 1.414, 1, 1: of 5.414.
BOOST_AUTO_TEST_CASE(temperature_sharpens_and_flattens) {
    auto const sharp = shares(halves(), {.temperature = 0.5});
    BOOST_TEST(std::abs(sharp[0] - 16000 / 22) <= 1);
    BOOST_TEST(std::abs(sharp[1] - 4000 / 22) <= 1);
    auto const flat = shares(halves(), {.temperature = 2});
    BOOST_TEST(std::abs(flat[0] - 369) <= 1);
    BOOST_TEST(std::abs(flat[3] - 185) <= 1);
}

BOOST_AUTO_TEST_CASE(temperature_0_takes_the_likeliest_and_of_equal_ones_the_lower_id) {
    BOOST_TEST(shares({1, 3, 3, 2}, {.temperature = 0}) == (std::vector{0, 1000, 0, 0}),
               boost::test_tools::per_element());
}

// top 2: 4 and 2 of 6. Of equal ones the lower id stays.
BOOST_AUTO_TEST_CASE(top_k_leaves_the_k_likeliest) {
    auto const two = shares(halves(), {.top_k = 2});
    BOOST_TEST(std::abs(two[0] - 667) <= 1);
    BOOST_TEST(two[2] + two[3] == 0);
    BOOST_TEST(shares(halves(), {.top_k = 3})[3] == 0);
    BOOST_TEST(shares(halves(), {.top_k = 9}) == (std::vector{500, 250, 125, 125}), boost::test_tools::per_element());
}

// 1/2 reaches 0.5, 1/2 + 1/4 reaches 0.7 first, 1/2 + 1/4 + 1/8 reaches 0.8.
BOOST_AUTO_TEST_CASE(top_p_leaves_the_fewest_that_reach_p) {
    BOOST_TEST(shares(halves(), {.top_p = 0.4}) == (std::vector{1000, 0, 0, 0}), boost::test_tools::per_element());
    auto const two = shares(halves(), {.top_p = 0.7});
    BOOST_TEST(std::abs(two[0] - 667) <= 1);
    BOOST_TEST(two[2] + two[3] == 0);
    auto const three = shares(halves(), {.top_p = 0.8});
    BOOST_TEST(std::abs(three[0] - 571) <= 1);
    BOOST_TEST(three[3] == 0);
}

BOOST_AUTO_TEST_CASE(skipped_tokens_never_come) {
    auto const found = shares(halves(), {.skipped = {wm::id_at(2), wm::id_at(0)}});
    BOOST_TEST(found[0] + found[2] == 0);
    BOOST_TEST(std::abs(found[1] - 667) <= 1);
}

BOOST_AUTO_TEST_CASE(extreme_logits_are_no_trouble) {
    auto const infinity = std::numeric_limits<float>::infinity();
    BOOST_TEST(shares({1e30F, -1e30F}, {})[0] == 1000);
    BOOST_TEST(shares({-infinity, 0}, {})[1] == 1000);
    BOOST_TEST(shares({infinity, 0}, {})[0] == 1000);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sampled_from_is_refused) {
    BOOST_TEST(failure_of([] { wm::token_sampler({.temperature = -1}); }).says("temperature of 0 or more"));
    BOOST_TEST(failure_of([] { wm::token_sampler({.top_p = 0}); }).says("top-p above 0"));
    BOOST_TEST(failure_of([] {
                   (void)wm::token_sampler().sample(std::vector{std::nanf(""), 1.0F}, 0.5);
               }).says("not a number"));
    BOOST_TEST(failure_of([] {
                   (void)wm::token_sampler({.skipped = {wm::id_at(0)}}).sample(std::vector{1.0F}, 0.5);
               }).says("not skipped"));
}

BOOST_AUTO_TEST_SUITE_END()
