#include <boost/test/unit_test.hpp>
#include <cmath>
#include <optional>
#include <vector>
import wordmill.eval;

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(correlation)

BOOST_AUTO_TEST_CASE(equal_values_share_the_mean_of_their_ranks) {
    // Sorted: 1, 2, 2, 5, 5, 5: ranks 1, (2 + 3) / 2, (4 + 5 + 6) / 3.
    std::vector<double> const values{5, 2, 5, 1, 2, 5};
    BOOST_TEST(average_ranks(values) == (std::vector<double>{5, 2.5, 5, 1, 2.5, 5}), boost::test_tools::per_element());
    BOOST_TEST(average_ranks({}).empty());
}

BOOST_AUTO_TEST_CASE(spearman_without_ties_is_the_textbook_formula) {
    // Ranks 1 2 3 4 5 against 2 1 4 3 5: squared differences 1 1 1 1 0, 1 - 6 * 4 / (5 * 24) = 0.8.
    std::vector<double> const x{10, 20, 30, 40, 50}, y{7, 3, 9, 8, 11};
    BOOST_TEST(*spearman(x, y) == 0.8, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(spearman_with_ties_is_pearson_of_the_average_ranks) {
    // x = 1 2 2 3: ranks 1 2.5 2.5 4; y = 1 3 2 4: ranks 1 3 2 4. Both have mean 2.5.
    // deviations -1.5 0 0 1.5 and -1.5 0.5 -0.5 1.5: 4.5 / sqrt(4.5 * 5) = sqrt(0.9)
    std::vector<double> const x{1, 2, 2, 3}, y{1, 3, 2, 4};
    BOOST_TEST(*spearman(x, y) == std::sqrt(0.9), boost::test_tools::tolerance(1e-12));
    std::vector<double> const falling{4, 3, 2, 1};
    BOOST_TEST(*spearman(falling, y) == -0.8, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(what_does_not_vary_has_no_correlation) {
    std::vector<double> const same{2, 2, 2}, other{1, 2, 3}, one{1};
    BOOST_TEST(!spearman(same, other));
    BOOST_TEST(!pearson(other, same));
    BOOST_TEST(!spearman(one, one));
}

BOOST_AUTO_TEST_CASE(anscombes_quartet_correlates_as_published) {
    // Anscombe, Graphs in Statistical Analysis (1973): r = 0.816 for the first set.
    std::vector<double> const x{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
    std::vector<double> const y{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
    BOOST_TEST(std::abs(*pearson(x, y) - 0.816) < 0.0005);
}

BOOST_AUTO_TEST_SUITE_END()
