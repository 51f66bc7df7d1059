#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

using words = std::vector<std::string>;
using wordmill::character_options;
using wordmill::character_unit;

namespace {
words split(std::string text, character_options options = {}, wordmill::token_limit limit = {}) {
    return words_and_ends(wordmill::characters(options, std::move(limit))(block_of(std::move(text))));
}
}

BOOST_AUTO_TEST_SUITE(characters)

BOOST_AUTO_TEST_CASE(code_points_are_tokens_and_blanks_are_not) {
    BOOST_TEST(split("a é\t한😀\u3000\u00A0.\r\n") == (words{"a", "é", "한", "😀", ".", "\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(blanks_are_tokens_when_asked_for) {
    for (auto unit : {character_unit::code_point, character_unit::grapheme})
        BOOST_TEST(split("a é\u3000b\n", {.unit = unit, .keep_blanks = true})
                       == (words{"a", " ", "é", "\u3000", "b", "\n"}),
                   boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(graphemes_are_what_a_reader_sees_as_one) {
    // UAX #29, table 1a: letter with accent, Hangul syllable of jamo; emoji sequences of UTS #51; flags in pairs.
    BOOST_TEST(
        split("ge\u0301 \u1100\u1161\u11A8 👩‍👩‍👧👍🏽 🇰🇷🇯🇵 ｶﾞ\n",
              {.unit = character_unit::grapheme})
            == (words{"g", "e\u0301", "\u1100\u1161\u11A8", "👩‍👩‍👧", "👍🏽", "🇰🇷", "🇯🇵", "ｶﾞ", "\n"}),
        boost::test_tools::per_element());
    BOOST_TEST(split("e\u0301\n") == (words{"e", "\u0301", "\n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_mark_behind_a_blank_stands_alone) {
    for (bool keep_blanks : {false, true}) {
        auto const found = split("a \u0301b\n", {.unit = character_unit::grapheme, .keep_blanks = keep_blanks});
        auto const expected = keep_blanks ? words{"a", " ", "\u0301", "b", "\n"} : words{"a", "\u0301", "b", "\n"};
        BOOST_TEST(found == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(nul_and_control_characters_are_characters) {
    auto const text = std::string("a\0\x1B\x7F\n", 5);
    for (auto unit : {character_unit::code_point, character_unit::grapheme})
        BOOST_TEST(split(text, {.unit = unit}) == (words{"a", std::string(1, '\0'), "\x1B", "\x7F", "\n"}),
                   boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced) {
    for (auto unit : {character_unit::code_point, character_unit::grapheme})
        BOOST_TEST(split("a\xFF\xE2\x82"
                         "b\n",
                         {.unit = unit})
                       == (words{"a", "\uFFFD", "\uFFFD", "b", "\n"}),
                   boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_grapheme_of_10_000_marks_meets_the_limit) {
    std::string text = "a";
    for (int i = 0; i < 10'000; ++i) text += "\u0301";
    wordmill::tally counts;
    auto const found = split(text + "b\n", {.unit = character_unit::grapheme}, {.max_bytes = 4, .counts = counts});
    BOOST_TEST(found == (words{"a\u0301", "b", "\n"}), boost::test_tools::per_element());
    BOOST_TEST(counts.note_count("long token cut") == 1U);
}

BOOST_AUTO_TEST_CASE(characters_can_be_brought_into_a_form) {
    BOOST_TEST(split("E\u0301ﾊﾟ\n", {.form = wordmill::normal_form::nfkc, .letters = wordmill::letter_case::lower})
                   == (words{"é", "パ", "\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
