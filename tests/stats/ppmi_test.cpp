#include "wordmill/cuda/ppmi.hpp"
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <thrust/execution_policy.h>
#include <thrust/system/tbb/execution_policy.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stats;
import wordmill.stream;

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(ppmi_values)

namespace {
cooccurrence_counts matrix_of(std::vector<std::vector<std::uint64_t>> const& rows, std::uint64_t unit = 1) {
    std::vector<cooccurrence> entries;
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t c = 0; c < rows.size(); ++c)
            if (rows[r][c] > 0) entries.push_back({id_at(r), id_at(c), rows[r][c]});
    return {rows.size(), unit, std::move(entries)};
}

std::vector<std::vector<float>> dense(csr<float> const& m) {
    auto const view = m.view();
    std::vector<std::vector<float>> rows(view.rows, std::vector<float>(view.columns));
    for (std::size_t r = 0; r < view.rows; ++r)
        for (std::size_t i = 0; i < view.row_columns(r).size(); ++i)
            rows[r][view.row_columns(r)[i]] = view.row_values(r)[i];
    return rows;
}

/// "you say goodbye and i say hello ." with window 1
std::vector<std::vector<std::uint64_t>> const book{{0, 1, 0, 0, 0, 0, 0}, {1, 0, 1, 0, 1, 1, 0}, {0, 1, 0, 1, 0, 0, 0},
                                                   {0, 0, 1, 0, 1, 0, 0}, {0, 1, 0, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 1},
                                                   {0, 0, 0, 0, 0, 1, 0}};
}

BOOST_AUTO_TEST_CASE(the_book_s_sentence_has_the_book_s_values) {
    // The table printed in Deep Learning from Scratch 2, chapter 2, with three digits.
    double const expected[7][7] = {{0, 1.807, 0, 0, 0, 0, 0},     {1.807, 0, 0.807, 0, 0.807, 0.807, 0},
                                   {0, 0.807, 0, 1.807, 0, 0, 0}, {0, 0, 1.807, 0, 1.807, 0, 0},
                                   {0, 0.807, 0, 1.807, 0, 0, 0}, {0, 0.807, 0, 0, 0, 0, 2.807},
                                   {0, 0, 0, 0, 0, 2.807, 0}};
    for (std::uint64_t const unit : {1U, 60U}) { // the unit cancels out
        auto rows = book;
        for (auto& row : rows)
            for (auto& w : row) w *= unit;
        auto const found = dense(ppmi(matrix_of(rows, unit)));
        for (std::size_t r = 0; r < 7; ++r)
            for (std::size_t c = 0; c < 7; ++c) BOOST_TEST(std::abs(double{found[r][c]} - expected[r][c]) < 0.0005);
    }
}

BOOST_AUTO_TEST_CASE(the_book_s_examples_of_pmi_come_out) {
    // N = 10,000; "the" 1000, "car" 20, "drive" 10 times; "the car" 10, "car drive" 5 times: log2(10 * 10000 / (1000 *
    // 20)) = 2.32 and log2(5 * 10000 / (20 * 10)) = 7.97. A matrix with these sums of rows and columns:
    std::vector<std::vector<std::uint64_t>> const rows{{0, 10, 0, 990}, {10, 0, 5, 5}, {0, 5, 0, 5}, {990, 5, 5, 7970}};
    auto const found = dense(ppmi(matrix_of(rows)));
    BOOST_TEST(std::abs(double{found[0][1]} - std::log2(5.0)) < 1e-6);
    BOOST_TEST(std::abs(double{found[1][2]} - std::log2(250.0)) < 1e-6);
    BOOST_TEST(std::abs(double{found[0][1]} - 2.32) < 0.005);
    BOOST_TEST(std::abs(double{found[1][2]} - 7.97) < 0.005);
}

