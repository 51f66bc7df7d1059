#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <vector>
import wordmill.core;
import wordmill.linear_algebra;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
matrix<float> rows_of(std::vector<std::vector<float>> const& rows) {
    matrix<float> made(rows.size(), rows[0].size());
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t c = 0; c < rows[0].size(); ++c) made.view()(r, c) = rows[r][c];
    return made;
}
auto const near = boost::test_tools::tolerance(1e-12);
}

BOOST_AUTO_TEST_SUITE(components)

// numpy.linalg.eigh(numpy.cov(X.T)) of the six rows; signs as the docstring says
BOOST_AUTO_TEST_CASE(they_are_those_of_numpy) {
    auto const rows =
        rows_of({{2, 0, 1, -1}, {1, 3, 0, 2}, {-1, 1, 4, 0}, {0, -2, 1, 3}, {3, 1, -1, 1}, {1, -1, 2, -2}});
    principal_components const found(rows.view(), 2);
    BOOST_REQUIRE(found.size() == 2u);
    BOOST_TEST(found.shares()[0] == 0.4641723439307404, near);
    BOOST_TEST(found.shares()[1] == 0.2950290963233782, near);
    double const directions[2][4] = {
        {-0.4002919111033927, -0.356479027125998, 0.6955665511799526, -0.47841013994701415},
        {-0.5432681133916091, -0.08311164467885751, 0.20227465832328595, 0.8105782960892151}};
    double const coordinates[6][2] = {
        {0.3202218826624691, -1.7651441190196935},  {-2.4797202586331273, 0.7582492902797022},
        {2.7729081024394926, 1.198950847535349},    {-0.07987680066680611, 2.7299285814781},
        {-2.7845024378208554, -1.1749166015583021}, {2.2509695120188264, -1.747067998715156}};
    for (std::size_t k = 0; k < 2; ++k)
        for (std::size_t d = 0; d < 4; ++d) BOOST_TEST(found.direction(k)[d] == directions[k][d], near);
    for (std::size_t r = 0; r < 6; ++r)
        for (std::size_t k = 0; k < 2; ++k) BOOST_TEST(found.project(rows.view().row(r))[k] == coordinates[r][k], near);
    // a row that was not among them
    auto const other = found.project(std::array<float, 4>{1, 1, 1, 1});
    BOOST_TEST(other[0] == -0.5927855132541646, near);
    BOOST_TEST(other[1] == 0.3161689418714882, near);
}

// by hand: on the line y = x all variance is along (1, 1) / sqrt 2; many rows, so that they come in several pieces
BOOST_AUTO_TEST_CASE(points_on_a_line_have_one) {
    std::vector<std::vector<float>> points;
    for (int i = 0; i < 1001; ++i) points.push_back({static_cast<float>(i) + 7, static_cast<float>(i) - 3});
    principal_components const found(rows_of(points).view(), 3);
    BOOST_REQUIRE(found.size() == 2u); // as many as dimensions
    BOOST_TEST(found.shares()[0] == 1.0, near);
    BOOST_TEST(std::abs(found.shares()[1]) < 1e-12);
    BOOST_TEST(found.direction(0)[0] == std::sqrt(0.5), near);
    BOOST_TEST(found.direction(0)[1] == std::sqrt(0.5), near);
    BOOST_TEST(found.project(points[1000])[0] == 500 * std::sqrt(2.0), near);
}

BOOST_AUTO_TEST_CASE(rows_that_are_the_same_have_no_variance) {
    principal_components const found(rows_of({{1, 2}, {1, 2}, {1, 2}}).view(), 2);
    BOOST_TEST(found.shares()[0] == 0);
    BOOST_TEST(found.project(std::array<float, 2>{1, 2})[0] == 0);
}

BOOST_AUTO_TEST_CASE(too_many_dimensions_are_refused) {
    matrix<float> const wide(1, 5000);
    auto const seen = failure_of([&] { principal_components const never(wide.view(), 2); });
    BOOST_CHECK(seen == failure::resource);
    BOOST_TEST(seen.says("found 5000"));
}

BOOST_AUTO_TEST_SUITE_END()
