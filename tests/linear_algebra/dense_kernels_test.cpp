#include "../../modules/linear_algebra/dense_kernels.hpp"
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>
import wordmill.core;

using namespace wordmill;

namespace {
using kernels::product_shape, kernels::part;

// A single number, sizes below a register's, sizes that are not multiples of it, blocks as the SVD multiplies them, and
// sums longer than the 256 products that are taken at once.
constexpr product_shape shapes[] = {{1, 1, 1},    {3, 7, 5},     {17, 33, 9},    {14, 64, 16},  {256, 100, 16},
                                    {16, 64, 33}, {61, 255, 47}, {64, 256, 132}, {29, 257, 31}, {2, 600, 3},
                                    {13, 0, 5},   {0, 5, 5},     {5, 5, 0},      {100, 513, 65}};

/// Multiples of 2^-23 between -1 and 1: exact in floats.
template <class T> std::vector<T> numbers(std::size_t count, std::uint64_t seed) {
    std::vector<T> out(count);
    auto random = random_key(seed).engine();
    for (auto& value : out) value = static_cast<T>(2 * random.uniform() - 1);
    return out;
}

/// Compares c = 1 + a b with sums of doubles. An entry may be off by the rounding of its terms. Rows of each matrix are
/// `gap` values longer than needed; what lies there stays as it is.
template <class T> void check(product_shape shape, bool transposed, part wanted, std::size_t gap, double rounding) {
    auto const [rows, inner, columns] = shape;
    auto const a_step = (transposed ? rows : inner) + gap, b_step = columns + gap, c_step = columns + gap;
    auto const a = numbers<T>((transposed ? inner : rows) * a_step + 1, 1), b = numbers<T>(inner * b_step + 1, 2);
    std::vector<T> c(rows * c_step + 1, T{1});
    auto const row_step = transposed ? 1 : a_step, inner_step = transposed ? a_step : 1;
    kernels::add_product({a.data(), row_step, inner_step}, {b.data(), b_step}, {c.data(), c_step}, shape, wanted);
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t k = wanted == part::upper ? r : 0; k < columns; ++k) {
            double sum = 1, sizes = 1;
            for (std::size_t i = 0; i < inner; ++i) {
                auto const term =
                    static_cast<double>(a[r * row_step + i * inner_step]) * static_cast<double>(b[i * b_step + k]);
                sum += term;
                sizes += std::abs(term);
            }
            auto const off = std::abs(static_cast<double>(c[r * c_step + k]) - sum);
            if (!(off <= static_cast<double>(inner + 2) * rounding * sizes)) ++wrong;
        }
        for (std::size_t k = columns; k < c_step; ++k) wrong += c[r * c_step + k] != T{1};
    }
    BOOST_TEST(wrong == 0U, "[" << rows << ", " << inner << "] times [" << inner << ", " << columns << "], gap " << gap
                                << ": " << wrong << " wrong entries");
}
}

BOOST_AUTO_TEST_SUITE(dense_kernels)

BOOST_AUTO_TEST_CASE(products_of_every_shape_are_those_of_plain_sums) {
    for (auto const shape : shapes)
        for (bool const transposed : {false, true})
            for (std::size_t const gap : {0, 3}) {
                check<float>(shape, transposed, part::all, gap, 0x1p-24);
                check<double>(shape, transposed, part::all, gap, 0x1p-53);
            }
}

BOOST_AUTO_TEST_CASE(the_upper_part_of_a_product_is_complete) {
    for (auto const shape : shapes) {
        check<float>(shape, true, part::upper, 0, 0x1p-24);
        check<double>(shape, true, part::upper, 0, 0x1p-53);
    }
}

BOOST_AUTO_TEST_SUITE_END()
