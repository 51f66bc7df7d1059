#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(escapes)

BOOST_AUTO_TEST_CASE(words_fit_on_a_line_between_tabs) {
    std::string out = "<";
    append_escaped(out, "a\tb\nc\rd\\e");
    append_escaped(out, "");
    BOOST_TEST(out == R"(<a\tb\nc\rd\\e)");
}

BOOST_AUTO_TEST_CASE(every_byte_comes_back) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    std::string written, read;
    append_escaped(written, all);
    BOOST_TEST(append_unescaped(read, written) == written.size());
    BOOST_TEST((read == all));
    std::string hexadecimal;
    BOOST_TEST(append_unescaped(hexadecimal, R"(\x41\x7a\xfF\x00)") == 16);
    BOOST_TEST((hexadecimal == std::string("Az\xff\0", 4)));
}

BOOST_AUTO_TEST_CASE(a_backslash_before_anything_else_is_found) {
    for (auto const& [text, understood] : std::vector<std::pair<std::string_view, std::size_t>>{
             {"ab\\", 2}, {"\\q", 0}, {"\\\\\\0", 2}, {"\\x4", 0}, {"\\x4g", 0}, {"\\x-1", 0}, {"a\\x", 1}}) {
        std::string out;
        BOOST_TEST_CONTEXT(text) { BOOST_TEST(append_unescaped(out, text) == understood); }
    }
}

// Expected by RFC 8259, section 7.
BOOST_AUTO_TEST_CASE(a_json_string_escapes_quotes_backslashes_and_control_characters) {
    std::string out = "x";
    append_json_string(out, std::string("a\"b\\c\n\x1f\0\xC3\xA9/", 11));
    BOOST_TEST(out == R"(x"a\"b\\c\u000a\u001f\u0000é/")");
}

BOOST_AUTO_TEST_SUITE_END()
