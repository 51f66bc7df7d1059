#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::no_token;
using wordmill::token_id;
using wordmill::transposed;

namespace {
std::vector<token_id> const targets{token_id{1}, no_token, token_id{3}, token_id{0}, no_token};
std::vector<token_id> const no_targets(5, no_token);
}

BOOST_AUTO_TEST_SUITE(losses)

// Logits (0, log 3) with target 1: p = 3/4. The mean is over the two rows that count, and the gradient of a row that
// does not is 0.
BOOST_AUTO_TEST_CASE(rows_without_a_target_count_for_nothing) {
    wordmill::softmax_loss<double> layer(reference_of());
    auto const x = tensor_of(3, 2, {0, std::log(3), 2, 7, 1, 1});
    std::vector const some{token_id{1}, no_token, token_id{0}};
    auto const loss = layer.forward(x.view(), some).wait();
    BOOST_TEST(std::abs(loss.mean() - (std::log(4.0 / 3) + std::log(2)) / 2) < 1e-12);
    near(values_of(layer.backward()), {0.125, -0.125, 0, 0, -0.25, 0.25});
    BOOST_TEST(layer.forward(x.view(), std::vector(3, no_token)).wait().count == 0u);
    near(values_of(layer.backward()), std::vector<double>(6));
}

// Logits (0, log 3), target 1, e = 0.2: the target distribution is (0.1, 0.9), so the loss is 0.1 log 4 + 0.9 log(4/3)
// and the gradient (1/4 - 0.1, 3/4 - 0.9).
BOOST_AUTO_TEST_CASE(smoothed_losses_are_those_worked_by_hand) {
    wordmill::softmax_loss<double> layer(reference_of(), 0.2);
    auto const x = tensor_of(2, 2, {0, std::log(3), 5, 7});
    auto const loss = layer.forward(x.view(), std::vector{token_id{1}, no_token}).wait();
    BOOST_TEST(std::abs(loss.mean() - (0.1 * std::log(4) + 0.9 * std::log(4.0 / 3))) < 1e-12);
    near(values_of(layer.backward()), {0.15, -0.15, 0, 0});
    wordmill::parameter_set<double> set(reference_of());
    auto& w = set.add("w", 1, 2);
    w.assign(std::vector{0.0, std::log(3)});
    wordmill::projection_loss<double> projection(w, nullptr, transposed::no, 0.2);
    auto const one = tensor_of(1, 1, {1});
    auto const same = projection.forward(one.view(), std::vector{token_id{1}}).wait();
    BOOST_TEST(std::abs(same.mean() - loss.mean()) < 1e-12);
    near(w.host_gradient(), {0.15, -0.15});
    auto const exact = projection.evaluate(one.view(), std::vector{token_id{1}}).wait();
    BOOST_TEST(std::abs(exact.mean() - std::log(4.0 / 3)) < 1e-12);
}

BOOST_AUTO_TEST_CASE(gradients_of_smoothed_losses_equal_central_differences) {
    wordmill::softmax_loss<double> layer(reference_of(), 0.1);
    auto x = wave(5, 4, 1);
    (void)layer.forward(x.view(), targets);
    check_gradient(x.view(), values_of(layer.backward()),
                   [&] { return layer.forward(x.view(), targets).wait().mean(); });
    for (auto const form : {transposed::no, transposed::yes}) {
        wordmill::parameter_set<double> set(reference_of());
        auto& w = form == transposed::yes ? add_wave(set, "w", 4, 3, 1) : add_wave(set, "w", 3, 4, 1);
        wordmill::projection_loss<double> projection(w, &add_wave(set, "b", 1, 4, 2), form, 0.1);
        auto h = wave(5, 3, 3);
        (void)projection.forward(h.view(), targets);
        auto const loss = [&] { return projection.forward(h.view(), targets).wait().mean(); };
        auto const d_h = values_of(projection.backward());
        check_gradients(set, loss);
        check_gradient(h.view(), d_h, loss);
    }
}

BOOST_AUTO_TEST_CASE(smoothing_that_no_loss_has_is_refused) {
    wordmill::parameter_set<double> set(reference_of());
    for (double const smoothing : {-0.1, 1.0, static_cast<double>(NAN)})
        BOOST_TEST((failure_of([&] { wordmill::softmax_loss<double>(reference_of(), smoothing); })
                    == wordmill::failure::usage));
    for (auto const kind : {wordmill::softmax_kind::sampled, wordmill::softmax_kind::adaptive}) {
        wordmill::output_layer_options<double> options{
            .classes = 5, .hidden_size = 3, .softmax = kind, .smoothing = 0.1};
        auto const failure =
            failure_of([&] { (void)wordmill::make_output_layer(options, set, wordmill::random_key(1)); });
        BOOST_TEST(failure.says("needs the full softmax"), failure.text);
    }
}

BOOST_AUTO_TEST_CASE(gradients_of_the_softmax_loss_equal_central_differences) {
    wordmill::softmax_loss<double> layer(reference_of());
    auto x = wave(5, 4, 1);
    (void)layer.forward(x.view(), targets);
    check_gradient(x.view(), values_of(layer.backward()),
                   [&] { return layer.forward(x.view(), targets).wait().mean(); });
}

