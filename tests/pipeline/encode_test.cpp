#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
wm::generator<wm::text_block> blocks_of(std::vector<std::string> texts) {
    std::uint64_t index = 0;
    for (auto& text : texts) {
        wm::text_block block;
        block.index = index++;
        block.text = std::move(text);
        co_yield std::move(block);
    }
}

wm::vocabulary words(std::string const& lines) { return wm::parse_vocabulary(lines); }

struct flat {
    std::vector<std::uint32_t> ids;
    std::vector<std::uint32_t> sentence_ends;
};

template <class Stage> flat encoded(std::vector<std::string> texts, Stage stage, unsigned threads = 1) {
    flat all;
    for (auto const& block : blocks_of(std::move(texts)) | wm::parallel(std::move(stage), {.threads = threads})) {
        auto const first = static_cast<std::uint32_t>(all.ids.size());
        for (auto id : block.ids) all.ids.push_back(static_cast<std::uint32_t>(wm::index(id)));
        for (auto end : block.sentence_ends) all.sentence_ends.push_back(first + end);
    }
    return all;
}

using ids = std::vector<std::uint32_t>;
}

BOOST_AUTO_TEST_SUITE(encoding)

BOOST_AUTO_TEST_CASE(words_become_ids_and_sentences_end_where_they_did) {
    auto const out = encoded({"a b a\n\nc a\n"}, wm::encode(wm::whitespace_tokenizer(), words("a\t3\nb\t2\nc\t1\n")));
    BOOST_TEST(out.ids == (ids{0, 1, 0, 2, 0}), boost::test_tools::per_element());
    BOOST_TEST(out.sentence_ends == (ids{3, 3, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(unknown_words_are_dropped_and_counted_when_nothing_stands_for_them) {
    wm::tally counts;
    auto const out = encoded({"x a y\nx y\nb x\n"}, wm::encode(wm::whitespace_tokenizer({.counts = counts}),
                                                               words("a\t3\nb\t2\n"), {.counts = counts}));
    BOOST_TEST(out.ids == (ids{0, 1}), boost::test_tools::per_element());
    BOOST_TEST(out.sentence_ends == (ids{1, 1, 2}), boost::test_tools::per_element());
    BOOST_TEST(counts.read_count("token") == 7U);
    BOOST_TEST(counts.dropped_count("token", "unknown") == 5U);
    BOOST_TEST(counts.balanced("token"));
}

BOOST_AUTO_TEST_CASE(unknown_words_become_the_unknown_word_when_there_is_one) {
    auto const vocabulary = words("a\t3\n<unk>\t2\nb\t1\n");
    wm::tally counts;
    auto const out = encoded({"x a <unk>\nb\n"},
                             wm::encode(wm::whitespace_tokenizer({.counts = counts}), vocabulary, {.counts = counts}));
    BOOST_TEST(out.ids == (ids{1, 0, 1, 2}), boost::test_tools::per_element());
    BOOST_TEST(counts.note_count("unknown word mapped") == 1U);
    BOOST_TEST(counts.balanced("token"));
    auto const dropped = encoded(
        {"x a <unk>\nb\n"}, wm::encode(wm::whitespace_tokenizer(), vocabulary, {.unknown = wm::unknown_words::drop}));
    BOOST_TEST(dropped.ids == (ids{0, 1, 2}), boost::test_tools::per_element());
    BOOST_CHECK_THROW((void)wm::encode(words("a\t1\n"), {.unknown = wm::unknown_words::map}), wm::error);
}

BOOST_AUTO_TEST_CASE(marks_of_sentence_ends_become_ids) {
    auto const vocabulary = words("a\t3\n<eos>\t2\n");
    wm::tally counts;
    auto const out =
        encoded({"a a\n\nx\n"},
                wm::encode(wm::mark_sentence_ends(wm::whitespace_tokenizer({.counts = counts}), "<eos>", counts),
                           vocabulary, {.counts = counts}));
    BOOST_TEST(out.ids == (ids{0, 0, 1, 1, 1}), boost::test_tools::per_element());
    BOOST_TEST(out.sentence_ends == (ids{3, 4, 5}), boost::test_tools::per_element());
    BOOST_TEST(counts.balanced("token"));
}

BOOST_AUTO_TEST_CASE(the_ids_do_not_depend_on_threads_and_spell_the_text) {
    std::vector<std::string> texts;
    auto random = wm::random_key(5).engine();
    std::string whole;
    for (int b = 0; b < 30; ++b) {
        std::string text;
        for (int i = 0; i < 300; ++i) text += "w" + std::to_string(random.below(500)) + (i % 7 == 6 ? "\n" : " ");
        text.back() = '\n';
        whole += text;
        texts.push_back(text);
    }
    wm::vocabulary const vocabulary(wm::count_words(blocks_of(texts), wm::whitespace_tokenizer()));
    for (unsigned threads : {1U, 2U, 7U}) {
        auto const out = encoded(texts, wm::encode(wm::whitespace_tokenizer(), vocabulary), threads);
        std::string spelled;
        std::size_t at = 0;
        for (auto end : out.sentence_ends) {
            for (auto const first = at; at < end; ++at) {
                if (at > first) spelled += ' ';
                spelled += vocabulary.word(wm::id_at(out.ids[at]));
            }
            spelled += '\n';
        }
        BOOST_TEST((spelled == whole));
    }
}

BOOST_AUTO_TEST_CASE(the_two_stages_and_the_one_agree) {
    auto const vocabulary = words("a\t3\nb\t2\n");
    std::vector<std::string> const texts{"a b c\n", "\n", "b b a\n"};
    std::vector<std::uint32_t> two;
    for (auto const& block :
         blocks_of(texts) | wm::sequential(wm::whitespace_tokenizer()) | wm::sequential(wm::encode(vocabulary)))
        for (auto id : block.ids) two.push_back(static_cast<std::uint32_t>(wm::index(id)));
    BOOST_TEST(two == encoded(texts, wm::encode(wm::whitespace_tokenizer(), vocabulary)).ids,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
