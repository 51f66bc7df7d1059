#include <algorithm>
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
#include "tokens.hpp"

namespace {
/// "target: contexts" for each window of a stream of blocks.
std::vector<std::string> windows(std::vector<wordmill::token_block> blocks, wordmill::window_options options) {
    std::vector<std::string> out;
    auto batches = wordmill::with_borders(stream_of(std::move(blocks)), options)
                   | wordmill::sequential(wordmill::context_windows(options));
    for (auto&& batch : batches)
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto line = std::to_string(wordmill::index(batch.targets[i])) + ":";
            for (auto id : batch.contexts_of(i)) line += " " + std::to_string(wordmill::index(id));
            out.push_back(line);
        }
    return out;
}
std::vector<wordmill::token_id> count_up(std::uint32_t n) {
    std::vector<wordmill::token_id> all;
    for (std::uint32_t i = 0; i < n; ++i) all.push_back(wordmill::token_id{i});
    return all;
}
}

BOOST_AUTO_TEST_SUITE(context_window)

// Two sentences, 0 1 2 3 | 4 5, by hand.
BOOST_AUTO_TEST_CASE(full_windows_end_at_sentences_wherever_blocks_are_cut) {
    auto const expected = std::vector<std::string>{"0: 1 2", "1: 0 2 3", "2: 0 1 3", "3: 1 2", "4: 5", "5: 4"};
    for (std::size_t size : {1u, 2u, 3u, 4u, 5u, 100u})
        BOOST_TEST(windows(cut(count_up(6), {4, 6}, size), {.radius = 2, .shrink = false}) == expected,
                   boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(windows_cross_sentences_when_asked) {
    auto const expected =
        std::vector<std::string>{"0: 1 2", "1: 0 2 3", "2: 0 1 3 4", "3: 1 2 4 5", "4: 2 3 5", "5: 3 4"};
    for (std::size_t size : {1u, 2u, 3u, 100u})
        BOOST_TEST(windows(cut(count_up(6), {4, 6}, size), {.radius = 2, .shrink = false, .cross_sentences = true})
                       == expected,
                   boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_sides_may_differ) {
    auto const left = std::vector<std::string>{"1: 0", "2: 0 1", "3: 1 2"};
    BOOST_TEST(windows(cut(count_up(4), {4}, 2), {.left = 2, .right = 0, .shrink = false}) == left,
               boost::test_tools::per_element());
    auto const right = std::vector<std::string>{"0: 1", "1: 2", "2: 3"};
    BOOST_TEST(windows(cut(count_up(4), {4}, 3), {.left = 0, .right = 1, .shrink = false}) == right,
               boost::test_tools::per_element());
    BOOST_CHECK_THROW(wordmill::context_windows({.radius = 0}), wordmill::error);
}

BOOST_AUTO_TEST_CASE(a_sentence_of_one_token_has_no_target_and_is_noted) {
    wordmill::tally counts;
    auto const out = windows(cut(count_up(3), {1, 3}, 10), {.radius = 9, .shrink = false, .counts = counts});
    BOOST_TEST(out == (std::vector<std::string>{"1: 2", "2: 1"}), boost::test_tools::per_element());
    BOOST_TEST(counts.note_count("target without context") == 1u);
}

BOOST_AUTO_TEST_CASE(a_window_never_contains_its_own_center_and_shrinks_evenly) {
    constexpr std::size_t n = 60'000;
    wordmill::window_options const options{.radius = 3, .key = wordmill::random_key(11)};
    std::vector<std::size_t> widths(4);
    auto const blocks = cut(count_up(n), {n}, 1000);
    for (auto&& batch :
         wordmill::with_borders(stream_of(blocks), options) | wordmill::sequential(wordmill::context_windows(options)))
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto const contexts = batch.contexts_of(i);
            BOOST_REQUIRE(std::ranges::find(contexts, batch.targets[i]) == contexts.end());
            auto const at = wordmill::index(batch.targets[i]);
            if (at < 3 || at + 3 >= n) continue;
            ++widths[contexts.size() / 2];
            BOOST_REQUIRE(wordmill::index(contexts.front()) == at - contexts.size() / 2);
            BOOST_REQUIRE(wordmill::index(contexts.back()) == at + contexts.size() / 2);
        }
    // A third each: deviation 115, five of them.
    for (std::size_t r = 1; r <= 3; ++r) BOOST_TEST(std::abs(static_cast<double>(widths[r]) - n / 3.0) < 577.0);
}

BOOST_AUTO_TEST_CASE(windows_are_the_same_on_any_number_of_threads) {
    wordmill::window_options const options{.radius = 5, .key = wordmill::random_key(2)};
    auto const blocks = cut(count_up(5000), {17, 1500, 1501, 4000, 5000}, 100);
    auto const expected = windows(blocks, options);
    for (unsigned threads : {1u, 2u, 7u}) {
        std::vector<std::string> got;
        for (auto&& batch : wordmill::with_borders(stream_of(blocks), options)
                                | wordmill::parallel(wordmill::context_windows(options), {.threads = threads}))
            for (std::size_t i = 0; i < batch.size(); ++i) {
                auto line = std::to_string(wordmill::index(batch.targets[i])) + ":";
                for (auto id : batch.contexts_of(i)) line += " " + std::to_string(wordmill::index(id));
                got.push_back(line);
            }
        BOOST_TEST(got == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(going_on_from_any_border_gives_the_rest) {
    wordmill::window_options const options{.radius = 3, .key = wordmill::random_key(2)};
    auto const blocks = cut(count_up(200), {17, 50, 51, 200}, 7);
    std::vector<wordmill::bordered_block> whole;
    for (auto&& block : wordmill::with_borders(stream_of(blocks), options)) whole.push_back(block);
    for (std::size_t k = 0; k + 1 < blocks.size(); ++k) {
        std::vector<wordmill::token_block> const rest(blocks.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                                                      blocks.end());
        auto at = k + 1;
        for (auto&& block : wordmill::with_borders(stream_of(rest), options, whole[k].state)) {
            BOOST_TEST((block.before == whole[at].before));
            BOOST_TEST((block.after == whole[at].after));
            BOOST_TEST(block.first_token == whole[at].first_token);
            BOOST_TEST((block.state == whole[at].state));
            ++at;
        }
        BOOST_TEST(at == blocks.size());
    }
    BOOST_TEST(whole.back().state.tokens == 200u);
}

// "You say goodbye and I say hello." of the book, section 3.3: ids 0 1 2 3 4 1 5 6.
BOOST_AUTO_TEST_CASE(the_dense_form_is_that_of_the_book) {
    auto const dense = wordmill::contexts_and_targets(ids({0, 1, 2, 3, 4, 1, 5, 6}), 1);
    BOOST_TEST((dense.targets == ids({1, 2, 3, 4, 1, 5})));
    BOOST_TEST((dense.contexts == ids({0, 2, 1, 3, 2, 4, 3, 1, 4, 5, 1, 6})));
    BOOST_TEST(wordmill::contexts_and_targets(ids({0, 1}), 1).targets.empty());
}

BOOST_AUTO_TEST_SUITE_END()
