#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "both_ways.hpp"
#include "tensors.hpp"

using wordmill::activation;
using wordmill::columns_of;
using wordmill::no_token;
using wordmill::recurrent_cell;
using wordmill::token_id;
using wordmill::transposed;

namespace {
std::vector<double> const six{1, 2, 3, 4, 5, 6};
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
}

BOOST_AUTO_TEST_SUITE(reference_of_operations)

BOOST_AUTO_TEST_CASE(memory_is_zero_and_views_leave_the_rest_alone) {
    auto const ops = reference_of();
    wordmill::tensor<double> x(ops, 2, 3);
    near(x.values(), std::vector<double>(6));
    ops->queue()->upload(std::vector<double>{7, 8}, columns_of(x.view(), 1, 1));
    near(x.values(), {0, 7, 0, 0, 8, 0});
    ops->fill(columns_of(x.view(), 2, 1), 9);
    near(x.values(), {0, 7, 9, 0, 8, 9});
    ops->copy(columns_of(x.view(), 2, 1), columns_of(x.view(), 0, 1));
    near(x.values(), {9, 7, 9, 9, 8, 9});
}

// [1 2 3; 4 5 6] times [1 0; 0 1; 2 -1] is [7 -1; 16 -1].
BOOST_AUTO_TEST_CASE(products_are_those_worked_by_hand_in_all_four_forms) {
    auto const ops = reference_of();
    auto const a = tensor_of(2, 3, six);
    auto const a_turned = tensor_of(3, 2, {1, 4, 2, 5, 3, 6});
    auto const b = tensor_of(3, 2, {1, 0, 0, 1, 2, -1});
    auto const b_turned = tensor_of(2, 3, {1, 0, 2, 0, 1, -1});
    for (auto const a_form : {transposed::no, transposed::yes})
        for (auto const b_form : {transposed::no, transposed::yes}) {
            auto c = tensor_of(2, 2, {NAN, NAN, NAN, NAN}); // what beta 0 leaves out
            auto const& left = a_form == transposed::yes ? a_turned : a;
            auto const& right = b_form == transposed::yes ? b_turned : b;
            ops->multiply(a_form, left.view(), b_form, right.view(), 0, c.view());
            near(c.values(), {7, -1, 16, -1});
            ops->multiply(a_form, left.view(), b_form, right.view(), 1, c.view());
            near(c.values(), {14, -2, 32, -2});
        }
    auto c = tensor_of(2, 2, {0, 0, 0, 0});
    BOOST_CHECK_THROW(ops->multiply(transposed::no, a.view(), transposed::yes, b.view(), 0, c.view()),
                      wordmill::contract_violation);
}

BOOST_AUTO_TEST_CASE(sums_are_those_worked_by_hand) {
    auto const ops = reference_of();
    auto x = tensor_of(2, 3, six);
    auto row = tensor_of(1, 3, {10, 20, 30});
    ops->add_row(row.view(), x.view());
    near(x.values(), {11, 22, 33, 14, 25, 36});
    ops->sum_rows(x.view(), 1, row.view());
    near(row.values(), {35, 67, 99});
    ops->sum_rows(x.view(), 0, row.view());
    near(row.values(), {25, 47, 69});
    auto y = tensor_of(2, 3, {1, 1, 1, 1, 1, 1});
    ops->add(tensor_of(2, 3, six).view(), -2, y.view());
    near(y.values(), {-1, -3, -5, -7, -9, -11});
    ops->scale(y.view(), -1);
    ops->multiply_values(y.view(), tensor_of(2, 3, six).view(), y.view());
    near(y.values(), {1, 6, 15, 28, 45, 66});
    BOOST_TEST(sum_of_squares(*ops, tensor_of(2, 3, six).view()) == 91.0);
}

