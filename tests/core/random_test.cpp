#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>
import wordmill.core;

BOOST_AUTO_TEST_SUITE(random_keys)

// Known answers of Random123's kat_vectors for philox4x32-10.
BOOST_AUTO_TEST_CASE(philox_gives_the_published_known_answers) {
    using words = std::array<std::uint32_t, 4>;
    BOOST_TEST((wordmill::philox({0, 0, 0, 0}, {0, 0}) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    BOOST_TEST(
        (wordmill::philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}) == words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    BOOST_TEST((wordmill::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0})
                == words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

BOOST_AUTO_TEST_CASE(a_key_gives_the_same_words_again_and_other_keys_give_others) {
    wordmill::random_key const key(7);
    auto a = key.fold_in(3).engine();
    auto b = key.fold_in(3).engine();
    auto c = key.fold_in(4).engine();
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 100; ++i) {
        auto const x = a();
        BOOST_TEST(x == b());
        BOOST_TEST(x != c());
        seen.insert(x);
    }
    BOOST_TEST(seen.size() == 100u);
}

BOOST_AUTO_TEST_CASE(filling_gives_the_words_of_the_engine) {
    wordmill::random_key const key(0xFEDCBA9876543210u);
    for (std::size_t size : {0u, 1u, 3u, 4u, 63u, 64u, 65u, 1000u}) {
        std::vector<std::uint32_t> words(size + 1, 42);
        wordmill::fill_random(key, std::span(words).first(size));
        auto rng = key.engine();
        for (std::size_t i = 0; i < size; ++i) BOOST_REQUIRE(words[i] == rng());
        BOOST_TEST(words[size] == 42u);
    }
}

BOOST_AUTO_TEST_CASE(below_is_in_range_and_even) {
    auto rng = wordmill::random_key(1).engine();
    std::array<int, 7> counts{};
    for (int i = 0; i < 70000; ++i) ++counts[rng.below(7)];
    // Binomial(70000, 1/7): standard deviation 92.6; five of them.
    for (int n : counts) BOOST_TEST(std::abs(n - 10000) < 463);
    BOOST_TEST(rng.below(1) == 0u);
    BOOST_TEST(rng.below(0) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
