#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

namespace wm = wordmill;

namespace {
std::string listed(std::vector<std::string_view> const& words) {
    std::string text;
    wm::append_listed_words(text, words);
    return text;
}
}

BOOST_AUTO_TEST_SUITE(listed_words)

BOOST_AUTO_TEST_CASE(words_come_back_whatever_characters_they_hold) {
    auto text = listed({"new york", "a\nb", "\n", "tab\t", "", "end\r", "été"}); // the empty word adds nothing
    text += listed({"more"}) + "\n\n" + listed({"last"}) + '\n';
    std::vector<std::string> const expected{"new york", "a\nb", "\n", "tab\t", "end\r", "été",
                                            "more",     "\n",   "\n", "last",  "\n"};
    BOOST_TEST(words_and_ends(wm::listed_words()(block_of(text))) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sentence_that_continues_in_the_next_block_has_no_end) {
    wm::text_block block;
    block.text = listed({"a b"});
    block.continued = true;
    auto const words = wm::listed_words()(block);
    BOOST_TEST(words_of(words) == std::vector<std::string>{"a b"}, boost::test_tools::per_element());
    BOOST_TEST(words.sentence_ends.empty());
}

BOOST_AUTO_TEST_CASE(long_words_are_cut_as_by_every_tokenizer) {
    auto const text = listed({"abcdef"}) + '\n';
    BOOST_TEST(words_of(wm::listed_words({.max_bytes = 4})(block_of(text))) == std::vector<std::string>{"abcd"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
