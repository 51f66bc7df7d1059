#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.linear_algebra;
#include "../rounding.hpp"
#include "../worse_of.hpp"
#include "random_csr.hpp"

using namespace wordmill;

namespace {
csr<float> const nothing;
matrix<float> random_matrix(std::size_t rows, std::size_t columns) {
    auto random = random_key(2).engine();
    matrix<float> x(rows, columns);
    for (std::size_t r = 0; r < rows; ++r)
        for (auto& value : x.view().row(r)) value = 2 * random.uniform() - 1;
    return x;
}
std::span<float> values_in(matrix<float>& x) { return {x.view().data, x.rows() * x.columns()}; }

/// The largest error of y = a x as a share of what rounding explains: at most 1. The kernel sums 512 products at a time
/// and stores a value once for each tile of x.
double worst_share(csr_view<float const> a, matrix<float> const& x, matrix<float> const& y, std::size_t tiles = 1) {
    constexpr std::size_t summed_at_once = 512;
    matrix<float> truth(y.rows(), y.columns());
    sparse_product_reference(a, x.view(), truth.view()); // sums in double
    double worst = 0;
    for (std::size_t r = 0; r < y.rows(); ++r)
        for (std::size_t c = 0; c < y.columns(); ++c) {
            sum_of_products_bound rounding(summed_at_once);
            for (auto i = a.row_offsets[r]; i < a.row_offsets[r + 1]; ++i)
                rounding.add(static_cast<double>(a.values[i]), static_cast<double>(x.view()(a.columns_of[i], c)));
            auto const off = std::abs(static_cast<double>(y.view()(r, c)) - static_cast<double>(truth.view()(r, c)));
            if (off != 0) worst = worse_of(worst, off / rounding.bound(tiles));
        }
    return worst;
}
std::vector<float> values_of(matrix<float> const& x) { return {x.view().data, x.view().data + x.rows() * x.columns()}; }
}

BOOST_AUTO_TEST_SUITE(sparse_products)

