#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
using pair_of_texts = std::pair<std::string, std::string>;

/// Blocks of two pairs.
wm::generator<wm::text_pair_block> stream_of(std::vector<pair_of_texts> pairs) {
    wm::text_pair_block block;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        for (auto const& side : {pairs[i].first, pairs[i].second}) {
            block.text += side;
            block.ends.push_back(static_cast<std::uint32_t>(block.text.size()));
        }
        if (block.size() < 2 && i + 1 < pairs.size()) continue;
        co_yield std::move(block);
        block = {};
        block.first_sentence = i + 1;
    }
}

std::vector<std::string> words_of(wm::vocabulary const& vocabulary) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < vocabulary.size(); ++i)
        words.push_back(std::string(vocabulary.word(wm::id_at(i))) + " " + std::to_string(vocabulary.counts()[i]));
    return words;
}

std::vector<pair_of_texts> const pairs{{"a b a", "x y"}, {"", "x"}, {"b\na c", "z x"}};
using list = std::vector<std::string>;
}

BOOST_AUTO_TEST_SUITE(sequence_vocabularies)

BOOST_AUTO_TEST_CASE(sides_are_counted_apart_and_marks_are_added) {
    for (unsigned threads : {1U, 2U, 8U}) {
        wm::tally counts;
        auto const found = wm::count_pair_words(stream_of(pairs), wm::whitespace_tokenizer(),
                                                wm::whitespace_tokenizer(), {.threads = threads, .counts = counts});
        // by hand: a 3, b 2, c 1; a line break inside a side separates words
        BOOST_TEST(words_of(wm::sequence_vocabulary(found.source))
                       == (list{"a 3", "b 2", "c 1", "</s> 0", "<pad> 0", "<s> 0"}),
                   boost::test_tools::per_element());
        BOOST_TEST(words_of(wm::sequence_vocabulary(found.target))
                       == (list{"x 3", "y 1", "z 1", "</s> 0", "<pad> 0", "<s> 0"}),
                   boost::test_tools::per_element());
        BOOST_TEST(counts.delivered_count("pair") == 3U);
    }
}

BOOST_AUTO_TEST_CASE(a_shared_vocabulary_has_the_sum_of_both_sides) {
    std::vector<pair_of_texts> const both{{"a b", "b"}, {"c", "b c"}};
    auto const found =
        wm::count_shared_words(stream_of(both), wm::whitespace_tokenizer(), wm::whitespace_tokenizer(), {.threads = 2});
    BOOST_TEST(words_of(wm::sequence_vocabulary(found)) == (list{"b 3", "c 2", "a 1", "</s> 0", "<pad> 0", "<s> 0"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_unknown_word_is_added_when_words_are_left_out_or_when_asked) {
    auto const counts = wm::count_pair_words(stream_of(pairs), wm::whitespace_tokenizer(), wm::whitespace_tokenizer());
    BOOST_TEST(!wm::sequence_vocabulary(counts.source).unknown());
    auto const rare = wm::sequence_vocabulary(counts.source, {.min_count = 2});
    BOOST_TEST(words_of(rare) == (list{"a 3", "b 2", "</s> 0", "<pad> 0", "<s> 0", "<unk> 0"}),
               boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(rare.unknown().has_value());
    BOOST_TEST(rare.word(*rare.unknown()) == "<unk>");
    // five types: four marks and the most frequent word
    BOOST_TEST(words_of(wm::sequence_vocabulary(counts.source, {.max_size = 5}))
                   == (list{"a 3", "</s> 0", "<pad> 0", "<s> 0", "<unk> 0"}),
               boost::test_tools::per_element());
    BOOST_TEST(wm::sequence_vocabulary(counts.source, {.unknown = true}).unknown().has_value());
    BOOST_CHECK_THROW((void)wm::sequence_vocabulary(counts.source, {.max_size = 4}), wm::error);
}

BOOST_AUTO_TEST_CASE(marks_are_read_from_a_vocabulary_and_from_its_file) {
    auto const counts = wm::count_pair_words(stream_of(pairs), wm::whitespace_tokenizer(), wm::whitespace_tokenizer());
    auto const made = wm::sequence_vocabulary(counts.source, {.min_count = 2});
    auto const marks = wm::sequence_marks_of(made);
    BOOST_TEST((marks == wm::sequence_marks{wm::id_at(3), wm::id_at(4), wm::id_at(2), wm::id_at(5)}));
    auto const loaded = wm::parse_vocabulary(wm::format_vocabulary(made), wm::sequence_load_options());
    BOOST_TEST((wm::sequence_marks_of(loaded) == marks));
    BOOST_TEST(loaded.fingerprint() == made.fingerprint());
}

BOOST_AUTO_TEST_CASE(a_missing_mark_is_named_with_its_file) {
    auto const words = wm::parse_vocabulary("a\t3\n<pad>\t0\n<s>\t0\n", wm::sequence_load_options());
    BOOST_CHECK_EXCEPTION((void)wm::sequence_marks_of(words, "words.tsv"), wm::error, [](wm::error const& e) {
        return e.kind() == wm::failure::bad_data && e.where().file == "words.tsv"
               && std::string(e.what()).find("found no '</s>'") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
