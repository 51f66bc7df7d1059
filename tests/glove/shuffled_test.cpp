#include "../io/scratch_folder.hpp"
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>
import wordmill.core;
import wordmill.glove;
import wordmill.stats;
import wordmill.stream;
#include "matrices.hpp"

using wordmill::placed_cooccurrence;
using wordmill::random_key;
using wordmill::shuffled_cooccurrences;
using triple = std::tuple<std::size_t, std::size_t, float>;

namespace {
/// All entries in the order of an epoch.
std::vector<triple> in_order(shuffled_cooccurrences const& entries, std::uint64_t epoch) {
    std::vector<triple> all;
    std::vector<placed_cooccurrence> block;
    auto const parts = entries.parts();
    for (auto const shift : entries.shifts(epoch))
        for (std::size_t part = 0; part < parts; ++part) {
            entries.read(epoch, part, (part + shift) % parts, block);
            for (auto const& e : block)
                all.emplace_back(e.row_place() * parts + part, e.column_place() * parts + (part + shift) % parts,
                                 e.weight());
        }
    return all;
}
std::vector<triple> sorted(std::vector<triple> all) {
    std::sort(all.begin(), all.end());
    return all;
}
}

BOOST_AUTO_TEST_SUITE(shuffled)

BOOST_AUTO_TEST_CASE(every_epoch_has_each_entry_once_in_another_order) {
    auto const counts = random_counts(500, 0.2, 1);
    std::vector<triple> expected;
    for (auto const block : counts.entries())
        for (auto const& e : block)
            expected.emplace_back(index(e.row), index(e.column),
                                  static_cast<float>(static_cast<double>(e.weight) / 60.0));
    shuffled_cooccurrences const entries(counts, {.key = random_key(1)});
    BOOST_TEST(entries.parts() == 7u);
    BOOST_TEST(entries.entries() == expected.size());
    auto const first = in_order(entries, 0);
    auto const second = in_order(entries, 1);
    BOOST_TEST((sorted(first) == expected)); // which is sorted
    BOOST_TEST((sorted(second) == expected));
    BOOST_TEST((first != second));
    BOOST_TEST((in_order(entries, 0) == first));
    BOOST_TEST((in_order(shuffled_cooccurrences(counts, {.key = random_key(2)}), 0) != first));
}

BOOST_AUTO_TEST_CASE(the_order_is_the_same_from_disk) {
    scratch_folder const folder;
    auto const counts = random_counts(400, 0.5, 2);
    shuffled_cooccurrences const in_memory(counts, {.key = random_key(1)});
    BOOST_TEST(!in_memory.spilled());
    for (std::uint64_t const memory : {0U, 100'000U, 600'000U}) {
        shuffled_cooccurrences const spilled(counts,
                                             {.memory_bytes = memory, .folder = folder.path, .key = random_key(1)});
        BOOST_TEST(spilled.spilled());
        BOOST_TEST((in_order(spilled, 3) == in_order(in_memory, 3)));
    }
    BOOST_TEST(folder.names().empty());
}

// 100 entries of one block, 2000 epochs: entry 0 and entry 99 come to each tenth of the places 200 times on average
// with a standard deviation of sqrt(2000 * 0.1 * 0.9) = 13.4; five of those are allowed.
BOOST_AUTO_TEST_CASE(an_entry_comes_to_every_place_equally_often) {
    shuffled_cooccurrences const entries(random_counts(10, 2, 3), {.key = random_key(5)});
    BOOST_TEST(entries.entries() == 100u);
    BOOST_TEST(entries.parts() == 1u);
    for (std::size_t const row : {0U, 9U}) {
        std::array<int, 10> met{};
        for (std::uint64_t epoch = 0; epoch < 2000; ++epoch) {
            auto const all = in_order(entries, epoch);
            auto const at = std::find_if(all.begin(), all.end(), [&](triple const& t) {
                return std::get<0>(t) == row && std::get<1>(t) == row;
            });
            ++met[static_cast<std::size_t>(at - all.begin()) / 10];
        }
        for (auto const n : met) BOOST_TEST(std::abs(n - 200) < 67);
    }
}

BOOST_AUTO_TEST_CASE(blocks_of_a_shift_share_neither_rows_nor_columns_and_all_shifts_come) {
    shuffled_cooccurrences const entries(random_counts(500, 0.1, 1), {});
    for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
        auto shifts = entries.shifts(epoch);
        std::sort(shifts.begin(), shifts.end());
        for (std::size_t i = 0; i < shifts.size(); ++i) BOOST_TEST(shifts[i] == i);
    }
    BOOST_TEST((entries.shifts(0) != entries.shifts(1)));
}

BOOST_AUTO_TEST_CASE(large_vocabularies_have_places_of_16_bits) {
    constexpr std::size_t types = 5'000'000;
    wordmill::cooccurrence_counts const counts(types, 1,
                                               {{wordmill::id_at(0), wordmill::id_at(types - 1), 7},
                                                {wordmill::id_at(types - 1), wordmill::id_at(types - 2), 9}});
    shuffled_cooccurrences const entries(counts, {});
    BOOST_TEST(entries.parts() == 77u); // 5 000 000 / 65 536 = 76.3
    BOOST_TEST(
        (sorted(in_order(entries, 0)) == std::vector<triple>{{0, types - 1, 7.0F}, {types - 1, types - 2, 9.0F}}));
}

BOOST_AUTO_TEST_CASE(no_entries_and_no_folder_are_refused) {
    BOOST_CHECK_EXCEPTION(shuffled_cooccurrences(wordmill::cooccurrence_counts(), {}), wordmill::error,
                          [](auto const& e) { return e.kind() == wordmill::failure::bad_data; });
    scratch_folder const folder;
    BOOST_CHECK_EXCEPTION(
        shuffled_cooccurrences(random_counts(10, 1, 1), {.memory_bytes = 0, .folder = folder.path / "none"}),
        wordmill::error, [](auto const& e) { return e.kind() == wordmill::failure::cannot_create; });
}

BOOST_AUTO_TEST_SUITE_END()
