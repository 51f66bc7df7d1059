#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.eval;
#include "../io/failure_of.hpp"
#include "translated_pairs.hpp"

using namespace wordmill;
using pairs = std::vector<translated_pair>;

namespace {
auto const tight = boost::test_tools::tolerance(1e-12);

double score_of(pairs const& all, chrf_options const& options) {
    chrf scorer(options);
    for (auto const& [hypothesis, references] : all) scorer.add(hypothesis, references);
    return scorer.score();
}
}

BOOST_AUTO_TEST_SUITE(chrf_scores)

// All expected values are those of sacreBLEU 2.6.0, CHRF(...).corpus_score and sentence_chrf, on the same pairs.
BOOST_AUTO_TEST_CASE(corpus_chrf_is_that_of_sacrebleu) {
    struct expected {
        pairs of;
        std::array<double, 3> scores; // chrF, chrF++, chrF++ in lower case
    };
    std::vector<expected> const rows{
        {plain_pairs, {45.40103943126401, 47.07555218621866, 47.07555218621866}},
        {pairs_with_marks, {61.427892255841485, 57.36099689451714, 57.36099689451714}},
        {pairs_with_space, {73.83338094385986, 70.32086974366763, 70.32086974366763}},
        {pairs_beyond_ascii, {59.04439919242551, 59.40608512036516, 91.09865592298804}},
        {pairs_without_4gram, {48.78353128353128, 50.12931512931513, 50.12931512931513}},
        {pairs_with_two_references, {53.79921479417899, 55.977133885242736, 55.977133885242736}},
        {all_pairs(), {57.8007959386789, 55.91716505209811, 62.60358583354374}},
        {no_hypothesis, {0, 0, 0}},
        {no_reference, {0, 0, 0}},
        {nothing, {0, 0, 0}},
        {no_match, {0, 0, 0}},
        {one_word, {100, 100, 100}}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST_CONTEXT("row " << i) {
            auto const& [of, scores] = rows[i];
            BOOST_TEST(score_of(of, {}) == scores[0], tight);
            BOOST_TEST(score_of(of, {.word_order = 2}) == scores[1], tight);
            BOOST_TEST(score_of(of, {.word_order = 2, .lower_case = true}) == scores[2], tight);
        }
    }
}

BOOST_AUTO_TEST_CASE(sentence_chrf_is_that_of_sacrebleu) {
    std::vector<double> const expected{
        64.5779420625287,   30.48917459924146, 83.74327398179217, 30.589900739260784, 100.0,
        53.103335271741315, 68.06644398598422, 35.43738668738669, 48.78353128353128,  0};
    auto const all = all_pairs();
    BOOST_TEST_REQUIRE(all.size() == expected.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        BOOST_TEST(sentence_chrf(all[i].hypothesis, all[i].references) == expected[i], tight);
    auto const& two = pairs_with_two_references;
    BOOST_TEST(sentence_chrf(two[0].hypothesis, two[0].references) == 53.21803616219284, tight);
    BOOST_TEST(sentence_chrf(two[1].hypothesis, two[1].references) == 82.06106870229006, tight);
}

BOOST_AUTO_TEST_CASE(the_signature_says_what_was_computed) {
    chrf scorer({.word_order = 2, .lower_case = true});
    scorer.add("a", "a");
    BOOST_TEST(scorer.signature() == "nrefs:1|case:lc|eff:yes|nc:6|nw:2|space:no");
    BOOST_TEST(scorer.sentences() == 1u);
}

BOOST_AUTO_TEST_CASE(options_without_meaning_are_refused) {
    auto const seen = failure_of([] { (void)chrf({.character_order = 0}); });
    BOOST_TEST((seen == failure::usage));
    BOOST_TEST(seen.says("found order 0 of both"));
    BOOST_TEST(failure_of([] { (void)chrf({.beta = 0}); }).says("expected a beta above 0, found 0"));
}

BOOST_AUTO_TEST_SUITE_END()
