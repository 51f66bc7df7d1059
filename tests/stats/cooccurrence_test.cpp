#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>
import wordmill.core;
import wordmill.stats;
import wordmill.stream;

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(cooccurrence)

namespace {
struct cooccurrence entry(std::size_t row, std::size_t column, std::uint64_t weight) {
    return {id_at(row), id_at(column), weight};
}
}

BOOST_AUTO_TEST_CASE(totals_are_the_sums_of_rows_and_columns) {
    cooccurrence_counts const counts(3, 1, {entry(0, 1, 5), entry(0, 2, 1), entry(2, 1, 7)});
    BOOST_TEST(counts.size() == 3);
    auto const& t = counts.totals();
    BOOST_TEST((t.rows == std::vector<std::uint64_t>{6, 0, 7}));
    BOOST_TEST((t.columns == std::vector<std::uint64_t>{0, 12, 1}));
    BOOST_TEST(t.all == 13);
    BOOST_TEST(t.nonzeros == 3);
}

BOOST_AUTO_TEST_CASE(entries_outlive_the_handle_and_can_be_read_again) {
    auto entries = cooccurrence_counts(2, 1, {entry(0, 0, 1), entry(1, 0, 2)}).entries();
    std::size_t n = 0;
    for (auto const block : entries) n += block.size();
    BOOST_TEST(n == 2);
}

BOOST_AUTO_TEST_CASE(entries_out_of_order_outside_the_matrix_or_empty_are_refused) {
    auto const refused = [](error const& e) { return e.kind() == failure::bad_data; };
    BOOST_CHECK_EXCEPTION(cooccurrence_counts(2, 1, {entry(0, 2, 1)}), error, refused);
    BOOST_CHECK_EXCEPTION(cooccurrence_counts(2, 1, {entry(0, 1, 0)}), error, refused);
    BOOST_CHECK_EXCEPTION(cooccurrence_counts(2, 1, {entry(0, 1, 1), entry(0, 1, 1)}), error, refused);
    BOOST_CHECK_EXCEPTION(cooccurrence_counts(2, 1, {entry(1, 0, 1), entry(0, 1, 1)}), error, refused);
    auto const largest = ~std::uint64_t{0};
    BOOST_CHECK_EXCEPTION((void)cooccurrence_counts(2, 1, {entry(0, 0, largest), entry(0, 1, 1)}).totals(), error,
                          refused);
}

BOOST_AUTO_TEST_SUITE_END()
