#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.plot;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"
#include "xml.hpp"

using namespace wordmill;

namespace {
using strings = std::vector<std::string>;
std::string chart(std::vector<chart_curve> const& curves, line_chart_options const& options = {}) {
    return line_chart(curves, options);
}
auto const each = boost::test_tools::per_element();
}

BOOST_AUTO_TEST_SUITE(line_charts)

// by hand: the frame is 500 by 300 behind (90, 50); steps are 2 of 10 and 0.5 of 2
BOOST_AUTO_TEST_CASE(points_and_ticks_lie_where_they_belong) {
    auto const image = chart({{.y = {0, 1, 2}, .x = {0, 5, 10}}},
                             {.title = "Loss", .x_label = "steps", .y_label = "mean", .ylim = std::array{0.0, 2.0}});
    BOOST_TEST(has(image, "d=\"M90 350L340 200L590 50\""));
    BOOST_TEST(
        texts_of(image, "text")
            == (strings{"Loss", "steps", "mean", "0", "2", "4", "6", "8", "10", "0.0", "0.5", "1.0", "1.5", "2.0"}),
        each);
    BOOST_TEST(has(image, "<text x=\"190\" y=\"368\" text-anchor=\"middle\">2</text>"));
    BOOST_TEST(has(image, "<text x=\"82\" y=\"279\" text-anchor=\"end\">0.5</text>"));
    BOOST_TEST(has(image, "width=\"620\" height=\"410\""));
}

BOOST_AUTO_TEST_CASE(without_x_points_are_numbered_from_0) {
    BOOST_TEST(has(chart({{.y = {1, 1, 1}}}, {.ylim = std::array{0.0, 2.0}}), "d=\"M90 200L340 200L590 200\""));
}

// by hand: a decade is 100 pixels
BOOST_AUTO_TEST_CASE(a_logarithmic_axis_has_decades) {
    auto const image = chart({{.y = {1, 10, 100, 1000}}}, {.ylim = std::array{1.0, 1000.0}, .log_y = true});
    BOOST_TEST(has(image, "d=\"M90 350L256.7 250L423.3 150L590 50\""));
    auto const texts = texts_of(image, "text");
    BOOST_TEST(strings(texts.end() - 4, texts.end()) == (strings{"1", "10", "100", "1000"}), each);
    auto const narrow = texts_of(chart({{.y = {1}}}, {.ylim = std::array{1.0, 60.0}, .log_y = true}), "text");
    BOOST_TEST(strings(narrow.end() - 6, narrow.end()) == (strings{"1", "2", "5", "10", "20", "50"}), each);
    auto const small = texts_of(chart({{.y = {1e-6}}}, {.ylim = std::array{1e-6, 1e-3}, .log_y = true}), "text");
    BOOST_TEST(strings(small.end() - 4, small.end()) == (strings{"1e-6", "1e-5", "0.0001", "0.001"}), each);
}

BOOST_AUTO_TEST_CASE(large_and_small_ticks_are_short) {
    auto const last = [](double low, double high, std::ptrdiff_t count) {
        auto const texts = texts_of(chart({{.y = {low}}}, {.ylim = std::array{low, high}}), "text");
        return strings(texts.end() - count, texts.end());
    };
    BOOST_TEST(last(0, 2e6, 5) == (strings{"0", "5e5", "1e6", "1.5e6", "2e6"}), each);
    BOOST_TEST(last(0, 3e-5, 7) == (strings{"0", "5e-6", "1e-5", "1.5e-5", "2e-5", "2.5e-5", "3e-5"}), each);
    BOOST_TEST(last(-0.3, 0.3, 7) == (strings{"-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"}), each);
    BOOST_TEST(last(1000000, 1000004, 5) == (strings{"1000000", "1000001", "1000002", "1000003", "1000004"}), each);
}

BOOST_AUTO_TEST_CASE(several_curves_have_names_and_looks_of_their_own) {
    std::vector<chart_curve> curves;
    for (int i = 0; i < 8; ++i) curves.push_back({.name = "curve " + std::to_string(i), .y = {static_cast<double>(i)}});
    auto const image = chart(curves);
    auto const texts = texts_of(image, "text");
    for (auto const& curve : curves) BOOST_TEST((std::ranges::count(texts, curve.name) == 1));
    BOOST_TEST(has(image, "#0072b2"));
    BOOST_TEST(has(image, "#d55e00"));
    BOOST_TEST(has(image, "stroke-dasharray")); // the eighth has the first one's colour
    curves.pop_back();
    BOOST_TEST(!has(chart(curves), "stroke-dasharray"));
}

