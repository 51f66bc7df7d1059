#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;
using namespace std::string_literals;

namespace {
wm::counted_words counted(std::string_view text) {
    wm::word_counter counter;
    std::string word;
    for (char c : text) {
        if (c != ' ') {
            word += c;
            continue;
        }
        if (!word.empty()) counter.add(word);
        word.clear();
    }
    if (!word.empty()) counter.add(word);
    return std::move(counter).finish();
}

std::string message_of(std::string_view text) {
    try {
        (void)wm::parse_vocabulary(text, {}, "v.tsv");
    } catch (wm::error const& e) {
        BOOST_TEST((e.kind() == wm::failure::bad_data));
        return e.what();
    }
    return "accepted";
}

bool starts(std::string const& text, std::string_view beginning) { return text.starts_with(beginning); }
}

BOOST_AUTO_TEST_SUITE(vocabularies)

BOOST_AUTO_TEST_CASE(ids_go_by_falling_count_then_bytes) {
    wm::vocabulary const words(counted("b a c a b a Z"));
    BOOST_TEST(wm::format_vocabulary(words) == "a\t3\nb\t2\nZ\t1\nc\t1\n");
    BOOST_TEST(words.size() == 4U);
    BOOST_TEST(words.tokens() == 7U);
    BOOST_TEST((words.id("Z") == wm::token_id{2}));
    BOOST_TEST((words.word(wm::token_id{1}) == "b"));
    BOOST_TEST(words.count(wm::token_id{1}) == 2U);
    BOOST_TEST((words.find("d") == std::nullopt));
    BOOST_CHECK_THROW((void)words.id("d"), wm::error);
    BOOST_CHECK_THROW((void)words.word(wm::token_id{4}), wm::contract_violation);
}