BOOST_AUTO_TEST_CASE(gradients_of_the_projection_loss_equal_central_differences) {
    for (auto const form : {transposed::no, transposed::yes})
        for (bool const with_bias : {false, true}) {
            wordmill::parameter_set<double> set(reference_of());
            auto& w = form == transposed::yes ? add_wave(set, "w", 4, 3, 1) : add_wave(set, "w", 3, 4, 1);
            auto* const b = with_bias ? &add_wave(set, "b", 1, 4, 2) : nullptr;
            wordmill::projection_loss<double> layer(w, b, form);
            auto x = wave(5, 3, 3);
            auto const forward = layer.forward(x.view(), targets).wait();
            auto const d_x = values_of(layer.backward());
            auto const loss = [&] { return layer.evaluate(x.view(), targets).wait().mean(); };
            BOOST_TEST(forward.mean() == loss());
            BOOST_TEST(forward.count == 3u);
            check_gradient(x.view(), d_x, loss);
            check_gradients(set, loss);

            set.begin_step();
            BOOST_TEST(layer.forward(x.view(), no_targets).wait().count == 0u);
            near(values_of(layer.backward()), std::vector<double>(15));
            near(w.host_gradient(), std::vector<double>(12));
        }
}

// An embedding whose table is also the weights of the projection behind it: the way of BetterRnnlm.
BOOST_AUTO_TEST_CASE(tied_weights_have_the_gradient_of_both_uses) {
    wordmill::parameter_set<double> set(reference_of());
    auto& table = add_wave(set, "embedding", 4, 3, 1);
    auto& bias = add_wave(set, "bias", 1, 4, 2);
    wordmill::embedding<double> in(table);
    wordmill::projection_loss<double> out(table, &bias, transposed::yes);
    std::vector const ids{token_id{2}, token_id{0}, token_id{2}, token_id{3}, token_id{1}};
    for (int step = 0; step < 2; ++step) {
        set.begin_step();
        (void)out.forward(in.forward(ids), targets);
        in.backward(out.backward());
    }
    check_gradients(set, [&] { return out.evaluate(in.forward(ids), targets).wait().mean(); });
}

// sigmoid(log 3) = 3/4; labels 1 and 0: the mean of log(4/3) and log 4.
BOOST_AUTO_TEST_CASE(sigmoid_loss_is_that_worked_by_hand_and_its_gradient_that_of_differences) {
    wordmill::sigmoid_loss<double> layer(reference_of());
    auto const two = tensor_of(2, 1, {std::log(3), std::log(3)});
    auto const loss = layer.forward(two.view(), std::vector<std::uint8_t>{1, 0}).wait();
    BOOST_TEST(std::abs(loss.mean() - (std::log(4.0 / 3) + std::log(4)) / 2) < 1e-12);
    near(values_of(layer.backward()), {-0.125, 0.375});
    auto x = wave(3, 2, 1);
    std::vector<std::uint8_t> const labels{1, 0, 0, 1, 1, 0};
    (void)layer.forward(x.view(), labels);
    auto const d_x = values_of(layer.backward());
    check_gradient(x.view(), d_x, [&] { return layer.forward(x.view(), labels).wait().mean(); });
}

BOOST_AUTO_TEST_CASE(one_hot_rows_become_targets) {
    std::vector<double> const rows{0, 0, 1, 1, 0, 0, 0, 1, 0};
    auto const targets_of = [](std::vector<double> const& x, std::size_t n, std::size_t v) {
        return wordmill::targets_of_one_hot(wordmill::matrix_view<double const>{x.data(), n, v, v});
    };
    BOOST_TEST((targets_of(rows, 3, 3) == std::vector{token_id{2}, token_id{0}, token_id{1}}));
    for (auto const& wrong : {std::vector<double>{0, 0}, {1, 1}, {0, 2}, {0.5, 0.5}, {0, NAN}}) {
        BOOST_TEST((failure_of([&] { (void)targets_of(wrong, 1, 2); }) == wordmill::failure::bad_data));
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    wordmill::parameter_set<double> set(reference_of());
    auto& w = set.add("w", 3, 4);
    auto const x = wave(5, 4, 0);
    auto const h = wave(5, 3, 0);
    std::vector const four(4, token_id{0});
    std::vector const beyond(5, token_id{4});
    wordmill::softmax_loss<double> softmax(reference_of());
    wordmill::projection_loss<double> projection(w);
    wordmill::sigmoid_loss<double> sigmoid(reference_of());
    BOOST_TEST(failure_of([&] { (void)softmax.forward(x.view(), four); }).says("expected 5, found 4"));
    BOOST_TEST(failure_of([&] { (void)softmax.forward(x.view(), beyond); }).says("expected ids below 4, found 4"));
    BOOST_TEST(failure_of([&] { (void)projection.forward(h.view(), four); }).says("expected 5, found 4"));
    BOOST_TEST(failure_of([&] { (void)projection.forward(h.view(), beyond); }).says("expected ids below 4, found 4"));
    BOOST_TEST(failure_of([&] { (void)projection.evaluate(x.view(), beyond); }).says("expected [5, 3], found [5, 4]"));
    BOOST_TEST(failure_of([&] {
                   (void)sigmoid.forward(x.view(), std::vector<std::uint8_t>(19));
               }).says("expected 20, found 19"));
    BOOST_TEST((failure_of([&] { (void)softmax.forward(x.view(), four); }) == wordmill::failure::usage));
}

// Ten thousand million tokens in batches of 700 of the same loss: roundings that all go the same way are the worst
// case.
BOOST_AUTO_TEST_CASE(a_loss_of_ten_thousand_million_tokens_is_summed_to_nine_digits) {
    wordmill::loss_sum sum;
    wordmill::loss_sum const batch{.sum = 700 * std::log(10000.0), .count = 700};
    while (sum.count < 10'000'000'000) sum += batch;
    BOOST_TEST(std::abs(sum.mean() / std::log(10000.0) - 1) < 1e-9);
}

BOOST_AUTO_TEST_SUITE_END()
