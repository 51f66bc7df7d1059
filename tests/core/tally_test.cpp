#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <thread>
#include <vector>
import wordmill.core;

BOOST_AUTO_TEST_SUITE(tallies)

BOOST_AUTO_TEST_CASE(read_equals_delivered_plus_drops) {
    wordmill::tally counts;
    counts.read("line", 10);
    counts.deliver("line", 7);
    counts.drop("line", "invalid UTF-8", 2, {.file = "a", .line = 3});
    BOOST_TEST(!counts.balanced("line"));
    counts.drop("line", "too long", 1);
    BOOST_TEST(counts.balanced("line"));
    BOOST_TEST(counts.dropped_count("line") == 3u);
    BOOST_TEST(counts.dropped_count("line", "too long") == 1u);
    BOOST_TEST(counts.dropped_count("token") == 0u);
}

BOOST_AUTO_TEST_CASE(the_first_three_places_are_kept) {
    wordmill::tally counts;
    for (std::uint64_t line = 1; line <= 5; ++line) counts.drop("line", "bad", 1, {.file = "a", .line = line});
    auto const drops = counts.drops();
    BOOST_REQUIRE(drops.size() == 1u);
    BOOST_TEST(drops[0].count == 5u);
    BOOST_REQUIRE(drops[0].first_places.size() == 3u);
    BOOST_TEST(*drops[0].first_places[2].line == 3u);
}

BOOST_AUTO_TEST_CASE(adding_a_tally_counts_all_that_it_counted) {
    wordmill::tally sum;
    wordmill::tally part;
    sum.read("line", 4);
    sum.drop("line", "bad", 2, {.file = "a", .line = 1});
    part.read("line", 10);
    part.read("byte", 90);
    part.deliver("line", 7);
    part.drop("line", "bad", 3, {.file = "b", .line = 2});
    part.drop("line", "bad", 1, {.file = "b", .line = 3});
    part.drop("line", "bad", 1, {.file = "b", .line = 4});
    part.note("mark", 5, {.file = "b"});
    sum.add(part);
    BOOST_TEST(sum.read_count("line") == 14u);
    BOOST_TEST(sum.read_count("byte") == 90u);
    BOOST_TEST(sum.delivered_count("line") == 7u);
    BOOST_TEST(sum.note_count("mark") == 5u);
    auto const drops = sum.drops();
    BOOST_REQUIRE(drops.size() == 1u);
    BOOST_TEST(drops[0].count == 7u);
    BOOST_REQUIRE(drops[0].first_places.size() == 3u);
    BOOST_TEST(drops[0].first_places[2].text() == wordmill::place({.file = "b", .line = 3}).text());
    BOOST_TEST(part.dropped_count("line") == 5u);
    BOOST_CHECK_THROW(sum.add(sum), wordmill::contract_violation);
}

BOOST_AUTO_TEST_CASE(copies_share_the_counters_on_any_thread) {
    wordmill::tally counts;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([copy = counts]() mutable {
            for (int i = 0; i < 1000; ++i) copy.read("byte", 2);
        });
    threads.clear();
    BOOST_TEST(counts.read_count("byte") == 8000u);
}

BOOST_AUTO_TEST_CASE(a_count_beyond_64_bits_is_an_error) {
    wordmill::tally counts;
    counts.read("byte", ~0ULL);
    BOOST_CHECK_THROW(counts.read("byte", 1), wordmill::error);
}

BOOST_AUTO_TEST_SUITE_END()
