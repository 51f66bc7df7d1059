// Properties of every tokenizer.
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

using words = std::vector<std::string>;
using wordmill::text_block;

namespace {
words const names{"whitespace", "book", "unicode", "characters", "graphemes"};

/// Sentences of many scripts with marks, emoji, bad bytes, control characters and documents.
text_block hostile_text(unsigned seed, std::size_t parts_count) {
    std::mt19937 random(seed);
    words const parts{"The",
                      "Cat's",
                      "U.S.",
                      "e\u0301",
                      "\u0308",
                      "日本語です",
                      "한국어",
                      "สวัสดีครับ",
                      "👩‍👩‍👧",
                      "🇰🇷",
                      " ",
                      " ",
                      " ",
                      "  ",
                      "\t",
                      "\n",
                      "\n",
                      "\u3000",
                      "\xFF",
                      "\xE2\x82",
                      "\u00A0",
                      "\r",
                      "\x1B[",
                      "ΟΔΟΣ",
                      "İ",
                      "1.5",
                      "...",
                      std::string(1, '\0')};
    text_block block;
    for (std::size_t i = 0; i < parts_count; ++i) {
        block.text += parts[random() % parts.size()];
        if (block.text.back() == '\n' && random() % 4 == 0)
            block.document_ends.push_back(static_cast<std::uint32_t>(block.text.size()));
    }
    block.text += '\n';
    return block;
}

/// Cuts after about every third newline or space, as a reader does; a cut at a space leaves its sentence open.
std::vector<text_block> cut(text_block const& whole, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<text_block> blocks;
    std::size_t begin = 0;
    std::size_t document = 0;
    auto const add = [&](std::size_t end) {
        text_block block;
        block.text = whole.text.substr(begin, end - begin);
        block.continued = !block.text.ends_with('\n');
        for (; document < whole.document_ends.size() && whole.document_ends[document] <= end; ++document)
            block.document_ends.push_back(static_cast<std::uint32_t>(whole.document_ends[document] - begin));
        blocks.push_back(std::move(block));
        begin = end;
    };
    for (std::size_t i = 0; i < whole.text.size(); ++i)
        if ((whole.text[i] == '\n' || whole.text[i] == ' ') && random() % 3 == 0) add(i + 1);
    if (begin < whole.text.size()) add(whole.text.size());
    return blocks;
}
}

BOOST_AUTO_TEST_SUITE(tokenizers)