BOOST_AUTO_TEST_CASE(activations_have_their_known_values) {
    auto const ops = reference_of();
    auto x = tensor_of(1, 3, {0, std::log(3), -std::log(3)});
    auto const at = [&](activation f) {
        wordmill::tensor<double> y(ops, 1, 3);
        ops->activate(f, x.view(), y.view());
        return y.values();
    };
    auto const gelu_at = [&](double value) { // x times the tabled probability: 0.8413 at 1
        auto const one = tensor_of(1, 1, {value});
        wordmill::tensor<double> y(ops, 1, 1);
        ops->activate(activation::gelu, one.view(), y.view());
        return y.values()[0];
    };
    near(at(activation::sigmoid), {0.5, 0.75, 0.25});
    near(at(activation::tanh), {0, 0.8, -0.8}); // (3 - 1/3) / (3 + 1/3)
    near(at(activation::relu), {0, std::log(3), 0});
    near({gelu_at(1), gelu_at(-1), gelu_at(0), gelu_at(30)}, {0.841344746068543, -0.158655253931457, 0, 30});
    near(at(activation::softmax), {3.0 / 13, 9.0 / 13, 1.0 / 13});
    x = tensor_of(1, 3, {1000, 1000, -1000}); // no overflow
    near(at(activation::softmax), {0.5, 0.5, 0});
    near(at(activation::sigmoid), {1, 1, 0});
}

// A.1 of the book: sigmoid' = y (1 - y), tanh' = 1 - y^2; softmax: y (d - sum of y d), here with sum 0.5.
BOOST_AUTO_TEST_CASE(derivatives_of_activations_come_from_their_results) {
    auto const ops = reference_of();
    auto const y = tensor_of(1, 3, {0.5, 0.25, 0.25});
    auto const at = [&](activation f) {
        auto d = tensor_of(1, 3, {1, -2, 2});
        ops->activate_backward(f, y.view(), d.view(), d.view());
        return d.values();
    };
    near(at(activation::sigmoid), {0.25, -0.375, 0.375});
    near(at(activation::tanh), {0.75, -1.875, 1.875});
    near(at(activation::relu), {1, -2, 2});
    near(at(activation::softmax), {0.25, -0.625, 0.375});
    auto d = tensor_of(1, 3, {1, -2, 2}); // gelu' = 0.8413 + 0.2420 at the argument 1, 0.1587 - 0.2420 at -1, 1/2 at 0
    ops->activate_backward(activation::gelu, tensor_of(1, 3, {1, -1, 0}).view(), d.view(), d.view());
    near(d.values(), {1.083315470587686, 0.166630941175373, 1});
}

BOOST_AUTO_TEST_CASE(what_is_dropped_is_a_function_of_the_key_and_the_place) {
    auto const ops = reference_of();
    auto const x = tensor_of(5, 7, std::vector<double>(35, 1.0));
    wordmill::tensor<double> y(ops, 5, 7);
    wordmill::dropout_mask mask{.key = wordmill::random_key(3), .ratio = 0.4, .scale = 3};
    ops->drop(mask, x.view(), y.view());
    std::vector<double> expected;
    auto rng = mask.key.engine();
    for (int i = 0; i < 35; ++i) expected.push_back(rng() * 0x1p-32 >= 0.4 ? 3 : 0);
    near(y.values(), expected);
    mask.period = 2;
    ops->drop(mask, x.view(), y.view());
    for (std::size_t i = 14; i < 35; ++i) expected[i] = expected[i - 14];
    near(y.values(), expected);
}

// Row 0: p = (1, 3) / 4 with target 1, loss log(4/3). Row 1 does not count. Row 2: p = (1/2, 1/2), loss log 2.
BOOST_AUTO_TEST_CASE(softmax_loss_is_that_worked_by_hand) {
    auto const ops = reference_of();
    auto x = tensor_of(3, 2, {0, std::log(3), 5, 5, 1, 1});
    std::vector const targets{token_id{1}, no_token, token_id{0}};
    auto const ids = mirror(*ops, targets);
    auto const loss = loss_of(*ops, [&](auto to) { ops->softmax_loss(x.view(), ids.device(), x.view(), to); });
    BOOST_TEST(loss.count == 2u);
    BOOST_TEST(std::abs(loss.sum - (std::log(4.0 / 3) + std::log(2))) < 1e-12);
    near(x.values(), {0.25, 0.75, 0.5, 0.5, 0.5, 0.5});
    ops->softmax_loss_backward(x.view(), ids.device(), 0.5, x.view());
    near(x.values(), {0.125, -0.125, 0, 0, -0.25, 0.25});
}

