#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.plot;
import wordmill.vectors;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
/// On the unit circle but for their lengths: east, north and west, and a word that lies 60 degrees from east.
word_vectors four_words(std::vector<std::uint64_t> const& counts = {}) {
    std::vector<std::string> const words{"east", "north", "west", "rare"};
    matrix<float> rows(4, 2);
    rows.view()(0, 0) = 3;
    rows.view()(1, 1) = 0.5;
    rows.view()(2, 0) = -2;
    rows.view()(3, 0) = 0.5;
    rows.view()(3, 1) = static_cast<float>(std::sqrt(0.75));
    return {words, rows.view(), counts};
}
auto const near = boost::test_tools::tolerance(1e-6);
}

BOOST_AUTO_TEST_SUITE(word_maps)

// By hand: at length 1 the first three are (1, 0), (0, 1), (-1, 0), with the mean (0, 1/3). The scatter is 2 along x
// and 4/9 + 1/9 + 1/9 = 2/3 along y, so the shares are 3/4 and 1/4.
BOOST_AUTO_TEST_CASE(words_lie_by_their_directions_not_their_lengths) {
    auto const map = map_words(four_words({9, 5, 2, 1}), {.words = 3, .neighbours = 1});
    BOOST_REQUIRE(map.words.size() == 3u);
    BOOST_TEST(map.fitted == 3u);
    BOOST_TEST(map.vocabulary == 4u);
    BOOST_TEST(map.dimension == 2u);
    BOOST_TEST(map.shares[0] == 0.75, near);
    BOOST_TEST(map.shares[1] == 0.25, near);
    BOOST_TEST(map.shares[2] == 0); // there is no third
    BOOST_TEST(map.words[0].word == "east");
    BOOST_TEST(map.words[0].count == 9u);
    BOOST_TEST(map.words[0].at[0] == 1, near);
    BOOST_TEST(map.words[0].at[1] == -1.0 / 3, near);
    BOOST_TEST(map.words[2].at[0] == -1, near);
    BOOST_TEST(map.words[1].at[1] == 2.0 / 3, near);
    BOOST_REQUIRE(map.words[0].nearest.size() == 1u); // the rare one is nearer, but not on the map
    BOOST_TEST(map.words[0].nearest[0].index == 1u);
    BOOST_TEST(map.words[0].nearest[0].cosine == 0);
}

BOOST_AUTO_TEST_CASE(a_highlighted_word_comes_in_without_moving_the_others) {
    auto const map = map_words(four_words(), {.words = 3, .neighbours = 2, .highlight = {"west", "rare"}});
    BOOST_REQUIRE(map.words.size() == 4u);
    BOOST_TEST(map.fitted == 3u);
    BOOST_TEST(map.highlighted == (std::vector<std::size_t>{2, 3}), boost::test_tools::per_element());
    BOOST_TEST(map.shares[0] == 0.75, near);
    BOOST_TEST(map.words[3].word == "rare");
    BOOST_TEST(map.words[3].count == 0u);
    BOOST_TEST(map.words[3].at[0] == 0.5, near);
    BOOST_TEST(map.words[3].at[1] == std::sqrt(0.75) - 1.0 / 3, near);
    BOOST_REQUIRE(map.words[3].nearest.size() == 2u);
    BOOST_TEST(map.words[3].nearest[0].index == 1u); // cos 30 degrees
    BOOST_TEST(map.words[3].nearest[0].cosine == std::sqrt(0.75), near);
    BOOST_TEST(map.words[3].nearest[1].index == 0u); // cos 60 degrees
    BOOST_TEST(map.words[3].nearest[1].cosine == 0.5, near);
}

BOOST_AUTO_TEST_CASE(there_are_not_more_words_than_vectors_have) {
    BOOST_TEST(map_words(four_words(), {.words = 100}).words.size() == 4u);
    BOOST_CHECK(failure_of([] { (void)map_words(word_vectors()); }) == failure::bad_data);
    auto const seen = failure_of([] { (void)map_words(four_words(), {.highlight = {"nowhere"}}); });
    BOOST_CHECK(seen == failure::bad_data);
    BOOST_TEST(seen.says("nowhere"));
}

BOOST_AUTO_TEST_SUITE_END()
