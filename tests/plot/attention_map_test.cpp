#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.plot;
#include "../io/failure_of.hpp"
#include "xml.hpp"

using namespace wordmill;

namespace {
using strings = std::vector<std::string>;
auto const each = boost::test_tools::per_element();
attention_pair const small{.source = {"a", "b", "c"}, .target = {"x", "y"}, .weights = {1, 0, 0, 0.25F, 0.5F, 0.25F}};
std::size_t times(std::string const& text, std::string const& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}
std::string data_of(std::string const& html) {
    std::string const before = "<script type=\"application/json\" id=\"data\">";
    auto const from = html.find(before) + before.size();
    return html.substr(from, html.find("</script", from) - from);
}
strings const hostile{
    "</script><script>alert(1)</script>", "<!--<script>", "\"quoted\\\"", "]]>", "\x01\n\xFF\xC3", "{{script}}"};
}

BOOST_AUTO_TEST_SUITE(attention_maps)

BOOST_AUTO_TEST_CASE(rows_are_target_tokens_and_columns_source_tokens) {
    auto const image = attention_map(small, {.title = "Map", .x_label = "input", .y_label = "output"});
    BOOST_TEST(texts_of(image, "text") == (strings{"Map", "input", "output", "a", "b", "c", "x", "y", "0", "0.5", "1"}),
               each);
    auto titles = texts_of(image, "title");
    BOOST_TEST_REQUIRE(titles.size() == 7u);
    BOOST_TEST(titles[0] == "Map");
    BOOST_TEST(titles[1] == "x \xE2\x86\x90 a  1.000");
    BOOST_TEST(titles[5] == "y \xE2\x86\x90 b  0.500");
}

// By hand: cells of 26 pixels from (left, top), where left is 12 + a letter of 13 * 0.62 + 10 and top is 12 + 13 + 6.
// The ends of the scale are the first and the last colour of ColorBrewer's nine Blues, its middle is the fifth.
BOOST_AUTO_TEST_CASE(cells_are_darker_the_larger_the_weight) {
    auto const image = attention_map(small);
    BOOST_TEST(has(image, "<rect x=\"30.1\" y=\"31\" width=\"26\" height=\"26\" fill=\"#08306b\">"));
    BOOST_TEST(has(image, "<rect x=\"56.1\" y=\"31\" width=\"26\" height=\"26\" fill=\"#f7fbff\">"));
    BOOST_TEST(has(image, "<rect x=\"56.1\" y=\"57\" width=\"26\" height=\"26\" fill=\"#6baed6\">"));
    // In a scale up to the largest weight 0.5, a half is the darkest.
    auto const relative =
        attention_map({.source = {"a", "b"}, .target = {"x"}, .weights = {0.25F, 0.5F}}, {.highest = 0});
    BOOST_TEST(has(relative, "fill=\"#6baed6\"><title>x \xE2\x86\x90 a"));
    BOOST_TEST(has(relative, "fill=\"#08306b\"><title>x \xE2\x86\x90 b"));
    BOOST_TEST(has(relative, ">0.25</text>"));
    BOOST_TEST(times(attention_map({.source = {"a"}, .target = {"x"}, .weights = {0}}, {.highest = 0}), "#f7fbff")
               == 2u);
}

BOOST_AUTO_TEST_CASE(long_tokens_are_slanted_and_cut) {
    attention_pair const words{
        .source = {"an", "extraordinarily-long-token-that-goes-on"}, .target = {" ", "x"}, .weights = {1, 0, 0, 1}};
    auto const image = attention_map(words);
    BOOST_TEST(times(image, "rotate(-45") == 2u);
    auto const texts = texts_of(image, "text");
    BOOST_TEST(texts[1] == "extraordinarily-long-to\xE2\x80\xA6");
    BOOST_TEST(texts[2] == "\xE2\x90\xA3"); // a blank can be seen
    BOOST_TEST(times(attention_map(small), "rotate") == 0u);
    // cells of 10 pixels, in which slanted tokens would overlap
    attention_pair const many{.source = strings(90, "token"), .target = {"x"}, .weights = std::vector<float>(90)};
    BOOST_TEST(times(attention_map(many), "rotate(-90") == 90u);
}

// 640 / 100 would be cells of 6 pixels, too small for a token.
BOOST_AUTO_TEST_CASE(cells_shrink_to_the_size_but_stay_readable) {
    auto const cells_of = [](std::size_t n) {
        attention_pair pair{.source = strings(n, "a"), .target = {"x"}, .weights = std::vector<float>(n)};
        return attention_map(pair);
    };
    BOOST_TEST(times(cells_of(40), "width=\"16\" height=\"16\"") == 40u);
    BOOST_TEST(times(cells_of(100), "width=\"10\" height=\"10\"") == 100u);
    BOOST_TEST(times(cells_of(100), "font-size=\"8\"") == 1u);
}

