#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unicode/brkiter.h>
#include <unicode/uloc.h>
#include <unicode/utext.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

using words = std::vector<std::string>;
using wordmill::letter_case;
using wordmill::normal_form;
using wordmill::unicode_options;

namespace {
words split(std::string text, unicode_options options = {}, wordmill::token_limit limit = {}) {
    return words_of(wordmill::unicode_words(options, std::move(limit))(block_of(std::move(text))));
}

constexpr unicode_options everything{
    .form = normal_form::none, .letters = letter_case::keep, .keep_numbers = true, .keep_punctuation = true};

/// ICU on the whole sentence, without our chunks: all segments, less the blanks they begin with.
words by_icu(icu::BreakIterator& iterator, std::string const& text) {
    UErrorCode status = U_ZERO_ERROR;
    UText source = UTEXT_INITIALIZER;
    utext_openUTF8(&source, text.data(), static_cast<std::int64_t>(text.size()), &status);
    iterator.setText(&source, status);
    words list;
    int begin = iterator.first();
    for (int end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
        auto segment = text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
        begin = end;
        for (std::size_t blanks = 1; blanks > 0 && !segment.empty();) {
            blanks = segment.starts_with("\u3000") ? 3 : segment.find_first_not_of(" \t\v\f\r\n");
            segment.erase(0, blanks);
        }
        if (!segment.empty()) list.push_back(segment);
    }
    utext_close(&source);
    BOOST_REQUIRE(U_SUCCESS(status));
    return list;
}

std::unique_ptr<icu::BreakIterator> word_iterator() {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> iterator(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    BOOST_REQUIRE(U_SUCCESS(status));
    return iterator;
}
}

BOOST_AUTO_TEST_SUITE(unicode_words)

BOOST_AUTO_TEST_CASE(words_are_those_of_the_standards_example) {
    // UAX #29, figure 1 and table 4; without punctuation and in lower case.
    BOOST_TEST(split("The quick (“brown”) fox can’t jump 32.3 feet, right?\n")
                   == (words{"the", "quick", "brown", "fox", "can’t", "jump", "32.3", "feet", "right"}),
               boost::test_tools::per_element());
    BOOST_TEST(split("The quick (“brown”) fox can’t\n", everything)
                   == (words{"The", "quick", "(", "“", "brown", "”", ")", "fox", "can’t"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ascii_is_split_as_icu_splits_it) {
    auto const iterator = word_iterator();
    auto const tokenize = wordmill::unicode_words(everything);
    std::mt19937 random(11);
    std::string const dense = "aB1_.,:;'\"@#-$ \t\r";
    for (int round = 0; round < 40'000; ++round) {
        std::string text;
        for (auto size = random() % 24; text.size() < size;)
            text += round % 2 == 0 ? dense[random() % dense.size()] : static_cast<char>(random() % 128);
        std::erase(text, '\n');
        auto const found = words_of(tokenize(block_of(text)));
        BOOST_REQUIRE_MESSAGE(found == by_icu(*iterator, text), "round " << round << ": " << text);
    }
}

BOOST_AUTO_TEST_CASE(mixed_text_is_split_as_icu_splits_the_whole_sentence) {
    auto const iterator = word_iterator();
    auto const tokenize = wordmill::unicode_words(everything);
    std::mt19937 random(12);
    std::vector<std::string> const parts{
        "a",
        "Z",
        "7",
        "_",
        ".",
        "'",
        ",",
        " ",
        " ",
        "  ",
        "\t",
        "é",
        "e\u0301",
        "ß",
        "Σ",
        "日本語",
        "です",
        "カタ",
        "ｶﾞ",
        "한국",
        "ไทย",
        "ก",
        "א",
        "\"",
        "١",
        "\u200D",
        "\u00AD",
        "😀",
        "🇰🇷",
        "🇯🇵",
        "👩‍👩‍👧",
        "\uFFFD",
        "\u3000",
        "’",
        "·",
        "中",
        "\u0308",
        "\u202E",
    };
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (auto size = random() % 14; size > 0; --size) text += parts[random() % parts.size()];
        auto const found = words_of(tokenize(block_of(text)));
        BOOST_REQUIRE_MESSAGE(found == by_icu(*iterator, text), "round " << round << ": " << text);
    }
}

BOOST_AUTO_TEST_CASE(dictionaries_split_chinese_japanese_and_thai) {
    // Words any dictionary has: Beijing, university; Japanese "is"; Thai "hello" and the polite particle.
    BOOST_TEST(split("北京大学\n") == (words{"北京", "大学"}), boost::test_tools::per_element());
    BOOST_TEST(split("日本語です。\n") == (words{"日本語", "です"}), boost::test_tools::per_element());
    BOOST_TEST(split("สวัสดีครับ\n") == (words{"สวัสดี", "ครับ"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(korean_is_split_at_spaces_and_punctuation) {
    BOOST_TEST(split("나는 한국어를 배운다. 2024년에!\n") == (words{"나는", "한국어를", "배운다", "2024", "년에"}),
               boost::test_tools::per_element());
    // The same in jamo, by canonical composition.
    BOOST_TEST(split("\u1112\u1161\u11AB\u1100\u116E\u11A8\n") == (words{"한국"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(numbers_and_punctuation_are_kept_or_counted) {
    wordmill::tally counts;
    auto const text = "Call 911, a1 1a #2 __ 😀!\n";
    BOOST_TEST(split(text, {.keep_numbers = false}, {.counts = counts}) == (words{"call", "a1", "1a"}),
               boost::test_tools::per_element());
    BOOST_TEST(counts.dropped_count("token", "number") == 2U);
    BOOST_TEST(counts.dropped_count("token", "punctuation") == 5U);
    BOOST_TEST(counts.read_count("token") == 10U);
    BOOST_TEST(split(text, {.keep_punctuation = true})
                   == (words{"call", "911", ",", "a1", "1a", "#", "2", "__", "😀", "!"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sentences_and_documents_are_kept) {
    auto in = block_of("Ein Fluß.\n\n日本語です\nc\n");
    in.document_ends = {12, 31};
    auto const block = wordmill::unicode_words({.letters = letter_case::fold})(in);
    BOOST_TEST(words_and_ends(block) == (words{"ein", "fluss", "\n", "\n", "日本語", "です", "\n", "c", "\n"}),
               boost::test_tools::per_element());
    BOOST_TEST(block.document_ends == (std::vector<std::uint32_t>{2, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lower_case_does_not_depend_on_the_locale) {
    std::string const before = uloc_getDefault();
    UErrorCode status = U_ZERO_ERROR;
    uloc_setDefault("tr_TR", &status); // Turkish: I is the capital of a dotless i
    BOOST_TEST(split("TITLE İ ı ΟΔΥΣΣΕΥΣ\n") == (words{"title", "i\u0307", "ı", "οδυσσευς"}),
               boost::test_tools::per_element());
    uloc_setDefault(before.c_str(), &status);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_do_not_harm_their_neighbours) {
    wordmill::tally counts;
    BOOST_TEST(split("caf\xE9 \xFF ok \xE2\x82\n", {}, {.counts = counts}) == (words{"caf", "ok"}),
               boost::test_tools::per_element());
    BOOST_TEST(counts.note_count("invalid UTF-8 replaced") == 3U);
}

BOOST_AUTO_TEST_CASE(control_characters_and_nul_are_punctuation) {
    BOOST_TEST(split(std::string("a\0b \x1B[31m\n", 10), everything)
                   == (words{"a", std::string(1, '\0'), "b", "\x1B", "[", "31m"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
