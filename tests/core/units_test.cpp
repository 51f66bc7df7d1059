#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>
import wordmill.core;

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(sizes_are_powers_of_1024) {
    BOOST_TEST(wordmill::parse_bytes("65536", "--memory") == 65536u);
    BOOST_TEST(wordmill::parse_bytes("64M", "--memory") == 67108864u);
    BOOST_TEST(wordmill::parse_bytes("64MiB", "--memory") == 67108864u);
    BOOST_TEST(wordmill::parse_bytes("1.5K", "--memory") == 1536u);
    BOOST_TEST(wordmill::parse_bytes("2g", "--memory") == 2147483648u);
    BOOST_TEST(wordmill::parse_bytes("10B", "--memory") == 10u);
}

BOOST_AUTO_TEST_CASE(counts_are_powers_of_1000) {
    BOOST_TEST(wordmill::parse_count("20M", "--tokens") == 20000000u);
    BOOST_TEST(wordmill::parse_count("1.25k", "--tokens") == 1250u);
}

BOOST_AUTO_TEST_CASE(anything_else_is_a_usage_error_that_names_the_option) {
    for (std::string bad : {"", "abc", "-1", "1e9", "1.5", "12Q", "1,000", "64 M", "0x10", "99999999999999999999",
                            "17000000T", "1.M", "M"})
        BOOST_CHECK_EXCEPTION((void)wordmill::parse_bytes(bad, "--memory"), wordmill::error, [](auto const& e) {
            return e.kind() == wordmill::failure::usage
                   && std::string(e.what()).starts_with("--memory: expected a size");
        });
}

BOOST_AUTO_TEST_CASE(numbers_are_shown_for_people) {
    BOOST_TEST(wordmill::format_bytes(312) == "312 B");
    BOOST_TEST(wordmill::format_bytes(67108864) == "64.0 MiB");
    BOOST_TEST(wordmill::format_count(17000076) == "17,000,076");
    BOOST_TEST(wordmill::format_count(999) == "999");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_read_back_lose_no_bit) {
    BOOST_TEST(wordmill::format_exact(0.1) == "0.1");
    BOOST_TEST(wordmill::format_exact(5e-324) == "5e-324"); // the smallest there is
    BOOST_TEST(wordmill::format_exact(0.1 + 0.2) == "0.30000000000000004");
    BOOST_TEST(wordmill::format_exact(-std::numeric_limits<double>::infinity()) == "-inf");
}

BOOST_AUTO_TEST_SUITE_END()
