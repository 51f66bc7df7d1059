#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.stats;
import wordmill.stream;

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(counting)

namespace {
using block = std::vector<pair_batch>;

/// What the stage of the pipeline would make: here it is made beforehand.
struct as_it_is {
    struct scratch {};
    pair_batch operator()(pair_batch&& batch, scratch&) const { return std::move(batch); }
};

generator<pair_batch> stream_of(std::vector<pair_batch> batches) {
    for (auto& batch : batches) co_yield std::move(batch);
}

/// Windows of `radius` tokens on both sides over one sentence, each pair once or twice.
std::vector<pair_batch> pairs_of(std::vector<token_id> const& text, std::size_t radius, bool both_ways,
                                 std::size_t tokens_of_batch) {
    std::vector<pair_batch> batches;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i % tokens_of_batch == 0) batches.push_back({{}, both_ways, {}});
        for (std::size_t d = 1; d <= radius && i + d < text.size(); ++d) {
            auto const a = text[i];
            auto const b = text[i + d];
            auto const distance = static_cast<std::uint32_t>(d);
            auto& pairs = batches.back().pairs;
            if (both_ways)
                pairs.emplace_back(std::min(a, b), std::max(a, b), distance);
            else {
                pairs.emplace_back(a, b, distance);
                pairs.emplace_back(b, a, distance);
            }
        }
    }
    return batches;
}

/// The same, counted in a map.
std::vector<cooccurrence> slowly_counted(std::vector<token_id> const& text, std::size_t radius, std::uint64_t unit) {
    std::map<std::pair<token_id, token_id>, std::uint64_t> weights;
    for (std::size_t i = 0; i < text.size(); ++i)
        for (std::size_t d = 1; d <= radius && i + d < text.size(); ++d) {
            auto const weight = unit == 1 ? 1 : unit / d;
            weights[{text[i], text[i + d]}] += weight;
            weights[{text[i + d], text[i]}] += weight;
        }
    std::vector<cooccurrence> entries;
    for (auto const& [pair, weight] : weights) entries.push_back({pair.first, pair.second, weight});
    return entries;
}

std::vector<cooccurrence> all_of(cooccurrence_counts const& counts) {
    std::vector<cooccurrence> entries;
    for (auto const some : counts.entries()) entries.insert(entries.end(), some.begin(), some.end());
    return entries;
}

/// Skewed, as words are.
std::vector<token_id> random_text(std::size_t tokens, std::size_t types) {
    auto rng = random_key(3).engine();
    std::vector<token_id> text;
    for (std::size_t i = 0; i < tokens; ++i) {
        auto const u = rng.uniform();
        text.push_back(id_at(static_cast<std::size_t>(u * u * static_cast<float>(types)) % types));
    }
    return text;
}
}