// by hand: x = 90 + 500 i / 999999
BOOST_AUTO_TEST_CASE(a_million_points_are_small_and_keep_their_extremes) {
    chart_curve curve;
    for (int i = 0; i < 1'000'000; ++i) curve.y.push_back(std::sin(i));
    curve.y[123'456] = 10;
    curve.y[777'777] = -10;
    auto const image = chart({curve}, {.ylim = std::array{-10.0, 10.0}});
    BOOST_TEST(image.size() < 40'000u);
    BOOST_TEST(has(image, "L151.7 50L"));
    BOOST_TEST(has(image, "L478.9 350L"));
    BOOST_TEST(has(image, "M90 200L")); // sin 0
    BOOST_TEST(has(image, "L590 "));    // the last
}

BOOST_AUTO_TEST_CASE(one_point_is_a_dot) {
    BOOST_TEST(
        has(chart({{.y = {3}, .x = {5}}}, {.ylim = std::array{2.0, 4.0}}), "<circle cx=\"340\" cy=\"200\" r=\"3\""));
}

BOOST_AUTO_TEST_CASE(what_is_far_outside_stays_short) {
    BOOST_TEST(has(chart({{.y = {1e300, -1e300}}}, {.ylim = std::array{0.0, 1.0}}), "d=\"M90 -100000L590 100000\""));
}

BOOST_AUTO_TEST_CASE(ranges_that_are_strange_make_images_that_are_not) {
    constexpr auto tiny = std::numeric_limits<double>::denorm_min();
    for (auto const& y : std::vector<std::vector<double>>{{0, 0},
                                                          {1e300, -1e300},
                                                          {tiny, 0},
                                                          {1e15, 1e15 + 0.125},
                                                          {-5},
                                                          {1e-300, 1e300},
                                                          {1e300, 1e300},
                                                          {1, 1 + 1e-12}})
        for (bool const logarithmic : {false, true}) {
            if (logarithmic && (y.front() < 1e-300 || y.back() < 1e-300)) continue;
            auto const image = chart({{.y = y}}, {.log_y = logarithmic});
            auto const texts = texts_of(image, "text");
            BOOST_TEST(texts.size() >= 3u);
            BOOST_TEST(texts.size() < 30u);
            BOOST_TEST(image.size() < 6000u);
            BOOST_TEST(!has(image, "nan"));
            BOOST_TEST(!has(image, "inf"));
        }
}

BOOST_AUTO_TEST_CASE(no_text_can_leave_its_place) {
    std::string const bad = "</title><script>\"'&\x01\xFF]]>";
    auto const image = chart({{.name = bad, .y = {1}}}, {.title = bad, .x_label = bad, .y_label = bad});
    std::string const read = "</title><script>\"'& \xEF\xBF\xBD]]>";
    BOOST_TEST(texts_of(image, "title") == strings{read}, each);
    auto const texts = texts_of(image, "text");
    BOOST_TEST((std::ranges::count(texts, read) == 4));
    BOOST_TEST(texts_of(image, "script").empty());
}

// by hand: 59 letters and the ellipsis; of 2 letters' width each, 29
BOOST_AUTO_TEST_CASE(long_texts_are_cut_between_characters) {
    BOOST_TEST(texts_of(chart({{.y = {1}}}, {.title = std::string(60, 'a')}), "title")[0] == std::string(60, 'a'));
    BOOST_TEST(texts_of(chart({{.y = {1}}}, {.title = std::string(61, 'a')}), "title")[0]
               == std::string(59, 'a') + "\xE2\x80\xA6");
    std::string wide, kept;
    for (int i = 0; i < 40; ++i) wide += "\xE6\xBC\xA2";
    for (int i = 0; i < 29; ++i) kept += "\xE6\xBC\xA2";
    BOOST_TEST(texts_of(chart({{.y = {1}}}, {.title = wide}), "title")[0] == kept + "\xE2\x80\xA6");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_is_refused) {
    auto const refusal = [](chart_curve const& curve, line_chart_options const& options = {}) {
        return failure_of([&] { (void)line_chart({&curve, 1}, options); });
    };
    BOOST_TEST(failure_of([] { (void)line_chart({}); }).says("expected a curve, found none"));
    BOOST_TEST(refusal({.name = "a"}).says("line chart 'a': expected a point, found none"));
    BOOST_TEST(refusal({.y = {1, 2, 3}, .x = {1, 2}}).says("expected as many x as y, found 2 and 3"));
    auto const nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
    BOOST_TEST((refusal({.y = {1, nan}}) == failure::bad_data));
    BOOST_TEST(refusal({.y = {1, nan}}).says("expected finite numbers, found nan"));
    BOOST_TEST(refusal({.y = {1}, .x = {-infinite}}).says("expected finite numbers, found -inf"));
    BOOST_TEST(refusal({.y = {1, 2}, .x = {2, 1}}).says("expected x that do not fall, found 1.000000 after 2.000000"));
    BOOST_TEST(refusal({.y = {1, 0}}, {.log_y = true}).says("above 0 on a logarithmic axis, found 0.0"));
    BOOST_TEST((refusal({.y = {1}}, {.ylim = std::array{2.0, 2.0}}) == failure::usage));
    BOOST_TEST((refusal({.y = {1}}, {.ylim = std::array{0.0, 2.0}, .log_y = true}) == failure::usage));
}

BOOST_AUTO_TEST_CASE(an_image_replaces_the_one_that_was_there) {
    scratch_folder const folder;
    save_svg(folder / "a.svg", "first");
    save_svg(folder / "a.svg", "second");
    BOOST_TEST(file_bytes(folder / "a.svg") == "second");
    BOOST_TEST(folder.names().size() == 1u);
    BOOST_TEST((failure_of([&] { save_svg(folder / "none/a.svg", "x"); }) == failure::cannot_create));
}

BOOST_AUTO_TEST_SUITE_END()
