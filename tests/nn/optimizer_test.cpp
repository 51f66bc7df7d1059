#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::optimizer_kind;
using wordmill::token_id;

namespace {
optimizer_kind const kinds[] = {optimizer_kind::sgd,     optimizer_kind::momentum, optimizer_kind::nesterov,
                                optimizer_kind::adagrad, optimizer_kind::rmsprop,  optimizer_kind::adam};
std::vector<double> scaled(std::vector<double> values, double factor) {
    for (auto& value : values) value *= factor;
    return values;
}
void add_dense(wordmill::parameter<double>& p, std::vector<double> const& gradient) {
    assign(p.add_dense().gradient, gradient);
}
}

BOOST_AUTO_TEST_SUITE(optimizers)

// Four steps from (1, -2, 3) along (0.5, -1, 2) times 1, -0.5, 0.25, 2, at the default rates, by the book's formulas in
// NumPy: momentum v = 0.9 v - lr g, p += v; Nesterov p += 0.81 v - 1.9 lr g, then v as before; AdaGrad h += g g,
// p -= lr g / (sqrt(h) + 1e-7); RMSprop h = 0.99 h + 0.01 g g; Adam with lr sqrt(1 - 0.999^t) / (1 - 0.9^t).
BOOST_AUTO_TEST_CASE(steps_are_those_of_the_formulas_in_numpy) {
    struct row {
        optimizer_kind kind;
        std::vector<double> values;
    };
    std::vector<row> const expected{
        {optimizer_kind::sgd, {0.98625, -1.9725, 2.945}},
        {optimizer_kind::momentum, {0.977205, -1.95441, 2.90882}},
        {optimizer_kind::nesterov, {0.9657345, -1.931469, 2.862938}},
        {optimizer_kind::adagrad, {0.98361274107379, -1.9836127399068, 2.9836127393234}},
        {optimizer_kind::rmsprop, {0.83582921597114, -1.8358290990168, 2.8358290405395}},
        {optimizer_kind::adam, {0.99775035336852, -1.9977503476299, 2.9977503447605}},
    };
    for (auto const& [kind, values] : expected)
        for (bool const by_rows : {false, true}) {
            wordmill::parameter_set<double> set(reference_of());
            auto& p = by_rows ? set.add("p", 3, 1) : set.add("p", 1, 3);
            p.assign(std::vector<double>{1, -2, 3});
            wordmill::optimizer<double> optimizer(set, {.kind = kind});
            for (double const factor : {1.0, -0.5, 0.25, 2.0}) {
                set.begin_step();
                auto const g = scaled({0.5, -1, 2}, factor);
                if (by_rows)
                    p.add_rows(tensor_of(3, 1, {g[2], g[0], g[1]}).view(),
                               std::vector{token_id{2}, token_id{0}, token_id{1}});
                else
                    add_dense(p, g);
                optimizer.step();
            }
            near(p.host_values(), values, 1e-12);
            BOOST_TEST(optimizer.steps() == 4u);
        }
}

// Rows 0 and 1 of three are seen in turn. Elsewhere the gradient is 0, and so it is where only the row seen is given. A
// row that a lazy optimizer does not see stays, where the step would move it by its moments, if it has any.
BOOST_AUTO_TEST_CASE(rows_that_were_not_seen_have_a_gradient_of_zero_or_are_left_alone) {
    for (auto const kind : kinds) {
        wordmill::parameter_set<double> dense_set(reference_of());
        wordmill::parameter_set<double> row_set(reference_of());
        wordmill::parameter_set<double> lazy_set(reference_of());
        auto& dense = add_wave(dense_set, "p", 3, 2, 1);
        auto& rows = add_wave(row_set, "p", 3, 2, 1);
        auto& lazy = add_wave(lazy_set, "p", 3, 2, 1);
        wordmill::optimizer<double> of_dense(dense_set, {.kind = kind});
        wordmill::optimizer<double> of_rows(row_set, {.kind = kind});
        wordmill::optimizer<double> of_lazy(lazy_set, {.kind = kind, .lazy = true});
        for (std::size_t step = 0; step < 4; ++step) {
            dense_set.begin_step();
            row_set.begin_step();
            lazy_set.begin_step();
            auto const seen = step % 2;
            std::vector<double> gradient(6);
            gradient[2 * seen] = 1;
            gradient[2 * seen + 1] = -2;
            add_dense(dense, gradient);
            for (auto* const p : {&rows, &lazy})
                p->add_rows(tensor_of(1, 2, {1, -2}).view(), std::vector{wordmill::id_at(seen)});
            auto const before = lazy.host_values();
            of_dense.step();
            of_rows.step();
            of_lazy.step();
            BOOST_TEST(of_dense.norm() == of_rows.norm());
            BOOST_TEST(dense.host_values() == rows.host_values());
            auto const after = lazy.host_values();
            auto const other = 2 * (1 - seen);
            BOOST_TEST((after[other] == before[other] && after[other + 1] == before[other + 1]));
            BOOST_TEST((after[2 * seen] < before[2 * seen] && after[2 * seen + 1] > before[2 * seen + 1]));
        }
        auto const same = kind == optimizer_kind::sgd || kind == optimizer_kind::adagrad;
        BOOST_TEST((dense.host_values() == lazy.host_values()) == same);
    }
}