// by hand: [1 0 2; 0 0 0; 0 3 0] [1 2; 3 4; 5 6] = [11 14; 0 0; 9 12]
BOOST_AUTO_TEST_CASE(a_small_one_is_that_of_hand) {
    auto const a = sparse({{1, 0, 2}, {}, {0, 3, 0}}, 3);
    matrix<float> x(3, 2), y(3, 2);
    std::ranges::copy(std::vector<float>{1, 2, 3, 4, 5, 6}, x.view().data);
    for (auto& value : y.view().row(1)) value = 7; // not what it adds to
    sparse_product(a.view(), x.view(), y.view());
    BOOST_TEST(values_of(y) == (std::vector<float>{11, 14, 0, 0, 9, 12}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_width_equals_the_reference) {
    auto const a = random_csr(301, 700, 0.05);
    for (std::size_t const width : {1, 3, 8, 15, 16, 17, 31, 32, 48, 64, 100, 112, 128, 129, 144, 300}) {
        auto const x = random_matrix(700, width);
        matrix<float> y(301, width);
        sparse_product(a.view(), x.view(), y.view());
        auto const worst = worst_share(a.view(), x, y);
        BOOST_TEST(worst < 1, "width " << width << ": " << worst);
    }
}

// at 128 columns a tile is 2048 rows of x, at 300 it is 873
BOOST_AUTO_TEST_CASE(many_tiles_equal_the_reference_on_any_number_of_threads) {
    csr<float> const few(9000, {0, 0, 1, 5, 7, 7}, {8999, 0, 2047, 2048, 8998, 872, 873}, {1, 2, 3, 4, 5, 6, 7});
    auto const many = random_csr(40, 7000, 0.05);
    for (auto const& a : {many.view(), few.view()})
        for (std::size_t const width : {128, 131, 300}) {
            auto const x = random_matrix(a.columns, width);
            matrix<float> y(a.rows, width), again(a.rows, width);
            std::ranges::fill(values_in(y), 7.0F); // not what the first tile adds to
            sparse_product(a, x.view(), y.view());
            sparse_product(a, x.view(), again.view(), 3);
            auto const worst = worst_share(a, x, y, 11); // 9000 rows of x, 873 in a tile
            BOOST_TEST(worst < 1, "width " << width << ": " << worst);
            BOOST_TEST(values_of(y) == values_of(again));
        }
}

BOOST_AUTO_TEST_CASE(only_the_columns_of_a_view_are_written) {
    auto const a = random_csr(20, 20, 0.3);
    auto const x = random_matrix(20, 19);
    matrix<float> y(20, 40), truth(20, 19);
    for (std::size_t r = 0; r < 20; ++r) std::ranges::fill(y.view().row(r), 9.0F);
    sparse_product(a.view(), x.view(), {y.view().data + 1, 20, 19, 40});
    sparse_product(a.view(), x.view(), truth.view());
    for (std::size_t r = 0; r < 20; ++r)
        for (std::size_t c = 0; c < 40; ++c)
            BOOST_TEST(y.view()(r, c) == (c >= 1 && c < 20 ? truth.view()(r, c - 1) : 9.0F));
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_does_not_change_a_bit) {
    auto const a = random_csr(400, 300, 0.1);
    auto const x = random_matrix(300, 32);
    matrix<float> one(400, 32);
    sparse_product(a.view(), x.view(), one.view());
    for (unsigned const threads : {2, 5}) {
        matrix<float> y(400, 32);
        sparse_product(a.view(), x.view(), y.view(), threads);
        BOOST_TEST(values_of(y) == values_of(one));
    }
}

// 1,000,000 times 0.1; added up one by one in single precision it comes to 100,958
BOOST_AUTO_TEST_CASE(a_long_row_keeps_its_digits) {
    constexpr std::size_t n = 1'000'000;
    std::vector<std::uint32_t> columns(n);
    for (std::size_t c = 0; c < n; ++c) columns[c] = static_cast<std::uint32_t>(c);
    std::vector<float> values(n, 0.1F);
    csr<float> const a(n, {0, n}, std::move(columns), std::move(values));
    matrix<float> x(n, 1), y(1, 1);
    for (std::size_t r = 0; r < n; ++r) x.view()(r, 0) = 1;
    sparse_product(a.view(), x.view(), y.view());
    BOOST_TEST(std::abs(static_cast<double>(y.view()(0, 0)) - 100000)
               < 0.2); // half a unit of the last place is 0.004, of each 512 at a time
}

// 65,536 times 0.1 in 32 tiles is 6,553.6; added up one by one it comes to 6,557.65, 512 at a time to 6,553.573
BOOST_AUTO_TEST_CASE(a_long_row_keeps_its_digits_in_many_tiles) {
    constexpr std::size_t n = 65536, width = 128;
    std::vector<std::uint32_t> columns(n);
    std::iota(columns.begin(), columns.end(), 0U);
    csr<float> const a(n, {0, n}, std::move(columns), std::vector<float>(n, 0.1F));
    matrix<float> x(n, width), y(1, width);
    std::ranges::fill(values_in(x), 1.0F);
    sparse_product(a.view(), x.view(), y.view());
    for (std::size_t c = 0; c < width; ++c) BOOST_TEST(std::abs(static_cast<double>(y.view()(0, c)) - 6553.6) < 0.04);
}

BOOST_AUTO_TEST_CASE(empty_matrices_are_fine) {
    matrix<float> y(2, 4);
    for (auto& value : y.view().row(0)) value = 1;
    sparse_product(sparse({{}, {}}, 3).view(), matrix<float>(3, 4).view(), y.view());
    BOOST_TEST(values_of(y) == std::vector<float>(8), boost::test_tools::per_element());
    sparse_product(nothing.view(), matrix<float>().view(), matrix<float>().view());
    sparse_product(sparse({}, 3).view(), matrix<float>(3, 4).view(), matrix<float>(0, 4).view());
}

BOOST_AUTO_TEST_CASE(other_shapes_are_refused) {
    matrix<float> y(2, 4);
    BOOST_CHECK_THROW(sparse_product(sparse({{}, {}}, 3).view(), matrix<float>(2, 4).view(), y.view()),
                      contract_violation);
    BOOST_CHECK_THROW(sparse_product(sparse({{}, {}}, 3).view(), matrix<float>(3, 3).view(), y.view()),
                      contract_violation);
}

BOOST_AUTO_TEST_CASE(a_transpose_has_rows_for_columns) {
    auto const t = transpose(sparse({{1, 0, 2, 0}, {}, {0, 3, 4, 0}}, 4).view());
    auto const v = t.view();
    BOOST_TEST(v.rows == 4u);
    BOOST_TEST(v.columns == 3u);
    BOOST_TEST(v.row_offsets == (std::vector<std::uint64_t>{0, 1, 2, 4, 4}), boost::test_tools::per_element());
    BOOST_TEST(v.columns_of == (std::vector<std::uint32_t>{0, 2, 0, 2}), boost::test_tools::per_element());
    BOOST_TEST(v.values == (std::vector<float>{1, 3, 2, 4}), boost::test_tools::per_element());
    BOOST_TEST(transpose(nothing.view()).view().rows == 0u);
}

BOOST_AUTO_TEST_CASE(a_transpose_twice_is_the_matrix_on_any_number_of_threads) {
    auto const a = random_csr(300, 500, 0.05);
    for (unsigned const threads : {1, 2, 5}) {
        auto const t = transpose(a.view(), threads);
        BOOST_TEST(std::ranges::is_sorted(t.view().row_columns(7)));
        auto const back = transpose(std::as_const(t).view(), threads);
        BOOST_TEST(back.view().row_offsets == a.view().row_offsets, boost::test_tools::per_element());
        BOOST_TEST(back.view().columns_of == a.view().columns_of, boost::test_tools::per_element());
        BOOST_TEST(back.view().values == a.view().values, boost::test_tools::per_element());
    }
    csr<float> const falling(3, {0, 2}, {2, 1}, {1, 1});
    BOOST_CHECK_THROW((void)transpose(falling.view()), contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()
