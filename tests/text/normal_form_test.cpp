#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

using wordmill::normal_form;

namespace {
/// The text in a normal form, as the characters of a block put together again.
std::string in_form(std::string text, normal_form form) {
    std::string joined;
    for (auto const& c : words_of(wordmill::characters({.keep_blanks = true, .form = form})(block_of(std::move(text)))))
        joined += c;
    return joined;
}

struct row {
    std::string source, nfc, nfkc;
};
}

BOOST_AUTO_TEST_SUITE(normal_forms)

BOOST_AUTO_TEST_CASE(forms_are_those_the_standard_publishes) {
    // Lines of NormalizationTest.txt (Unicode 15) and figures 3 to 6 of UAX #15: source; NFC; NFKC.
    std::vector<row> const table{
        {"\u1E0A", "\u1E0A", "\u1E0A"},
        {"\u1E0A\u0323", "\u1E0C\u0307", "\u1E0C\u0307"},
        {"D\u0307\u0323", "\u1E0C\u0307", "\u1E0C\u0307"},
        {"q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307"},
        {"\u1E14\u0304", "\u1E14\u0304", "\u1E14\u0304"},
        {"\u0112\u0300", "\u1E14", "\u1E14"},
        {"\u212B", "\u00C5", "\u00C5"},
        {"\u2126", "\u03A9", "\u03A9"},
        {"\uFB01", "\uFB01", "fi"},
        {"2\u2075", "2\u2075", "25"},
        {"\u017F\u0323\u0307", "\u1E9B\u0323", "\u1E69"},
        {"\u1E9B\u0323", "\u1E9B\u0323", "\u1E69"},
        {"\u00A0", "\u00A0", " "},
        {"\u00A8", "\u00A8", " \u0308"},
        {"\u0344", "\u0308\u0301", "\u0308\u0301"},
        {"\u0958", "\u0915\u093C", "\u0915\u093C"},
        {"\u0F73", "\u0F71\u0F72", "\u0F71\u0F72"},
        {"\u1100\u1161\u11A8", "\uAC01", "\uAC01"},
        {"\uAC00\u11A8", "\uAC01", "\uAC01"},
        {"\u1100\uAC00\u11A8", "\u1100\uAC01", "\u1100\uAC01"},
        {"\uFF76\uFF9E", "\uFF76\uFF9E", "\u30AC"},
        {"\uFF8A\uFF9F", "\uFF8A\uFF9F", "\u30D1"},
        {"\u304B\u3099", "\u304C", "\u304C"},
        {"\u3392", "\u3392", "MHz"},
        {"\uFDFA", "\uFDFA",
         "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064A\u0647 \u0648\u0633\u0644\u0645"},
        {"\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165"},
        {"\U0002F868", "\u36FC", "\u36FC"},
        {"a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b"},
        {"a\u0300\u05AE\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b"},
        {"\u0B47\u0300\u0B3E", "\u0B47\u0300\u0B3E", "\u0B47\u0300\u0B3E"},
        {"\u1100\u0300\u1161", "\u1100\u0300\u1161", "\u1100\u0300\u1161"},
    };
    for (auto const& [source, nfc, nfkc] : table) {
        BOOST_TEST(in_form(source, normal_form::none) == source);
        BOOST_TEST(in_form(source, normal_form::nfc) == nfc);
        BOOST_TEST(in_form(nfc, normal_form::nfc) == nfc);
        BOOST_TEST(in_form(source, normal_form::nfkc) == nfkc);
    }
}

BOOST_AUTO_TEST_CASE(a_thousand_marks_are_sorted_and_more_get_a_joiner) {
    auto const marks = [](int pairs) {
        std::string text = "a";
        for (int i = 0; i < pairs; ++i) text += "\u0315\u0316"; // classes 232 and 220: wrong order
        return text;
    };
    auto const few = in_form(marks(500), normal_form::nfc);
    BOOST_TEST(few.size() == marks(500).size());
    BOOST_TEST(few.substr(0, 5) == "a\u0316\u0316");
    BOOST_TEST(in_form(marks(501), normal_form::nfc).find("\u034F") == few.size());
}

BOOST_AUTO_TEST_CASE(half_a_million_marks_take_no_quadratic_time) {
    std::string text = "a";
    for (int i = 0; i < 250'000; ++i) text += "\u0315\u0316";
    for (auto form : {normal_form::nfc, normal_form::nfkc}) BOOST_TEST(in_form(text, form).size() > text.size());
}

BOOST_AUTO_TEST_SUITE_END()