BOOST_AUTO_TEST_CASE(rare_words_and_small_vocabularies_leave_words_out_and_say_how_many) {
    auto const counts = counted("a a a b b c d");
    wm::vocabulary const common(counts, {.min_count = 2});
    BOOST_TEST(wm::format_vocabulary(common) == "a\t3\nb\t2\n");
    BOOST_TEST(common.dropped_types() == 2U);
    BOOST_TEST(common.dropped_tokens() == 2U);
    wm::vocabulary const small(counts, {.max_size = 3});
    BOOST_TEST(wm::format_vocabulary(small) == "a\t3\nb\t2\nc\t1\n");
    BOOST_TEST(small.dropped_types() == 1U);
    BOOST_TEST(small.dropped_tokens() == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_left_is_an_error_with_the_numbers) {
    try {
        (void)wm::vocabulary(counted("a a a b b c"), {.min_count = 5});
        BOOST_TEST(false);
    } catch (wm::error const& e) {
        BOOST_TEST((e.kind() == wm::failure::bad_data));
        BOOST_TEST(e.message() == "0 of 3 types have count >= 5; the largest count is 3");
    }
    BOOST_CHECK_THROW((void)wm::vocabulary(counted("")), wm::error);
}

BOOST_AUTO_TEST_CASE(text_equal_to_a_special_is_that_special) {
    wm::vocabulary const words(counted("a <unk> a <unk> a </s> b"), {.min_count = 2});
    BOOST_TEST(wm::format_vocabulary(words) == "a\t3\n<unk>\t2\n</s>\t1\n"); // specials stay, however rare
    BOOST_TEST((words.unknown() == wm::token_id{1}));
    BOOST_TEST((words.id("never seen") == wm::token_id{1}));
    BOOST_REQUIRE(words.specials().size() == 2U);
    BOOST_TEST((words.specials()[0] == wm::special_word{"<unk>", wm::token_id{1}}));
    BOOST_TEST((words.specials()[1] == wm::special_word{"</s>", wm::token_id{2}}));
}

BOOST_AUTO_TEST_CASE(specials_that_the_text_lacks_come_last_with_no_count) {
    wm::vocabulary const words(counted("a a b <unk>"), {.max_size = 4, .always = {"<unk>", "<pad>", "<eos>"}});
    BOOST_TEST(wm::format_vocabulary(words) == "a\t2\n<unk>\t1\n<eos>\t0\n<pad>\t0\n");
    BOOST_TEST(words.dropped_types() == 1U);
    BOOST_TEST(words.dropped_tokens() == 1U);
    BOOST_TEST(words.specials().size() == 3U);
}

BOOST_AUTO_TEST_CASE(the_text_form_round_trips_every_byte) {
    wm::word_counter counter;
    for (int c = 0; c < 256; ++c) {
        counter.add(std::string(1, static_cast<char>(c)), 1000);
        counter.add("x" + std::string(1, static_cast<char>(c)) + "a word of more than sixteen bytes", 7);
        counter.add(std::string(1, static_cast<char>(c)) + "\\t", static_cast<std::uint64_t>(c) + 1);
    }
    counter.add("tab\tnewline\nreturn\rbackslash\\nul\0"s, 3);
    wm::vocabulary const words(std::move(counter).finish());
    auto const text = wm::format_vocabulary(words);
    BOOST_TEST((text.find("tab\\tnewline\\nreturn\\rbackslash\\\\nul\0\t3\n"s) != std::string::npos));
    auto const again = wm::parse_vocabulary(text);
    BOOST_TEST((wm::format_vocabulary(again) == text));
    BOOST_TEST(again.fingerprint() == words.fingerprint());
    BOOST_TEST(again.size() == words.size());
    for (std::size_t i = 0; i < words.size(); ++i) BOOST_TEST((again.id(words.word(wm::id_at(i))) == wm::id_at(i)));
}

BOOST_AUTO_TEST_CASE(counts_up_to_the_last_of_64_bits_are_exact) {
    for (auto const* count : {"2147483648", "4294967296", "9007199254740993", "18446744073709551615"})
        BOOST_TEST(wm::format_vocabulary(wm::parse_vocabulary("w\t"s + count)) == "w\t"s + count + "\n");
    auto const big = wm::parse_vocabulary("w\t18446744073709551615\n");
    BOOST_TEST(big.tokens() == 18446744073709551615U);
    BOOST_TEST(
        starts(message_of("w\t18446744073709551616\n"), "v.tsv, line 1: vocabulary: expected a count below 2^64"));
    BOOST_TEST(starts(message_of("v\t9223372036854775808\nw\t9223372036854775808\n"),
                      "v.tsv, line 2: vocabulary: the counts add up"));
}

BOOST_AUTO_TEST_CASE(files_that_are_no_vocabulary_are_refused_with_the_line) {
    struct row {
        std::string text;
        std::string_view message;
    };
    for (auto const& [text, message] : std::vector<row>{
             {"", "v.tsv: expected a vocabulary, found an empty file"},
             {"a\t3\n\tx\n", "v.tsv, line 2: vocabulary: expected a count, found 'x'"},
             {"a\t3\n\t2\n", "v.tsv, line 2: vocabulary: expected a word before the tab"},
             {"a\t3\nb\n", "v.tsv, line 2: vocabulary: expected word<TAB>count, found no tab in 'b'"},
             {"a\t3\n\nb\t2\n", "v.tsv, line 2: vocabulary: expected word<TAB>count, found no tab in ''"},
             {"a\t3\tx\n", "v.tsv, line 1: vocabulary: expected word<TAB>count, found a second tab"},
             {"a\t-3\n", "v.tsv, line 1: vocabulary: expected a count, found '-3'"},
             {"a\t+3\n", "v.tsv, line 1: vocabulary: expected a count, found '+3'"},
             {"a\t3.5\n", "v.tsv, line 1: vocabulary: expected a count, found '3.5'"},
             {"a\t1e3\n", "v.tsv, line 1: vocabulary: expected a count, found '1e3'"},
             {"a\tmany\n", "v.tsv, line 1: vocabulary: expected a count, found 'many'"},
             {"a\t\n", "v.tsv, line 1: vocabulary: expected a count, found ''"},
             {"a\t3\r\n", "v.tsv, line 1: vocabulary: expected a count, found '3\\x0d' (the lines end in CRLF)"},
             {"a\t3\rb\t2\r", "v.tsv, line 1: vocabulary: expected word<TAB>count, found a second tab in 'a\\x093\\x0db"
                              "\\x092\\x0d' (the lines end in carriage returns"},
             {"a\t2\nb\t3\n", "v.tsv, line 2: vocabulary: expected words by falling count"},
             {"b\t2\na\t2\n", "v.tsv, line 2: vocabulary: expected words by falling count"},
             {"a\t2\na\t2\n", "v.tsv, line 2: vocabulary: the word 'a' was there before"},
             {"a\t3\nb\t2\na\t1\n", "v.tsv, line 3: vocabulary: the word 'a' was there before"},
             {"a\\q\t1\n", "v.tsv, line 1: vocabulary: expected \\t, \\n, \\r, \\\\ or \\xHH"},
             {"a\\\t1\n", "v.tsv, line 1: vocabulary: expected \\t"},
             {"a\\x4\t1\n", "v.tsv, line 1: vocabulary: expected \\t"},
         })
        BOOST_TEST(starts(message_of(text), message), message_of(text));
    BOOST_TEST(wm::format_vocabulary(wm::parse_vocabulary("a b\t2\n\\x41\\x0a\t1")) == "a b\t2\nA\\n\t1\n");
}

BOOST_AUTO_TEST_CASE(merging_is_associative_and_commutative) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        auto random = wm::random_key(seed).engine();
        std::vector<wm::vocabulary> parts;
        std::string all;
        for (int p = 0; p < 3; ++p) {
            std::string text;
            for (int i = 0; i < 30; ++i) text += "w" + std::to_string(random.below(12)) + ' ';
            if (random.below(2) == 0) text += "<unk> ";
            all += text;
            parts.push_back(wm::vocabulary(counted(text)));
        }
        auto const& [a, b, c] = std::tie(parts[0], parts[1], parts[2]);
        auto two = [](wm::vocabulary const& x, wm::vocabulary const& y) { return wm::merge(std::vector{x, y}); };
        auto const whole = wm::vocabulary(counted(all));
        for (auto const& merged : {wm::merge(parts), two(two(a, b), c), two(a, two(b, c)), two(c, two(b, a))}) {
            BOOST_TEST(wm::format_vocabulary(merged) == wm::format_vocabulary(whole));
            BOOST_TEST(merged.fingerprint() == whole.fingerprint());
        }
    }
    auto const most = wm::parse_vocabulary("w\t18446744073709551615\n");
    BOOST_CHECK_THROW((void)wm::merge(std::vector{most, most}), wm::error);
}

