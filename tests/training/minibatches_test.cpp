#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.stream;
import wordmill.training;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
using batches = std::vector<std::vector<std::size_t>>;
batches of(shuffled_rows const& rows, std::uint64_t epoch, position from = {}) {
    batches all;
    for (auto const& batch : rows(epoch, from)) {
        auto& numbers = all.emplace_back();
        for (auto const row : batch.rows) numbers.push_back(index(row));
    }
    return all;
}
std::vector<std::size_t> joined(batches const& all) {
    std::vector<std::size_t> rows;
    for (auto const& batch : all) rows.insert(rows.end(), batch.begin(), batch.end());
    return rows;
}
auto const each = boost::test_tools::per_element();
}

BOOST_AUTO_TEST_SUITE(minibatches)

BOOST_AUTO_TEST_CASE(an_epoch_has_each_row_once_and_a_shorter_batch_at_its_end) {
    shuffled_rows const rows{.rows = 10, .batch_size = 4, .key = random_key(1)};
    BOOST_TEST(rows.batches() == 3u);
    BOOST_TEST(rows.dropped() == 0u);
    for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
        auto const all = of(rows, epoch);
        BOOST_REQUIRE(all.size() == 3u);
        BOOST_TEST(all[0].size() == 4u);
        BOOST_TEST(all[1].size() == 4u);
        BOOST_TEST(all[2].size() == 2u);
        auto sorted = joined(all);
        std::ranges::sort(sorted);
        BOOST_TEST(sorted == (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), each);
        BOOST_TEST((of(rows, epoch) == all));
        BOOST_TEST((of(rows, epoch + 1) != all));
    }
}

BOOST_AUTO_TEST_CASE(the_remainder_is_dropped_where_that_is_asked_for_as_in_the_book) {
    shuffled_rows rows{.rows = 10, .batch_size = 4, .key = random_key(1)};
    auto kept = of(rows, 3);
    rows.drop_remainder = true;
    BOOST_TEST(rows.batches() == 2u);
    BOOST_TEST(rows.dropped() == 2u);
    kept.pop_back();
    BOOST_TEST((of(rows, 3) == kept));
    rows.rows = 8;
    BOOST_TEST(rows.dropped() == 0u);
    BOOST_TEST(of(rows, 0).size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_epoch_goes_on_behind_any_batch) {
    shuffled_rows const rows{.rows = 11, .batch_size = 3, .key = random_key(5)};
    auto const all = of(rows, 7);
    std::size_t before = 0;
    for (auto const& batch : rows(7)) {
        BOOST_TEST((of(rows, 7, batch.start) == batches(all.begin() + static_cast<std::ptrdiff_t>(before), all.end())));
        BOOST_TEST(batch.start.block == before);
        BOOST_TEST(batch.start.state == 7u);
        ++before;
        if (before == all.size())
            BOOST_TEST((batch.next == position{.state = 8}));
        else
            BOOST_TEST(
                (of(rows, 7, batch.next) == batches(all.begin() + static_cast<std::ptrdiff_t>(before), all.end())));
    }
    BOOST_TEST(before == 4u);
}

// 3! = 6 orders; of 6,000 draws each is expected 1,000 times with a standard deviation of 29
BOOST_AUTO_TEST_CASE(every_order_is_as_likely) {
    shuffled_rows const rows{.rows = 3, .batch_size = 3, .key = random_key(2)};
    std::map<std::vector<std::size_t>, int> times;
    for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) ++times[joined(of(rows, epoch))];
    BOOST_TEST(times.size() == 6u);
    for (auto const& [order, count] : times) {
        BOOST_TEST(count > 870);
        BOOST_TEST(count < 1130);
    }
}

BOOST_AUTO_TEST_CASE(sizes_that_make_no_batch_are_refused) {
    auto const seen = [](shuffled_rows const& rows) { return failure_of([&] { (void)rows(0); }); };
    BOOST_TEST(seen({.rows = 5, .batch_size = 0}).says("expected a batch size of 1 or more, found 0"));
    BOOST_TEST(seen({.rows = 0}).says("expected 1 to 2^32 - 2 rows, found 0"));
    BOOST_TEST(seen({.rows = std::numeric_limits<std::size_t>::max()}).says("found 18446744073709551615"));
    BOOST_TEST(seen({.rows = 5, .batch_size = 6, .drop_remainder = true}).says("rows for a batch of 6, found 5"));
    BOOST_TEST(of({.rows = 5, .batch_size = 6}, 0).size() == 1u);
}

BOOST_AUTO_TEST_CASE(inputs_and_classes_of_the_same_rows_are_gathered) {
    auto const ops = reference_operations<float>();
    std::vector<float> const inputs{0, 1, 10, 11, 20, 21};
    std::vector<token_id> const classes{id_at(7), id_at(8), id_at(9)};
    labelled_rows data(ops, inputs, 2, classes);
    std::vector<row_number> const rows{row_at(2), row_at(0), row_at(2)};
    auto const batch = data.at(rows);
    BOOST_TEST(on_host(*ops, batch.inputs) == (std::vector<float>{20, 21, 0, 1, 20, 21}), each);
    BOOST_TEST((std::vector(batch.targets.begin(), batch.targets.end())
                == std::vector<token_id>{id_at(9), id_at(7), id_at(9)}));
    std::vector<row_number> const outside{row_at(3)};
    BOOST_TEST(failure_of([&] { (void)data.at(outside); }).says("rows below 3, found 3"));
    BOOST_TEST(failure_of([&] {
                   labelled_rows const never(ops, std::vector<float>(5), 2, classes);
               }).says("expected 6 inputs, 2 for each of 3 classes, found 5"));
}

BOOST_AUTO_TEST_CASE(the_class_of_a_row_is_its_largest_score) {
    auto const ops = reference_operations<float>();
    tensor<float> scores(ops, 3, 3);
    scores.assign(std::vector<float>{1, 3, 2, -1, -2, -3, 0, 5, 5});
    BOOST_TEST((largest_columns(*ops, scores.view()) == std::vector<token_id>{id_at(1), id_at(0), id_at(1)}));
}

BOOST_AUTO_TEST_SUITE_END()
