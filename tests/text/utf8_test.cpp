#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>
import wordmill.text;

using wordmill::utf8_fault;

namespace {
std::string repaired(std::string_view bytes) {
    std::string out;
    wordmill::append_repaired(out, bytes);
    return out;
}

/// `count` times U+FFFD.
std::string marks(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += "\xEF\xBF\xBD";
    return out;
}

struct ill_formed {
    std::string_view bytes;
    utf8_fault kind;
    std::size_t replaced;
};
// One row per class and border of table 3-7 of the Unicode standard.
std::vector<ill_formed> const table{
    {"\x80", utf8_fault::lone_continuation, 1},
    {"\xBF", utf8_fault::lone_continuation, 1},
    {"\xF8", utf8_fault::invalid_byte, 1},
    {"\xFF", utf8_fault::invalid_byte, 1},
    {"\xFE", utf8_fault::invalid_byte, 1},
    {"\xC0\x80", utf8_fault::overlong, 2},
    {"\xC1\xBF", utf8_fault::overlong, 2},
    {"\xE0\x80\x80", utf8_fault::overlong, 3},
    {"\xE0\x9F\xBF", utf8_fault::overlong, 3},
    {"\xF0\x80\x80\x80", utf8_fault::overlong, 4},
    {"\xF0\x8F\xBF\xBF", utf8_fault::overlong, 4},
    {"\xED\xA0\x80", utf8_fault::surrogate, 3},
    {"\xED\xBF\xBF", utf8_fault::surrogate, 3},
    {"\xF4\x90\x80\x80", utf8_fault::too_large, 4},
    {"\xF5\x80\x80\x80", utf8_fault::too_large, 4},
    {"\xF7\xBF\xBF\xBF", utf8_fault::too_large, 4},
    {"\xC3", utf8_fault::truncated, 1},
    {"\xE2\x82", utf8_fault::truncated, 1},
    {"\xF0\x9F\x98", utf8_fault::truncated, 1},
    {"\xE2", utf8_fault::truncated, 1},
};
}

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(the_borders_of_the_code_space_are_valid) {
    for (std::string_view good : {"", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                  "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        BOOST_TEST(wordmill::valid_utf8(good));
        BOOST_TEST(wordmill::first_invalid(good) == std::string_view::npos);
        BOOST_TEST(repaired(good) == good);
        if (!good.empty()) BOOST_TEST(wordmill::character_length(good, 0) == good.size());
    }
    BOOST_TEST(wordmill::valid_utf8(std::string_view("a\0b", 3)));
}

BOOST_AUTO_TEST_CASE(each_class_of_fault_is_found_named_and_replaced) {
    for (auto const& row : table)
        for (std::string_view before : {"", "x", "caf\xC3\xA9 and more than eight bytes"}) {
            auto const text = std::string(before) + std::string(row.bytes) + "z";
            auto const at = before.size();
            BOOST_TEST_CONTEXT(wordmill::name_of(row.kind) << " of " << row.bytes.size() << " bytes") {
                BOOST_TEST(!wordmill::valid_utf8(text));
                BOOST_TEST(wordmill::first_invalid(text) == at);
                BOOST_TEST(wordmill::character_length(text, at) == 0U);
                BOOST_TEST((wordmill::fault_at(text, at) == row.kind));
                std::string out;
                auto const counts = wordmill::append_repaired(out, text);
                BOOST_TEST(out == std::string(before) + marks(row.replaced) + "z");
                BOOST_TEST(counts[row.kind] == 1U);
                BOOST_TEST(counts.total() == 1U);
                BOOST_TEST(counts.replaced == row.replaced);
            }
        }
}

BOOST_AUTO_TEST_CASE(maximal_subparts_are_those_of_the_standard) {
    // Unicode 15, section 3.9, tables 3-8 to 3-11, with the expected replacements given there.
    auto const m = marks(1);
    BOOST_TEST(repaired("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") == marks(8) + "A");
    BOOST_TEST(repaired("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") == marks(8) + "A");
    BOOST_TEST(repaired("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") == marks(5) + "A" + marks(2) + "B");
    BOOST_TEST(repaired("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == marks(4) + "A");
    BOOST_TEST(repaired("a\xF1\x80\x80\xE1\x80\xC2"
                        "b\x80"
                        "c\x80\xBF"
                        "d")
               == "a" + marks(3) + "b" + m + "c" + marks(2) + "d");
}

BOOST_AUTO_TEST_CASE(repair_agrees_with_the_scalar_definition_on_random_bytes) {
    std::mt19937 random(3);
    std::string const alphabet("\x00 az\x80\x8F\x90\x9F\xA0\xBF\xC0\xC2\xE0\xE2\xED\xF0\xF1\xF4\xF5\xFF", 20);
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        for (auto size = random() % 40; text.size() < size;) text += alphabet[random() % alphabet.size()];
        std::string expected;
        std::size_t first = std::string::npos;
        for (std::size_t at = 0; at < text.size();) {
            if (auto const length = wordmill::character_length(text, at)) {
                expected += text.substr(at, length);
                at += length;
                continue;
            }
            if (first == std::string::npos) first = at;
            expected += "\xEF\xBF\xBD";
            at += wordmill::maximal_subpart(text, at);
        }
        BOOST_REQUIRE(wordmill::valid_utf8(text) == (first == std::string::npos));
        BOOST_REQUIRE(wordmill::first_invalid(text) == first);
        BOOST_REQUIRE(repaired(text) == expected);
        BOOST_REQUIRE(wordmill::valid_utf8(expected));
    }
}

BOOST_AUTO_TEST_CASE(a_border_never_lies_inside_a_character) {
    std::string_view const text = "a\xC3\xA9\xF0\x9F\x98\x80z"; // a, e acute, a face, z
    std::vector<std::size_t> const expected{0, 1, 1, 3, 3, 3, 3, 7, 8, 8};
    for (std::size_t limit = 0; limit < expected.size(); ++limit)
        BOOST_TEST(wordmill::character_border(text, limit) == expected[limit]);
    BOOST_TEST(wordmill::character_border("\x80\x80\x80\x80", 2) == 2U);
    BOOST_TEST(wordmill::character_border("\xE2\x82", 1) == 1U); // truncated: no character there
}

BOOST_AUTO_TEST_SUITE_END()
