#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
#include "pair_tokens.hpp"
#include "tokens.hpp"

namespace wm = wordmill;

namespace {
wm::sequence_marks const source_marks{wm::id_at(0), wm::id_at(1), wm::id_at(2), {}};
wm::sequence_marks const target_marks{wm::id_at(3), wm::id_at(4), wm::id_at(5), {}};

wm::sequence_batch_options options(std::size_t batch, std::size_t window = 50'000) {
    return {.batch_pairs = batch,
            .window = window,
            .key = wm::random_key(7),
            .source = source_marks,
            .target = target_marks};
}

template <class Pairs>
std::vector<wm::sequence_batch> batches_of(Pairs const& pairs, wm::sequence_batch_options how, std::size_t size = 16) {
    std::vector<wm::sequence_batch> out;
    auto const from = how.from.child(0);
    for (auto&& batch : wm::sequence_batches(pair_stream(pairs, size, from), std::move(how)))
        out.push_back(std::move(batch));
    return out;
}

/// Everything in a batch, its position included, written out.
std::string written(wm::sequence_batch const& b) {
    std::string out = to_text(b.start) + " | " + to_text(b.next) + " " + std::to_string(b.index) + ": "
                      + std::to_string(b.lanes) + " " + std::to_string(b.source_steps) + " "
                      + std::to_string(b.target_steps) + " " + std::to_string(b.counted);
    for (auto const* ids : {&b.sources, &b.inputs, &b.targets}) {
        out += "\n";
        for (auto id : *ids) out += std::to_string(wm::index(id)) + " ";
    }
    for (auto n : b.pairs) out += std::to_string(n) + ",";
    for (auto n : b.source_lengths) out += std::to_string(n) + ";";
    return out;
}

std::vector<std::string> written(std::vector<wm::sequence_batch> const& batches) {
    std::vector<std::string> out;
    for (auto const& b : batches) out.push_back(written(b));
    return out;
}

std::vector<std::uint64_t> numbers_of(std::vector<wm::sequence_batch> const& batches) {
    std::vector<std::uint64_t> out;
    for (auto const& b : batches) out.insert(out.end(), b.pairs.begin(), b.pairs.end());
    return out;
}

/// The share of positions of sources and targets that are padding.
double padding_share(std::vector<wm::sequence_batch> const& batches) {
    std::size_t all = 0;
    std::size_t tokens = 0;
    for (auto const& b : batches) {
        all += b.sources.size() + b.targets.size();
        tokens += b.counted;
        for (auto n : b.source_lengths) tokens += n;
    }
    return 1 - static_cast<double>(tokens) / static_cast<double>(all);
}

using id_pair = std::pair<std::vector<wm::token_id>, std::vector<wm::token_id>>;
}

BOOST_AUTO_TEST_SUITE(batches_of_pairs)

BOOST_AUTO_TEST_CASE(shorter_sides_are_padded_and_lanes_fall_in_length) {
    std::vector<id_pair> const pairs{
        {ids({11, 12}), ids({21})}, {ids({13}), ids({})}, {ids({14, 15, 16}), ids({22, 23})}};
    auto how = options(3);
    how.shuffle = false;
    auto const out = batches_of(pairs, how);
    BOOST_TEST_REQUIRE(out.size() == 1U);
    auto const& b = out[0];
    constexpr std::uint32_t none = 0xffffffff;
    // worked out by hand; lanes are pairs 2, 0, 1
    BOOST_TEST((b.pairs == std::vector<std::uint64_t>{2, 0, 1}));
    BOOST_TEST((b.source_lengths == std::vector<std::uint32_t>{3, 2, 1}));
    BOOST_TEST((b.sources == ids({14, 11, 13, 15, 12, 0, 16, 0, 0})));
    BOOST_TEST((b.inputs == ids({4, 4, 4, 22, 21, 3, 23, 3, 3})));
    BOOST_TEST((b.targets == ids({22, 21, 5, 23, 5, none, 5, none, none})));
    BOOST_TEST(b.counted == 6U);
    BOOST_TEST(b.source_steps == 3U);
    BOOST_TEST(b.target_steps == 3U);

    how.reverse_source = true;
    how.least_source_steps = 4;
    how.least_target_steps = 4;
    auto const wider = batches_of(pairs, how)[0];
    BOOST_TEST((wider.sources == ids({16, 12, 13, 15, 11, 0, 14, 0, 0, 0, 0, 0})));
    BOOST_TEST((wider.inputs == ids({4, 4, 4, 22, 21, 3, 23, 3, 3, 3, 3, 3})));
    BOOST_TEST((wider.targets == ids({22, 21, 5, 23, 5, none, 5, none, none, none, none, none})));
    BOOST_TEST(wider.counted == 6U);
}

