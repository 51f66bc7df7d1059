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
matrix_view<float const> square(std::vector<float> const& values) { return {values.data(), 2, 2, 2}; }
}

BOOST_AUTO_TEST_SUITE(matrix_charts)

// by hand: the panel is 400 by 120 from (46, 30) on, a cell 200 by 60; ColorBrewer's Blues begin with #f7fbff, end with
// #08306b and have #6baed6 in the middle
BOOST_AUTO_TEST_CASE(cells_have_the_shades_of_their_values_from_the_top) {
    std::vector<float> const values{0, 1, 0.5F, 0.5F};
    matrix_panel const panel{.title = "Reads", .values = square(values), .first_row = 7};
    auto const image = matrix_chart({&panel, 1}, {.title = "Memory", .x_label = "step"});
    BOOST_TEST(has(image, R"(x="46" y="30" width="400" height="120" fill="#f7fbff")") == false); // below the title
    BOOST_TEST(has(image, R"(x="46" y="62" width="400" height="120" fill="#f7fbff")"));
    BOOST_TEST(has(image, R"(x="246" y="62" width="200" height="60" fill="#08306b")"));
    BOOST_TEST(has(image, R"(x="46" y="122" width="400" height="60" fill="#6baed6")")); // two cells in one
    BOOST_TEST(texts_of(image, "text") == (strings{"Memory", "Reads", "0 to 1", "0", "1", "7", "8", "step"}), each);
}

BOOST_AUTO_TEST_CASE(values_out_of_a_given_range_have_its_outermost_shades) {
    std::vector<float> const values{-5, 0, 5, 10};
    matrix_panel const panel{.values = square(values), .range = {{0, 5}}};
    auto const image = matrix_chart({&panel, 1});
    BOOST_TEST(has(image, R"(x="46" y="90" width="400" height="60" fill="#08306b")")); // 5 and 10
    BOOST_TEST(!has(image, R"(y="30" width="200")"));                                  // -5 and 0 are the background
}

BOOST_AUTO_TEST_CASE(panels_lie_in_rows_that_are_as_high_as_the_highest) {
    std::vector<float> const values{1, 1, 1, 1}; // of one value, without a range to shade
    matrix_panel const low{.values = square(values), .height = 50}, high{.values = square(values), .height = 200};
    std::vector<matrix_panel> const panels{low, high, low};
    auto const image = matrix_chart(panels, {.width = 100});
    for (auto const* place : {R"(x="46" y="30" width="100" height="50")", R"(x="222" y="30" width="100" height="200")",
                              R"(x="46" y="278" width="100" height="50")"}) // 30 + 200 + 26 + 22
        BOOST_TEST(has(image, place), place);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_is_refused) {
    auto const says = [](std::vector<matrix_panel> const& panels, matrix_chart_options const& options, failure kind,
                         char const* text) {
        auto const found = failure_of([&] { (void)matrix_chart(panels, options); });
        BOOST_TEST((found == kind));
        BOOST_TEST(found.says(text), found.text);
    };
    std::vector<float> const values{0, 1, 2, std::numeric_limits<float>::infinity()};
    matrix_panel const bad{.values = square(values)}, none{};
    says({}, {}, failure::bad_data, "expected a panel, found none");
    says({none}, {}, failure::bad_data, "expected a value in every panel, found none");
    says({bad}, {}, failure::bad_data, "matrix chart: expected finite numbers, found inf");
    says({{.values = {values.data(), 1, 3, 3}, .range = {{2, 2}}}}, {}, failure::usage,
         "expected a range that rises, found 2 to 2");
    says({{.values = {values.data(), 1, 3, 3}}}, {.columns = 0}, failure::usage, "one column of panels or more");
    says({{.values = {values.data(), 1'000'001, 1, 0}}}, {}, failure::bad_data, "at most 1,000,000 values");
}

BOOST_AUTO_TEST_SUITE_END()
