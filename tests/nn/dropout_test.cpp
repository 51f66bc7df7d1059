#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::dropout_form;
using wordmill::dropout_options;
using wordmill::pass;
using wordmill::random_key;

namespace {
pass const training{true, random_key(7)};
wordmill::tensor<double> ones(std::size_t rows, std::size_t columns) {
    return tensor_of(rows, columns, std::vector<double>(rows * columns, 1.0));
}
}

BOOST_AUTO_TEST_SUITE(dropouts)

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences_in_both_forms_and_passes) {
    for (auto const form : {dropout_form::inverted, dropout_form::plain})
        for (bool const is_training : {true, false})
            for (bool const per_sequence : {true, false}) {
                wordmill::dropout<double> layer(reference_of(), {0.3, form, per_sequence});
                auto x = wave(6, 4, 1);
                auto const d_y = wave(6, 4, 2);
                pass const pass{is_training, random_key(3)};
                (void)layer.forward(x.view(), pass, 2);
                auto const d_x = values_of(layer.backward(d_y.view()));
                check_gradient(x.view(), d_x, [&] {
                    return sum_of_products(values_of(layer.forward(x.view(), pass, 2)), d_y.values());
                });
            }
}

// Of 40,000 values about 30 % are dropped: 4 deviations are 4 sqrt(0.3 x 0.7 / 40,000) = 0.0092.
BOOST_AUTO_TEST_CASE(as_many_are_dropped_as_asked_for_and_the_rest_is_scaled) {
    auto const x = ones(400, 100);
    for (auto const form : {dropout_form::inverted, dropout_form::plain}) {
        wordmill::dropout<double> layer(reference_of(), {.ratio = 0.3, .form = form});
        std::size_t dropped = 0;
        for (auto const y : values_of(layer.forward(x.view(), training))) {
            dropped += y == 0;
            BOOST_TEST_REQUIRE((y == 0 || std::abs(y - (form == dropout_form::inverted ? 1 / 0.7 : 1)) < 1e-15));
        }
        BOOST_TEST(std::abs(static_cast<double>(dropped) / 40000 - 0.3) < 0.0092);
        near(values_of(layer.forward(x.view(), {})),
             std::vector<double>(40000, form == dropout_form::inverted ? 1.0 : 0.7), 1e-15);
    }
}

BOOST_AUTO_TEST_CASE(one_mask_per_sequence_is_the_same_at_every_step) {
    auto const x = ones(5 * 2, 50);
    wordmill::dropout<double> layer(reference_of(), {.per_sequence = true});
    auto const y = values_of(layer.forward(x.view(), training, 2));
    for (std::size_t i = 100; i < y.size(); ++i) BOOST_TEST_REQUIRE(y[i] == y[i - 100]);
    BOOST_TEST((std::vector(y.begin(), y.begin() + 50) != std::vector(y.begin() + 50, y.begin() + 100))); // two lanes
    wordmill::dropout<double> other(reference_of());
    auto const each = values_of(other.forward(x.view(), training, 2));
    BOOST_TEST((std::vector(each.begin(), each.begin() + 100) == std::vector(y.begin(), y.begin() + 100)));
    BOOST_TEST((each != y));
    BOOST_TEST((values_of(other.forward(x.view(), {true, random_key(8)})) != each));
    BOOST_TEST((values_of(other.forward(x.view(), training)) == each));
}

BOOST_AUTO_TEST_CASE(ratios_out_of_range_are_refused) {
    for (double const ratio : {-0.1, 1.0, std::nan("")})
        BOOST_TEST((failure_of([&] { wordmill::dropout<double>(reference_of(), dropout_options{.ratio = ratio}); })
                    == wordmill::failure::usage));
    wordmill::dropout<double> none(reference_of(), {.ratio = 0});
    auto const x = wave(2, 2, 0);
    near(values_of(none.forward(x.view(), training)), x.values(), 0);
}

BOOST_AUTO_TEST_SUITE_END()
