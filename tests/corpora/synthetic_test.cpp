#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.stream;
import wordmill.text;

namespace {
using wordmill::synthetic_language;
using wordmill::synthetic_text;

std::vector<wordmill::text_block> blocks(synthetic_language const& language, wordmill::synthetic_text_options options) {
    std::vector<wordmill::text_block> all;
    for (auto&& block : synthetic_text(language, std::move(options))) all.push_back(std::move(block));
    return all;
}

std::string text_of(synthetic_language const& language, wordmill::synthetic_text_options options) {
    std::string all;
    for (auto&& block : synthetic_text(language, std::move(options))) all += block.text;
    return all;
}

bool same(wordmill::text_block const& a, wordmill::text_block const& b) {
    return a.text == b.text && a.document_ends == b.document_ends && a.start == b.start && a.next == b.next
           && a.index == b.index && a.first_sentence == b.first_sentence && a.skip == b.skip;
}

/// Calls `visit(word)` for every word of `text`.
template <class Visit> void for_words(std::string_view text, Visit visit) {
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find_first_of(" \n", begin), text.size());
        visit(text.substr(begin, end - begin));
        begin = end + 1;
    }
}

/// Occurrences by rank in the first `tokens` tokens.
std::vector<double> count_by_rank(synthetic_language const& language, std::uint64_t tokens) {
    std::unordered_map<std::string, std::uint64_t> rank_of;
    for (std::uint64_t r = 0; r < language.options().types; ++r) rank_of.emplace(language.word(r), r);
    std::vector<double> counts(language.options().types);
    std::string key;
    for (auto&& block : synthetic_text(language, {.tokens = tokens}))
        for_words(block.text, [&](std::string_view word) { counts[rank_of.at(key = word)] += 1; });
    return counts;
}
}

BOOST_AUTO_TEST_SUITE(synthetic_languages)

