#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
wm::generator<wm::text_block> blocks_of(std::vector<std::string> texts) {
    for (auto& text : texts) {
        wm::text_block block;
        block.text = std::move(text);
        co_yield std::move(block);
    }
}

/// "word count" lines, in order.
std::string listing(wm::counted_words const& counts) {
    std::string out;
    for (auto const& [word, count] : counts.words()) {
        out += word;
        out += ' ';
        out += std::to_string(count);
        out += '\n';
    }
    return out;
}

/// `blocks` blocks of `words` words each over about `types` types: short and long ones, Zipf-like counts.
std::vector<std::string> made_up_text(std::uint64_t seed, int blocks, int words, double types) {
    auto random = wm::random_key(seed).engine();
    std::vector<std::string> texts;
    for (int b = 0; b < blocks; ++b) {
        std::string text;
        for (int i = 0; i < words; ++i) {
            auto const u = random.uniform_double();
            auto const rank = static_cast<std::uint64_t>(types * u * u * u);
            text += "w" + std::to_string(rank);
            if (rank % 3 == 0) text += "_a_word_that_fits_no_key";
            if (rank % 5 == 0) text += "\xff";
            text += i % 10 == 9 ? '\n' : ' ';
        }
        text += '\n';
        texts.push_back(std::move(text));
    }
    return texts;
}

/// The slow truth: std::map, then a sort by falling count and bytes.
std::string slow_listing(std::vector<std::string> const& texts) {
    std::map<std::string, std::uint64_t> counts;
    for (auto const& text : texts) {
        std::string word;
        for (char c : text) {
            if (c != ' ' && c != '\n') {
                word += c;
                continue;
            }
            if (!word.empty()) ++counts[word];
            word.clear();
        }
    }
    std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
    std::sort(sorted.begin(), sorted.end(), [](auto const& a, auto const& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::string out;
    for (auto const& [word, count] : sorted) out += word + ' ' + std::to_string(count) + '\n';
    return out;
}
}

BOOST_AUTO_TEST_SUITE(counting)

BOOST_AUTO_TEST_CASE(a_small_corpus_has_the_counts_of_a_hand_count) {
    // Counted by hand.
    auto const counts = wm::count_words(blocks_of({"the cat saw the dog\nthe dog\n", "a dog saw Zoe\n"}),
                                        wm::whitespace_tokenizer(), {.threads = 1});
    BOOST_TEST(listing(counts) == "dog 3\nthe 3\nsaw 2\nZoe 1\na 1\ncat 1\n");
    BOOST_TEST(counts.types() == 6U);
    BOOST_TEST(counts.tokens() == 11U);
    BOOST_TEST(counts.largest_count() == 3U);
    BOOST_TEST(counts.spilled_runs() == 0U);
    BOOST_TEST(listing(counts).size() > 0U); // a second pass is a fresh one
}

BOOST_AUTO_TEST_CASE(no_text_has_no_words) {
    for (auto const& texts : {std::vector<std::string>{}, {"", "\n\n"}, {" \t \n"}}) {
        auto const counts = wm::count_words(blocks_of(texts), wm::whitespace_tokenizer());
        BOOST_TEST(counts.types() == 0U);
        BOOST_TEST(counts.tokens() == 0U);
        BOOST_TEST(listing(counts) == "");
    }
}

BOOST_AUTO_TEST_CASE(words_that_differ_in_nuls_and_length_only_are_different) {
    using namespace std::string_view_literals;
    std::vector<std::string_view> const words{"a"sv,
                                              "a\0"sv,
                                              "a\0\0"sv,
                                              "\0"sv,
                                              "\0\0"sv,
                                              "\0\0\0\0\0\0\0\0\0"sv,
                                              "aaaaaaaaaaaaaaaa"sv,
                                              "aaaaaaaaaaaaaaaaa"sv,
                                              "aaaaaaaaaaaaaaaa\0"sv};
    wm::word_counter counter;
    for (std::size_t i = 0; i < words.size(); ++i) counter.add(words[i], i + 1);
    auto const counts = std::move(counter).finish();
    BOOST_TEST(counts.types() == words.size());
    auto i = words.size();
    for (auto const& [word, count] : counts.words()) {
        BOOST_TEST((word == words[--i]));
        BOOST_TEST(count == i + 1);
    }
}

BOOST_AUTO_TEST_CASE(equal_counts_come_in_byte_order_at_every_length) {
    // Prefixes of one word, and words that differ after them: byte order is that of unsigned bytes.
    std::vector<std::string> words;
    for (std::size_t n = 1; n <= 40; ++n) words.push_back(std::string(n, 'x'));
    for (std::size_t n : {0, 7, 8, 15, 16, 30}) {
        words.push_back(std::string(n, 'x') + "\x01");
        words.push_back(std::string(n, 'x') + "\xff");
    }
    wm::word_counter counter;
    for (auto const& word : words) counter.add(word);
    std::sort(words.begin(), words.end());
    std::size_t i = 0;
    for (auto const& entry : std::move(counter).finish().words()) BOOST_TEST((entry.word == words[i++]));
    BOOST_TEST(i == words.size());
}

BOOST_AUTO_TEST_CASE(counts_do_not_depend_on_threads_or_memory) {
    auto const texts = made_up_text(1, 40, 2000, 30000);
    auto const truth = slow_listing(texts);
    for (unsigned threads : {1U, 2U, 7U}) {
        for (std::uint64_t memory : {std::uint64_t{1} << 30, std::uint64_t{2} << 20, std::uint64_t{100} << 10}) {
            auto const counts = wm::count_words(blocks_of(texts), wm::whitespace_tokenizer(),
                                                {.memory_bytes = memory, .threads = threads});
            BOOST_TEST((listing(counts) == truth), "threads " << threads << ", memory " << memory);
            BOOST_TEST(counts.tokens() == 80000U);
            if (memory == 100 << 10) BOOST_TEST(counts.spilled_runs() > 10U);
        }
    }
}

BOOST_AUTO_TEST_CASE(sentence_ends_count_as_a_word_when_asked) {
    wm::tally counts;
    auto const words = wm::count_words(
        blocks_of({"a b\n\na\n"}), wm::mark_sentence_ends(wm::whitespace_tokenizer({.counts = counts}), "</s>", counts),
        {.threads = 2, .counts = counts});
    BOOST_TEST(listing(words) == "</s> 3\na 2\nb 1\n");
    BOOST_TEST(counts.read_count("token") == 6U);
    BOOST_TEST(counts.balanced("token"));
}

BOOST_AUTO_TEST_CASE(pruning_happens_only_when_asked_and_is_reported) {
    auto const texts = made_up_text(2, 20, 2000, 30000);
    wm::tally counts;
    auto const pruned = wm::count_words(blocks_of(texts), wm::whitespace_tokenizer({.counts = counts}),
                                        {.threads = 7, .prune_at = 5000, .counts = counts});
    BOOST_TEST(pruned.types() <= 5000U);
    BOOST_TEST(counts.dropped_count("token", "pruned") > 0U);
    BOOST_TEST(counts.delivered_count("token") == pruned.tokens());
    BOOST_TEST(counts.balanced("token"));
    auto const again = wm::count_words(blocks_of(texts), wm::whitespace_tokenizer(), {.threads = 1, .prune_at = 5000});
    BOOST_TEST((listing(again) == listing(pruned)));
}

BOOST_AUTO_TEST_CASE(merging_counters_is_associative_and_commutative) {
    auto const texts = made_up_text(3, 9, 500, 2000);
    auto const truth = slow_listing(texts);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto random = wm::random_key(seed).engine();
        std::vector<wm::word_counter> counters;
        counters.emplace_back(wm::count_options{.memory_bytes = std::uint64_t{64} << (random.below(8) + 10)});
        auto const more = random.below(5);
        for (std::uint64_t i = 0; i < more; ++i) counters.push_back(counters.front().sibling());
        for (auto&& block : blocks_of(texts))
            counters[random.below(counters.size())].add(wm::whitespace_tokenizer()(std::move(block)));
        for (auto i = counters.size(); i-- > 1;) std::swap(counters[i], counters[random.below(i + 1)]);
        BOOST_TEST((listing(combine(std::move(counters))) == truth));
    }
}