BOOST_AUTO_TEST_CASE(words_do_not_depend_on_where_the_text_is_cut_into_blocks) {
    for (auto const& name : names) {
        auto const tokenize = wordmill::tokenizer_named(name);
        for (unsigned seed = 0; seed < 150; ++seed) {
            auto const whole = hostile_text(seed, 60);
            auto const expected = tokenize(whole);
            words found;
            std::vector<std::uint32_t> documents;
            std::uint32_t sentences = 0;
            for (auto const& block : cut(whole, seed)) {
                auto const part = tokenize(block);
                for (auto& word : words_and_ends(part)) found.push_back(std::move(word));
                for (auto const end : part.document_ends) documents.push_back(sentences + end);
                sentences += static_cast<std::uint32_t>(part.sentence_ends.size());
            }
            BOOST_REQUIRE_MESSAGE(found == words_and_ends(expected), name << " with seed " << seed);
            BOOST_REQUIRE(documents == expected.document_ends);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_newline_ends_one_sentence_and_documents_are_those_of_the_text) {
    auto const whole = hostile_text(5, 2000);
    std::vector<std::uint32_t> expected;
    std::uint32_t newlines = 0;
    std::size_t at = 0;
    for (auto const end : whole.document_ends) {
        for (; at < end; ++at) newlines += whole.text[at] == '\n';
        expected.push_back(newlines);
    }
    for (; at < whole.text.size(); ++at) newlines += whole.text[at] == '\n';
    for (auto const& name : names) {
        auto const block = wordmill::tokenizer_named(name)(whole);
        BOOST_TEST(block.sentence_ends.size() == newlines);
        BOOST_TEST(block.document_ends == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(many_threads_share_a_tokenizer) {
    for (auto const& name : names) {
        auto const tokenize = wordmill::tokenizer_named(name);
        auto const whole = hostile_text(9, 3000);
        auto const expected = words_and_ends(tokenize(whole));
        std::vector<int> equal(4);
        {
            std::vector<std::jthread> threads;
            for (auto& result : equal)
                threads.emplace_back([&] {
                    wordmill::word_block out;
                    for (int round = 0; round < 5; ++round) {
                        tokenize(text_block(whole), out);
                        result += words_and_ends(out) == expected;
                    }
                });
        }
        for (auto const count : equal) BOOST_TEST(count == 5);
    }
}

BOOST_AUTO_TEST_CASE(words_lie_in_order_inside_the_text_of_their_block) {
    for (auto const& name : names)
        for (unsigned seed = 0; seed < 50; ++seed) {
            auto const block = wordmill::tokenizer_named(name)(hostile_text(seed, 100));
            std::size_t before = 0;
            for (auto const& word : block.words) {
                BOOST_REQUIRE(word.begin >= before);
                BOOST_REQUIRE(word.size > 0);
                before = word.begin + word.size;
            }
            BOOST_REQUIRE(before <= block.text.size());
        }
}

BOOST_AUTO_TEST_CASE(empty_and_blank_blocks_have_no_words) {
    for (auto const& name : names) {
        auto const tokenize = wordmill::tokenizer_named(name);
        BOOST_TEST(tokenize(block_of("")).words.empty());
        BOOST_TEST(tokenize(block_of("")).sentence_ends.empty());
        BOOST_TEST(tokenize(block_of(" \t\r\n\n  \n")).words.empty());
        BOOST_TEST(tokenize(block_of(" \t\r\n\n  \n")).sentence_ends.size() == 3U);
    }
}

BOOST_AUTO_TEST_CASE(a_token_of_many_blocks_costs_linear_time_and_one_word) {
    // 32 MiB of one letter as a reader cuts it.
    for (std::string const name : {"whitespace", "book", "unicode"}) {
        wordmill::tally counts;
        auto const tokenize = wordmill::tokenizer_named(name, {.limit = {.counts = counts}});
        std::size_t found = 0;
        wordmill::word_block out;
        for (int block = 0; block < 32; ++block) {
            auto in = block_of(std::string(1 << 20, 'x') + (block == 31 ? "\n" : ""));
            in.continued = in.cut_token = block < 31;
            in.inside_token = block > 0;
            tokenize(std::move(in), out);
            found += out.words.size();
        }
        BOOST_TEST(found == 1U);
        BOOST_TEST(counts.read_count("token") == 1U);
        BOOST_TEST(counts.note_count("long token cut") == 1U);
    }
}

BOOST_AUTO_TEST_CASE(chinese_without_spaces_loses_no_word_where_a_reader_cuts_it) {
    for (std::string const name : {"unicode", "characters"}) {
        auto const tokenize = wordmill::tokenizer_named(name);
        auto first = block_of("北京大学");
        auto second = block_of("北京大学\n");
        first.continued = first.cut_token = second.inside_token = true;
        BOOST_TEST(tokenize(first).words.size() == tokenize(second).words.size());
    }
}

BOOST_AUTO_TEST_CASE(a_tokenizer_is_found_by_its_name) {
    for (auto const& name : names) BOOST_TEST(!wordmill::tokenizer_named(name)(block_of("a b\n")).words.empty());
    BOOST_CHECK_EXCEPTION((void)wordmill::tokenizer_named("whitspace"), wordmill::error, [](wordmill::error const& e) {
        return e.kind() == wordmill::failure::usage
               && e.message()
                      == "tokenizer: expected one of whitespace, book, unicode, characters, graphemes, "
                         "sentencepiece:PATH, found 'whitspace'";
    });
}

BOOST_AUTO_TEST_CASE(tokenizers_that_split_otherwise_have_other_descriptions) {
    using namespace wordmill;
    auto const described = [](tokenizer const& split) {
        std::string text;
        for (auto const& [key, value] : split.description()) text += key + " " + value + "\n";
        return text;
    };
    auto const same = [&](tokenizer const& a, tokenizer const& b) { return described(a) == described(b); };
    std::vector<tokenizer> const all{whitespace_tokenizer(),
                                     whitespace_tokenizer({.max_bytes = 10}),
                                     whitespace_tokenizer({.on_long = long_token::drop}),
                                     book_tokenizer(),
                                     unicode_words(),
                                     unicode_words({.form = normal_form::nfkc}),
                                     unicode_words({.letters = letter_case::fold}),
                                     unicode_words({.keep_numbers = false}),
                                     unicode_words({.keep_punctuation = true}),
                                     characters(),
                                     characters({.unit = character_unit::grapheme}),
                                     characters({.keep_blanks = true}),
                                     characters({.form = normal_form::nfc}),
                                     characters({.letters = letter_case::lower}),
                                     mark_sentence_ends(whitespace_tokenizer(), "</s>"),
                                     mark_sentence_ends(whitespace_tokenizer(), "<eos>")};
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < all.size(); ++j) BOOST_TEST(same(all[i], all[j]) == (i == j));
    tally const counts;
    BOOST_TEST(same(unicode_words({}, {.counts = counts}), tokenizer_named("unicode"))); // who counts is no matter
    BOOST_TEST(described(tokenizer_named("whitespace")) == "long-tokens cut\nmax-token 4096\ntokenizer whitespace\n");
}

BOOST_AUTO_TEST_SUITE_END()
