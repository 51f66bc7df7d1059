#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.text;

namespace wm = wordmill;

namespace {
std::string joined(wm::tokenizer const& split, std::string const& text) {
    wm::text_block block;
    block.text = text + "\n";
    auto const words = split(block);
    std::vector<std::string_view> views;
    for (std::size_t i = 0; i < words.words.size(); ++i) views.push_back(words.word(i));
    return split.join(views);
}
}

BOOST_AUTO_TEST_SUITE(joining)

BOOST_AUTO_TEST_CASE(words_get_blanks_between_them_and_characters_do_not) {
    BOOST_TEST(joined(wm::whitespace_tokenizer(), "a  bc d") == "a bc d");
    BOOST_TEST(joined(wm::book_tokenizer(), "You say.") == "you say .");
    BOOST_TEST(joined(wm::unicode_words(), "Ein Ärger") == "ein ärger");
    BOOST_TEST(joined(wm::characters(), "71 +") == "71+");
    BOOST_TEST(joined(wm::tokenizer_named("characters", {.characters = {.keep_blanks = true}}), "71 + 한 ")
               == "71 + 한 ");
    BOOST_TEST(joined(wm::tokenizer_named("graphemes", {.characters = {.keep_blanks = true}}), "e\u0301 x")
               == "e\u0301 x");
    BOOST_TEST(joined(wm::whitespace_tokenizer(), "").empty());
}

BOOST_AUTO_TEST_CASE(marks_of_sentence_ends_are_not_text) {
    BOOST_TEST(joined(wm::mark_sentence_ends(wm::whitespace_tokenizer()), "a b") == "a b");
}

BOOST_AUTO_TEST_SUITE_END()
