#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <limits>
import wordmill.core;
import wordmill.linear_algebra;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
void multiply(matrix_view<double const> a, matrix_view<double const> b, matrix_view<double> c) {
    for (std::size_t i = 0; i < c.rows; ++i)
        for (std::size_t k = 0; k < c.columns; ++k) {
            c(i, k) = 0;
            for (std::size_t r = 0; r < a.rows; ++r) c(i, k) += a(r, i) * b(r, k);
        }
}
}

BOOST_AUTO_TEST_SUITE(dense_checks)

// When this fails, the message names the kernel: no other result of the truncated SVD can be trusted on this processor.
BOOST_AUTO_TEST_CASE(openblas_computes_right_products_here) {
    BOOST_CHECK_NO_THROW(check_openblas());
    BOOST_CHECK_NO_THROW(check_openblas());
}

BOOST_AUTO_TEST_CASE(one_wrong_entry_in_one_shape_is_found_and_named) {
    BOOST_CHECK_NO_THROW(check_dense_product("ours", 0x1p-53, multiply));
    for (double const wrong : {1e-9, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
        auto const found = failure_of([&] {
            check_dense_product("ours", 0x1p-53, [&](auto a, auto b, auto c) {
                multiply(a, b, c);
                if (c.rows == 61) c(60, 46) += wrong; // of [61, 255] [255, 47]
            });
        });
        BOOST_TEST((found == failure::unavailable));
        BOOST_TEST(found.says("ours computes wrong products on this processor"));
        BOOST_TEST(found.says("row 60, column 46 of a product [61, 255] [255, 47]"));
    }
}

BOOST_AUTO_TEST_CASE(products_in_floats_pass_with_the_rounding_of_floats_only) {
    auto const in_floats = [](matrix_view<double const> a, matrix_view<double const> b, matrix_view<double> c) {
        for (std::size_t i = 0; i < c.rows; ++i)
            for (std::size_t k = 0; k < c.columns; ++k) {
                float sum = 0;
                for (std::size_t r = 0; r < a.rows; ++r)
                    sum += static_cast<float>(a(r, i)) * static_cast<float>(b(r, k));
                c(i, k) = static_cast<double>(sum);
            }
    };
    BOOST_CHECK_NO_THROW(check_dense_product("floats", 0x1p-24, in_floats));
    BOOST_TEST((failure_of([&] { check_dense_product("floats", 0x1p-53, in_floats); }) == failure::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
