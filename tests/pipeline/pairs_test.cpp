#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(pairs)

namespace {
using plain_pair = std::tuple<std::size_t, std::size_t>;

/// Sentences of 1 to 30 tokens, cut into blocks anywhere.
std::vector<token_block> random_blocks() {
    auto rng = random_key(1).engine();
    std::vector<token_block> blocks(1);
    std::size_t left = 1;
    for (std::size_t i = 0; i < 3000; ++i) {
        auto& block = blocks.back();
        block.ids.push_back(id_at(rng() % 50));
        if (--left == 0) {
            block.sentence_ends.push_back(static_cast<std::uint32_t>(block.ids.size()));
            left = 1 + rng() % 30;
        }
        if (rng() % 40 == 0) {
            auto const index = block.index + 1;
            block.continued = block.sentence_ends.empty() || block.sentence_ends.back() != block.ids.size();
            blocks.emplace_back().index = index;
        }
    }
    return blocks;
}

generator<token_block> stream_of(std::vector<token_block> blocks) {
    for (auto& block : blocks) co_yield std::move(block);
}

/// Each (target, context), both ways where a pair stands for both, sorted.
std::vector<plain_pair> pairs_of(window_options const& options, std::optional<unsigned> threads) {
    auto blocks = with_borders(stream_of(random_blocks()), options);
    auto batches = threads ? parallel(std::move(blocks), cooccurrence_pairs(options), {.threads = *threads})
                           : sequential(std::move(blocks), cooccurrence_pairs(options));
    std::vector<plain_pair> all;
    for (auto&& batch : batches)
        for (auto const& pair : batch.pairs) {
            all.emplace_back(index(pair.row()), index(pair.column()));
            if (batch.both_ways) all.emplace_back(index(pair.column()), index(pair.row()));
        }
    std::ranges::sort(all);
    return all;
}

std::vector<plain_pair> windows_of(window_options const& options) {
    std::vector<plain_pair> all;
    for (auto&& batch : sequential(with_borders(stream_of(random_blocks()), options), context_windows(options)))
        for (std::size_t i = 0; i < batch.size(); ++i)
            for (auto const context : batch.contexts_of(i)) all.emplace_back(index(batch.targets[i]), index(context));
    std::ranges::sort(all);
    return all;
}
}

BOOST_AUTO_TEST_CASE(pairs_are_the_targets_and_contexts_of_windows) {
    std::vector<window_options> cases;
    cases.push_back({.radius = 1, .shrink = false});
    cases.push_back({.radius = 5, .shrink = false});
    cases.push_back({.radius = 5, .shrink = true, .key = random_key(9)});
    cases.push_back({.radius = 7, .shrink = false, .cross_sentences = true});
    cases.push_back({.left = 3, .right = 0, .shrink = false});
    cases.push_back({.left = 0, .right = 2, .shrink = true, .cross_sentences = true, .key = random_key(2)});
    for (auto const& options : cases) {
        auto const expected = windows_of(options);
        BOOST_TEST(!expected.empty());
        BOOST_TEST((pairs_of(options, {}) == expected));
        for (unsigned const threads : {1U, 2U, 5U}) BOOST_TEST((pairs_of(options, threads) == expected));
    }
}

BOOST_AUTO_TEST_CASE(distances_are_those_of_the_text) {
    bordered_block block;
    block.before = {id_at(7)};
    block.block.ids = {id_at(3), id_at(1)};
    block.after = {id_at(2)};
    cooccurrence_pairs::scratch space;
    auto const one_way = cooccurrence_pairs({.radius = 2, .left = 2, .right = 1, .shrink = false})(block, space);
    std::vector<std::tuple<std::size_t, std::size_t, std::uint32_t>> found;
    for (auto const& p : one_way.pairs) found.emplace_back(index(p.row()), index(p.column()), p.distance());
    BOOST_TEST(!one_way.both_ways);
    BOOST_TEST((found == decltype(found){{3, 7, 1}, {3, 1, 1}, {1, 7, 2}, {1, 3, 1}, {1, 2, 1}}));
    auto const both = cooccurrence_pairs({.radius = 2, .shrink = false})(block, space);
    found.clear();
    for (auto const& p : both.pairs) found.emplace_back(index(p.row()), index(p.column()), p.distance());
    BOOST_TEST(both.both_ways);
    BOOST_TEST((found == decltype(found){{1, 3, 1}, {2, 3, 2}, {1, 2, 1}}));
}

BOOST_AUTO_TEST_CASE(what_a_pair_cannot_say_is_refused) {
    auto const refused = [](error const& e) { return e.kind() == failure::usage; };
    BOOST_CHECK_EXCEPTION(cooccurrence_pairs({.radius = 0}), error, refused);
    BOOST_CHECK_EXCEPTION(cooccurrence_pairs({.radius = 256}), error, refused);
    bordered_block block;
    block.block.ids = {id_at(token_pair::most_types), id_at(0)};
    cooccurrence_pairs::scratch space;
    BOOST_CHECK_EXCEPTION((void)cooccurrence_pairs({.radius = 1})(block, space), error, refused);
}

BOOST_AUTO_TEST_SUITE_END()
