#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.linear_algebra;
#include "../io/failure_of.hpp"
#include "../worse_of.hpp"

using namespace wordmill;

namespace {
double largest_difference(dense_svd const& svd, matrix_view<double const> a) {
    double worst = 0;
    for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t c = 0; c < a.columns; ++c) {
            double sum = 0;
            for (std::size_t k = 0; k < svd.singular_values.size(); ++k)
                sum += svd.u.view()(r, k) * svd.singular_values[k] * svd.v.view()(c, k);
            worst = worse_of(worst, std::abs(sum - a(r, c)));
        }
    return worst;
}
auto const near = boost::test_tools::tolerance(1e-6);
}

BOOST_AUTO_TEST_SUITE(full_svds)

// "You say goodbye and I say hello .", window 1: you 0 say 1 goodbye 2 and 3 i 4 hello 5 . 6. Values and vectors by
// numpy.linalg.svd of log2(C N / (S_i S_j)), where above 0.
BOOST_AUTO_TEST_CASE(the_toy_corpus_of_the_book_comes_back) {
    std::vector<std::vector<double>> const counts{{0, 1, 0, 0, 0, 0, 0}, {1, 0, 1, 0, 1, 1, 0}, {0, 1, 0, 1, 0, 0, 0},
                                                  {0, 0, 1, 0, 1, 0, 0}, {0, 1, 0, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 1},
                                                  {0, 0, 0, 0, 0, 1, 0}};
    std::vector<double> sums(7);
    double all = 0;
    for (std::size_t r = 0; r < 7; ++r)
        for (std::size_t c = 0; c < 7; ++c) {
            sums[c] += counts[r][c];
            all += counts[r][c];
        }
    matrix<double> ppmi(7, 7);
    for (std::size_t r = 0; r < 7; ++r)
        for (std::size_t c = 0; c < 7; ++c)
            if (counts[r][c] > 0)
                ppmi.view()(r, c) = std::max(0.0, std::log2(counts[r][c] * all / (sums[r] * sums[c])));
    auto const svd = full_svd(ppmi.view());
    BOOST_TEST(largest_difference(svd, ppmi.view()) < 1e-12);
    double const values[] = {3.1680452162, 3.1680452162, 2.7029871405, 2.7029871405, 1.5144811118, 1.5144811118, 0};
    for (std::size_t i = 0; i < 7; ++i) BOOST_TEST(std::abs(svd.singular_values[i] - values[i]) < 1e-9);
    // of values that come twice, any two vectors at right angles will do
    BOOST_TEST(std::hypot(svd.u.view()(0, 0), svd.u.view()(0, 1)) == 0.34094874997, near);
    BOOST_TEST(std::hypot(svd.u.view()(1, 0), svd.u.view()(1, 1)) == 0.59763638185, near);
}

BOOST_AUTO_TEST_CASE(oblong_matrices_have_as_many_values_as_their_shorter_side) {
    // by hand: rows at right angles of lengths 5 and 2
    matrix<double> wide(2, 3);
    wide.view()(0, 0) = 3;
    wide.view()(0, 2) = -4;
    wide.view()(1, 1) = -2;
    auto const svd = full_svd(wide.view());
    BOOST_TEST(svd.singular_values == (std::vector<double>{5, 2}), near << boost::test_tools::per_element());
    BOOST_TEST(svd.u.columns() == 2u);
    BOOST_TEST(svd.v.rows() == 3u);
    BOOST_TEST(svd.u.view()(0, 0) == 1, near);
    BOOST_TEST(svd.v.view()(2, 0) == -0.8, near);
    BOOST_TEST(svd.v.view()(1, 1) == -1, near);
    matrix<double> tall(3, 2);
    for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t c = 0; c < 2; ++c) tall.view()(r, c) = wide.view()(c, r);
    BOOST_TEST(largest_difference(full_svd(tall.view()), tall.view()) < 1e-14);
    BOOST_TEST(full_svd(matrix<double>(0, 3).view()).singular_values.empty());
    BOOST_TEST(full_svd(matrix<double>(2, 2).view()).singular_values == std::vector<double>(2),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_is_refused) {
    matrix<double> a(3, 2);
    a.view()(2, 1) = std::numeric_limits<double>::quiet_NaN();
    auto const refused = failure_of([&] { (void)full_svd(a.view()); });
    BOOST_TEST((refused == failure::bad_data));
    BOOST_TEST(refused.says("row 2, column 1"));
}

BOOST_AUTO_TEST_SUITE_END()
