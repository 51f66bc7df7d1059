#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>
import wordmill.metrics;
import wordmill.plot;

using namespace wordmill;

namespace {
/// The text between two marks.
std::string between(std::string const& text, std::string const& before, std::string const& after) {
    auto const begin = text.find(before);
    BOOST_REQUIRE(begin != std::string::npos);
    auto const from = begin + before.size();
    return text.substr(from, text.find(after, from) - from);
}
/// As a browser finds it: up to the first end of the element.
std::string data_of(std::string const& html) {
    return between(html, "<script type=\"application/json\" id=\"data\">", "</script");
}
std::size_t times(std::string const& text, std::string const& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}
}

BOOST_AUTO_TEST_SUITE(pages)

// Written by hand.
BOOST_AUTO_TEST_CASE(the_page_holds_the_map) {
    word_map const map{.words = {{.word = "a", .count = 7, .at = {0.5, -1, 0}, .nearest = {{1, 0.25}}},
                                 {.word = "b", .count = 3, .at = {1.0 / 3, 2e-7, 1}, .nearest = {{0, 0.25}}}},
                       .fitted = 1,
                       .shares = {0.5, 0.25, 0.125},
                       .highlighted = {1},
                       .dimension = 3,
                       .vocabulary = 9};
    BOOST_TEST(data_of(to_html({.map = map}))
               == R"({"map":{"words":["a","b"],"counts":[7,3],"x":[0.5,0.33333],"y":[-1,2e-07],"z":[0,1],)"
                  R"("nearest":[[1],[0]],"cosines":[[0.25],[0.25]],"highlighted":[1],"shares":[0.5,0.25,0.125],)"
                  R"("fitted":1,"dimension":3,"vocabulary":9},"runs":[]})");
}

BOOST_AUTO_TEST_CASE(the_page_holds_the_runs) {
    metrics_run const run{
        .options = {{"alpha", "0.025"}, {"size", "100"}},
        .points = {
            {.seconds = 1, .epoch = 1, .tokens = 100, .tokens_per_second = 100, .loss = 1.5, .learning_rate = 0.025},
            {.seconds = 2,
             .epoch = 1,
             .tokens = 300,
             .tokens_per_second = 200,
             .learning_rate = 0.0125,
             .epoch_loss = 1.25,
             .epoch_scores = {{"exact match", 0.75}}}}};
    BOOST_TEST(data_of(to_html({.runs = {{"run.jsonl", run}}}))
               == R"({"map":null,"runs":[{"name":"run.jsonl","options":[["alpha","0.025"],["size","100"]],)"
                  R"("tokens":[100,300],"loss":[1.5,null],"rate":[0.025,0.0125],"speed":[100,200],)"
                  R"("scores":{"exact match":[null,0.75]},"epochs":[[1,300,1.25]]}]})");
}

// JSON has no number that is not finite.
BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_is_null) {
    auto const infinite = std::numeric_limits<double>::infinity();
    metrics_run const run{.points = {{.epoch = 1, .tokens = 1, .loss = infinite, .epoch_loss = infinite}}};
    auto const data = data_of(to_html({.runs = {{"run", run}}}));
    BOOST_TEST(data.find(R"("loss":[null])") != std::string::npos, data);
    BOOST_TEST(data.find(R"("epochs":[[1,1,null]])") != std::string::npos, data);
}

BOOST_AUTO_TEST_CASE(no_word_can_leave_its_place) {
    std::vector<std::string> const words{"</script><script>alert(1)</script>",
                                         "<!--<script>",
                                         "\"quoted\\\"",
                                         "]]>",
                                         "\x01\x1f\n\xFF\xC3",
                                         "{{script}}"};
    word_map map{.fitted = 1, .dimension = 1, .vocabulary = 1};
    for (auto const& word : words) map.words.push_back({.word = word});
    metrics_run const run{.options = {{"</script>", "<b>"}}, .points = {{.tokens = 1}}};
    auto const plain = to_html({.title = "x", .map = word_map{.words = {{.word = "x"}}}, .runs = {{"x", run}}});
    auto const html =
        to_html({.title = "</title><script>\"'&\x01\xFF{{data}}", .map = map, .runs = {{"</script>", run}}});
    auto const data = data_of(html);
    BOOST_TEST(data.find("\"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>\",\"\\u003c!--\\u003cscript>\","
                         "\"\\\"quoted\\\\\\\"\",\"]]>\",\"\\u0001\\u001f\\u000a\xEF\xBF\xBD\xEF\xBF\xBD\","
                         "\"{{script}}\"]")
               != std::string::npos);
    BOOST_TEST(data.ends_with("}]}"));
    BOOST_TEST(between(html, "<title>", "</title>")
               == "&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp; \xEF\xBF\xBD{{data}}");
    // As many elements as a page of harmless words has.
    for (auto const* const mark : {"<script", "</script", "<!--", "<b>"})
        BOOST_TEST(times(html, mark) == times(plain, mark));
}

BOOST_AUTO_TEST_CASE(nothing_is_loaded_from_anywhere) {
    auto html = to_html({.title = "t"});
    // The one address names the language of the drawing; no browser asks for it.
    BOOST_TEST(times(html, "http://") == 1u);
    BOOST_TEST(times(html, "http://www.w3.org/2000/svg") == 1u);
    for (auto const* const part : {"https:", "src=", "@import", "url("}) BOOST_TEST(times(html, part) == 0u);
    BOOST_TEST(times(html, "default-src 'none'") == 1u);
    for (auto const* const part : {"{{title}}", "{{style}}", "{{data}}", "{{script}}"})
        BOOST_TEST(times(html, part) == 0u);
}

// by hand: 9,000 points are shown by the means of 3 each; of a loss that is missing by those that are there
BOOST_AUTO_TEST_CASE(long_runs_are_shown_by_means) {
    metrics_run run;
    for (std::uint64_t i = 0; i < 9000; ++i)
        run.points.push_back({.epoch = 1,
                              .tokens = i,
                              .tokens_per_second = static_cast<double>(i),
                              .loss = i == 1 ? std::nullopt : std::optional(static_cast<double>(i % 3)),
                              .learning_rate = 1});
    run.points[3].epoch_loss = 0.5;
    auto const data = data_of(to_html({.runs = {{"long", run}}}));
    BOOST_TEST(data.find("\"tokens\":[2,5,8,") != std::string::npos);
    BOOST_TEST(data.find("\"speed\":[1,4,7,") != std::string::npos);
    auto const losses = between(data, "\"loss\":[", "]");
    BOOST_TEST(losses.starts_with("1,1,1,"));
    BOOST_TEST(std::count(losses.begin(), losses.end(), ',') == 2999);
    BOOST_TEST(data.find("\"epochs\":[[1,3,0.5]]") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
