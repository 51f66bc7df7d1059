#include <boost/test/unit_test.hpp>
#include <cmath>
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
#include "tokens.hpp"

namespace wm = wordmill;

namespace {
using text_pair = std::pair<std::string, std::string>;

wm::generator<wm::text_pair_block> pairs_of(std::vector<text_pair> pairs, std::size_t size = 2) {
    for (std::size_t i = 0; i < pairs.size();) {
        wm::text_pair_block block;
        block.first_sentence = i;
        block.index = i / size;
        for (std::size_t n = 0; n < size && i < pairs.size(); ++n, ++i)
            for (auto const& side : {pairs[i].first, pairs[i].second}) {
                block.text += side;
                block.ends.push_back(static_cast<std::uint32_t>(block.text.size()));
            }
        co_yield std::move(block);
    }
}

wm::vocabulary words(std::string const& lines) {
    return wm::parse_vocabulary(lines + "</s>\t0\n<pad>\t0\n<s>\t0\n", wm::sequence_load_options());
}

/// "7: 1 2 | 0" for pair 7.
std::string encoded(std::vector<text_pair> const& pairs, wm::pair_encoder const& stage, unsigned threads = 1) {
    std::string out;
    for (auto const& block : pairs_of(pairs) | wm::parallel(stage, {.threads = threads}))
        for (std::size_t i = 0; i < block.size(); ++i) {
            out += std::to_string(block.pairs[i]) + ":";
            for (auto id : block.source(i)) out += " " + std::to_string(wm::index(id));
            out += " |";
            for (auto id : block.target(i)) out += " " + std::to_string(wm::index(id));
            out += "\n";
        }
    return out;
}

wm::side_encoding side(std::string const& lines, wm::tally const& counts = {}) {
    return {wm::whitespace_tokenizer({.counts = counts}), words(lines)};
}

std::vector<text_pair> const some{{"a b", "x"}, {"b\na", "x y"}, {"", "x"}, {" ", "y"}, {"a", ""}, {"b a a", "y"}};
}

BOOST_AUTO_TEST_SUITE(encoding_pairs)

BOOST_AUTO_TEST_CASE(each_side_has_its_words_and_pairs_keep_their_numbers) {
    wm::tally counts;
    auto const stage = wm::encode_pairs(side("a\t2\nb\t1\n", counts), side("x\t2\ny\t1\n", counts), {.counts = counts});
    BOOST_TEST(encoded(some, stage) == "0: 0 1 | 0\n1: 1 0 | 0 1\n5: 1 0 0 | 1\n");
    BOOST_TEST(counts.dropped_count("pair", "empty source") == 2U);
    BOOST_TEST(counts.dropped_count("pair", "empty target") == 1U);
    BOOST_TEST(counts.delivered_count("pair") == 3U);
    BOOST_TEST(counts.dropped_count("token", "in a dropped pair") == 3U); // x, y and a
    BOOST_TEST(counts.balanced("token"));
    auto const kept = wm::encode_pairs(side("a\t2\nb\t1\n"), side("x\t2\ny\t1\n"), {.keep_empty_targets = true});
    BOOST_TEST(encoded(some, kept) == "0: 0 1 | 0\n1: 1 0 | 0 1\n4: 0 |\n5: 1 0 0 | 1\n");
}

BOOST_AUTO_TEST_CASE(long_and_unequal_pairs_are_dropped_under_their_names) {
    std::vector<text_pair> const pairs{{"a a a a", "x"}, {"a", "x x x x"}, {"a a a", "x"}, {"a", "x x"}};
    wm::tally counts;
    auto const stage =
        wm::encode_pairs(side("a\t1\n"), side("x\t1\n"),
                         {.max_source_tokens = 3, .max_target_tokens = 3, .max_ratio = 2.5, .counts = counts});
    BOOST_TEST(encoded(pairs, stage) == "3: 0 | 0 0\n");
    BOOST_TEST(counts.dropped_count("pair", "source of more than 3 tokens") == 1U);
    BOOST_TEST(counts.dropped_count("pair", "target of more than 3 tokens") == 1U);
    BOOST_TEST(counts.dropped_count("pair", "lengths differ by more than a factor of 2.5") == 1U);
    for (auto const& drop : counts.drops())
        if (drop.reason.starts_with("lengths")) BOOST_TEST(drop.first_places.at(0).text() == "record 3");
    BOOST_CHECK_THROW((void)wm::encode_pairs(side("a\t1\n"), side("x\t1\n"), {.max_ratio = 0.5}), wm::error);
}