BOOST_AUTO_TEST_CASE(the_fingerprint_tells_words_counts_and_specials_apart) {
    auto const print = [](std::string_view text, wm::load_options const& options = {}) {
        return wm::parse_vocabulary(text, options).fingerprint();
    };
    BOOST_TEST(print("a\t2\nb\t1\n") == print("a\t2\nb\t1\n"));
    BOOST_TEST(print("a\t2\nb\t1\n") != print("a\t2\nc\t1\n"));
    BOOST_TEST(print("a\t2\nb\t1\n") != print("a\t3\nb\t1\n"));
    BOOST_TEST(print("ab\t2\nc\t2\n") != print("a\t2\nbc\t2\n"));
    BOOST_TEST(print("a\t2\nb\t1\n") != print("a\t2\nb\t1\n", {.specials = {"b"}}));
}

BOOST_AUTO_TEST_CASE(a_block_is_looked_up_at_once) {
    wm::vocabulary const words(counted("a a a bb bb a_word_of_more_than_16_bytes"));
    wm::text_block text;
    text.text = "bb x a a_word_of_more_than_16_bytes a_word_of_more_than_16_bytez\n";
    auto const block = wm::whitespace_tokenizer()(text);
    std::vector<wm::token_id> ids(block.words.size());
    words.look_up(block, ids);
    BOOST_TEST((ids == std::vector{wm::token_id{1}, wm::no_token, wm::token_id{0}, wm::token_id{2}, wm::no_token}));
}

BOOST_AUTO_TEST_SUITE_END()
