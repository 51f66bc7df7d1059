#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
wm::generator<wm::text_block> three_blocks() {
    for (std::uint64_t i = 0; i < 3; ++i) {
        wm::text_block block;
        block.index = block.start.block = i;
        block.next.block = i + 1;
        block.first_sentence = 2 * i;
        block.text = "a b" + std::to_string(i) + "\nc\n";
        block.document_ends = {5, 7};
        co_yield std::move(block);
    }
}

class made_text final : public wm::text_source {
public:
    [[nodiscard, clang::coro_wrapper]] wm::generator<wm::text_block> blocks(wm::pass_options const&) const override {
        return three_blocks();
    }
    [[nodiscard]] std::string name() const override { return "made text"; }
    [[nodiscard]] wm::note_map description() const override { return {{"input text", "made"}}; }
};

std::vector<wm::text_block> all_of(wm::generator<wm::text_block> blocks) {
    std::vector<wm::text_block> all;
    for (auto&& block : blocks) all.push_back(std::move(block));
    return all;
}
}

BOOST_AUTO_TEST_SUITE(spooled_text)

BOOST_AUTO_TEST_CASE(text_that_came_once_is_read_any_number_of_times_and_from_any_block) {
    wm::spooled_text const kept(three_blocks(), "a pipe");
    auto const expected = all_of(three_blocks());
    for (std::uint64_t from : {0, 0, 1, 3}) {
        auto const blocks = all_of(kept.blocks({.from = {.block = from}}));
        BOOST_TEST_REQUIRE(blocks.size() == expected.size() - from);
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            auto const& other = expected[i + from];
            BOOST_TEST(blocks[i].text == other.text);
            BOOST_TEST(blocks[i].document_ends == other.document_ends, boost::test_tools::per_element());
            BOOST_TEST(blocks[i].index == other.index);
            BOOST_TEST(blocks[i].first_sentence == other.first_sentence);
            BOOST_TEST((blocks[i].next == other.next));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_corpus_of_a_program_is_described_and_encoded_as_text_is) {
    wm::any_corpus const corpus(std::make_shared<made_text>());
    BOOST_TEST(!corpus.encoded());
    BOOST_TEST(corpus.inputs().empty());
    auto notes = corpus.description();
    BOOST_TEST(wm::taken_note(notes, "input text", "") == "made");
    BOOST_TEST(wm::taken_note(notes, "tokenizer", "") == "whitespace");
    wm::vocabulary const words(wm::count_words(corpus.text({}), corpus.split({})));
    BOOST_TEST(words.size() == 5U); // a, c, b0, b1, b2
    std::size_t ids = 0;
    for (auto const& block : corpus.ids(words, {})) ids += block.ids.size();
    BOOST_TEST(ids == 9U);
}

BOOST_AUTO_TEST_CASE(a_pass_stops_when_asked) {
    wm::spooled_text const kept(three_blocks(), "a pipe");
    wm::monitor watch;
    watch.request_stop();
    BOOST_CHECK_THROW((void)all_of(kept.blocks({.watch = watch})), wm::error);
}

BOOST_AUTO_TEST_SUITE_END()
