#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::class_sampler;
using wordmill::id_at;
using wordmill::no_token;
using wordmill::random_key;
using wordmill::token_id;
using wordmill::transposed;

namespace {
constexpr std::size_t classes = 30, width = 3, rows = 6;
std::vector<token_id> const targets{token_id{4}, no_token, token_id{25}, token_id{4}, token_id{0}, token_id{29}};

struct layer_of_waves {
    wordmill::parameter_set<double> set{reference_of()};
    wordmill::parameter<double>& weights = add_wave(set, "w", classes, width, 1);
    wordmill::parameter<double>& bias = add_wave(set, "b", classes, 1, 2);
    wordmill::sampled_softmax_loss<double> layer;
    explicit layer_of_waves(std::size_t samples) : layer(weights, bias, samples) {}
};

double distance(std::vector<double> const& a, std::vector<double> const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b.at(i)) * (a[i] - b.at(i));
    return std::sqrt(sum);
}
}

BOOST_AUTO_TEST_SUITE(sampled_softmax)

// One of three classes: shares of log 2, log(3/2) and log(4/3) of log 4. Four of seven: 4 log 2 is more than log 8, so
// class 0 always comes, and of the others class k with 3 log((k + 2) / (k + 1)) / log(8 / 2).
BOOST_AUTO_TEST_CASE(classes_come_with_the_probabilities_worked_by_hand) {
    class_sampler const one(3, 1), four(7, 4);
    near({one.inclusion(id_at(0)), one.inclusion(id_at(1)), one.inclusion(id_at(2))},
         {0.5, std::log(1.5) / std::log(4), std::log(4.0 / 3) / std::log(4)});
    near({four.inclusion(id_at(0)), four.inclusion(id_at(1)), four.inclusion(id_at(6))},
         {1, 3 * std::log(1.5) / std::log(4), 3 * std::log(8.0 / 7) / std::log(4)});
}

// 20,000 draws: five standard deviations of a frequency are at most 5 / 2 / sqrt(20,000) = 0.018.
BOOST_AUTO_TEST_CASE(a_draw_has_different_classes_as_often_as_they_should_come) {
    constexpr int draws = 20000;
    for (std::size_t const samples : {1, 12, 39, 40, 50}) {
        class_sampler const sampler(40, samples);
        std::vector<double> times(40);
        std::vector<token_id> drawn;
        for (int i = 0; i < draws; ++i) {
            sampler.draw(random_key(5).fold_in(static_cast<std::uint64_t>(i)), drawn);
            BOOST_TEST_REQUIRE(drawn.size() == std::min<std::size_t>(samples, 40));
            BOOST_TEST_REQUIRE((std::ranges::adjacent_find(drawn, std::ranges::greater_equal()) == drawn.end()));
            for (auto const id : drawn) times.at(wordmill::index(id)) += 1.0 / draws;
        }
        double sum = 0;
        for (std::size_t k = 0; k < 40; ++k) {
            BOOST_TEST(std::abs(times[k] - sampler.inclusion(id_at(k))) < 0.018);
            sum += sampler.inclusion(id_at(k));
        }
        BOOST_TEST(sum == static_cast<double>(sampler.size()), boost::test_tools::tolerance(1e-12));
    }
}

BOOST_AUTO_TEST_CASE(large_vocabularies_are_drawn_from_to_their_end) {
    constexpr std::size_t many = 100'000'000;
    class_sampler const sampler(many, 1000);
    std::vector<token_id> drawn, last;
    for (std::uint64_t i = 0; i < 100; ++i) {
        sampler.draw(random_key(i), drawn);
        BOOST_TEST(drawn.size() == 1000U);
        last.push_back(drawn.back());
    }
    BOOST_TEST(wordmill::index(std::ranges::max(last)) < many);
    BOOST_TEST(wordmill::index(std::ranges::max(last)) > many / 100 * 98);
    sampler.draw(random_key(99), last);
    BOOST_TEST((drawn == last));
}

