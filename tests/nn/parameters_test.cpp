#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::token_id;

namespace {
std::vector<token_id> const rows_of_three{token_id{4}, token_id{1}, token_id{4}};
}

BOOST_AUTO_TEST_SUITE(parameters)

BOOST_AUTO_TEST_CASE(rows_that_come_twice_are_summed_and_others_are_not_there) {
    wordmill::parameter<double> p(reference_of(), "p", 6, 2);
    auto const x = tensor_of(3, 2, {1, 2, 10, 20, 100, 200});
    p.add_rows(x.view(), rows_of_three);
    auto const g = p.gradient();
    BOOST_TEST((values_of(g.rows) == std::vector{token_id{1}, token_id{4}}));
    near(values_of(g.values), {10, 20, 101, 202});
    near(p.host_gradient(), {0, 0, 10, 20, 0, 0, 0, 0, 101, 202, 0, 0});
}

BOOST_AUTO_TEST_CASE(rows_added_again_join_those_of_the_step) {
    wordmill::parameter<double> p(reference_of(), "p", 6, 2);
    auto const x = tensor_of(3, 2, {1, 2, 10, 20, 100, 200});
    p.add_rows(x.view(), rows_of_three);
    p.add_rows(tensor_of(2, 2, {5, 6, 7, 8}).view(), std::vector{token_id{5}, token_id{1}});
    BOOST_TEST(p.gradient().rows.size() == 3u);
    near(p.host_gradient(), {0, 0, 17, 28, 0, 0, 0, 0, 101, 202, 5, 6});
    p.begin_step();
    BOOST_TEST(p.gradient().values.rows == 0u);
    near(p.host_gradient(), std::vector<double>(12));
}

BOOST_AUTO_TEST_CASE(dense_and_row_gradients_add_up_in_either_order) {
    std::vector<double> const dense{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    std::vector<double> const sum{1, 1, 11, 21, 1, 1, 1, 1, 102, 203, 1, 1};
    wordmill::parameter<double> p(reference_of(), "p", 6, 2);
    auto const x = tensor_of(3, 2, {1, 2, 10, 20, 100, 200});
    auto const ones = tensor_of(6, 2, dense);
    auto const add_ones = [&](double expected_beta) {
        auto const [gradient, beta] = p.add_dense();
        BOOST_TEST(beta == expected_beta);
        if (beta == 0) reference_of()->fill(gradient, 0);
        reference_of()->add(ones.view(), 1, gradient);
    };
    for (int step = 0; step < 2; ++step) { // the second finds what the first left
        p.begin_step();
        add_ones(0);
        p.add_rows(x.view(), rows_of_three);
        near(p.host_gradient(), sum);
        BOOST_TEST(p.gradient().rows.empty());
        p.begin_step();
        p.add_rows(x.view(), rows_of_three);
        add_ones(1);
        near(p.host_gradient(), sum);
    }
}

BOOST_AUTO_TEST_CASE(the_norm_is_that_of_all_gradients_together) {
    wordmill::parameter_set<double> set(reference_of());
    auto& a = set.add("a", 1, 2);
    auto& b = set.add("b", 3, 1);
    (void)set.add("without a gradient", 3, 3);
    BOOST_TEST(set.values() == 14u);
    BOOST_TEST(&set.at("b") == &b);
    assign(a.add_dense().gradient, {2, 3});
    b.add_rows(tensor_of(2, 1, {4, 2}).view(), std::vector{token_id{2}, token_id{2}});
    BOOST_TEST(set.gradient_norm() == 7.0); // 4 + 9 + 36
    assign(a.add_dense().gradient, {2, NAN});
    BOOST_TEST(failure_of([&] { (void)set.gradient_norm(); }).says("'a'"));
    BOOST_TEST((failure_of([&] { (void)set.at("c"); }) == wordmill::failure::bad_data));
    BOOST_CHECK_THROW((void)set.add("a", 1, 1), wordmill::contract_violation);
}

// The mean of n normal numbers has the deviation s / sqrt(n), their variance s^2 sqrt(2 / n); bounds at 4 deviations.
BOOST_AUTO_TEST_CASE(random_values_follow_their_distributions) {
    wordmill::parameter<double> p(reference_of(), "p", 200, 501);
    auto const n = 200.0 * 501;
    auto const moment = [&](int power) {
        double sum = 0;
        for (auto const value : p.host_values()) sum += std::pow(value, power);
        return sum / n;
    };
    wordmill::fill_normal(p, wordmill::random_key(1), 0.5);
    BOOST_TEST(std::abs(moment(1)) < 4 * 0.5 / std::sqrt(n));
    BOOST_TEST(std::abs(moment(2) - 0.25) < 4 * 0.25 * std::sqrt(2 / n));
    BOOST_TEST(std::abs(moment(4) - 3 * 0.0625) < 4 * 0.0625 * std::sqrt(96 / n));
    auto const first = p.host_values();
    wordmill::fill_normal(p, wordmill::random_key(1), 0.5);
    BOOST_TEST((p.host_values() == first));
    wordmill::fill_uniform(p, wordmill::random_key(2), 2);
    BOOST_TEST(std::abs(moment(1)) < 4 * 2 / std::sqrt(3 * n));
    BOOST_TEST(std::abs(moment(2) - 4.0 / 3) < 4 * 4 * std::sqrt(4.0 / 45 / n));
    for (auto const value : p.host_values()) BOOST_TEST_REQUIRE((value >= -2 && value < 2));
}

BOOST_AUTO_TEST_SUITE_END()
