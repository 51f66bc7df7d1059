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
matrix_view<float const> plane(std::vector<float> const& values) { return {values.data(), values.size() / 2, 2, 2}; }
std::vector<token_id> ids(std::vector<std::size_t> const& numbers) {
    std::vector<token_id> all;
    for (auto const number : numbers) all.push_back(id_at(number));
    return all;
}
auto const each = boost::test_tools::per_element();
plane_grid const two_by_two{.left = 0, .right = 2, .bottom = 0, .top = 2, .rows = 2, .columns = 2};
}

BOOST_AUTO_TEST_SUITE(class_charts)

// by hand: the frame is 400 by 400 behind (90, 50), a cell 200
BOOST_AUTO_TEST_CASE(areas_and_markers_lie_where_they_belong) {
    std::vector<float> const points{0.5F, 0.5F, 1.5F, 0.5F, 1, 1};
    auto const image = decision_map(two_by_two, ids({0, 0, 1, 0}), plane(points), ids({0, 1, 2}), {.title = "Map"});
    BOOST_TEST(
        has(image, "d=\"M90 450H490V250H90zM290 250H490V50H290z\""));       // class 0: a row, and half of the upper one
    BOOST_TEST(has(image, "d=\"M90 250H290V50H90z\""));                     // class 1
    BOOST_TEST(has(image, "d=\"M187 350a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z\"")); // o around (190, 350)
    BOOST_TEST(has(image, "d=\"M387 347l6 6m0 -6l-6 6\""));                 // x around (390, 350)
    BOOST_TEST(has(image, "d=\"M290 246l3.5 6.5h-7z\""));                   // ^ around (290, 250)
    BOOST_TEST(texts_of(image, "text")
                   == (strings{"Map", "0.0", "0.5", "1.0", "1.5", "2.0", "0.0", "0.5", "1.0", "1.5", "2.0", "class 0",
                               "class 1", "class 2"}),
               each);
}

BOOST_AUTO_TEST_CASE(a_grid_asks_at_the_middles_of_its_cells) {
    BOOST_TEST(two_by_two.middles() == (std::vector<float>{0.5F, 0.5F, 1.5F, 0.5F, 0.5F, 1.5F, 1.5F, 1.5F}), each);
}

BOOST_AUTO_TEST_CASE(a_grid_is_a_tenth_larger_on_each_side) {
    auto const grid = grid_around(plane({-10, 0, 10, 5}));
    BOOST_TEST(grid.left == -12);
    BOOST_TEST(grid.right == 12);
    BOOST_TEST(grid.bottom == -0.5);
    BOOST_TEST(grid.top == 5.5);
    auto const of_one = grid_around(plane({3, 4}));
    BOOST_TEST(of_one.left < 3);
    BOOST_TEST(of_one.right > 3);
}

// by hand: 5 % more on each side; (0, 0) and (10, 10) are 1/22 and 21/22 across
BOOST_AUTO_TEST_CASE(points_are_scattered_with_the_names_of_their_classes) {
    auto const image = scatter_chart(plane({0, 0, 10, 10}), ids({1, 0}), {.class_names = {"<eos>"}});
    BOOST_TEST(has(image, "M105.2 428.8l6 6m0 -6l-6 6")); // x around (108.2, 431.8)
    BOOST_TEST(has(image, "M468.8 68.2a3"));              // o around (471.8, 68.2)
    auto const texts = texts_of(image, "text");
    BOOST_TEST(strings(texts.end() - 2, texts.end()) == (strings{"<eos>", "class 1"}), each);
}

BOOST_AUTO_TEST_CASE(a_fine_grid_stays_small) {
    plane_grid const grid{.rows = 1000, .columns = 1000};
    std::vector<token_id> cells(1'000'000);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = id_at(i % 1000 < i / 1000 ? 0 : 1);
    auto const image = decision_map(grid, cells, plane({}), {});
    BOOST_TEST(image.size() < 100'000u);
    BOOST_TEST(texts_of(image, "text").size() > 2u);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    auto const points = std::vector<float>{0, 0, 1, 1};
    auto const seen = failure_of([&] { (void)scatter_chart(plane(points), ids({1})); });
    BOOST_TEST((seen == failure::usage));
    BOOST_TEST(seen.says("expected a class for each of 2 points, found 1"));
    BOOST_TEST(failure_of([&] {
                   (void)decision_map(two_by_two, ids({1, 1, 1}), plane(points), ids({1, 1}));
               }).says("a class for each of 4 cells, of which there is one or more, found 3"));
    BOOST_TEST(failure_of([&] {
                   (void)scatter_chart({points.data(), 1, 3, 3}, ids({1}));
               }).says("expected points of 2 coordinates, found points of 3"));
    BOOST_TEST(failure_of([] { (void)scatter_chart(plane({}), {}); }).says("expected a point, found none"));
    BOOST_TEST(failure_of([] {
                   (void)grid_around(plane({1, std::numeric_limits<float>::infinity()}));
               }).says("expected finite numbers, found inf"));
    BOOST_TEST(failure_of([&] {
                   (void)decision_map({.left = 1, .right = 1}, {}, plane(points), ids({1, 1}));
               }).says("a width and a height above 0"));
    std::vector<float> const many(200'002);
    BOOST_TEST(failure_of([&] { (void)grid_around(plane(many)); }).says("at most 100,000 points"));
}

BOOST_AUTO_TEST_SUITE_END()
