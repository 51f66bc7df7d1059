#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
#include "tokens.hpp"

namespace {
/// Words "a", "b", ... with these counts.
wordmill::vocabulary words(std::vector<std::uint64_t> const& counts) {
    std::string lines;
    for (std::size_t i = 0; i < counts.size(); ++i)
        lines += std::string(1, static_cast<char>('a' + i)) + "\t" + std::to_string(counts[i]) + "\n";
    return wordmill::parse_vocabulary(lines);
}
}

BOOST_AUTO_TEST_SUITE(subsampling)

// f = 0.9, 0.09, 0.01 and t = 0.01: t / f = 1/90, 1/9, 1.
BOOST_AUTO_TEST_CASE(keep_probabilities_follow_the_two_rules) {
    std::vector<std::uint64_t> const counts{900, 90, 10};
    auto const original = wordmill::keep_probabilities(counts, {.threshold = 0.01});
    BOOST_TEST(std::abs(original[0] - (std::sqrt(1 / 90.0) + 1 / 90.0)) < 1e-12);
    BOOST_TEST(std::abs(original[1] - (1 / 3.0 + 1 / 9.0)) < 1e-12);
    BOOST_TEST(original[2] == 1.0);
    auto const paper =
        wordmill::keep_probabilities(counts, {.threshold = 0.01, .rule = wordmill::subsampling_rule::paper});
    BOOST_TEST(std::abs(paper[0] - std::sqrt(1 / 90.0)) < 1e-12);
    BOOST_TEST(std::abs(paper[1] - 1 / 3.0) < 1e-12);
    for (auto p : wordmill::keep_probabilities(counts, {.threshold = 0})) BOOST_TEST(p == 1.0);
}

BOOST_AUTO_TEST_CASE(a_threshold_that_is_none_is_refused) {
    std::vector<std::uint64_t> const counts{1};
    for (double t : {-1e-9, std::nan(""), std::numeric_limits<double>::infinity()})
        BOOST_CHECK_THROW((void)wordmill::keep_probabilities(counts, {.threshold = t}), wordmill::error);
}

BOOST_AUTO_TEST_CASE(tokens_are_dropped_in_their_share_and_sentences_stay) {
    auto const vocabulary = words({900'000, 100'000});
    wordmill::tally counts;
    wordmill::subsample const stage(vocabulary, {.threshold = 0.09, .key = wordmill::random_key(5), .counts = counts});
    wordmill::token_block block;
    for (std::size_t i = 0; i < 100'000; ++i) {
        block.ids.push_back(wordmill::token_id{i % 10 == 0 ? 1U : 0U});
        if (i % 1000 == 999) block.sentence_ends.push_back(static_cast<std::uint32_t>(i + 1));
    }
    wordmill::subsample::scratch space;
    auto const out = stage(block, space);
    // t / f = 0.1: kept with sqrt(0.1) + 0.1 = 0.41623; 90,000 tosses, deviation 148, five of them. All of "b": t / f =
    // 0.9.
    BOOST_TEST(std::abs(static_cast<double>(out.ids.size()) - 10'000 - 90'000 * 0.41623) < 740.0);
    BOOST_TEST(out.ids.size() + out.dropped == 100'000u);
    BOOST_TEST_REQUIRE(out.sentence_ends.size() == 100u);
    BOOST_TEST(out.sentence_ends.back() == out.ids.size());
    for (std::size_t s = 1; s < 100; ++s) BOOST_TEST(out.sentence_ends[s - 1] <= out.sentence_ends[s]);
    BOOST_TEST(counts.balanced("training token"));
    BOOST_TEST(counts.dropped_count("training token", "subsampled") == out.dropped);
    // The same block gives the same tokens again, another block and another key others.
    BOOST_TEST((stage(block, space).ids == out.ids));
    auto later = block;
    later.index = 1;
    BOOST_TEST((stage(later, space).ids != out.ids));
}

BOOST_AUTO_TEST_CASE(a_tiny_threshold_may_empty_every_sentence) {
    wordmill::subsample const stage(words({10}), {.threshold = 1e-12, .key = wordmill::random_key(1)});
    wordmill::token_block block;
    block.ids = ids({0, 0, 0, 0});
    block.sentence_ends = {2, 4};
    wordmill::subsample::scratch space;
    auto const out = stage(block, space);
    BOOST_TEST(out.ids.empty());
    BOOST_TEST(out.dropped == 4u);
    BOOST_TEST((out.sentence_ends == std::vector<std::uint32_t>{0, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