BOOST_AUTO_TEST_CASE(smoothing_shift_and_threshold_are_those_of_the_formula) {
    auto const found = dense(ppmi(
        matrix_of(book), {.base = logarithm::natural, .smoothing = 0.75, .shift = 2, .threshold = 0.3, .threads = 2}));
    double const sums[7] = {1, 4, 2, 2, 2, 2, 1};
    double z = 0;
    for (auto const s : sums) z += std::pow(s, 0.75);
    std::size_t kept = 0;
    for (std::size_t r = 0; r < 7; ++r)
        for (std::size_t c = 0; c < 7; ++c) {
            auto const w = static_cast<double>(book[r][c]);
            auto const pmi = std::log((w / 14) / ((sums[r] / 14) * (std::pow(sums[c], 0.75) / z))) - std::log(2.0);
            auto const expected = pmi > 0.3 ? pmi : 0.0;
            kept += expected > 0;
            BOOST_TEST(std::abs(double{found[r][c]} - expected) < 1e-6);
        }
    BOOST_TEST(kept > 2U);
    BOOST_TEST(kept < 14U);
}

BOOST_AUTO_TEST_CASE(types_that_never_occur_have_empty_rows) {
    auto const m = ppmi(matrix_of({{0, 0, 3}, {0, 0, 0}, {3, 0, 0}}));
    BOOST_TEST(m.view().rows == 3);
    BOOST_TEST(m.view().nonzeros() == 2);
    BOOST_TEST(m.view().row_columns(1).empty());
    for (auto const v : m.view().values) BOOST_TEST(v == 1.0F); // log2(3 * 6 / (3 * 3))
    BOOST_TEST(ppmi(cooccurrence_counts()).view().nonzeros() == 0);
    BOOST_TEST(ppmi(matrix_of({{0, 0}, {0, 0}})).view().nonzeros() == 0);
    BOOST_TEST(ppmi(matrix_of({{7}})).view().nonzeros() == 0); // one type: log 1
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
    auto const counts = matrix_of(book);
    auto const nan = std::numeric_limits<double>::quiet_NaN();
    auto const refused = [](error const& e) { return e.kind() == failure::usage; };
    for (ppmi_options const& o :
         {ppmi_options{.smoothing = nan}, ppmi_options{.smoothing = -1}, ppmi_options{.shift = 0.5},
          ppmi_options{.shift = nan}, ppmi_options{.threshold = -1}})
        BOOST_CHECK_EXCEPTION((void)ppmi(counts, o), error, refused);
    BOOST_CHECK_EXCEPTION((void)ppmi(counts, {.memory_bytes = 111}), error,
                          [](error const& e) { return e.kind() == failure::resource; });
    BOOST_TEST(ppmi(counts, {.memory_bytes = 112}).view().nonzeros() == 14); // 14 entries of 8 bytes
}

BOOST_AUTO_TEST_CASE(every_back_end_has_the_same_entries) {
    auto rng = random_key(1).engine();
    std::vector<wordmill::cuda::weighted_entry> entries;
    for (std::uint32_t i = 0; i < 100000; ++i) entries.push_back({i / 300, i % 300, 1 + rng() % 1000});
    std::vector<double> rows(400);
    std::vector<double> columns(300);
    for (auto& r : rows) r = double{rng.uniform()};
    for (auto& c : columns) c = 10 * double{rng.uniform()};
    wordmill::cuda::pmi_of const pmi{rows.data(), columns.data(), 1.5};
    std::vector<std::pair<std::uint32_t, std::uint32_t>> expected;
    for (auto const& e : entries)
        if (1.5 * std::log(static_cast<double>(e.weight)) - rows[e.row] - columns[e.column] > 0.5)
            expected.emplace_back(e.row, e.column);
    auto const check = [&](auto const& policy) {
        std::vector<wordmill::cuda::valued_entry> found(entries.size());
        found.resize(wordmill::cuda::ppmi_of_entries(policy, entries.data(), entries.size(), pmi, 0.5F, found.data()));
        std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
        for (auto const& e : found) places.emplace_back(e.row, e.column);
        BOOST_TEST((places == expected));
    };
    check(thrust::seq);
    check(thrust::tbb::par);
}

BOOST_AUTO_TEST_SUITE_END()
