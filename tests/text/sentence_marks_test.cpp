#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;

namespace wm = wordmill;

namespace {
struct marked {
    std::vector<std::string> words;
    std::vector<std::uint32_t> sentence_ends;
};
marked mark(std::string text, bool continued = false, wm::tally counts = {}) {
    wm::text_block block;
    block.text = std::move(text);
    block.continued = continued;
    auto const split = wm::mark_sentence_ends(wm::whitespace_tokenizer({.counts = counts}), "<eos>", counts);
    auto const out = split(block);
    marked found{.words = {}, .sentence_ends = out.sentence_ends};
    for (std::size_t i = 0; i < out.words.size(); ++i) found.words.emplace_back(out.word(i));
    return found;
}
}

BOOST_AUTO_TEST_SUITE(sentence_marks)

BOOST_AUTO_TEST_CASE(every_sentence_gets_one_also_an_empty_one) {
    wm::tally counts;
    auto const found = mark("a b\n\nc\n", false, counts);
    BOOST_TEST(found.words == (std::vector<std::string>{"a", "b", "<eos>", "<eos>", "c", "<eos>"}),
               boost::test_tools::per_element());
    BOOST_TEST(found.sentence_ends == (std::vector<std::uint32_t>{3, 4, 6}), boost::test_tools::per_element());
    BOOST_TEST(counts.read_count("token") == 6U);
}

BOOST_AUTO_TEST_CASE(a_sentence_that_has_one_gets_no_second) {
    auto const found = mark("a <eos>\n<eos> b\n");
    BOOST_TEST(found.words == (std::vector<std::string>{"a", "<eos>", "<eos>", "b", "<eos>"}),
               boost::test_tools::per_element());
    BOOST_TEST(found.sentence_ends == (std::vector<std::uint32_t>{2, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sentence_that_goes_on_in_the_next_block_gets_none_yet) {
    auto const found = mark("a\nb ", true);
    BOOST_TEST(found.words == (std::vector<std::string>{"a", "<eos>", "b"}), boost::test_tools::per_element());
    BOOST_TEST(mark("", false).words.empty());
    BOOST_CHECK_THROW((void)wm::mark_sentence_ends(wm::whitespace_tokenizer(), ""), wm::error);
}

BOOST_AUTO_TEST_SUITE_END()
