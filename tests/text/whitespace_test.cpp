#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

using wordmill::text_block;
using wordmill::word_block;
using words = std::vector<std::string>;
using numbers = std::vector<std::uint32_t>;

namespace {
word_block split(std::string text, wordmill::token_limit limit = {}) {
    return wordmill::whitespace_tokenizer(std::move(limit))(block_of(std::move(text)));
}

/// ReadWord of word2vec.c, revision 42, with a longer buffer, words as std::string and "\n" where it gives "</s>".
words read_words(std::string_view text) {
    words list;
    std::string word;
    std::size_t at = 0;
    while (at < text.size()) {
        char const ch = text[at++];
        if (ch == 13) continue;
        if (ch == ' ' || ch == '\t' || ch == '\n') {
            if (!word.empty()) {
                if (ch == '\n') --at;
                list.push_back(std::exchange(word, {}));
                continue;
            }
            if (ch == '\n') list.emplace_back("\n");
            continue;
        }
        word += ch;
    }
    if (!word.empty()) list.push_back(word);
    return list;
}
}

BOOST_AUTO_TEST_SUITE(whitespace)

BOOST_AUTO_TEST_CASE(words_are_what_stands_between_spaces_tabs_and_newlines) {
    auto const block = split("  one two\tthree\n\n four \n");
    BOOST_TEST(words_of(block) == (words{"one", "two", "three", "four"}), boost::test_tools::per_element());
    BOOST_TEST(block.sentence_ends == (numbers{3, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(splitting_agrees_with_word2vec_on_random_bytes) {
    std::mt19937 random(7);
    std::string const alphabet("ab\xC3\xA9  \t\n\r\0\v\f\x1B", 13);
    for (int round = 0; round < 3000; ++round) {
        std::string text(random() % 300, ' ');
        auto const density = random() % 3; // from mostly letters to mostly blanks
        for (auto& c : text) c = random() % 4 < density ? alphabet[random() % alphabet.size()] : 'x';
        if (!text.empty()) text.back() = '\n';
        auto const expected = read_words(text);
        auto const found = words_and_ends(split(text));
        BOOST_REQUIRE_MESSAGE(found == expected, "round " << round);
    }
}

BOOST_AUTO_TEST_CASE(borders_at_every_offset_of_the_classified_64_bytes_are_found) {
    for (std::size_t length = 0; length < 200; ++length)
        for (std::size_t word = 1; word < 3; ++word) {
            auto const text = std::string(length, ' ') + std::string(word, 'x') + "\n";
            auto const block = split(text);
            BOOST_REQUIRE(words_of(block) == words{std::string(word, 'x')});
            BOOST_REQUIRE(block.sentence_ends == numbers{1});
            BOOST_REQUIRE(block.words[0].begin == length);
        }
}

BOOST_AUTO_TEST_CASE(nul_and_other_control_bytes_are_data) {
    auto const block = split(std::string("a\0b \x1B[31m \v\f\n", 13));
    BOOST_TEST(words_of(block) == (words{std::string("a\0b", 3), "\x1B[31m", "\v\f"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(carriage_returns_leave_no_trace) {
    auto const block = split("one\r\ntw\ro \r three\r\n");
    BOOST_TEST(words_of(block) == (words{"one", "two", "three"}), boost::test_tools::per_element());
    BOOST_TEST(block.sentence_ends == (numbers{1, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_word_counts_without_a_newline) {
    auto const block = split("a b");
    BOOST_TEST(words_of(block) == (words{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(block.sentence_ends == numbers{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sentence_that_goes_on_is_left_open) {
    text_block in;
    in.text = "a b\nc d ";
    in.continued = true;
    in.index = 7;
    in.first_sentence = 40;
    auto const block = wordmill::whitespace_tokenizer()(in);
    BOOST_TEST(block.sentence_ends == numbers{2}, boost::test_tools::per_element());
    BOOST_TEST(block.continued);
    BOOST_TEST(block.index == 7U);
    BOOST_TEST(block.first_sentence == 40U);
}

BOOST_AUTO_TEST_CASE(blank_text_has_sentences_but_no_words) {
    BOOST_TEST(split("").words.empty());
    BOOST_TEST(split("").sentence_ends.empty());
    auto const block = split(" \n\t\n\n");
    BOOST_TEST(block.words.empty());
    BOOST_TEST(block.sentence_ends == (numbers{0, 0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(documents_end_before_sentence_numbers) {
    text_block in;
    in.text = "a\nb\r\n\nc\n";
    in.document_ends = {0, 2, 2, 6, 8};
    auto const block = wordmill::whitespace_tokenizer()(in);
    BOOST_TEST(block.document_ends == (numbers{0, 1, 1, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(buffers_are_used_again_without_leftovers) {
    auto const tokenize = wordmill::whitespace_tokenizer();
    word_block out;
    for (std::string const text : {"a long first block of words\n\n", "b\n", "", "c d\n"}) {
        text_block in;
        in.text = text;
        tokenize(std::move(in), out);
        BOOST_TEST(words_and_ends(out) == read_words(text), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(long_tokens_meet_the_policy) {
    using wordmill::long_token;
    std::string const text = "ab abcde\nabcd f\n";
    auto const with = [&](long_token on_long) { return split(text, {.max_bytes = 4, .on_long = on_long}); };
    BOOST_TEST(words_of(with(long_token::keep)) == (words{"ab", "abcde", "abcd", "f"}),
               boost::test_tools::per_element());
    BOOST_TEST(words_of(with(long_token::cut)) == (words{"ab", "abcd", "abcd", "f"}), boost::test_tools::per_element());
    BOOST_TEST(words_of(with(long_token::drop)) == (words{"ab", "abcd", "f"}), boost::test_tools::per_element());
    BOOST_TEST(with(long_token::drop).sentence_ends == (numbers{1, 3}), boost::test_tools::per_element());
    BOOST_CHECK_EXCEPTION((void)with(long_token::error), wordmill::error, [](wordmill::error const& e) {
        return e.kind() == wordmill::failure::bad_data
               && e.message()
                      == "whitespace tokenizer: expected tokens of at most 4 bytes, found one of 5 in sentence 1";
    });
}

BOOST_AUTO_TEST_CASE(a_token_is_cut_at_a_character_border) {
    // e-acute is C3 A9, the euro sign E2 82 AC.
    auto const cut = [](std::string text, std::size_t most) {
        return words_of(split(std::move(text), {.max_bytes = most, .on_long = wordmill::long_token::cut})).at(0);
    };
    BOOST_TEST(cut("a\xC3\xA9z\n", 2) == "a");
    BOOST_TEST(cut("a\xC3\xA9z\n", 3) == "a\xC3\xA9");
    BOOST_TEST(cut("a\xE2\x82\xACz\n", 3) == "a");
    BOOST_TEST(cut("\x80\x80\x80\x80\x80\n", 3) == "\x80\x80\x80"); // not UTF-8: cut anywhere
}

BOOST_AUTO_TEST_CASE(long_tokens_are_counted) {
    wordmill::tally counts;
    (void)split("ab abcde\nabcdef f\n", {.max_bytes = 4, .on_long = wordmill::long_token::drop, .counts = counts});
    BOOST_TEST(counts.read_count("token") == 4U);
    BOOST_TEST(counts.dropped_count("token", "too long") == 2U);
    (void)split("abcde\n", {.max_bytes = 4, .on_long = wordmill::long_token::cut, .counts = counts});
    BOOST_TEST(counts.note_count("long token cut") == 1U);
}

BOOST_AUTO_TEST_CASE(a_token_that_a_reader_cut_is_one_token) {
    // As a reader delivers a huge token: its head ends one block, fills the next and ends inside the third.
    std::vector<text_block> blocks(3);
    blocks[0].text = "x " + std::string(50, 'a');
    blocks[1].text = std::string(60, 'a');
    blocks[2].text = std::string(3, 'a') + " y\n";
    blocks[0].continued = blocks[1].continued = true;
    blocks[0].cut_token = blocks[1].cut_token = true;
    blocks[1].inside_token = blocks[2].inside_token = true;
    auto const run = [&](wordmill::long_token on_long, wordmill::tally counts) {
        auto const tokenize = wordmill::whitespace_tokenizer({.max_bytes = 8, .on_long = on_long, .counts = counts});
        words all;
        for (auto const& block : blocks)
            for (auto& word : words_and_ends(tokenize(block))) all.push_back(word);
        return all;
    };
    wordmill::tally dropping;
    BOOST_TEST(run(wordmill::long_token::drop, dropping) == (words{"x", "y", "\n"}), boost::test_tools::per_element());
    BOOST_TEST(dropping.dropped_count("token", "too long") == 1U);
    BOOST_TEST(dropping.read_count("token") == 3U);
    wordmill::tally cutting;
    BOOST_TEST(run(wordmill::long_token::cut, cutting) == (words{"x", "aaaaaaaa", "y", "\n"}),
               boost::test_tools::per_element());
    BOOST_TEST(cutting.note_count("long token cut") == 1U);
    BOOST_CHECK_THROW((void)run(wordmill::long_token::error, {}), wordmill::error);
    blocks[2].text = " y\n"; // the huge token ended with its block
    BOOST_TEST(run(wordmill::long_token::drop, {}) == (words{"x", "y", "\n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