BOOST_AUTO_TEST_CASE(the_book_s_sentence_has_the_book_s_counts) {
    // "you say goodbye and i say hello ." with window 1 (Deep Learning from Scratch 2, chapter 2)
    std::vector<token_id> text;
    for (int const id : {0, 1, 2, 3, 4, 1, 5, 6}) text.push_back(id_at(static_cast<std::size_t>(id)));
    std::uint64_t const expected[7][7] = {{0, 1, 0, 0, 0, 0, 0}, {1, 0, 1, 0, 1, 1, 0}, {0, 1, 0, 1, 0, 0, 0},
                                          {0, 0, 1, 0, 1, 0, 0}, {0, 1, 0, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 1},
                                          {0, 0, 0, 0, 0, 1, 0}};
    for (bool const both_ways : {false, true}) {
        auto const counts =
            count_cooccurrences(7, stream_of(pairs_of(text, 1, both_ways, 3)), as_it_is{}, {.radius = 1});
        std::uint64_t found[7][7] = {};
        for (auto const& e : all_of(counts)) found[index(e.row)][index(e.column)] = e.weight;
        for (std::size_t r = 0; r < 7; ++r)
            BOOST_TEST(std::span(found[r]) == std::span(expected[r]), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(counts_are_those_of_a_map_for_any_threads_and_memory) {
    constexpr std::size_t types = 3000;
    auto const text = random_text(60000, types);
    struct setting {
        bool both_ways;
        distance_weighting weighting;
    };
    for (auto const& [both_ways, weighting] :
         {setting{true, distance_weighting::flat}, setting{true, distance_weighting::harmonic},
          setting{false, distance_weighting::harmonic}}) {
        auto const expected = slowly_counted(text, 5, weighting == distance_weighting::flat ? 1 : 60);
        for (unsigned const threads : {1U, 2U, 5U})
            for (std::uint64_t const memory : {std::uint64_t{1} << 20, std::uint64_t{1} << 28}) {
                auto const counts =
                    count_cooccurrences(types, stream_of(pairs_of(text, 5, both_ways, 1000)), as_it_is{},
                                        {.weighting = weighting, .threads = threads, .memory_bytes = memory});
                BOOST_TEST((all_of(counts) == expected));
                BOOST_TEST((all_of(counts) == expected)); // once more
                BOOST_TEST(counts.totals().nonzeros == expected.size());
            }
    }
}

BOOST_AUTO_TEST_CASE(a_word_beside_itself_counts_once_for_each_of_the_two) {
    auto const text = std::vector<token_id>(3, id_at(0)); // three pairs within two tokens, both ways
    for (bool const both_ways : {false, true}) {
        auto const counts =
            count_cooccurrences(1, stream_of(pairs_of(text, 2, both_ways, 1)), as_it_is{}, {.radius = 2});
        BOOST_TEST((all_of(counts) == std::vector<cooccurrence>{{id_at(0), id_at(0), 6}}));
    }
}

BOOST_AUTO_TEST_CASE(a_weight_beyond_32_bits_is_exact) {
    // 22 harmonic: a neighbour counts 232,792,560, so that 20 of them exceed 2^32
    auto const unit = weight_unit(distance_weighting::harmonic, 22);
    BOOST_TEST(unit == 232792560); // lcm(1 .. 22)
    pair_batch batch{{}, true, {}};
    for (int i = 0; i < 100; ++i) {
        batch.pairs.emplace_back(id_at(0), id_at(1), 1);
        batch.pairs.emplace_back(id_at(1), id_at(1), 2);
    }
    for (unsigned const threads : {1U, 3U}) {
        auto const counts =
            count_cooccurrences(2, stream_of({batch, batch, batch}), as_it_is{},
                                {.weighting = distance_weighting::harmonic, .radius = 22, .threads = threads});
        BOOST_TEST((all_of(counts)
                    == std::vector<cooccurrence>{{id_at(0), id_at(1), 300 * unit},
                                                 {id_at(1), id_at(0), 300 * unit},
                                                 {id_at(1), id_at(1), 300 * unit}}));
    }
}

BOOST_AUTO_TEST_CASE(no_pairs_are_an_empty_matrix) {
    auto const counts = count_cooccurrences(5, stream_of({}), as_it_is{});
    BOOST_TEST(all_of(counts).empty());
    BOOST_TEST(counts.size() == 5);
    BOOST_TEST(counts.totals().all == 0);
}

BOOST_AUTO_TEST_CASE(units_make_all_weights_whole) {
    BOOST_TEST(weight_unit(distance_weighting::flat, 100) == 1);
    BOOST_TEST(weight_unit(distance_weighting::harmonic, 5) == 60);
    BOOST_TEST(weight_unit(distance_weighting::harmonic, 10) == 2520);
    BOOST_TEST(weight_unit(distance_weighting::harmonic, 15) == 360360);
    auto const refused = [](error const& e) { return e.kind() == failure::usage; };
    BOOST_CHECK_EXCEPTION((void)weight_unit(distance_weighting::harmonic, 23), error, refused);
    BOOST_CHECK_EXCEPTION((void)weight_unit(distance_weighting::flat, 0), error, refused);
    BOOST_CHECK_EXCEPTION((void)weight_unit(distance_weighting::flat, 256), error, refused);
    BOOST_CHECK_EXCEPTION(pair_counter(0, {}), error, refused);
    BOOST_CHECK_EXCEPTION(pair_counter(token_pair::most_types + 1, {}), error, refused);
}

BOOST_AUTO_TEST_CASE(a_folder_for_temporary_files_that_is_not_there_is_refused_when_it_is_needed) {
    auto const text = random_text(60000, 3000);
    BOOST_CHECK_EXCEPTION((void)count_cooccurrences(3000, stream_of(pairs_of(text, 5, true, 1000)), as_it_is{},
                                                    {.memory_bytes = 1, .folder = "/no/such/folder"}),
                          error, [](error const& e) { return e.kind() == failure::cannot_create; });
}

BOOST_AUTO_TEST_CASE(a_radix_sort_is_a_stable_sort_by_the_bits_it_is_given) {
    auto rng = random_key(5).engine();
    for (std::size_t const size : {0U, 1U, 2U, 7U, 8U, 9U, 5000U})
        for (auto const& [low, high] : {std::pair(0U, 64U), std::pair(8U, 25U), std::pair(3U, 4U), std::pair(5U, 5U)}) {
            std::vector<std::uint64_t> keys(size);
            for (auto& key : keys) key = rng() | std::uint64_t{rng()} << 32;
            std::multimap<std::uint64_t, std::uint64_t> by_bits; // keeps the order of equal ones
            for (auto const key : keys) by_bits.emplace(high == low ? 0 : key << (64 - high) >> (64 - high + low), key);
            std::vector<std::uint64_t> expected;
            for (auto const& [bits, key] : by_bits) expected.push_back(key);
            std::vector<std::uint64_t> space(size);
            radix_sort(keys, space, low, high);
            BOOST_TEST((keys == expected));
        }
}

BOOST_AUTO_TEST_SUITE_END()