BOOST_AUTO_TEST_CASE(counts_are_exact_to_64_bits_and_overflow_is_an_error) {
    auto const most = ~std::uint64_t{0};
    for (std::uint64_t edge : {std::uint64_t{1} << 31, std::uint64_t{1} << 32, (std::uint64_t{1} << 53) + 1, most}) {
        wm::word_counter counter;
        counter.add("w", edge);
        BOOST_TEST(listing(std::move(counter).finish()) == "w " + std::to_string(edge) + "\n");
    }
    wm::word_counter counter;
    counter.add("w", most);
    BOOST_CHECK_THROW(counter.add("w", 1), wm::error);
    BOOST_CHECK_THROW(counter.add("v", 1), wm::error);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_source_reaches_the_caller) {
    auto broken = []() -> wm::generator<wm::text_block> {
        co_yield wm::text_block{};
        throw wm::error(wm::failure::bad_data, "broken here");
    };
    BOOST_CHECK_THROW((void)wm::count_words(broken(), wm::whitespace_tokenizer(), {.threads = 2}), wm::error);
}

BOOST_AUTO_TEST_CASE(a_missing_temporary_folder_is_an_error_only_when_it_is_needed) {
    auto const texts = made_up_text(4, 10, 2000, 30000);
    BOOST_CHECK_NO_THROW((void)wm::count_words(blocks_of(texts), wm::whitespace_tokenizer(),
                                               {.threads = 1, .temporary_folder = "/nonexistent"}));
    BOOST_CHECK_THROW(
        (void)wm::count_words(blocks_of(texts), wm::whitespace_tokenizer(),
                              {.memory_bytes = 100 << 10, .threads = 1, .temporary_folder = "/nonexistent"}),
        wm::error);
}

BOOST_AUTO_TEST_SUITE_END()
