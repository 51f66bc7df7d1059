#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::transposed;

BOOST_AUTO_TEST_SUITE(affine_layers)

// (1, 2) times [1 2 3; 4 5 6] + (0.5, 0, -0.5) = (9.5, 12, 14.5); without the bias it is the book's MatMul.
BOOST_AUTO_TEST_CASE(results_are_those_worked_by_hand) {
    wordmill::parameter_set<double> set(reference_of());
    auto& w = set.add("w", 2, 3);
    auto& b = set.add("b", 1, 3);
    w.assign(std::vector<double>{1, 2, 3, 4, 5, 6});
    b.assign(std::vector<double>{0.5, 0, -0.5});
    auto const x = tensor_of(1, 2, {1, 2});
    near(values_of(wordmill::affine<double>(w, &b).forward(x.view())), {9.5, 12, 14.5});
    near(values_of(wordmill::affine<double>(w).forward(x.view())), {9, 12, 15});
    auto const wide = tensor_of(1, 3, {1, 0, -1}); // times W^T
    near(values_of(wordmill::affine<double>(w, nullptr, transposed::yes).forward(wide.view())), {-2, -2});
}

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences) {
    for (auto const form : {transposed::no, transposed::yes})
        for (bool const with_bias : {false, true}) {
            wordmill::parameter_set<double> set(reference_of());
            auto& w = form == transposed::yes ? add_wave(set, "w", 4, 3, 1) : add_wave(set, "w", 3, 4, 1);
            auto* const b = with_bias ? &add_wave(set, "b", 1, 4, 2) : nullptr;
            wordmill::affine<double> layer(w, b, form);
            auto x = wave(5, 3, 3);
            auto const d_y = wave(5, 4, 4);
            (void)layer.forward(x.view());
            auto const d_x = values_of(layer.backward(d_y.view()));
            auto const loss = [&] { return sum_of_products(values_of(layer.forward(x.view())), d_y.values()); };
            check_gradient(x.view(), d_x, loss);
            check_gradients(set, loss);
        }
}

BOOST_AUTO_TEST_CASE(two_layers_that_share_a_parameter_add_up_their_gradients) {
    wordmill::parameter_set<double> set(reference_of());
    auto& w = add_wave(set, "w", 3, 4, 1);
    wordmill::affine<double> up(w);
    wordmill::affine<double> down(w, nullptr, transposed::yes);
    auto x = wave(2, 3, 3);
    auto const d_y = wave(2, 3, 4);
    auto const loss = [&] { return sum_of_products(values_of(down.forward(up.forward(x.view()))), d_y.values()); };
    (void)loss();
    auto const d_x = values_of(up.backward(down.backward(d_y.view())));
    check_gradient(x.view(), d_x, loss);
    check_gradients(set, loss);
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_name_both_sizes) {
    wordmill::parameter_set<double> set(reference_of());
    auto& w = set.add("w", 3, 4);
    auto& b = set.add("b", 1, 3);
    wordmill::affine<double> layer(w);
    auto const wrong = failure_of([&] { (void)layer.forward(wave(2, 5, 0).view()); });
    BOOST_TEST((wrong == wordmill::failure::usage));
    BOOST_TEST(wrong.says("affine w: expected [2, 3], found [2, 5]"));
    auto const x = wave(2, 3, 0);
    (void)layer.forward(x.view());
    BOOST_TEST(failure_of([&] { (void)layer.backward(x.view()); }).says("expected [2, 4], found [2, 3]"));
    BOOST_TEST(failure_of([&] { wordmill::affine<double>(w, &b); }).says("bias: expected [1, 4], found [1, 3]"));
}

BOOST_AUTO_TEST_SUITE_END()
