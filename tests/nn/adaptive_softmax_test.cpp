#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::no_token;
using wordmill::token_id;

namespace {
constexpr std::size_t width = 16, classes = 12, rows = 6; // cutoffs 3 and 7: a head of 3 + 2, clusters of 4 and 5
std::vector<token_id> const targets{token_id{0}, token_id{4}, token_id{11}, token_id{2}, token_id{6}, token_id{8}};

/// Weights in the order head, bias, then projection and weights of each cluster, with phases 1, 2, ...
template <class T> struct layer_of_waves {
    wordmill::parameter_set<T> set;
    wordmill::adaptive_softmax_loss<T> layer;

    explicit layer_of_waves(std::shared_ptr<wordmill::operations<T>> ops)
        : set(std::move(ops)),
          layer({add("head", width, 5),
                 add("bias", 1, 5),
                 {{add("projection 0", width, 4), add("weights 0", 4, 4)},
                  {add("projection 1", width, 1), add("weights 1", 1, 5)}}}) {}
    wordmill::parameter<T>& add(char const* name, std::size_t m, std::size_t n) {
        auto& p = set.add(name, m, n);
        auto const values = wave(m * n, static_cast<double>(set.size()));
        p.assign(std::vector<T>(values.begin(), values.end()));
        return p;
    }
};

double norm_of(std::vector<double> const& x) { return std::sqrt(sum_of_products(x, x)); }
}

BOOST_AUTO_TEST_SUITE(adaptive_softmax)

BOOST_AUTO_TEST_CASE(dimensions_of_clusters_fall_by_four_down_to_one) {
    BOOST_TEST(wordmill::adaptive_dimension(256, 0) == 64U);
    BOOST_TEST(wordmill::adaptive_dimension(256, 1) == 16U);
    BOOST_TEST(wordmill::adaptive_dimension(650, 2) == 10U);
    BOOST_TEST(wordmill::adaptive_dimension(3, 0) == 1U);
    BOOST_TEST(wordmill::adaptive_dimension(256, 100) == 1U);
}

// Expected: PyTorch 1.13 in double,
//   m = AdaptiveLogSoftmaxWithLoss(16, 12, [3, 7], div_value=4.0, head_bias=True)
// with m.head.weight = wave(16, 5, 1).T, m.head.bias = wave(1, 5, 2)[0], m.tail[0][0].weight = wave(16, 4, 3).T,
// m.tail[0][1].weight = wave(4, 4, 4).T, m.tail[1][0].weight = wave(16, 1, 5).T, m.tail[1][1].weight = wave(1, 5, 6).T,
// x = wave(6, 16, 7), wave(r, c, p)[i, j] being sin(1.7 (i c + j) + p); loss.backward(), m.log_prob(x).
BOOST_AUTO_TEST_CASE(loss_gradients_and_log_probabilities_are_those_of_pytorch) {
    layer_of_waves<double> l(reference_of());
    auto const x = wave(rows, width, 7);
    auto const loss = l.layer.forward(x.view(), targets).wait();
    BOOST_TEST(loss.count == 6U);
    BOOST_TEST(std::abs(loss.mean() - 4.16612777766) < 1e-10);
    auto const d_x = values_of(l.layer.backward());
    near({d_x.begin() + 32, d_x.begin() + 36}, {-0.327230961463, 0.165017968895, 0.176740610188, -0.276082454673},
         1e-11);
    BOOST_TEST(std::abs(norm_of(d_x) - 1.69306732207) < 1e-10);
    near(l.set.at("bias").host_gradient(),
         {0.0891598490516, 0.0992464062915, -0.00812225219725, -0.0619963677514, -0.118287635394}, 1e-11);
    auto const within = l.set.at("weights 0").host_gradient();
    near({within.begin(), within.begin() + 4}, {-0.0356677992605, 0.0296577800397, -0.036738068523, 0.0427480877438},
         1e-11);
    near(l.set.at("weights 1").host_gradient(),
         {8.61516463324e-05, 1.36370691132, 0.00103456462281, 2.49923279663e-07, -1.36482787751}, 1e-10);
    for (auto const& [name, norm] : {std::pair{"head", 1.92815712511},
                                     {"projection 0", 0.129799691198},
                                     {"weights 0", 0.115460186834},
                                     {"projection 1", 0.362613249864}})
        BOOST_TEST(std::abs(norm_of(l.set.at(name).host_gradient()) - norm) < 1e-10, name);
    auto const all = l.layer.log_probabilities(x.view());
    near({all.begin() + 12, all.begin() + 24},
         {-1.03893056193, -2.02423638037, -4.66335910087, -4.41459832719, -4.26638266513, -4.37473384614,
          -4.49502860195, -4.1811241635, -10.1140864902, -5.60489858131, -0.833904326203, -6.57252491928},
         1e-10);
}