BOOST_AUTO_TEST_CASE(without_shuffling_batches_are_in_file_order) {
    auto const pairs = random_pairs(103);
    auto how = options(10, 40); // windows of 48, 48 and 7 pairs: blocks have 16
    how.shuffle = false;
    std::vector<std::size_t> lanes;
    std::uint64_t first = 0;
    for (auto const& b : batches_of(pairs, how)) {
        lanes.push_back(b.lanes);
        auto sorted = b.pairs;
        std::ranges::sort(sorted);
        for (auto n : sorted) BOOST_TEST(n == first++);
        for (std::size_t i = 1; i < b.lanes; ++i) {
            BOOST_TEST(b.source_lengths[i - 1] >= b.source_lengths[i]);
            if (b.source_lengths[i - 1] == b.source_lengths[i]) BOOST_TEST(b.pairs[i - 1] < b.pairs[i]);
        }
    }
    BOOST_TEST(first == 103U);
    BOOST_TEST(lanes == (std::vector<std::size_t>{10, 10, 10, 10, 8, 10, 10, 10, 10, 8, 7}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_pair_is_in_one_batch_and_the_order_depends_on_the_key) {
    auto const pairs = random_pairs(1000);
    for (bool const bucket : {true, false}) {
        auto how = options(16, 300);
        how.bucket = bucket;
        auto const one = numbers_of(batches_of(pairs, how));
        BOOST_TEST(std::set<std::uint64_t>(one.begin(), one.end()).size() == 1000U);
        BOOST_TEST(one.size() == 1000U);
        BOOST_TEST((one == numbers_of(batches_of(pairs, how))));
        how.key = wm::random_key(7).fold_in(1);
        BOOST_TEST((one != numbers_of(batches_of(pairs, how))));
        BOOST_TEST(!std::ranges::is_sorted(one));
        // A window is complete before the next begins: 304 pairs each, since blocks have 16.
        for (std::size_t i = 0; i < one.size(); ++i) BOOST_TEST(one[i] / 304 == i / 304);
    }
}

BOOST_AUTO_TEST_CASE(pairs_of_a_batch_have_their_own_tokens) {
    auto const pairs = random_pairs(200);
    for (auto const& b : batches_of(pairs, options(16, 64)))
        for (std::size_t lane = 0; lane < b.lanes; ++lane) {
            auto const& [source, target] = pairs[b.pairs[lane]];
            BOOST_TEST_REQUIRE(b.source_lengths[lane] == source.size());
            for (std::size_t t = 0; t < b.source_steps; ++t)
                BOOST_TEST((b.sources[t * b.lanes + lane] == (t < source.size() ? source[t] : source_marks.padding)));
            for (std::size_t t = 0; t < b.target_steps; ++t) {
                auto const end = t == target.size() ? target_marks.end : wm::no_token;
                BOOST_TEST((b.targets[t * b.lanes + lane] == (t < target.size() ? target[t] : end)));
                auto const in = t == 0 ? target_marks.begin : t <= target.size() ? target[t - 1] : target_marks.padding;
                BOOST_TEST((b.inputs[t * b.lanes + lane] == in));
            }
        }
}

BOOST_AUTO_TEST_CASE(buckets_save_padding_and_their_batches_are_not_sorted_by_length) {
    auto const pairs = random_pairs(6400);
    auto how = options(16, 6400);
    auto const bucketed = batches_of(pairs, how);
    how.bucket = false;
    auto const mixed = batches_of(pairs, how);
    // Sources of 1 to 20 tokens: a batch of 16 random ones has a longest source of about 19.2 and a mean of 10.5.
    BOOST_TEST(padding_share(mixed) > 0.4);
    BOOST_TEST(padding_share(bucketed) < 0.15);
    // Kendall's tau of the lengths in the order of the 400 batches: its standard deviation for a random order is
    // sqrt(2 (2n + 5) / (9 n (n - 1))) = 0.034. 4 of them are 0.134.
    double concordant = 0;
    for (std::size_t i = 0; i < bucketed.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            concordant += bucketed[i].source_steps > bucketed[j].source_steps   ? 1
                          : bucketed[i].source_steps < bucketed[j].source_steps ? -1
                                                                                : 0;
    auto const n = static_cast<double>(bucketed.size());
    BOOST_TEST(std::abs(concordant / (n * (n - 1) / 2)) < 0.134);
}

BOOST_AUTO_TEST_CASE(batches_by_tokens_stay_below_their_limit) {
    auto const pairs = random_pairs(1000);
    auto how = options(0, 500);
    how.batch_tokens = 120;
    auto const out = batches_of(pairs, how);
    std::size_t least = 1000;
    for (auto const& b : out) {
        BOOST_TEST(b.lanes * std::max(b.source_steps, b.target_steps) <= 120U);
        least = std::min(least, b.lanes * std::max(b.source_steps, b.target_steps));
    }
    BOOST_TEST(numbers_of(out).size() == 1000U);
    how.batch_tokens = 5; // many pairs are longer: each is a batch of its own
    for (auto const& b : batches_of(pairs, how))
        BOOST_TEST((b.lanes == 1 || b.lanes * std::max(b.source_steps, b.target_steps) <= 5));
}

BOOST_AUTO_TEST_CASE(a_run_that_resumes_at_any_batch_gets_the_same_batches) {
    auto const pairs = random_pairs(203);
    for (int variant = 0; variant < 3; ++variant) {
        auto how = options(7, 60);
        how.shuffle = variant != 0;
        how.batch_tokens = variant == 2 ? 100 : 0;
        auto const all = batches_of(pairs, how);
        auto const expected = written(all);
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (auto const& [from, first] : {std::pair{all[i].start, i}, std::pair{all[i].next, i + 1}}) {
                how.from = wm::parse_position(to_text(from));
                auto const rest = written(batches_of(pairs, how));
                BOOST_TEST((std::ranges::equal(rest, std::span(expected).subspan(first))));
            }
        }
        how.from = all[3].next;
        how.key = wm::random_key(8);
        BOOST_CHECK_EXCEPTION((void)batches_of(pairs, how), wm::error,
                              [](wm::error const& e) { return e.kind() == wm::failure::bad_data; });
    }
}

BOOST_AUTO_TEST_CASE(a_window_is_bounded_by_pairs_and_by_bytes) {
    auto const pairs = random_pairs(100'000);
    for (bool const by_bytes : {true, false}) {
        auto how = options(10, by_bytes ? 1'000'000 : 100);
        if (by_bytes) how.window_bytes = 10'000; // a pair has at most 32 tokens, so this is at least 60 pairs
        std::size_t ahead = 0;
        std::size_t read = 0;
        std::size_t delivered = 0;
        auto const counted = [&](wm::token_pair_block block) {
            read += block.size();
            return block;
        };
        for (auto const& b : wm::sequence_batches(wm::sequential(pair_stream(pairs, 16), counted), how)) {
            ahead = std::max(ahead, read - delivered);
            delivered += b.lanes;
        }
        BOOST_TEST(delivered == 100'000U);
        BOOST_TEST(ahead <= 256U);
    }
}

BOOST_AUTO_TEST_CASE(no_pairs_give_no_batches_and_empty_blocks_are_passed_over) {
    BOOST_TEST(batches_of(std::vector<id_pair>{}, options(4)).empty());
    auto const stream = []() -> wm::generator<wm::token_pair_block> {
        co_yield wm::token_pair_block{};
        wm::token_pair_block block;
        block.ids = ids({11, 12});
        block.ends = {1, 2};
        block.pairs = {5};
        co_yield std::move(block);
        co_yield wm::token_pair_block{};
    };
    std::size_t count = 0;
    for (auto const& b : wm::sequence_batches(stream(), options(4))) {
        ++count;
        BOOST_TEST((b.pairs == std::vector<std::uint64_t>{5}));
    }
    BOOST_TEST(count == 1U);
    BOOST_CHECK_THROW((void)wm::sequence_batches(stream(), options(0)), wm::error);
    BOOST_CHECK_THROW((void)wm::sequence_batches(stream(), options(4, 0)), wm::error);
}

BOOST_AUTO_TEST_CASE(sources_alone_make_a_batch_for_translation) {
    auto const a = ids({11});
    auto const b = ids({12, 13, 14});
    auto const c = ids({15});
    std::vector<std::span<wm::token_id const>> const sources{a, b, c};
    auto const out = wm::source_batch(sources, source_marks, true);
    BOOST_TEST((out.pairs == std::vector<std::uint64_t>{1, 0, 2}));
    BOOST_TEST((out.sources == ids({14, 11, 15, 13, 0, 0, 12, 0, 0})));
    BOOST_TEST((out.source_lengths == std::vector<std::uint32_t>{3, 1, 1}));
    BOOST_TEST(out.source_steps == 3U);
    BOOST_TEST(out.target_steps == 0U);
    BOOST_TEST(wm::source_batch({}, source_marks).lanes == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
