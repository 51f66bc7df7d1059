#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

using words = std::vector<std::string>;

namespace {
words split(std::string text) { return words_and_ends(wordmill::book_tokenizer()(block_of(std::move(text)))); }
}

BOOST_AUTO_TEST_SUITE(book)

BOOST_AUTO_TEST_CASE(the_books_sentence_has_8_tokens_of_7_types) {
    auto const block = wordmill::book_tokenizer()(block_of("You say goodbye and I say hello."));
    auto const found = words_of(block);
    BOOST_TEST(found == (words{"you", "say", "goodbye", "and", "i", "say", "hello", "."}),
               boost::test_tools::per_element());
    BOOST_TEST(std::set<std::string>(found.begin(), found.end()).size() == 7U);
    BOOST_TEST(block.sentence_ends.size() == 1U);
}

BOOST_AUTO_TEST_CASE(every_full_stop_begins_a_token) {
    // 'u.s. a..b'.replace('.', ' .').split(' ') in Python, without its empty strings.
    BOOST_TEST(split("U.S. a..b\n") == (words{"u", ".s", ".", "a", ".", ".b", "\n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(blanks_in_a_row_make_no_empty_tokens) {
    BOOST_TEST(split("  a \t b\r\n\n c \n") == (words{"a", "b", "\n", "\n", "c", "\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lower_case_is_that_of_python) {
    // Each pair from Python: 'ÀÉ', 'ΟΔΟΣ', 'İ', 'I'.lower().
    BOOST_TEST(split("ÀÉ ΟΔΟΣ İ I ẞ\n") == (words{"àé", "οδος", "i\u0307", "i", "ß", "\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced_and_noted) {
    wordmill::tally counts;
    auto const block = wordmill::book_tokenizer({.counts = counts})(block_of("Caf\xE9 A\n"));
    BOOST_TEST(words_of(block) == (words{"caf\uFFFD", "a"}), boost::test_tools::per_element());
    BOOST_TEST(counts.note_count("invalid UTF-8 replaced") == 1U);
}

BOOST_AUTO_TEST_CASE(documents_keep_their_sentences_when_lower_case_is_longer) {
    auto in = block_of("İİİ\nb\nİ\n");
    in.document_ends = {7, 12};
    auto const block = wordmill::book_tokenizer()(in);
    BOOST_TEST(block.document_ends == (std::vector<std::uint32_t>{1, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
