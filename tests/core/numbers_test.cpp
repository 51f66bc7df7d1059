#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
import wordmill.core;
#include "../io/failure_of.hpp"

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(numbers)

BOOST_AUTO_TEST_CASE(only_the_whole_of_a_text_is_a_number) {
    BOOST_TEST((parse_number<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max()));
    BOOST_TEST((parse_number<double>("-2.5e-3") == -0.0025));
    BOOST_TEST((parse_number<std::int64_t>("-7") == -7));
    for (std::string_view const text : {"", " 1", "1 ", "1x", "+1", "-1", "0x10", "18446744073709551616", "1.5"})
        BOOST_TEST(!parse_number<std::uint64_t>(text), text);
    for (std::string_view const text : {"", "1,5", "1.5.", "1e999"}) BOOST_TEST(!parse_number<double>(text), text);
}

BOOST_AUTO_TEST_CASE(numbers_are_taken_off_the_front_of_a_text) {
    std::string_view text = "12 0.5;";
    std::uint64_t whole = 0;
    double real = 0;
    BOOST_TEST(take_number(text, ' ', whole));
    BOOST_TEST(take_number(text, ';', real));
    BOOST_TEST(whole == 12u);
    BOOST_TEST(real == 0.5);
    BOOST_TEST(text.empty());
    for (std::string_view const other : {"", "7", "x ", "7x "}) {
        auto rest = other;
        BOOST_TEST(!take_number(rest, ' ', whole));
        BOOST_TEST(rest == other);
        BOOST_TEST(whole == 12u);
    }
}

BOOST_AUTO_TEST_CASE(notes_are_taken_or_refused_with_their_name_and_file) {
    note_map notes{{"steps", "12"}, {"rate", "fast"}};
    BOOST_TEST(taken_number<std::uint64_t>(notes, "steps", "f") == 12u);
    BOOST_TEST(!notes.contains("steps"));
    auto const missing = failure_of([&] { (void)taken_note(notes, "steps", "f"); });
    BOOST_TEST((missing == failure::bad_data));
    BOOST_TEST(missing.says("f: expected a note 'steps', found none"), missing.text);
    auto const wrong = failure_of([&] { (void)taken_number<double>(notes, "rate", "f"); });
    BOOST_TEST(wrong.says("f: expected a number as note 'rate', found 'fast'"), wrong.text);
}

BOOST_AUTO_TEST_SUITE_END()
