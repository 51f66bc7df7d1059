#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>
import wordmill.eval;
#include "translated_pairs.hpp"

using namespace wordmill;
using pairs = std::vector<translated_pair>;

namespace {
auto const each = boost::test_tools::per_element();
auto const tight = boost::test_tools::tolerance(1e-12);

bleu_score score_of(pairs const& all, bleu_options const& options = {}) {
    bleu scorer(options);
    for (auto const& [hypothesis, references] : all) scorer.add(hypothesis, references);
    return scorer.score();
}
double sentence(translated_pair const& pair) { return sentence_bleu(pair.hypothesis, pair.references).score; }
}

BOOST_AUTO_TEST_SUITE(bleu_scores)

// All expected values are those of sacreBLEU 2.6.0, BLEU(...).corpus_score and sentence_bleu, on the same pairs.
BOOST_AUTO_TEST_CASE(corpus_bleu_is_that_of_sacrebleu_with_each_tokenizer) {
    struct expected {
        pairs of;
        std::array<double, 4> scores; // 13a, 13a in lower case, none, char
    };
    std::vector<expected> const rows{
        {plain_pairs, {24.99822827070687, 24.99822827070687, 24.99822827070687, 46.00760601012847}},
        {pairs_with_marks, {83.43519768888825, 83.43519768888825, 14.058533129758732, 50.17512052646305}},
        {pairs_with_space, {100.00000000000004, 100.00000000000004, 52.86856317202821, 64.82942440651884}},
        {pairs_beyond_ascii, {52.33175696960527, 84.08964152537145, 25.506862775189653, 63.97672103320496}},
        {pairs_without_4gram, {35.35533905932737, 35.35533905932737, 35.35533905932737, 61.62607099729587}},
        {pairs_with_two_references, {74.57981540149952, 74.57981540149952, 74.57981540149952, 90.47844733196753}},
        {all_pairs(), {67.35326371718043, 71.69223311353743, 20.54035882280246, 59.83398850279888}},
        {no_hypothesis, {0, 0, 0, 0}},
        {no_reference, {0, 0, 0, 0}},
        {nothing, {0, 0, 0, 0}},
        {no_match, {0, 0, 0, 0}},
        {one_word, {0, 0, 0, 0}}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST_CONTEXT("row " << i) {
            auto const& [of, scores] = rows[i];
            BOOST_TEST(score_of(of).score == scores[0], tight);
            BOOST_TEST(score_of(of, {.lower_case = true}).score == scores[1], tight);
            BOOST_TEST(score_of(of, {.tokenizer = bleu_tokenizer::none}).score == scores[2], tight);
            BOOST_TEST(score_of(of, {.tokenizer = bleu_tokenizer::characters}).score == scores[3], tight);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_score_are_those_of_sacrebleu) {
    auto const plain = score_of(plain_pairs);
    BOOST_TEST(plain.correct == (std::array<std::uint64_t, 4>{7, 4, 1, 0}), each);
    BOOST_TEST(plain.total == (std::array<std::uint64_t, 4>{9, 7, 5, 3}), each);
    std::array const precisions{77.77777777777777, 57.142857142857146, 20.0, 16.666666666666668};
    for (std::size_t n = 0; n < 4; ++n) BOOST_TEST(plain.precisions[n] == precisions[n], tight);
    BOOST_TEST(plain.brevity_penalty == 0.7165313105737893, tight);
    BOOST_TEST(plain.hypothesis_length == 9u);
    BOOST_TEST(plain.reference_length == 12u);
    auto const marks = score_of(pairs_with_marks);
    BOOST_TEST(marks.correct == (std::array<std::uint64_t, 4>{28, 24, 21, 18}), each);
    BOOST_TEST(marks.total == (std::array<std::uint64_t, 4>{30, 28, 26, 24}), each);
    auto const two = score_of(pairs_with_two_references);
    BOOST_TEST(two.correct == (std::array<std::uint64_t, 4>{11, 9, 6, 3}), each);
    BOOST_TEST(two.reference_length == 10u); // 7, and 3 rather than 7
    auto const empty = score_of(no_hypothesis);
    BOOST_TEST(empty.brevity_penalty == 0);
    BOOST_TEST(empty.reference_length == 3u);
    BOOST_TEST(score_of(no_reference).brevity_penalty == 1);
}

BOOST_AUTO_TEST_CASE(sentence_bleu_is_that_of_sacrebleu) {
    std::vector<double> const expected{37.99178428257963,  20.24518585186855,
                                       69.01228050062707,  92.53911813809742,
                                       100.00000000000004, 100.00000000000004,
                                       64.34588841607616,  0,
                                       35.35533905932737,  0};
    auto const all = all_pairs();
    BOOST_TEST_REQUIRE(all.size() == expected.size());
    for (std::size_t i = 0; i < all.size(); ++i) BOOST_TEST(sentence(all[i]) == expected[i], tight);
    BOOST_TEST(sentence(one_word[0]) == 100, tight); // corpus BLEU is 0: a word has no 2-gram
    BOOST_TEST(sentence(pairs_with_two_references[0]) == 57.21248424548511, tight);
    BOOST_TEST(sentence(pairs_with_two_references[1]) == 100, tight);
    BOOST_TEST(sentence(nothing[0]) == 0);
}

// As Tokenizer13a prints them: periods and commas between digits stay; matches of a rule do not overlap.
BOOST_AUTO_TEST_CASE(marks_are_separated_as_in_13a) {
    std::vector<translated_pair> const lines{
        {"It costs $1,234.50, i.e. 3-4 days' work...", {"It costs $ 1,234.50 , i . e . 3 - 4 days' work . . ."}},
        {"a.,b,5.-x 5,x,5 --3", {"a . , b , 5 . -x 5 , x , 5 --3"}},
        {".5 5. ,", {". 5 5 . ,"}}};
    for (auto const& [text, expected] : lines) {
        bleu texts;
        texts.add(text, expected[0]);
        auto const found = texts.score();
        BOOST_TEST(found.correct[0] == found.total[0], text);
        BOOST_TEST(found.correct[1] == found.total[1], text);
        BOOST_TEST(found.hypothesis_length
                   == static_cast<std::uint64_t>(std::count(expected[0].begin(), expected[0].end(), ' ') + 1));
    }
}

BOOST_AUTO_TEST_CASE(lists_of_tokens_are_compared_as_they_are) {
    token_list const hypothesis{"the", "big", "cat", "slept"};
    std::array<token_list, 1> const reference{{{"the", "big", "dog", "slept"}}};
    bleu scorer;
    scorer.add(hypothesis, reference);
    BOOST_TEST(scorer.score().score == 35.35533905932737, tight); // as the text
    bleu with_blanks;                                             // by hand: one token matches, "a b" is not two
    with_blanks.add(token_list{"a b", "c."}, std::array<token_list, 1>{{{"a b", "c"}}});
    BOOST_TEST(with_blanks.score().correct[0] == 1u);
    BOOST_TEST(with_blanks.score().hypothesis_length == 2u);
}

BOOST_AUTO_TEST_CASE(the_signature_says_what_was_computed) {
    bleu scorer;
    scorer.add("a", std::vector<std::string>{"a", "b"});
    BOOST_TEST(scorer.signature() == "nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp");
    scorer.add("a", "b");
    BOOST_TEST(scorer.signature() == "nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp");
    scorer.add("a", std::vector<std::string>{"a", "b"});
    BOOST_TEST(scorer.signature().starts_with("nrefs:var|"));
    bleu lower({.tokenizer = bleu_tokenizer::characters, .lower_case = true});
    lower.add("a", "b");
    BOOST_TEST(lower.signature() == "nrefs:1|case:lc|eff:no|tok:char|smooth:exp");
    BOOST_TEST(lower.sentences() == 1u);
}

// Both have U+FFFD for the byte.
BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced) {
    bleu scorer;
    scorer.add("a b c \xFF", "a b c \xEF\xBF\xBD");
    BOOST_TEST(scorer.score().score == 100, tight);
}

BOOST_AUTO_TEST_SUITE_END()