BOOST_AUTO_TEST_CASE(any_bytes_make_a_well_formed_image) {
    attention_pair const pair{.source = hostile, .target = {"<b>"}, .weights = std::vector<float>(hostile.size())};
    auto const texts = texts_of(attention_map(pair, {.title = "<&>\xFF"}), "text");
    BOOST_TEST_REQUIRE(texts.size() == 11u);
    BOOST_TEST(texts[0] == "<&>\xEF\xBF\xBD");
    BOOST_TEST(texts[2] == "<!--<script>");
    BOOST_TEST(texts[5] == "  \xEF\xBF\xBD\xEF\xBF\xBD");
    BOOST_TEST(texts[7] == "<b>");
}

BOOST_AUTO_TEST_CASE(weights_that_cannot_be_drawn_are_refused_with_their_place) {
    auto pair = small;
    pair.weights.pop_back();
    auto seen = failure_of([&] { (void)attention_map(pair); });
    BOOST_TEST((seen == failure::usage));
    BOOST_TEST(seen.says("expected 6 weights for 2 target and 3 source tokens, found 5"));
    pair.weights.push_back(std::numeric_limits<float>::quiet_NaN());
    seen = failure_of([&] { (void)attention_map(pair); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("expected finite weights of 0 or more, found nan at target token 2, source token 3"));
    pair.weights.back() = -0.5F;
    BOOST_TEST(failure_of([&] { (void)attention_map(pair); }).says("found -0.5 at"));
    pair.weights.back() = std::numeric_limits<float>::infinity();
    BOOST_TEST(failure_of([&] { (void)attention_map(pair); }).says("found inf at"));
    std::vector const pairs{small, pair};
    BOOST_TEST(failure_of([&] { (void)attention_page(pairs, ""); }).says("attention page, pair 2: expected finite"));
    BOOST_TEST(failure_of([] {
                   (void)attention_map({.source = {"a"}});
               }).says("expected a source and a target token, found 1 and 0"));
    attention_pair const large{
        .source = strings(400, "a"), .target = strings(251, "x"), .weights = std::vector<float>(100'400)};
    BOOST_TEST(failure_of([&] { (void)attention_map(large); }).says("at most 100,000 weights, found 100400"));
    BOOST_TEST(failure_of([] { (void)attention_map(small, {.cell = 0}); }).says("cells of 1 to 1,000 pixels"));
    BOOST_TEST(failure_of([] { (void)attention_map(small, {.highest = -1}); }).says("found 26, 640 and -1"));
}

// Written by hand.
BOOST_AUTO_TEST_CASE(the_page_holds_texts_and_weights) {
    std::vector<attention_pair> const pairs{
        {.source = {"a", "b"}, .target = {"x"}, .weights = {0.33333F, 1}, .source_text = "ab"}, {.source_text = ""}};
    BOOST_TEST(data_of(attention_page(pairs, "t"))
               == R"([{"source":["a","b"],"target":["x"],"sourceText":"ab","targetText":"","weights":[[0.3333,1]]},)"
                  R"({"source":[],"target":[],"sourceText":"","targetText":"","weights":[]}])");
}

BOOST_AUTO_TEST_CASE(no_token_can_leave_its_place_in_the_page) {
    attention_pair const pair{.source = hostile,
                              .target = {"</script>"},
                              .weights = std::vector<float>(hostile.size()),
                              .source_text = "<!--",
                              .target_text = "</script><b>"};
    auto const plain = attention_page(std::vector{small}, "x");
    auto const html = attention_page(std::vector{pair}, "</title><script>\"'&\x01\xFF{{data}}");
    for (auto const* const mark : {"<script", "</script", "<!--", "<b>", "</title"})
        BOOST_TEST(times(html, mark) == times(plain, mark));
    BOOST_TEST(data_of(html).ends_with("}]"));
    BOOST_TEST(has(html, "<title>&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp; \xEF\xBF\xBD{{data}}</title>"));
}

BOOST_AUTO_TEST_CASE(the_page_loads_nothing) {
    auto const html = attention_page({}, "t");
    BOOST_TEST(times(html, "http://") == 1u); // names the language of the drawing
    BOOST_TEST(times(html, "http://www.w3.org/2000/svg") == 1u);
    for (auto const* const part : {"https:", "src=", "@import", "url("}) BOOST_TEST(times(html, part) == 0u);
    BOOST_TEST(times(html, "default-src 'none'") == 1u);
    for (auto const* const part : {"{{title}}", "{{style}}", "{{data}}", "{{script}}"})
        BOOST_TEST(times(html, part) == 0u);
}

BOOST_AUTO_TEST_CASE(a_page_of_too_many_weights_is_refused) {
    attention_pair const pair{
        .source = strings(1000, "a"), .target = strings(100, "x"), .weights = std::vector<float>(100'000)};
    std::vector<attention_pair> const pairs(31, pair);
    auto const seen = failure_of([&] { (void)attention_page(pairs, ""); });
    BOOST_TEST(seen.says("expected at most 3,000,000 weights, found 3100000 in 31 pairs"));
}

BOOST_AUTO_TEST_SUITE_END()
