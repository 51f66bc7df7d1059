#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::no_token;
using wordmill::token_id;

namespace {
std::vector<token_id> const ids{token_id{4}, token_id{1}, token_id{4}, token_id{0}};
}

BOOST_AUTO_TEST_SUITE(embeddings)

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences_and_name_only_rows_that_were_seen) {
    wordmill::parameter_set<double> set(reference_of());
    auto& table = add_wave(set, "table", 1000, 3, 1);
    wordmill::embedding<double> layer(table);
    auto const d_y = wave(4, 3, 2);
    near(values_of(layer.forward(std::span(ids).first(1))), values_of(rows_of(table.values(), 4, 1)), 0);
    (void)layer.forward(ids);
    layer.backward(d_y.view());
    BOOST_TEST(table.gradient().rows.size() == 3u);
    BOOST_TEST(table.gradient().values.rows == 3u);
    check_gradients(set, [&] { return sum_of_products(values_of(layer.forward(ids)), d_y.values()); });
}

BOOST_AUTO_TEST_CASE(gradients_of_inner_products_equal_central_differences) {
    wordmill::parameter_set<double> set(reference_of());
    wordmill::embedding_dot<double> layer(add_wave(set, "table", 6, 3, 1));
    for (std::size_t const vectors : {4U, 2U}) { // one product each, as in the book, and two
        set.begin_step();
        auto h = wave(vectors, 3, 2);
        auto const d_y = wave(vectors, 4 / vectors, 3);
        (void)layer.forward(h.view(), ids);
        auto const d_h = values_of(layer.backward(d_y.view()));
        auto const loss = [&] { return sum_of_products(values_of(layer.forward(h.view(), ids)), d_y.values()); };
        check_gradient(h.view(), d_h, loss);
        check_gradients(set, loss);
    }
}

// One vector (1, 2); rows (1, 1), score 3, positive; (0, -1), score -2, and (2, 0), score 2, negative:
// log(1 + e^-3) + log(1 + e^-2) + log(1 + e^2) = 0.0485874 + 0.1269280 + 2.1269280.
BOOST_AUTO_TEST_CASE(negative_sampling_is_that_worked_by_hand) {
    wordmill::parameter_set<double> set(reference_of());
    auto& table = set.add("table", 3, 2);
    table.assign(std::vector<double>{1, 1, 0, -1, 2, 0});
    wordmill::negative_sampling_loss<double> layer(table);
    auto const h = tensor_of(1, 2, {1, 2});
    auto const loss = layer.forward(h.view(), std::vector{token_id{0}}, std::vector{token_id{1}, token_id{2}}).wait();
    BOOST_TEST(loss.count == 1u);
    BOOST_TEST(std::abs(loss.sum - 2.3024434) < 1e-6);
}

// The mean over targets, of sums over the 1 + K scores of each: a negative may be the target itself, or come twice.
BOOST_AUTO_TEST_CASE(gradients_of_negative_sampling_equal_central_differences) {
    wordmill::parameter_set<double> set(reference_of());
    wordmill::negative_sampling_loss<double> layer(add_wave(set, "table", 6, 3, 1));
    auto h = wave(2, 3, 2);
    std::vector const positives{token_id{5}, token_id{4}};
    auto const loss = [&] { return layer.forward(h.view(), positives, ids).wait().mean(); };
    (void)loss();
    auto const d_h = values_of(layer.backward());
    check_gradient(h.view(), d_h, loss);
    check_gradients(set, loss);
}

BOOST_AUTO_TEST_CASE(ids_that_are_no_row_and_sizes_that_do_not_fit_are_refused) {
    wordmill::parameter_set<double> set(reference_of());
    auto& table = set.add("table", 4, 3);
    wordmill::embedding<double> layer(table);
    wordmill::embedding_dot<double> dot(table);
    wordmill::negative_sampling_loss<double> loss(table);
    auto const h = wave(3, 3, 0);
    auto const outside = failure_of([&] { (void)layer.forward(ids); });
    BOOST_TEST((outside == wordmill::failure::usage));
    BOOST_TEST(outside.says("embedding table: expected ids below 4, found 4"));
    BOOST_TEST((failure_of([&] { (void)layer.forward(std::vector{no_token}); }) == wordmill::failure::usage));
    BOOST_TEST(failure_of([&] { (void)dot.forward(h.view(), ids); }).says("ids: expected 3, found 4"));
    BOOST_TEST(failure_of([&] { (void)dot.forward(wave(4, 2, 0).view(), ids); }).says("expected [4, 3], found [4, 2]"));
    BOOST_TEST(failure_of([&] { (void)loss.forward(h.view(), ids, {}); }).says("positives: expected 3, found 4"));
    std::vector const three(3, token_id{0});
    BOOST_TEST(failure_of([&] { (void)loss.forward(h.view(), three, ids); }).says("negatives: expected 3, found 4"));
}

BOOST_AUTO_TEST_SUITE_END()
