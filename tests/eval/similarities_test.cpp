#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.eval;
import wordmill.text;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
similarity_set loaded(std::string const& text) {
    scratch_folder const folder;
    put_file(folder / "set", text);
    return load_similarity_set(folder / "set");
}
seen_failure refused(std::string const& text) {
    return failure_of([&] { (void)loaded(text); });
}
}

BOOST_AUTO_TEST_SUITE(similarities)

BOOST_AUTO_TEST_CASE(the_sets_of_the_field_load) {
    struct sample {
        std::string text;
        std::string second;
        double score;
    };
    // The first lines of the files as they are published.
    std::vector<sample> const samples{
        {"gem\tjewel\t3.94\n", "jewel", 3.94},                                              // RG-65
        {"Word 1,Word 2,Human (mean)\r\nlove,sex,6.77\r\n", "sex", 6.77},                   // WordSim-353
        {"word1\tword2\tPOS\tSimLex999\tconc(w1)\nold\tnew\tA\t1.58\t2.72\n", "new", 1.58}, // SimLex-999
        {"sun sunlight 50.000000\n", "sunlight", 50},                                       // MEN
        {"squishing\tsquirt\t5.88\t7\t4\n", "squirt", 5.88},                                // RareWords
        {"# made\n\nnoun1\tnoun2\t7\n", "noun2", 7},                                        // the artificial language
        {"a b;c d;3\n", "c d", 3},
        {"# old Macintosh\rnoun1\tnoun2\t7\r", "noun2", 7},
    };
    for (auto const& [text, second, score] : samples) {
        auto const set = loaded(text);
        BOOST_REQUIRE(set.pairs.size() == 1);
        BOOST_TEST(set.pairs[0].second == second);
        BOOST_TEST(set.pairs[0].score == score);
    }
}

BOOST_AUTO_TEST_CASE(faults_are_named_with_their_line) {
    BOOST_TEST(refused("a\tb\t1\nc\td\n").says("line 2"));
    BOOST_TEST(refused("a\tb\t1\nc\td\tx\n").says("line 2"));
    BOOST_TEST(refused("a\tb\t1\n\td\t2\n").says("two words"));
    BOOST_TEST(refused("a\tb\tnan\n").says("score"));
    BOOST_TEST(refused("head\na b\na b 1\n").says("line 2"));
    BOOST_TEST(refused("").says("found none"));
    BOOST_TEST(refused("only a heading\n").says("found none"));
}

BOOST_AUTO_TEST_CASE(scores_are_compared_over_the_pairs_that_are_covered) {
    // On a circle: the angles between the pairs are 10, 20 and 90 degrees; the judges swap the first two.
    // ranks of cosines 3 2 1, of scores 2 3 1: 1 - 6 * 2 / (3 * 8) = 0.5
    std::vector<float> const rows{1, 0, 0.98480775F, 0.17364818F, 0.93969262F, 0.34202014F, 0, 3, 0, 0};
    word_vectors const vectors(std::vector<std::string>{"a", "b", "c", "d", "zero"},
                               matrix_view<float const>{rows.data(), 5, 2, 2});
    auto const set = loaded("a b 8\na c 9\na d 1\na zero 5\na Q 5\nB a 3\nX Q 1\n");
    auto const check = [&](auto const& words) {
        auto const score = evaluate_similarity(words, set);
        BOOST_TEST(*score.spearman == 0.5, boost::test_tools::tolerance(1e-12));
        BOOST_TEST(score.pairs == 7);
        BOOST_TEST(score.covered == 3);
        BOOST_TEST(score.zero == 1);
        BOOST_TEST(score.unknown == (std::vector<std::string>{"B", "Q", "X"}), boost::test_tools::per_element());
        BOOST_TEST(score.uncovered_share() == 4.0 / 7, boost::test_tools::tolerance(1e-12));
        auto const lower = evaluate_similarity(words, set, {.lower_case = true});
        BOOST_TEST(lower.covered == 4);
        BOOST_TEST(lower.unknown == (std::vector<std::string>{"Q", "X"}), boost::test_tools::per_element());
        BOOST_TEST(!evaluate_similarity(words, loaded("x y 1\n")).spearman);
    };
    check(vectors);
    check(sparse_vectors(
        parse_vocabulary("a\t5\nb\t4\nc\t3\nd\t2\nzero\t1\n"),
        {2, {0, 1, 3, 5, 6, 6}, {0, 0, 1, 0, 1, 1}, {1, 0.98480775F, 0.17364818F, 0.93969262F, 0.34202014F, 3}}));
}

BOOST_AUTO_TEST_CASE(lower_case_is_that_of_unicode) {
    std::vector<float> const rows{1, 0, 0, 1};
    word_vectors const vectors(std::vector<std::string>{"éire", "σίσυφος"},
                               matrix_view<float const>{rows.data(), 2, 2, 2});
    sparse_vectors const sparse(parse_vocabulary("éire\t5\nσίσυφος\t4\n"), {2, {0, 1, 2}, {0, 1}, {1, 1}});
    auto const set = loaded("Éire ΣΊΣΥΦΟΣ 1\nÉIRE éire 2\n");
    auto const check = [&](auto const& words) {
        BOOST_TEST(evaluate_similarity(words, set).covered == 0);
        BOOST_TEST(evaluate_similarity(words, set, {.lower_case = true}).covered == 2);
    };
    check(vectors);
    check(sparse);
}

BOOST_AUTO_TEST_SUITE_END()