// The loss of a row is log(sum of exp(o) over targets + sum of exp(o) / inclusion over the other candidates) - o(t).
BOOST_AUTO_TEST_CASE(the_loss_is_that_of_the_formula_over_the_candidates) {
    layer_of_waves l(8);
    auto const x = wave(rows, width, 3);
    auto const found = l.layer.forward(x.view(), targets, random_key(1)).wait();
    auto const w = wave(classes * width, 1), b = wave(classes, 2), h = wave(rows * width, 3);
    class_sampler const sampler(classes, 8);
    double expected = 0;
    for (std::size_t r = 0; r < rows; ++r) {
        if (targets[r] == no_token) continue;
        double sum = 0, own = 0;
        for (auto const id : l.layer.candidates()) {
            auto const k = wordmill::index(id);
            auto logit = b[k];
            for (std::size_t c = 0; c < width; ++c) logit += h[r * width + c] * w[k * width + c];
            sum += std::exp(logit) / (std::ranges::count(targets, id) > 0 ? 1 : sampler.inclusion(id));
            if (id == targets[r]) own = logit;
        }
        expected += std::log(sum) - own;
    }
    BOOST_TEST(found.count == 5U);
    BOOST_TEST(found.sum == expected, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(its_gradients_equal_central_differences_and_are_those_of_the_candidates_alone) {
    layer_of_waves l(8);
    auto x = wave(rows, width, 3);
    auto const loss = [&] { return l.layer.forward(x.view(), targets, random_key(1)).wait().mean(); };
    (void)loss();
    auto const seen = values_of(l.weights.gradient().rows);
    BOOST_TEST((seen == std::vector(l.layer.candidates().begin(), l.layer.candidates().end())));
    BOOST_TEST(l.bias.gradient().rows.size() == seen.size());
    BOOST_TEST(seen.size() <= 8U + 4U);
    check_gradient(x.view(), values_of(l.layer.backward()), loss);
    l.set.begin_step();
    (void)loss();
    check_gradients(l.set, loss);
    l.set.begin_step();
    BOOST_TEST(l.layer.forward(x.view(), std::vector(rows, no_token), random_key(1)).wait().count == 0U);
    near(values_of(l.layer.backward()), std::vector<double>(rows * width));
    near(l.weights.host_gradient(), std::vector<double>(classes * width));
}

BOOST_AUTO_TEST_CASE(with_all_classes_it_is_the_full_softmax) {
    layer_of_waves l(classes);
    wordmill::parameter_set<double> set(reference_of());
    auto& w = add_wave(set, "w", classes, width, 1);
    auto& b = add_wave(set, "b", 1, classes, 2);
    wordmill::projection_loss<double> full(w, &b, transposed::yes);
    auto const x = wave(rows, width, 3);
    auto const expected = full.forward(x.view(), targets).wait();
    BOOST_TEST(l.layer.forward(x.view(), targets, random_key(1)).wait().sum == expected.sum);
    near(values_of(l.layer.backward()), values_of(full.backward()), 1e-15);
    near(l.weights.host_gradient(), w.host_gradient(), 1e-15);
    near(l.bias.host_gradient(), b.host_gradient(), 1e-15);
}

BOOST_AUTO_TEST_CASE(evaluation_is_exact_whatever_was_drawn) {
    layer_of_waves l(4);
    wordmill::parameter_set<double> set(reference_of());
    wordmill::projection_loss<double> full(add_wave(set, "w", classes, width, 1), &add_wave(set, "b", 1, classes, 2),
                                           transposed::yes);
    auto const x = wave(rows, width, 3);
    BOOST_TEST(l.layer.evaluate(x.view(), targets).wait().sum == full.evaluate(x.view(), targets).wait().sum);
    BOOST_TEST(l.layer.forward(x.view(), targets, random_key(1)).wait().sum
               != full.evaluate(x.view(), targets).wait().sum);
}

// One over an estimate without bias has some, which falls with S; 2,000 draws leave little else.
BOOST_AUTO_TEST_CASE(its_gradient_is_on_average_near_that_of_the_full_softmax) {
    constexpr int draws = 2000;
    auto const x = wave(rows, width, 3);
    layer_of_waves all(classes);
    (void)all.layer.forward(x.view(), targets, random_key(1));
    auto const exact = all.weights.host_gradient();
    auto const size = distance(exact, std::vector<double>(exact.size()));
    double before = 1;
    for (std::size_t const samples : {4, 15}) {
        layer_of_waves l(samples);
        std::vector<double> mean(exact.size());
        double single = 0;
        for (int i = 0; i < draws; ++i) {
            l.set.begin_step();
            (void)l.layer.forward(x.view(), targets, random_key(3).fold_in(static_cast<std::uint64_t>(i)));
            auto const one = l.weights.host_gradient();
            single += distance(one, exact) / size / draws;
            for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += one[k] / draws;
        }
        auto const off = distance(mean, exact) / size;
        BOOST_TEST_CONTEXT(samples << " samples: one draw is off by " << single << ", their mean by " << off) {
            BOOST_TEST(off < before);
            BOOST_TEST(off < single / 2);
        }
        before = off;
    }
    BOOST_TEST(before < 0.05);
}

BOOST_AUTO_TEST_CASE(on_the_processor_it_is_the_same_with_any_number_of_threads) {
    std::vector<std::vector<float>> results;
    layer_of_waves l(8);
    auto const x = wave(rows, width, 3);
    auto const expected = l.layer.forward(x.view(), targets, random_key(1)).wait();
    for (unsigned const threads : {1, 2, 5}) {
        wordmill::parameter_set<float> set(wordmill::cpu_operations(threads));
        auto& w = set.add("w", classes, width);
        auto& b = set.add("b", classes, 1);
        auto const floats = [](std::vector<double> const& from) {
            return std::vector<float>(from.begin(), from.end());
        };
        w.assign(floats(wave(classes * width, 1)));
        b.assign(floats(wave(classes, 2)));
        wordmill::tensor<float> h(set.ops(), rows, width);
        h.assign(floats(wave(rows * width, 3)));
        wordmill::sampled_softmax_loss<float> layer(w, b, 8);
        BOOST_TEST(layer.forward(h.view(), targets, random_key(1)).wait().sum == expected.sum,
                   boost::test_tools::tolerance(1e-5));
        auto const found = w.host_gradient();
        near({found.begin(), found.end()}, l.weights.host_gradient(), 1e-6);
        results.push_back(found);
    }
    BOOST_TEST((results[1] == results[0] && results[2] == results[0]));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    layer_of_waves l(8);
    auto const x = wave(rows, width, 0);
    auto const wide = wave(rows, width + 1, 0);
    auto wrong = targets;
    wrong[3] = id_at(classes);
    auto const forward = [&](wordmill::tensor<double> const& h, std::vector<token_id> const& ids) {
        return failure_of([&] { (void)l.layer.forward(h.view(), ids, random_key(1)); });
    };
    BOOST_TEST(forward(wide, targets).says("expected [6, 3], found [6, 4]"));
    BOOST_TEST(forward(x, std::vector(5, no_token)).says("expected 6, found 5"));
    BOOST_TEST(forward(x, wrong).says("expected ids below 30, found 30"));
    BOOST_TEST(failure_of([&] {
                   wordmill::sampled_softmax_loss<double> const none(l.weights, l.bias, 0);
               }).says("1 sample or more, found 0"));
    BOOST_TEST(failure_of([&] {
                   wordmill::sampled_softmax_loss<double> const none(l.weights, l.weights, 5);
               }).says("expected [30, 1], found [30, 3]"));
}

BOOST_AUTO_TEST_SUITE_END()