BOOST_AUTO_TEST_CASE(its_gradients_equal_central_differences) {
    layer_of_waves<double> l(reference_of());
    auto some = targets;
    some[1] = no_token;
    auto x = wave(rows, width, 7);
    auto const loss = [&] { return l.layer.evaluate(x.view(), some).wait().mean(); };
    auto const found = l.layer.forward(x.view(), some).wait();
    BOOST_TEST(found.count == 5U);
    BOOST_TEST(found.mean() == loss());
    check_gradient(x.view(), values_of(l.layer.backward()), loss);
    check_gradients(l.set, loss);
}

BOOST_AUTO_TEST_CASE(probabilities_of_all_classes_sum_to_1_and_the_loss_is_their_logarithm) {
    layer_of_waves<double> l(reference_of());
    auto const x = wave(rows, width, 7);
    auto const all = l.layer.log_probabilities(x.view());
    double expected = 0;
    for (std::size_t r = 0; r < rows; ++r) {
        double sum = 0;
        for (std::size_t c = 0; c < classes; ++c) sum += std::exp(all[r * classes + c]);
        BOOST_TEST(sum == 1, boost::test_tools::tolerance(1e-13));
        expected -= all[r * classes + wordmill::index(targets[r])];
    }
    BOOST_TEST(l.layer.evaluate(x.view(), targets).wait().sum == expected, boost::test_tools::tolerance(1e-13));
}

BOOST_AUTO_TEST_CASE(clusters_that_no_row_falls_in_are_left_alone) {
    layer_of_waves<double> l(reference_of());
    auto const x = wave(rows, width, 7);
    (void)l.layer.forward(x.view(), std::vector(rows, token_id{5}));
    BOOST_TEST(l.set.at("weights 0").gradient().values.rows == 4U);
    BOOST_TEST(l.set.at("projection 0").gradient().values.rows == width);
    BOOST_TEST(l.set.at("weights 1").gradient().values.rows == 0U);
    BOOST_TEST(l.set.at("projection 1").gradient().values.rows == 0U);
    BOOST_TEST(l.layer.forward(x.view(), std::vector(rows, no_token)).wait().count == 0U);
    near(values_of(l.layer.backward()), std::vector<double>(rows * width));
}

BOOST_AUTO_TEST_CASE(on_the_processor_it_is_the_same_with_any_number_of_threads) {
    layer_of_waves<double> expected(reference_of());
    auto const x = wave(rows, width, 7);
    auto const loss = expected.layer.forward(x.view(), targets).wait();
    auto const log_probabilities = expected.layer.log_probabilities(x.view());
    std::vector<std::vector<float>> results;
    for (unsigned const threads : {1, 2, 5}) {
        layer_of_waves<float> l(wordmill::cpu_operations(threads));
        auto const values = wave(rows * width, 7);
        wordmill::tensor<float> h(l.set.ops(), rows, width);
        h.assign(std::vector<float>(values.begin(), values.end()));
        BOOST_TEST(l.layer.forward(h.view(), targets).wait().sum == loss.sum, boost::test_tools::tolerance(1e-5));
        auto& all = results.emplace_back();
        for (auto& p : l.set) {
            auto const found = p.host_gradient();
            near({found.begin(), found.end()}, expected.set.at(p.name()).host_gradient(), 1e-5);
            all.insert(all.end(), found.begin(), found.end());
        }
        auto const found = l.layer.log_probabilities(h.view());
        near({found.begin(), found.end()}, log_probabilities, 1e-4);
    }
    BOOST_TEST((results[1] == results[0] && results[2] == results[0]));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    layer_of_waves<double> l(reference_of());
    auto wrong = targets;
    wrong[2] = wordmill::id_at(classes);
    BOOST_TEST(failure_of([&] {
                   (void)l.layer.forward(wave(rows, 3, 0).view(), targets);
               }).says("expected [6, 16], found [6, 3]"));
    BOOST_TEST(
        failure_of([&] { (void)l.layer.forward(wave(5, width, 0).view(), targets); }).says("expected 5, found 6"));
    BOOST_TEST(failure_of([&] {
                   (void)l.layer.evaluate(wave(rows, width, 0).view(), wrong);
               }).says("expected ids below 12, found 12"));
    BOOST_TEST(failure_of([&] {
                   wordmill::adaptive_softmax_loss<double> const layer(
                       {l.set.at("head"), l.set.at("bias"), {{l.set.at("projection 0"), l.set.at("weights 1")}}});
               }).says("projection 0: expected [16, 1], found [16, 4]"));
}

BOOST_AUTO_TEST_SUITE_END()
