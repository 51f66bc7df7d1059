#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <vector>
import wordmill.core;

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(a_matrix_view_addresses_rows_by_stride) {
    std::vector<float> values{1, 2, 0, 3, 4, 0};
    wordmill::matrix_view<float> const m{values.data(), 2, 2, 3};
    BOOST_TEST(m(1, 0) == 3.F);
    BOOST_TEST(m.row(1)[1] == 4.F);
    wordmill::matrix_view<float const> const read_only = m;
    BOOST_TEST(read_only(0, 1) == 2.F);
}

BOOST_AUTO_TEST_CASE(a_matrix_starts_at_zero_and_refuses_sizes_that_overflow) {
    wordmill::matrix<double> m(3, 4);
    BOOST_TEST(m.view()(2, 3) == 0.0);
    BOOST_CHECK_THROW(wordmill::matrix<float>(1ULL << 33, 1ULL << 33), wordmill::error);
}

// [[0, 5, 0], [7, 0, 9]]
BOOST_AUTO_TEST_CASE(a_csr_matrix_gives_its_rows) {
    wordmill::csr<int> m(3, {0, 1, 3}, {1, 0, 2}, {5, 7, 9});
    auto const view = m.view();
    BOOST_TEST(view.rows == 2u);
    BOOST_TEST(view.nonzeros() == 3u);
    BOOST_TEST(view.row_columns(1)[1] == 2u);
    BOOST_TEST(view.row_values(1)[0] == 7);
}

BOOST_AUTO_TEST_CASE(a_csr_matrix_checks_its_offsets_and_columns) {
    using m = wordmill::csr<int>;
    BOOST_CHECK_THROW(m(3, {0, 2}, {1}, {5}), wordmill::contract_violation);
    BOOST_CHECK_THROW(m(3, {0, 2, 1, 3}, {0, 1, 2}, {5, 7, 9}), wordmill::contract_violation);
    BOOST_CHECK_THROW(m(3, {0, 1}, {3}, {5}), wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()
