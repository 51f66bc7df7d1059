#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

namespace wm = wordmill;

BOOST_AUTO_TEST_SUITE(listed_words)

BOOST_AUTO_TEST_CASE(words_come_back_whatever_characters_they_hold) {
    std::vector<std::string> const words{"new york", "a\nb", "\n", "tab\t", "end\r", "été"};
    std::string text;
    for (auto const& word : words) wm::append_listed_word(text, word);
    wm::append_listed_word(text, ""); // adds nothing
    text += "\n\n";
    wm::append_listed_word(text, "last");
    text += '\n';
    auto expected = words;
    expected.insert(expected.end(), {"\n", "\n", "last", "\n"});
    BOOST_TEST(words_and_ends(wm::listed_words()(block_of(text))) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sentence_that_continues_in_the_next_block_has_no_end) {
    wm::text_block block;
    wm::append_listed_word(block.text, "a b");
    block.continued = true;
    auto const words = wm::listed_words()(block);
    BOOST_TEST(words_of(words) == std::vector<std::string>{"a b"}, boost::test_tools::per_element());
    BOOST_TEST(words.sentence_ends.empty());
}

BOOST_AUTO_TEST_CASE(long_words_are_cut_as_by_every_tokenizer) {
    std::string text;
    wm::append_listed_word(text, "abcdef");
    BOOST_TEST(words_of(wm::listed_words({.max_bytes = 4})(block_of(text + '\n'))) == std::vector<std::string>{"abcd"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