// Gradients (3, 4) and (12): norm 13, cut to 5 they are multiplied by 5 / (13 + 1e-6). Clipped AdaGrad is not SGD.
BOOST_AUTO_TEST_CASE(gradients_are_clipped_by_the_norm_of_all_of_them) {
    for (double const max_norm : {5.0, 13.0, 14.0}) {
        wordmill::parameter_set<double> set(reference_of());
        auto& a = set.add("a", 1, 2);
        auto& b = set.add("b", 4, 1);
        wordmill::optimizer<double> optimizer(set, {.learning_rate = 1, .max_norm = max_norm});
        add_dense(a, {3, 4});
        b.add_rows(tensor_of(1, 1, {12}).view(), std::vector{token_id{2}});
        optimizer.step();
        BOOST_TEST(optimizer.norm() == 13.0);
        auto const share = max_norm == 14 ? 1 : max_norm / (13 + 1e-6); // the book's form also touches the norm itself
        near(a.host_values(), {-3 * share, -4 * share}, 1e-15);
        near(b.host_values(), {0, 0, -12 * share, 0}, 1e-15);
    }
}

BOOST_AUTO_TEST_CASE(moments_and_steps_carry_a_run_on_exactly) {
    for (auto const kind : kinds) {
        auto const run = [&](bool is_interrupted) {
            wordmill::parameter_set<double> set(reference_of());
            auto& p = add_wave(set, "p", 2, 3, 1);
            (void)set.add("q", 1, 1);
            wordmill::optimizer<double> first(set, {.kind = kind});
            wordmill::optimizer<double> second(set, {.kind = kind});
            for (int step = 0; step < 6; ++step) {
                if (step == 3) {
                    second.set_steps(first.steps());
                    auto const from = first.moments();
                    auto const to = second.moments();
                    for (std::size_t i = 0; i < from.size(); ++i) reference_of()->copy(from[i].values, to[i].values);
                }
                set.begin_step();
                add_dense(p, wave(6, step));
                (is_interrupted && step >= 3 ? second : first).step();
            }
            return p.host_values();
        };
        BOOST_TEST((run(true) == run(false)));
    }
    wordmill::parameter_set<double> set(reference_of());
    (void)set.add("p", 2, 3);
    wordmill::optimizer<double> adam(set, {.kind = optimizer_kind::adam});
    BOOST_TEST_REQUIRE(adam.moments().size() == 2u);
    BOOST_TEST(adam.moments()[0].name == "p.mean");
    BOOST_TEST(adam.moments()[1].name == "p.squares");
    BOOST_TEST(adam.moments()[1].values.rows == 2u);
    BOOST_TEST(wordmill::optimizer<double>(set, {}).moments().empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_stops_before_anything_is_changed) {
    wordmill::parameter_set<double> set(reference_of());
    auto& a = add_wave(set, "a", 1, 2, 0);
    auto& b = add_wave(set, "b", 1, 2, 0);
    wordmill::optimizer<double> optimizer(set, {});
    for (double const wrong : {NAN, INFINITY}) {
        set.begin_step();
        add_dense(a, {1, 1});
        add_dense(b, {1, wrong});
        optimizer.step();
        auto const of_gradient = failure_of([&] { (void)optimizer.norm(); });
        BOOST_TEST((of_gradient == wordmill::failure::bad_data));
        BOOST_TEST(of_gradient.says("'b'"));
        set.begin_step();
        add_dense(a, {1, 1});
        wordmill::deferred<wordmill::loss_sum> loss(reference_of()->queue());
        loss.set({wrong, 10});
        optimizer.step(loss.source());
        auto const of_loss = failure_of([&] { (void)optimizer.norm(); });
        BOOST_TEST((of_loss == wordmill::failure::bad_data));
        BOOST_TEST(of_loss.says("loss at step 1"));
    }
    near(a.host_values(), wave(2, 0), 0);
    BOOST_TEST(optimizer.steps() == 0u);
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
    wordmill::parameter_set<double> set(reference_of());
    auto const refused = [&](wordmill::optimizer_options const& options) {
        BOOST_TEST((failure_of([&] { wordmill::optimizer<double>(set, options); }) == wordmill::failure::usage));
    };
    refused({.learning_rate = -1});
    refused({.learning_rate = NAN});
    refused({.momentum = 1});
    refused({.decay = -0.1});
    refused({.beta1 = 1});
    refused({.beta2 = NAN});
    refused({.epsilon = 0});
    refused({.max_norm = -1});
    wordmill::optimizer<double> adam(set, {.kind = optimizer_kind::adam});
    BOOST_TEST(adam.learning_rate() == 0.001);
    adam.set_learning_rate(0.5);
    BOOST_TEST(adam.learning_rate() == 0.5);
    BOOST_TEST((failure_of([&] { adam.set_learning_rate(INFINITY); }) == wordmill::failure::usage));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(learning_rates)

// cos(0) = 1, cos(pi / 3) = 1/2, cos(pi / 2) = 0, cos(pi) = -1.
BOOST_AUTO_TEST_CASE(schedules_say_the_rates_worked_by_hand) {
    // Half way up after two of four steps; at the fourth the rate; at the sixteenth sqrt(4 / 16) of it.
    wordmill::warmup_rate const warmup{.rate = 2, .warmup = 4};
    BOOST_TEST(warmup.at(0) == 0.5);
    BOOST_TEST(warmup.at(1) == 0.5);
    BOOST_TEST(warmup.at(2) == 1.0);
    BOOST_TEST(warmup.at(4) == 2.0);
    BOOST_TEST(warmup.at(16) == 1.0);
    wordmill::cosine_rate const cosine{.first = 1, .last = 0.2, .steps = 6};
    BOOST_TEST(cosine.at(0) == 1.0);
    BOOST_TEST(std::abs(cosine.at(2) - 0.8) < 1e-12);
    BOOST_TEST(std::abs(cosine.at(3) - 0.6) < 1e-12);
    BOOST_TEST(std::abs(cosine.at(6) - 0.2) < 1e-12);
    BOOST_TEST(cosine.at(600) == cosine.at(6));
    BOOST_TEST(wordmill::constant_rate{.rate = 3}.at(99) == 3.0);
    wordmill::linear_rate const line{.first = 2, .last = 0.5, .steps = 6};
    BOOST_TEST(line.at(0) == 2.0);
    BOOST_TEST(line.at(2) == 1.5);
    BOOST_TEST(line.at(6) == 0.5);
    BOOST_TEST(line.at(7) == 0.5);
    // A quarter of the first rate for each step; the line begins after the fourth.
    wordmill::after_warmup<wordmill::linear_rate> const both{.then = line, .warmup = 4};
    BOOST_TEST(both.at(0) == 0.5);
    BOOST_TEST(both.at(3) == 2.0);
    BOOST_TEST(both.at(4) == 2.0);
    BOOST_TEST(both.at(6) == 1.5);
    BOOST_TEST(both.at(10) == 0.5);
}

BOOST_AUTO_TEST_CASE(a_perplexity_that_is_not_better_divides_the_rate) {
    wordmill::quarter_on_worse schedule;
    BOOST_TEST(schedule.saw(200));
    BOOST_TEST(schedule.saw(150));
    BOOST_TEST(schedule.rate == 20.0);
    BOOST_TEST(!schedule.saw(150));
    BOOST_TEST(schedule.rate == 5.0);
    BOOST_TEST(!schedule.saw(160)); // the best is 150 still
    BOOST_TEST(schedule.rate == 1.25);
    BOOST_TEST(schedule.saw(149));
    BOOST_TEST(!schedule.saw(NAN));
    BOOST_TEST(schedule.best == 149.0);
}

BOOST_AUTO_TEST_SUITE_END()
