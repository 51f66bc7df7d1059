#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
import wordmill.text;

BOOST_AUTO_TEST_SUITE(blocks)

BOOST_AUTO_TEST_CASE(newlines_are_counted_at_every_length) {
    BOOST_TEST(wordmill::count_newlines("") == 0u);
    BOOST_TEST(wordmill::count_newlines("one\ntwo\n\nthree") == 3u);
    BOOST_TEST(wordmill::count_newlines(std::string(1000, '\n')) == 1000u);
    // A newline at every third byte: n / 3, rounded up.
    std::string text;
    for (std::uint64_t n = 0; n < 1200; ++n) {
        BOOST_TEST(wordmill::count_newlines(text) == (n + 2) / 3);
        text += n % 3 == 0 ? '\n' : '\x8A';
    }
}

BOOST_AUTO_TEST_SUITE_END()