// The same numbers, the logits being x W + b with x = (1, 2): row 0 of W^T is (1, -1) + b 1, row 1 (log 3, 0) + b 0.
BOOST_AUTO_TEST_CASE(loss_of_a_projection_is_that_of_its_logits) {
    auto const ops = reference_of();
    auto const x = tensor_of(2, 2, {1, 2, 4, 0});
    auto bias = tensor_of(1, 2, {1, 0});
    auto w = tensor_of(2, 2, {1, -1, std::log(3), 0});
    auto w_turned = tensor_of(2, 2, {1, std::log(3), -1, 0});
    auto const targets = mirror(*ops, std::vector{token_id{1}, no_token});
    for (auto const form : {transposed::no, transposed::yes}) {
        auto& weights = form == transposed::yes ? w : w_turned;
        wordmill::tensor<double> d_x(ops, 2, 2);
        auto d_w = tensor_of(2, 2, {10, 10, 10, 10});
        auto d_b = tensor_of(1, 2, {NAN, NAN});
        wordmill::projection<double> const to{weights.view(), bias.view(), form}, d_to{d_w.view(), d_b.view(), form};
        auto const loss = loss_of(*ops, [&](auto sum) {
            ops->projection_loss(x.view(), to, targets.device(), sum, {.x = d_x.view(), .to = d_to, .weights_beta = 1});
        });
        BOOST_TEST(loss.count == 1u);
        BOOST_TEST(std::abs(loss.sum - std::log(4.0 / 3)) < 1e-12); // d_logits = (1/4, -1/4)
        near(d_b.values(), {0.25, -0.25});
        near(d_x.values(), {0.25 * (1 - std::log(3)), -0.25, 0, 0});
        auto const expected = form == transposed::yes ? std::vector<double>{10.25, 10.5, 9.75, 9.5}
                                                      : std::vector<double>{10.25, 9.75, 10.5, 9.5};
        near(d_w.values(), expected);
        // Part of a mean over four rows: a quarter of it.
        (void)loss_of(*ops, [&](auto sum) {
            ops->projection_loss(x.view(), to, targets.device(), sum, {.x = d_x.view(), .to = d_to, .mean_over = 4});
        });
        near(d_b.values(), {0.0625, -0.0625});
        near(d_x.values(), {0.0625 * (1 - std::log(3)), -0.0625, 0, 0});
        auto const again = loss_of(*ops, [&](auto sum) { ops->projection_loss(x.view(), to, targets.device(), sum); });
        BOOST_TEST(again.sum == loss.sum);
    }
}

// sigmoid(log 3) = 3/4: losses -log(3/4) and -log(1/4); sigmoid(0) = 1/2. Far out: 800 of the wrong sign costs 800.
BOOST_AUTO_TEST_CASE(sigmoid_loss_is_that_worked_by_hand) {
    auto const ops = reference_of();
    auto const x = tensor_of(2, 2, {std::log(3), std::log(3), 0, 800});
    wordmill::tensor<double> d(ops, 2, 2);
    auto const labels = mirror(*ops, std::vector<std::uint8_t>{1, 0, 1, 0});
    auto const loss = loss_of(*ops, [&](auto sum) { ops->sigmoid_loss(x.view(), labels.device(), 2, d.view(), sum); });
    BOOST_TEST(loss.count == 4u);
    BOOST_TEST(std::abs(loss.sum - (std::log(4.0 / 3) + std::log(4) + std::log(2) + 800)) < 1e-9);
    near(d.values(), {-0.5, 1.5, -1, 2});
}

