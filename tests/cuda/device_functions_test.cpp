// The device functions that kernels are made of, as the emulator and as a GPU do them.
#include "../skipped.hpp"
#include "kernels/device_functions.hpp"
#include "wordmill/cuda/device.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace cuda = wordmill::cuda;

namespace {
std::string why_no_device() { return cuda::check_devices().reason; }

/// Vectors for philox4x32-10 of Random123, file kat_vectors: counter, key, words.
struct known_answer {
    cuda::four_words counter;
    std::uint64_t key;
    cuda::four_words words;
};
std::vector<known_answer> const known_answers{{{{0, 0, 0, 0}}, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
                                              {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
                                               0xffffffffffffffff,
                                               {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
                                              {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
                                               0x299f31d0a4093822,
                                               {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}};

std::vector<std::uint32_t> list_of(cuda::four_words x) { return {x.word[0], x.word[1], x.word[2], x.word[3]}; }

/// Any columns are a distribution.
struct some_noise {
    std::vector<cuda::noise_column> columns{};
    std::vector<std::uint32_t> after{};
    explicit some_noise(std::uint32_t types) {
        std::mt19937 random(3);
        for (std::uint32_t i = 0; i < types; ++i) {
            columns.push_back({static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random() % types)});
            after.push_back((i + 1) % types);
        }
    }
    [[nodiscard]] cuda::noise_table table() const {
        return {columns.data(), after.data(), static_cast<std::uint32_t>(columns.size())};
    }
};

std::vector<float> whole_numbers(std::size_t count, std::mt19937& random) {
    std::vector<float> out(count);
    for (auto& x : out) x = static_cast<float>(random() % 2001) - 1000;
    return out;
}
}

BOOST_AUTO_TEST_SUITE(cuda_device_functions)

BOOST_AUTO_TEST_CASE(philox_makes_the_published_words) {
    for (auto const& known : known_answers)
        BOOST_TEST(list_of(cuda::philox(known.counter, known.key)) == list_of(known.words),
                   boost::test_tools::per_element());
    BOOST_TEST(list_of(cuda::random_words(0, 0)) == list_of(known_answers[0].words), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(philox_makes_the_published_words_on_a_device,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    std::vector<cuda::four_words> counters, found(known_answers.size());
    std::vector<std::uint64_t> keys;
    for (auto const& known : known_answers) {
        counters.push_back(known.counter);
        keys.push_back(known.key);
    }
    cuda::test::call_philox(counters.data(), keys.data(), counters.size(), found.data());
    for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_TEST(list_of(found[i]) == list_of(known_answers[i].words), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_device_draws_the_negative_samples_of_the_host,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    constexpr std::size_t count = 1000;
    some_noise const noise(7);
    for (bool const exclude : {true, false}) {
        cuda::negative_draws const draws{0x0123456789abcdef, 0xfedcba9876543210, exclude};
        std::vector<std::uint32_t> expected, found(count);
        for (std::size_t n = 0; n < count; ++n) expected.push_back(draws.draw(noise.table(), n, 2));
        cuda::test::call_draws(draws, noise.table(), 2, count, found.data());
        BOOST_TEST(found == expected, boost::test_tools::per_element());
        BOOST_TEST((std::ranges::count(found, 2U) > 0) == !exclude);
    }
}

// Where nobody else adds, each sum is rounded once.
BOOST_AUTO_TEST_CASE(an_addition_alone_is_rounded_as_on_the_host,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> some(-1, 1);
    constexpr std::size_t vectors = 3000;
    std::vector<float> table(4 * vectors), values(4 * vectors);
    for (auto& x : table) x = some(random);
    for (auto& x : values) x = some(random) * 1e-3F;
    std::vector<std::uint32_t> places(vectors);
    for (std::uint32_t i = 0; i < vectors; ++i) places[i] = i;
    std::ranges::shuffle(places, random);
    auto expected = table;
    for (std::size_t i = 0; i < vectors; ++i)
        for (std::size_t n = 0; n < 4; ++n) expected[4 * places[i] + n] += values[4 * i + n];
    for (auto const who : {cuda::test::adder::primitive, cuda::test::adder::twin}) {
        auto found = table;
        cuda::test::call_add_to(who, found.data(), vectors, places.data(), values.data(), vectors);
        BOOST_TEST(found == expected, boost::test_tools::per_element());
    }
}

// Sums of whole numbers below 2^24 are exact in any order.
BOOST_AUTO_TEST_CASE(additions_to_the_same_place_lose_nothing,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    std::mt19937 random(2);
    constexpr std::size_t vectors = 5, count = 4000;
    auto const table = whole_numbers(4 * vectors, random);
    auto const values = whole_numbers(4 * count, random);
    std::vector<std::uint32_t> places(count);
    for (auto& p : places) p = static_cast<std::uint32_t>(random() % vectors);
    auto expected = table;
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t n = 0; n < 4; ++n) expected[4 * places[i] + n] += values[4 * i + n];
    for (auto const who : {cuda::test::adder::primitive, cuda::test::adder::twin}) {
        auto found = table;
        cuda::test::call_add_to(who, found.data(), vectors, places.data(), values.data(), count);
        BOOST_TEST(found == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(sums_over_a_warp_are_those_of_plain_loops,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    std::mt19937 random(4);
    auto const values = whole_numbers(std::size_t{32} * 8, random);
    float sums[8] = {};
    float most = values[0];
    for (std::size_t lane = 0; lane < 32; ++lane) {
        for (std::size_t i = 0; i < 8; ++i) sums[i] += values[lane * 8 + i];
        most = std::max(most, values[lane * 8]);
    }
    std::vector<float> expected(96), found(96);
    for (std::size_t lane = 0; lane < 32; ++lane) {
        expected[lane] = sums[0];
        expected[32 + lane] = most;
        expected[64 + lane] = sums[lane / 4];
    }
    cuda::test::call_warp_sums(values.data(), found.data());
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