BOOST_AUTO_TEST_CASE(unknown_words_are_mapped_or_dropped_and_text_is_never_a_mark) {
    std::vector<text_pair> const pairs{{"a q </s> <pad>", "x <s> <unk>"}};
    wm::tally counts;
    // with an unknown word: id 1 of either side
    auto const with =
        wm::encode_pairs(side("a\t2\n<unk>\t1\n", counts), side("x\t2\n<unk>\t1\n", counts), {.counts = counts});
    BOOST_TEST(encoded(pairs, with) == "0: 0 1 1 1 | 0 1 1\n");
    BOOST_TEST(counts.note_count("unknown word mapped") == 4U); // q, </s>, <pad>, <s>
    wm::tally without;
    BOOST_TEST(encoded(pairs, wm::encode_pairs(side("a\t2\n", without), side("x\t2\n", without), {.counts = without}))
               == "0: 0 | 0\n");
    BOOST_TEST(without.dropped_count("token", "unknown") == 5U);
    BOOST_TEST(without.balanced("token"));
    BOOST_TEST((wm::encode_side("a q </s>", side("a\t2\n<unk>\t1\n")) == ids({0, 1, 1})));
    BOOST_TEST(wm::encode_side("", side("a\t2\n")).empty());
}

BOOST_AUTO_TEST_CASE(a_vocabulary_without_its_marks_is_refused) {
    wm::side_encoding const bare{wm::whitespace_tokenizer(), wm::parse_vocabulary("a\t1\n")};
    BOOST_CHECK_EXCEPTION((void)wm::encode_pairs(bare, side("x\t1\n")), wm::error,
                          [](wm::error const& e) { return e.kind() == wm::failure::bad_data; });
}

BOOST_AUTO_TEST_CASE(the_held_out_part_and_the_rest_are_the_whole) {
    std::vector<text_pair> const pairs(20'000, {"a", "x"});
    wm::tally counts;
    auto const part = [&](bool held_out) {
        return encoded(pairs, wm::encode_pairs(side("a\t1\n"), side("x\t1\n"),
                                               {.part = wm::pair_share{.share = 0.1, .held_out = held_out},
                                                .counts = held_out ? counts : wm::tally()}));
    };
    auto const rest = part(false);
    auto const held_out = part(true);
    BOOST_TEST(rest.size() + held_out.size()
               == encoded(pairs, wm::encode_pairs(side("a\t1\n"), side("x\t1\n"))).size());
    // binomial: 2000 expected, standard deviation sqrt(20000 x 0.1 x 0.9) = 42.4; 4 of them
    auto const found = static_cast<double>(counts.delivered_count("pair"));
    BOOST_TEST(std::abs(found - 2000) < 170);
    BOOST_TEST(counts.dropped_count("pair", "in the other part") == 20'000 - counts.delivered_count("pair"));
    wm::pair_share const one{.share = 0.25, .held_out = true};
    wm::pair_share const other{.share = 0.25, .held_out = false};
    for (std::uint64_t n = 0; n < 1000; ++n) BOOST_TEST(one.contains(n) != other.contains(n));
    BOOST_TEST((!wm::pair_share{.share = 0, .held_out = true}.contains(3)));
    BOOST_TEST((wm::pair_share{.share = 1, .held_out = true}.contains(3)));
    BOOST_CHECK_THROW((void)wm::encode_pairs(side("a\t1\n"), side("x\t1\n"), {.part = wm::pair_share{.share = 1.5}}),
                      wm::error);
}

BOOST_AUTO_TEST_CASE(the_ids_do_not_depend_on_threads) {
    std::vector<text_pair> pairs;
    auto random = wm::random_key(4).engine();
    for (int i = 0; i < 500; ++i) {
        text_pair pair;
        for (auto n = random.below(6); n > 0; --n) pair.first += "abq"[random.below(3)] + std::string(" ");
        for (auto n = random.below(6); n > 0; --n) pair.second += "xyq"[random.below(3)] + std::string(" ");
        pairs.push_back(pair);
    }
    auto const stage = wm::encode_pairs(side("a\t2\nb\t1\n"), side("x\t2\ny\t1\n"), {.max_ratio = 3});
    auto const expected = encoded(pairs, stage);
    for (unsigned threads : {2U, 8U}) BOOST_TEST((encoded(pairs, stage, threads) == expected));
}

BOOST_AUTO_TEST_SUITE_END()