BOOST_AUTO_TEST_CASE(rows_are_gathered_scattered_and_summed_by_number) {
    auto const ops = reference_of();
    auto table = tensor_of(3, 2, six);
    auto const rows = mirror(*ops, std::vector{token_id{2}, token_id{0}, token_id{2}});
    wordmill::tensor<double> out(ops, 3, 2);
    ops->gather(table.view(), rows.device(), out.view());
    near(out.values(), {5, 6, 1, 2, 5, 6});
    ops->scatter_add(out.view(), rows.device(), table.view());
    near(table.values(), {2, 4, 3, 4, 15, 18});
    auto sums = tensor_of(2, 2, {NAN, NAN, NAN, NAN});
    ops->sum_into(out.view(), mirror(*ops, std::vector<std::uint32_t>{1, 0, 1}).device(), sums.view());
    near(sums.values(), {1, 2, 10, 12});
}

// a has two rows for each of h: (1, 2) . (1, 1) = 3, (3, 4) . (1, 1) = 7, (5, 6) . (2, 0) = 10, (7, 8) . (2, 0) = 14.
BOOST_AUTO_TEST_CASE(products_of_rows_are_those_worked_by_hand) {
    auto const ops = reference_of();
    auto const a = tensor_of(4, 2, {1, 2, 3, 4, 5, 6, 7, 8});
    auto const h = tensor_of(2, 2, {1, 1, 2, 0});
    wordmill::tensor<double> out(ops, 2, 2), d_a(ops, 4, 2), d_h(ops, 2, 2);
    ops->dot_rows(a.view(), h.view(), out.view());
    near(out.values(), {3, 7, 10, 14});
    ops->dot_rows_backward(tensor_of(2, 2, {1, -1, 2, 0}).view(), a.view(), h.view(), d_a.view(), d_h.view());
    near(d_a.values(), {1, 1, -1, -1, 4, 0, 0, 0});
    near(d_h.values(), {-2, -2, 10, 12});
}

// One unit, two steps, one lane: every number below is the cell's formula written out.
BOOST_AUTO_TEST_CASE(recurrent_cells_compute_their_formulas) {
    auto const ops = reference_of();
    auto const x = tensor_of(2, 1, {0.5, -1});
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru}) {
        auto const gates = wordmill::gates_of(cell);
        std::vector<double> const w{0.1, -0.2, 0.3, 0.4}, u{0.5, 0.6, -0.7, 0.8}, b{0.01, 0.02, 0.03, -0.04};
        auto const part = [&](std::vector<double> const& all) {
            return tensor_of(1, gates, {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(gates)});
        };
        auto input = part(w), hidden_weights = part(u), bias = part(b);
        wordmill::tensor<double> values(ops, 2, gates);
        auto hidden = tensor_of(3, 1, {0.25, 0, 0}), cells = tensor_of(3, 1, {-0.5, 0, 0});
        ops->recurrent_forward({cell,
                                {input.view(), hidden_weights.view(), bias.view()},
                                x.view(),
                                {1, values.view(), hidden.view(), cells.view()}});
        double h = 0.25, c = -0.5;
        for (double const in : {0.5, -1.0}) {
            auto const sum = [&](std::size_t g, double before) { return in * w[g] + before * u[g] + b[g]; };
            if (cell == recurrent_cell::tanh) {
                h = std::tanh(sum(0, h));
            } else if (cell == recurrent_cell::lstm) {
                c = sigmoid(sum(1, h)) * c + sigmoid(sum(0, h)) * std::tanh(sum(2, h));
                h = sigmoid(sum(3, h)) * std::tanh(c);
            } else {
                auto const z = sigmoid(sum(0, h)), r = sigmoid(sum(1, h));
                h = (1 - z) * h + z * std::tanh(sum(2, r * h));
            }
        }
        BOOST_TEST(std::abs(hidden.values()[2] - h) < 1e-12);
        if (cell == recurrent_cell::lstm) BOOST_TEST(std::abs(cells.values()[2] - c) < 1e-12);
    }
}

BOOST_AUTO_TEST_SUITE_END()
