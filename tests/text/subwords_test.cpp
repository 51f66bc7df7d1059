#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;

using wordmill::subword_options;

namespace {
std::vector<std::uint32_t> subwords_of(std::string_view word, subword_options const& options = {}) {
    std::vector<std::uint32_t> buckets;
    wordmill::append_subwords(word, options, buckets);
    return buckets;
}
wordmill::vocabulary some_words() {
    wordmill::vocabulary::builder builder;
    std::uint64_t count = 9;
    for (auto const* word : {"where", "a", "</s>"}) (void)builder.add(word, count--);
    return std::move(builder).finish({}, "");
}
}

BOOST_AUTO_TEST_SUITE(subwords)

// The five trigrams of "where" in section 3.2 of the paper; FNV-1a modulo 2,000,000 of each by a few lines of Python,
// checked there with the published hashes of "a" (e40c292c) and "foobar" (bf9cf968).
BOOST_AUTO_TEST_CASE(n_grams_are_those_of_the_paper_and_hashed_as_fasttext_does) {
    std::vector<std::uint32_t> const expected{167652, 420941, 1473420, 1529033, 867498};
    BOOST_TEST(subwords_of("where", {.least_letters = 3, .most_letters = 3}) == expected,
               boost::test_tools::per_element());
    BOOST_TEST(subwords_of("a") == std::vector<std::uint32_t>{1087600u},
               boost::test_tools::per_element()); // "<a>" alone
    BOOST_TEST(subwords_of("\u00e9") == std::vector<std::uint32_t>{806231u}, boost::test_tools::per_element());
}

// "<where>" has 7 characters: 5 + 4 + 3 + 2 n-grams of 3 to 6; of 1 there are 7 less the two borders.
BOOST_AUTO_TEST_CASE(their_number_follows_from_the_length) {
    BOOST_TEST(subwords_of("where").size() == 14u);
    BOOST_TEST(subwords_of("where", {.least_letters = 1, .most_letters = 1}).size() == 5u);
    BOOST_TEST(subwords_of("where", {.most_letters = 0}).empty());
    BOOST_TEST(subwords_of("where", {.buckets = 0}).empty());
    BOOST_TEST(subwords_of("</s>").empty());
    BOOST_TEST(subwords_of("").empty()); // "<>" has two letters
    for (auto const bucket : subwords_of("where", {.buckets = 3})) BOOST_TEST(bucket < 3u);
}

BOOST_AUTO_TEST_CASE(a_table_has_the_row_of_each_type_and_its_buckets_behind_all_types) {
    wordmill::subword_table const table(some_words(), {});
    BOOST_TEST(table.size() == 3u);
    BOOST_TEST(table.table_rows() == 2'000'003u);
    auto const ids = some_words();
    auto const rows = table.rows_of(ids.id("a"));
    BOOST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(rows[0] == wordmill::index(ids.id("a")));
    BOOST_TEST(rows[1] == 3u + 1087600u);
    BOOST_TEST(table.rows_of(ids.id("where")).size() == 15u);
    BOOST_TEST(table.rows_of(ids.id("</s>")).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