BOOST_AUTO_TEST_CASE(shares_are_those_of_zipfs_law) {
    synthetic_language const language;
    double sum = 0;
    for (std::uint64_t r = 0; r < 50'000; ++r) sum += language.share(r);
    BOOST_TEST(std::abs(sum - 1) < 1e-9);
    BOOST_TEST(language.share(50'000) == 0);
    // The harmonic number H(50000) = ln 50000 + 0.5772157 + 1 / 100000 = 11.397004.
    for (double r : {1.0, 2.0, 10.0, 32.0})
        BOOST_TEST(std::abs(language.share(static_cast<std::uint64_t>(r) - 1) * r * 11.397004 - 1) < 1e-4);
    // A block of 64 ranks has one share, that of the ranks on average: within 64 / 2 / 9984 of the exact one.
    BOOST_TEST(std::abs(language.share(10'000 - 1) * 10'000 * 11.397004 - 1) < 0.004);
}

BOOST_AUTO_TEST_CASE(words_occur_as_often_as_their_shares_say) {
    synthetic_language const language;
    double const tokens = 1e6;
    auto const counts = count_by_rank(language, 1'000'000);
    // Function words are drawn independently: five standard deviations of the binomial distribution.
    for (std::uint64_t r = 0; r < 32; ++r) {
        double const expected = tokens * language.share(r);
        BOOST_TEST(std::abs(counts[r] - expected) < 5 * std::sqrt(expected));
    }
    // So are zones, whatever word of them is said.
    std::array<std::uint64_t, 6> const borders{32, 96, 192, 256, 1280, 5376};
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
        double expected = 0, found = 0;
        for (auto r = borders[i]; r < borders[i + 1]; ++r) {
            expected += tokens * language.share(r);
            found += counts[r];
        }
        BOOST_TEST(std::abs(found - expected) < 5 * std::sqrt(expected));
    }
    // Other words come in sentences and documents about them: 40 % for a word that is expected 300 times or more.
    for (std::uint64_t r = 32; r < 1280; ++r) {
        double const expected = tokens * language.share(r);
        if (expected >= 300) BOOST_TEST(std::abs(counts[r] / expected - 1) < 0.4, "rank " << r << ": " << counts[r]);
    }
}

BOOST_AUTO_TEST_CASE(the_logarithm_of_the_count_falls_with_slope_minus_one) {
    for (double exponent : {1.0, 0.8}) {
        auto counts = count_by_rank(synthetic_language({.zipf_exponent = exponent}), 1'000'000);
        std::ranges::sort(counts, std::greater<>());
        // Least squares at ranks 1, 2, 4, ... 4096, which are expected 20 times or more.
        double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
        for (std::size_t rank = 1; rank <= 4096; rank *= 2) {
            double const x = std::log(static_cast<double>(rank)), y = std::log(counts[rank - 1]);
            n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
        }
        double const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
        BOOST_TEST(std::abs(slope + exponent) < 0.05, "slope " << slope << " for exponent " << exponent);
    }
}

BOOST_AUTO_TEST_CASE(a_million_words_are_distinct_lower_case_and_longer_with_the_rank) {
    synthetic_language const language({.types = 1'000'000});
    std::vector<std::string> words;
    for (std::uint64_t r = 0; r < 1'000'000; ++r) words.push_back(language.word(r));
    BOOST_TEST(words[0].size() == 2u);
    BOOST_TEST(words[6431].size() == 4u);
    BOOST_TEST(words[6432].size() == 6u);
    BOOST_TEST(words[999'999].size() == 8u);
    for (std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0} - 1'000'000})
        words.push_back(language.word(1'000'000 + number)); // one-use words
    BOOST_TEST(std::ranges::all_of(words, [](std::string const& w) {
        return !w.empty() && std::ranges::all_of(w, [](char c) { return c >= 'a' && c <= 'z'; });
    }));
    std::ranges::sort(words);
    BOOST_TEST((std::ranges::adjacent_find(words) == words.end()));
}

BOOST_AUTO_TEST_CASE(inflected_words_share_their_stem_and_know_their_meaning) {
    synthetic_language const language;
    auto const base = language.word(*language.rank({.topic = 6, .role = 3, .form = 0}));
    for (std::uint32_t form = 1; form < 4; ++form) {
        wordmill::word_meaning const meaning{.topic = 6, .role = 3, .form = form};
        auto const rank = language.rank(meaning);
        BOOST_TEST((language.meaning(*rank) == meaning));
        BOOST_TEST(language.topic(*rank).value() == 6u);
        BOOST_TEST(language.word(*rank).substr(0, 4) == base.substr(0, 4));
    }
    BOOST_TEST(!language.meaning(5).has_value());
    BOOST_TEST(!language.topic(5).has_value());
}

BOOST_AUTO_TEST_CASE(small_languages_have_no_inflected_words) {
    for (std::uint64_t types : {1, 2, 31, 33, 96, 5375}) {
        synthetic_language const language({.types = types});
        BOOST_TEST(!language.rank({}).has_value());
        double sum = 0;
        for (std::uint64_t r = 0; r < types; ++r) sum += language.share(r);
        BOOST_TEST(std::abs(sum - 1) < 1e-9);
        auto const counts = count_by_rank(language, 1000);
        BOOST_TEST(counts[0] >= 1000 * language.share(0) / 2);
    }
    BOOST_TEST(synthetic_language({.types = 5376}).rank({}).has_value());
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_usage_errors) {
    using wordmill::language_options;
    for (auto const& wrong :
         {language_options{.types = 0}, language_options{.types = (std::uint64_t{1} << 31) + 1},
          language_options{.zipf_exponent = -0.1}, language_options{.zipf_exponent = std::nan("")},
          language_options{.one_use_share = 1.5}, language_options{.one_use_share = std::nan("")}}) {
        BOOST_CHECK_EXCEPTION(synthetic_language{wrong}, wordmill::error,
                              [](auto const& e) { return e.kind() == wordmill::failure::usage; });
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(synthetic_texts)

// Pins the language: a change here changes every corpus that was ever made from a seed.
BOOST_AUTO_TEST_CASE(seed_one_begins_as_it_always_did) {
    auto const text = text_of(synthetic_language({.seed = 1}), {.tokens = 100});
    BOOST_TEST(text.substr(0, text.find('\n')) == "vuju jo pifu jusofe ve");
}

BOOST_AUTO_TEST_CASE(texts_have_exactly_the_tokens_asked_for) {
    synthetic_language const language;
    for (std::uint64_t tokens : {0, 1, 5, 44, 45, 46, 2159, 2160, 2161, 100'000}) {
        auto const text = text_of(language, {.tokens = tokens});
        std::uint64_t found = 0;
        for_words(text, [&](std::string_view word) { found += !word.empty(); });
        BOOST_TEST(found == tokens);
        BOOST_TEST((text.empty() || text.back() == '\n'));
    }
}

BOOST_AUTO_TEST_CASE(shorter_texts_are_the_beginning_of_longer_ones) {
    synthetic_language const language;
    auto const whole = text_of(language, {.tokens = 50'000});
    auto const part = text_of(language, {.tokens = 12'345});
    BOOST_TEST(whole.starts_with(std::string_view(part).substr(0, part.size() - 1)));
}

BOOST_AUTO_TEST_CASE(sentences_have_five_to_forty_words_and_documents_end_between_them) {
    std::array<int, 41> lengths{};
    std::uint64_t documents = 0;
    for (auto const& block : blocks(synthetic_language(), {.tokens = 2160 * 100})) {
        std::string_view const text = block.text;
        for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
            end = text.find('\n', begin);
            ++lengths.at(static_cast<std::size_t>(1 + std::ranges::count(text.substr(begin, end - begin), ' ')));
        }
        documents += block.document_ends.size();
        for (auto const end : block.document_ends) BOOST_TEST(text[end - 1] == '\n');
        BOOST_TEST(block.document_ends.back() == text.size());
    }
    for (std::size_t n = 0; n < 5; ++n) BOOST_TEST(lengths[n] == 0);
    // 9600 sentences over 36 lengths: 267 each, standard deviation 16 (23 for the pairs): five of them.
    for (std::size_t n = 5; n <= 40; ++n) BOOST_TEST(std::abs(lengths[n] - 267) < 115);
    // 95 of 96 sentences end a document by chance, 1 in 16; the last of a chapter always: 694 expected, deviation 24.
    BOOST_TEST(std::abs(static_cast<double>(documents) - 694) < 120);
}

BOOST_AUTO_TEST_CASE(blocks_do_not_change_the_text) {
    synthetic_language const language;
    auto const whole = text_of(language, {.tokens = 20'000});
    for (std::size_t bytes : {0, 1, 100, 5000, 20'000, 1 << 20}) {
        std::string text;
        std::uint64_t sentences = 0, index = 0;
        for (auto const& block : blocks(language, {.tokens = 20'000, .block_bytes = bytes})) {
            BOOST_TEST(block.first_sentence == sentences);
            BOOST_TEST(block.index == index++);
            BOOST_TEST(block.text.size() < bytes + 25'000);
            sentences += static_cast<std::uint64_t>(std::ranges::count(block.text, '\n'));
            text += block.text;
        }
        BOOST_TEST((text == whole));
    }
}

BOOST_AUTO_TEST_CASE(any_chapter_is_made_without_the_ones_before) {
    synthetic_language const language;
    auto const whole = text_of(language, {.tokens = 2160 * 5});
    auto const from_two = text_of(language, {.tokens = 2160 * 5, .from = {.record = 96 * 2}});
    BOOST_TEST(std::ranges::count(from_two, '\n') == 96 * 3);
    BOOST_TEST(whole.ends_with(from_two));
}

BOOST_AUTO_TEST_CASE(resuming_at_every_block_gives_the_blocks_behind_it) {
    synthetic_language const language({.one_use_share = 0.1});
    for (std::size_t bytes : {300, 20'000}) {
        auto const whole = blocks(language, {.tokens = 9000, .block_bytes = bytes});
        BOOST_TEST_REQUIRE(whole.size() > 1u);
        for (std::size_t i = 0; i < whole.size(); ++i) {
            auto const from =
                wordmill::parse_position(to_text(i % 2 == 0 || i == 0 ? whole[i].start : whole[i - 1].next));
            auto const rest = blocks(language, {.tokens = 9000, .from = from, .block_bytes = bytes});
            BOOST_REQUIRE(rest.size() == whole.size() - i);
            BOOST_TEST(std::equal(rest.begin(), rest.end(), whole.begin() + static_cast<std::ptrdiff_t>(i), same));
        }
    }
}

BOOST_AUTO_TEST_CASE(resuming_at_every_sentence_gives_the_sentences_behind_it) {
    synthetic_language const language;
    wordmill::synthetic_text_options options{.tokens = 3000, .block_bytes = 700};
    std::vector<std::string> whole;
    std::vector<wordmill::position> next;
    for (auto const& s : sentences(synthetic_text(language, options))) {
        whole.emplace_back(s.text);
        next.push_back(*s.next);
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        options.from = next[i];
        std::vector<std::string> rest;
        for (auto const& s : sentences(synthetic_text(language, options))) rest.emplace_back(s.text);
        BOOST_TEST((rest == std::vector(whole.begin() + static_cast<std::ptrdiff_t>(i) + 1, whole.end())));
    }
}

BOOST_AUTO_TEST_CASE(a_position_of_another_language_is_refused) {
    auto const at = blocks(synthetic_language({.seed = 1}), {.tokens = 100})[0].next;
    BOOST_CHECK_THROW(blocks(synthetic_language({.seed = 2}), {.tokens = 100, .from = at}), wordmill::error);
    BOOST_TEST(blocks(synthetic_language({.seed = 1}), {.tokens = 100, .from = at}).empty());
}

BOOST_AUTO_TEST_CASE(the_share_of_one_use_words_is_exact_and_each_occurs_once) {
    for (double share : {0.0, 0.25, 0.5, 1.0}) {
        synthetic_language const language({.types = 1000, .one_use_share = share});
        std::unordered_map<std::string, int> counts;
        for_words(text_of(language, {.tokens = 100'000}), [&](std::string_view word) { ++counts[std::string(word)]; });
        for (std::uint64_t r = 0; r < 1000; ++r) counts.erase(language.word(r));
        BOOST_TEST(counts.size() == static_cast<std::size_t>(100'000 * share));
        BOOST_TEST(std::ranges::all_of(counts, [](auto const& word) { return word.second == 1; }));
    }
}

BOOST_AUTO_TEST_CASE(plain_text_ends_documents_with_a_blank_line) {
    wordmill::text_block block;
    block.text = "a b\nc\nd";
    block.document_ends = {4};
    BOOST_TEST(plain_text(block) == "a b\n\nc\nd");
}

BOOST_AUTO_TEST_SUITE_END()
