#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::activation;

BOOST_AUTO_TEST_SUITE(activation_layers)

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences) {
    for (auto const f : {activation::sigmoid, activation::tanh, activation::relu, activation::softmax}) {
        wordmill::activation_layer<double> layer(reference_of(), f);
        auto x = wave(3, 4, 1); // no value so near 0 that the corner of ReLU matters
        auto const d_y = wave(3, 4, 2);
        (void)layer.forward(x.view());
        auto const d_x = values_of(layer.backward(d_y.view()));
        check_gradient(x.view(), d_x,
                       [&] { return sum_of_products(values_of(layer.forward(x.view())), d_y.values()); });
    }
}

// The book's appendix A: sigmoid' = y (1 - y), tanh' = 1 - y^2, over the whole range where they are not flat.
BOOST_AUTO_TEST_CASE(derivatives_are_those_of_the_results) {
    std::vector<double> range;
    for (int i = -40; i <= 40; ++i) range.push_back(i / 5.0);
    auto x = tensor_of(1, range.size(), range);
    auto const ones = tensor_of(1, range.size(), std::vector<double>(range.size(), 1.0));
    for (auto const f : {activation::sigmoid, activation::tanh}) {
        wordmill::activation_layer<double> layer(reference_of(), f);
        auto const y = values_of(layer.forward(x.view()));
        auto const d_x = values_of(layer.backward(ones.view()));
        for (std::size_t i = 0; i < y.size(); ++i) {
            auto const direct = f == activation::sigmoid ? 1 / (1 + std::exp(-range[i])) : std::tanh(range[i]);
            BOOST_TEST(std::abs(y[i] - direct) < 1e-15);
            auto const by_hand = f == activation::sigmoid ? y[i] * (1 - y[i]) : 1 - y[i] * y[i];
            BOOST_TEST(std::abs(d_x[i] - by_hand) < 1e-15);
        }
        check_gradient(x.view(), d_x,
                       [&] { return sum_of_products(values_of(layer.forward(x.view())), ones.values()); });
    }
    BOOST_TEST(failure_of([&] {
                   wordmill::activation_layer<double> layer(reference_of(), activation::tanh);
                   (void)layer.forward(x.view());
                   (void)layer.backward(wave(2, 3, 0).view());
               }).says("expected [1, 81], found [2, 3]"));
}

BOOST_AUTO_TEST_SUITE_END()
