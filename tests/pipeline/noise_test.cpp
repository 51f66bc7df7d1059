#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>
import wordmill.core;
import wordmill.pipeline;

namespace {
bool is_usage(wordmill::error const& e) { return e.kind() == wordmill::failure::usage; }
bool is_bad_data(wordmill::error const& e) { return e.kind() == wordmill::failure::bad_data; }
using counts = std::vector<std::uint64_t>;
}

BOOST_AUTO_TEST_SUITE(noise)

// 16^0.75 = 8, 1^0.75 = 1, 81^0.75 = 27: shares 8/36, 1/36, 27/36.
BOOST_AUTO_TEST_CASE(probabilities_are_counts_to_a_power) {
    wordmill::noise_distribution const n(counts{81, 16, 1});
    double const tolerance = 1e-12;
    BOOST_TEST(std::abs(n.probability(wordmill::token_id{0}) - 27.0 / 36) < tolerance);
    BOOST_TEST(std::abs(n.probability(wordmill::token_id{1}) - 8.0 / 36) < tolerance);
    BOOST_TEST(std::abs(n.probability(wordmill::token_id{2}) - 1.0 / 36) < tolerance);
    wordmill::noise_distribution const even(counts{81, 16, 1}, {.power = 0});
    BOOST_TEST(std::abs(even.probability(wordmill::token_id{2}) - 1.0 / 3) < tolerance);
    wordmill::noise_distribution const upside_down(counts{4, 2}, {.power = -1});
    BOOST_TEST(std::abs(upside_down.probability(wordmill::token_id{1}) - 2.0 / 3) < tolerance);
}

// The alias table, exactly: the probability of a type is the sum over all columns of what they give to it.
BOOST_AUTO_TEST_CASE(the_table_gives_every_type_its_probability) {
    counts c;
    for (std::uint64_t i = 0; i < 1000; ++i) c.push_back(i % 7 == 0 ? 0 : 1 + 100'000 / (i + 1));
    wordmill::noise_distribution const n(c);
    std::vector<double> got(c.size());
    for (std::size_t column = 0; column < c.size(); ++column) {
        // Lowest word of the column: ceil(column * 2^32 / V).
        auto const word = static_cast<std::uint32_t>(((std::uint64_t{column} << 32) + c.size() - 1) / c.size());
        auto const alias = wordmill::index(n.draw(word, ~0U));
        std::uint64_t low = 0;
        std::uint64_t high = std::uint64_t{1} << 32; // the first toss that gives the alias
        if (alias == column) {
            low = high;
        } else {
            while (low < high) {
                auto const middle = (low + high) / 2;
                if (wordmill::index(n.draw(word, static_cast<std::uint32_t>(middle))) == column)
                    low = middle + 1;
                else
                    high = middle;
            }
        }
        got[column] += static_cast<double>(low) * 0x1p-32 / static_cast<double>(c.size());
        got[alias] += (1 - static_cast<double>(low) * 0x1p-32) / static_cast<double>(c.size());
    }
    double sum = 0;
    for (std::size_t i = 0; i < c.size(); ++i) {
        BOOST_TEST(std::abs(got[i] - n.probability(wordmill::id_at(i))) < 1e-9);
        if (c[i] == 0) BOOST_TEST(got[i] == 0.0);
        sum += n.probability(wordmill::id_at(i));
    }
    BOOST_TEST(std::abs(sum - 1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(types_that_never_occur_are_never_drawn) {
    wordmill::noise_distribution const n(counts{5, 0, 3, 0});
    BOOST_TEST(n.drawable() == 2u);
    auto rng = wordmill::random_key(3).engine();
    for (int i = 0; i < 10'000; ++i) {
        auto const column = rng();
        auto const id = wordmill::index(n.draw(column, rng()));
        BOOST_TEST((id == 0 || id == 2));
    }
    BOOST_TEST((n.after(wordmill::token_id{0}) == wordmill::token_id{2}));
    BOOST_TEST((n.after(wordmill::token_id{2}) == wordmill::token_id{0}));
}

BOOST_AUTO_TEST_CASE(extreme_counts_and_powers_make_a_distribution) {
    counts const c{std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 53, 1};
    for (double power : {1.0, 300.0, -300.0, 1e308}) {
        wordmill::noise_distribution const n(c, {.power = power});
        double sum = 0;
        for (std::size_t i = 0; i < 3; ++i) sum += n.probability(wordmill::id_at(i));
        BOOST_TEST(std::abs(sum - 1) < 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_distribution_is_refused) {
    BOOST_CHECK_EXCEPTION(wordmill::noise_distribution(counts{0, 0}), wordmill::error, is_bad_data);
    BOOST_CHECK_EXCEPTION(wordmill::noise_distribution(counts{}), wordmill::error, is_bad_data);
    for (double power : {std::nan(""), std::numeric_limits<double>::infinity()})
        BOOST_CHECK_EXCEPTION(wordmill::noise_distribution(counts{1, 2}, {.power = power}), wordmill::error, is_usage);
}

BOOST_AUTO_TEST_SUITE_END()
