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
using wordmill::norm_placement;

BOOST_AUTO_TEST_SUITE(layer_norms)

// (1, 3, 5, 7): mean 4, variance (9 + 1 + 1 + 9) / 4 = 5. (2, 2, 2, 2): all 0, which the bias is added to.
BOOST_AUTO_TEST_CASE(a_row_is_normalised_as_worked_by_hand) {
    wordmill::parameter_set<double> set(reference_of());
    auto const p = wordmill::add_layer_norm(4, "norm", set);
    near(p.gain.host_values(), {1, 1, 1, 1});
    near(p.bias.host_values(), {0, 0, 0, 0});
    p.gain.assign(std::vector<double>{1, 2, 1, 1});
    p.bias.assign(std::vector<double>{0, 0, 0.5, 0});
    wordmill::layer_norm<double> layer(p);
    auto const s = 1 / std::sqrt(5 + 1e-5);
    near(values_of(layer.forward(tensor_of(2, 4, {1, 3, 5, 7, 2, 2, 2, 2}).view())),
         {-3 * s, -2 * s, s + 0.5, 3 * s, 0, 0, 0.5, 0});
}

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences) {
    wordmill::parameter_set<double> set(reference_of());
    wordmill::layer_norm<double> layer(wordmill::add_layer_norm(5, "norm", set));
    fill_waves(set);
    auto x = wave(3, 5, 0.3);
    auto const d_y = wave(3, 5, 0.5);
    (void)layer.forward(x.view());
    auto const d_x = values_of(layer.backward(d_y.view()));
    auto const loss = [&] { return sum_of_products(values_of(layer.forward(x.view())), d_y.values()); };
    check_gradient(x.view(), d_x, loss);
    check_gradients(set, loss);
}

BOOST_AUTO_TEST_CASE(gradients_of_two_passes_add_up) {
    wordmill::parameter_set<double> set(reference_of());
    wordmill::layer_norm<double> layer(wordmill::add_layer_norm(5, "norm", set));
    auto const x = wave(3, 5, 0.3), d_y = wave(3, 5, 0.5);
    (void)layer.forward(x.view());
    (void)layer.backward(d_y.view());
    auto const once = set.at("norm.gain").host_gradient();
    (void)layer.backward(d_y.view());
    auto const twice = set.at("norm.gain").host_gradient();
    for (std::size_t i = 0; i < once.size(); ++i) BOOST_TEST(std::abs(twice[i] - 2 * once[i]) < 1e-12);
}

// The layer doubles its input: x + 2 norm(x) or norm(3 x), of which all values are 1 or -1 times 1 / sqrt(1 + 1e-5) and
// 3 / sqrt(9 + 1e-5).
BOOST_AUTO_TEST_CASE(a_residual_layer_normalises_before_or_after) {
    for (auto const where : {norm_placement::before, norm_placement::after}) {
        wordmill::parameter_set<double> set(reference_of());
        wordmill::residual<double> layer(where, 0, wordmill::add_layer_norm(2, "norm", set));
        wordmill::tensor<double> doubled(reference_of(), 1, 2);
        auto const twice = [&](wordmill::device_view<double const> x) -> wordmill::device_view<double const> {
            reference_of()->copy(x, doubled.view());
            reference_of()->scale(doubled.view(), 2);
            return doubled.view();
        };
        auto x = tensor_of(1, 2, {1, -1});
        auto const found = values_of(layer.forward(x.view(), {}, twice));
        auto const one = where == norm_placement::before ? 1 + 2 / std::sqrt(1 + 1e-5) : 3 / std::sqrt(9 + 1e-5);
        near(found, {one, -one});
        auto const d_y = wave(1, 2, 0.5);
        auto const d_x = values_of(layer.backward(d_y.view(), twice));
        auto const loss = [&] { return sum_of_products(values_of(layer.forward(x.view(), {}, twice)), d_y.values()); };
        check_gradient(x.view(), d_x, loss);
        check_gradients(set, loss);
    }
}

BOOST_AUTO_TEST_CASE(gradients_of_feed_forward_layers_equal_central_differences) {
    for (auto const f : {activation::tanh, activation::gelu}) {
        wordmill::parameter_set<double> set(reference_of());
        wordmill::feed_forward<double> layer(
            wordmill::add_feed_forward(3, 5, "feed_forward", set, wordmill::random_key(1)), f);
        fill_waves(set);
        auto x = wave(4, 3, 0.3);
        auto const d_y = wave(4, 3, 0.5);
        (void)layer.forward(x.view());
        auto const d_x = values_of(layer.backward(d_y.view()));
        auto const loss = [&] { return sum_of_products(values_of(layer.forward(x.view())), d_y.values()); };
        check_gradient(x.view(), d_x, loss);
        check_gradients(set, loss);
    }
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_refused) {
    wordmill::parameter_set<double> set(reference_of());
    auto const p = wordmill::add_layer_norm(4, "norm", set);
    auto const narrow = failure_of([&] { wordmill::layer_norm<double>({p.gain, set.add("narrow", 1, 3)}); });
    BOOST_TEST(narrow.says("layer norm narrow: expected [1, 4], found [1, 3]"), narrow.text);
    wordmill::layer_norm<double> layer(p);
    auto const wide = failure_of([&] { (void)layer.forward(wave(2, 5, 0).view()); });
    BOOST_TEST(wide.says("layer norm norm.gain: expected [2, 4], found [2, 5]"), wide.text);
}

BOOST_AUTO_TEST_SUITE_END()
