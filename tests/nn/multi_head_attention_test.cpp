#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::token_id;

// Expected values of PyTorch come from nn.MultiheadAttention 2.15 in double, with the same weights (transposed), inputs
// and gradients: waves of the phases below, two heads.
namespace {
constexpr std::size_t lanes = 2, steps = 3, sources = 4, size = 4, source_size = 3;

using self_layer = wordmill::self_attention<double>;
using cross_layer = wordmill::cross_attention<double>;

/// A layer with parameters of waves.
struct self_with_parameters {
    wordmill::parameter_set<double> set{reference_of()};
    self_layer layer;
    explicit self_with_parameters(wordmill::self_attention_options const& options)
        : layer(options, wordmill::add_self_attention(size, "self", set, wordmill::random_key(1))) {
        fill_waves(set);
    }
};
struct cross_with_parameters {
    wordmill::parameter_set<double> set{reference_of()};
    cross_layer layer{2, wordmill::add_cross_attention(size, source_size, "cross", set, wordmill::random_key(1))};
    cross_with_parameters() { fill_waves(set); }
};
std::vector<double> joined(std::vector<double> a, std::vector<double> const& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
}

BOOST_AUTO_TEST_SUITE(multi_head_attention)

BOOST_AUTO_TEST_CASE(attention_of_a_sequence_to_itself_equals_that_of_pytorch) {
    self_with_parameters with({.heads = 2});
    auto const lengths = lengths_of({3, 2});
    auto const x = wave(steps * lanes, size, 0.3), d_y = wave(steps * lanes, size, 0.5);
    with.layer.begin(lanes, steps, lengths.device());
    near(values_of(with.layer.forward(x.view())),
         {-1.836116216, 0.793783489,  1.631566951, -1.214220327, -1.380193400, 0.317461030,  1.298387188, -0.652041111,
          -0.878609265, -0.195906140, 0.929092120, -0.043510668, -0.474415915, -0.558719145, 0.618391686, 0.399366417,
          -0.065898977, -1.015794346, 0.327657995, 0.931360489,  -0.446712438, -0.600519121, 0.601459603, 0.445529604},
         1e-8);
    near(values_of(with.layer.weights(1)),
         {0.467169442, 0.518747448, 0.014083110, 0.671463558, 0.328536442, 0.000000000, 0.070602681, 0.727966871,
          0.201430448, 0.168659585, 0.831340415, 0.000000000, 0.022546859, 0.243930470, 0.733522671, 0.151990384,
          0.848009616, 0.000000000},
         1e-8);
    near(values_of(with.layer.backward(d_y.view())),
         {-0.544203089, 0.710973324,  0.573140902,  -0.687645523, -1.401951036, -1.081311733,
          1.357939825,  1.136582174,  -0.364886740, -2.461171700, 0.264712901,  2.471945962,
          2.801015714,  -5.372244490, -3.019675125, 5.249338619,  1.925259384,  -4.312532904,
          -2.100786747, 4.227027340,  0.227217516,  -0.469334527, -0.246320223, 0.459308879},
         1e-8);
}

BOOST_AUTO_TEST_CASE(causal_attention_equals_that_of_pytorch) {
    self_with_parameters with({.heads = 2, .causal = true});
    auto const x = wave(steps * lanes, size, 0.3), d_y = wave(steps * lanes, size, 0.5);
    with.layer.begin(lanes, steps);
    near(values_of(with.layer.forward(x.view())),
         {-2.818444364, 1.410516875,  2.454969697, -2.043135533, -1.993018464, 0.774893558,  1.793336927, -1.237016737,
          -1.181179956, 0.122874201,  1.149516627, -0.419091978, -0.474415915, -0.558719145, 0.618391686, 0.399366417,
          -0.065898977, -1.015794346, 0.327657995, 0.931360489,  0.125251263,  -1.227760868, 0.191129193, 1.178508980},
         1e-8);
    near(values_of(with.layer.backward(d_y.view())),
         {-0.524936040, 0.314033201,  0.537717720,  -0.292147183, -0.572069429, -0.803545789,
          0.539363761,  0.825498803,  0.933778013,  -1.992876676, -1.014891455, 1.951568882,
          1.661939543,  -3.658181683, -1.810833708, 3.584477697,  0.795303566,  -3.820775833,
          -0.950815586, 3.782076035,  -0.113432411, -2.231403085, 0.022610542,  2.232323372},
         1e-8);
}

BOOST_AUTO_TEST_CASE(attention_to_another_sequence_equals_that_of_pytorch) {
    cross_with_parameters with;
    auto const lengths = lengths_of({4, 2});
    auto const x = wave(steps * lanes, size, 0.3), d_y = wave(steps * lanes, size, 0.5);
    auto const values = wave(sources * lanes, source_size, 0.7);
    with.layer.attend_to(values.view(), lanes, lengths.device(), steps);
    near(values_of(with.layer.forward(x.view())),
         {0.803491069, 1.502933494, -1.190780481, -1.196082476, -0.402876338, 1.006571438, 0.143493962,  -1.043548252,
          0.865498444, 1.515458190, -1.256015332, -1.191796870, -0.251439315, 1.078481741, -0.026473555, -1.071659798,
          1.178067795, 1.600356250, -1.590461979, -1.190511711, -0.002668148, 1.200055546, -0.306572952, -1.121055072},
         1e-8);
    near(values_of(with.layer.weights(0)),
         {0.193220617, 0.167416775, 0.520529009, 0.118833598, 0.214391222, 0.785608778, 0.000000000, 0.000000000,
          0.224208042, 0.145625756, 0.497759779, 0.132406424, 0.344421299, 0.655578701, 0.000000000, 0.000000000,
          0.382835015, 0.041472259, 0.436001833, 0.139690893, 0.558895713, 0.441104287, 0.000000000, 0.000000000},
         1e-8);
    near(values_of(with.layer.backward(d_y.view())),
         {0.048980835, 0.411267321, 0.666128717, 0.746993950, -0.417722034, -0.334959607, -0.164704049, 0.048573033,
          0.052612276, 0.604097925, 0.997790164, 1.130854604, -0.307976684, -0.228859548, -0.089963149, 0.072432076,
          0.013939173, 0.093378291, 0.148426530, 0.164705014, 0.287668279,  0.251470886,  0.149588035,  0.008632038},
         1e-8);
    near(values_of(with.layer.d_values()),
         {0.896382941, 0.067917111, -0.826876028, 0.358405887,  -0.162800006, -0.525016713, 0.651507310,  1.061382116,
          0.434719622, 2.452690901, 1.826042745,  -0.583904175, 2.046257076,  1.251078577,  -0.765893270, 0.000000000,
          0.000000000, 0.000000000, 0.463383935,  0.276627049,  -0.180281604, 0.000000000,  0.000000000,  0.000000000},
         1e-8);
}

BOOST_AUTO_TEST_CASE(gradients_of_attention_to_itself_equal_central_differences) {
    for (bool const causal : {false, true})
        for (bool const rotary : {false, true}) {
            self_with_parameters with({.heads = 2, .causal = causal, .rotary = rotary});
            auto const lengths = lengths_of({3, 2});
            auto x = wave(steps * lanes, size, 0.3);
            auto const d_y = wave(steps * lanes, size, 0.5);
            auto const forward = [&] {
                with.layer.begin(lanes, steps, lengths.device());
                return values_of(with.layer.forward(x.view()));
            };
            (void)forward();
            auto const d_x = values_of(with.layer.backward(d_y.view()));
            auto const loss = [&] { return sum_of_products(forward(), d_y.values()); };
            check_gradient(x.view(), d_x, loss);
            check_gradients(with.set, loss);
        }
}

BOOST_AUTO_TEST_CASE(gradients_of_attention_to_another_sequence_equal_central_differences) {
    cross_with_parameters with;
    auto const lengths = lengths_of({4, 2});
    auto x = wave(steps * lanes, size, 0.3), values = wave(sources * lanes, source_size, 0.7);
    auto const d_y = wave(steps * lanes, size, 0.5);
    auto const forward = [&] {
        with.layer.attend_to(values.view(), lanes, lengths.device(), steps);
        return values_of(with.layer.forward(x.view()));
    };
    (void)forward();
    auto const d_x = values_of(with.layer.backward(d_y.view())), d_values = values_of(with.layer.d_values());
    auto const loss = [&] { return sum_of_products(forward(), d_y.values()); };
    check_gradient(x.view(), d_x, loss);
    check_gradient(values.view(), d_values, loss);
    check_gradients(with.set, loss);
}

// Steps 4 and 5 with steps 2 and 3 in memory, as if steps 2 to 5 were one sequence: scores depend on distances only.
BOOST_AUTO_TEST_CASE(remembered_steps_are_attended_to_as_if_they_were_of_this_sequence) {
    for (bool const rotary : {false, true}) {
        self_with_parameters with({.heads = 2, .causal = true, .rotary = rotary, .memory = 2});
        auto const x = wave(6 * lanes, size, 0.3);
        with.layer.begin(lanes, 4);
        auto const expected =
            values_of(rows_of(with.layer.forward(rows_of(x.view(), 2 * lanes, 4 * lanes)), 2 * lanes, 2 * lanes));
        for (std::size_t const first : {0, 2}) {
            with.layer.begin(lanes, 2);
            (void)with.layer.forward(rows_of(x.view(), first * lanes, 2 * lanes));
            with.layer.carry();
        }
        BOOST_TEST(with.layer.memory().rows == 2 * lanes);
        auto const kept = values_of(with.layer.memory());
        with.layer.begin(lanes, 2);
        auto const last = rows_of(x.view(), 4 * lanes, 2 * lanes);
        near(values_of(with.layer.forward(last)), expected);
        with.layer.forget();
        with.layer.begin(lanes, 2);
        auto const without = values_of(with.layer.forward(last));
        BOOST_TEST(std::abs(without[0] - expected[0]) > 1e-3);
        with.layer.set_memory(tensor_of(2 * lanes, 2 * size, kept).view(), lanes);
        with.layer.begin(lanes, 2);
        near(values_of(with.layer.forward(last)), expected);
    }
}

// The memory is a constant here, through which no gradient passes.
BOOST_AUTO_TEST_CASE(gradients_with_a_memory_equal_central_differences) {
    self_with_parameters with({.heads = 2, .causal = true, .rotary = true, .memory = 2});
    auto x = wave(steps * lanes, size, 0.3);
    auto const d_y = wave(steps * lanes, size, 0.5), memory = wave(2 * lanes, 2 * size, 0.9);
    auto const forward = [&] {
        with.layer.set_memory(memory.view(), lanes);
        with.layer.begin(lanes, steps);
        return values_of(with.layer.forward(x.view()));
    };
    (void)forward();
    auto const d_x = values_of(with.layer.backward(d_y.view()));
    auto const loss = [&] { return sum_of_products(forward(), d_y.values()); };
    check_gradient(x.view(), d_x, loss);
    check_gradients(with.set, loss);
}

BOOST_AUTO_TEST_CASE(segments_of_steps_give_the_outputs_of_the_whole_sequence) {
    for (bool const rotary : {false, true}) {
        self_with_parameters with({.heads = 2, .causal = true, .rotary = rotary});
        cross_with_parameters other;
        auto const x = wave(steps * lanes, size, 0.3), values = wave(sources * lanes, source_size, 0.7);
        auto const outputs = [&](std::vector<std::size_t> const& segments) {
            with.layer.begin(lanes, steps);
            other.layer.attend_to(values.view(), lanes, {}, steps);
            std::vector<double> all, of_other;
            std::size_t first = 0;
            for (auto const n : segments) {
                auto const part = rows_of(x.view(), first * lanes, n * lanes);
                all = joined(all, values_of(with.layer.forward(part, first)));
                of_other = joined(of_other, values_of(other.layer.forward(part, first)));
                first += n;
            }
            return joined(all, joined(of_other, values_of(other.layer.weights(1))));
        };
        auto const expected = outputs({steps});
        near(outputs({1, 1, 1}), expected, 1e-12);
        near(outputs({2, 1}), expected, 1e-12);
    }
}

// Lane 0 goes on from the steps of lane 1: as a single lane does that has had the inputs of lane 1 before.
BOOST_AUTO_TEST_CASE(a_reordered_lane_goes_on_from_the_steps_of_another) {
    self_with_parameters with({.heads = 2, .causal = true, .rotary = true});
    auto const x = wave(steps * lanes, size, 0.3);
    auto const rows = x.values();
    auto const row = [&](std::size_t r) { return std::vector(rows.begin() + r * size, rows.begin() + (r + 1) * size); };
    with.layer.begin(lanes, steps);
    (void)with.layer.forward(rows_of(x.view(), 0, 2 * lanes));
    with.layer.reorder(std::vector{token_id{1}, token_id{1}});
    auto const found = values_of(with.layer.forward(rows_of(x.view(), 2 * lanes, lanes), 2));
    for (std::size_t const lane : {0, 1}) {
        auto const alone = tensor_of(steps, size, joined(joined(row(1), row(3)), row(4 + lane)));
        with.layer.begin(1, steps);
        near({found.begin() + lane * size, found.begin() + (lane + 1) * size},
             values_of(rows_of(with.layer.forward(alone.view()), 2, 1)), 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    auto const says = [&](auto call, char const* text) {
        auto const failure = failure_of(call);
        BOOST_TEST((failure == wordmill::failure::usage));
        BOOST_TEST(failure.says(text), failure.text);
    };
    says([] { self_with_parameters with({.heads = 3}); }, "heads: expected a divisor of the size 4, found 3");
    says([] { self_with_parameters with({.heads = 4, .rotary = true}); }, "expected an even number");
    says([] { self_with_parameters with({.heads = 2, .memory = 2}); }, "expected none without `causal`");
    self_with_parameters with({.heads = 2, .causal = true, .memory = 2});
    auto const x = wave(steps * lanes, size, 0.3), narrow = wave(lanes, 3, 0), memory = wave(3 * lanes, 2 * size, 0);
    says([&] { with.layer.begin(0, 1); }, "found 1 steps of 0 lanes");
    with.layer.begin(lanes, 2);
    says([&] { (void)with.layer.forward(x.view()); }, "1 to 2 steps of 2 lanes, found 6 rows");
    says([&] { (void)with.layer.forward(narrow.view()); }, "expected [2, 4], found [2, 3]");
    says([&] { with.layer.set_memory(memory.view(), lanes); }, "at most 2 positions of 2 lanes, found 6 rows");
    with.layer.set_memory(rows_of(memory.view(), 0, lanes), lanes);
    says([&] { with.layer.begin(3, 2); }, "lanes of its memory: expected 2, found 3");
    (void)with.layer.forward(rows_of(x.view(), 0, lanes));
    (void)with.layer.forward(rows_of(x.view(), lanes, lanes), 1);
    says([&] { with.layer.reorder(std::vector{token_id{0}, token_id{2}}); }, "ids below 2, found 2");
    says([&] { with.layer.reorder(std::vector{token_id{0}}); }, "order of lanes: expected 2, found 1"); // with a memory
    BOOST_CHECK_THROW((void)with.layer.backward(rows_of(x.view(), lanes, lanes)), wordmill::contract_violation);
    cross_with_parameters other;
    says([&] { other.layer.attend_to(wave(3, source_size, 0).view(), lanes, {}, 1); }, "2 lanes, and one step or more");
    auto const values = wave(2 * lanes, source_size, 0);
    auto const lengths = lengths_of({1, 2});
    other.layer.attend_to(values.view(), lanes, lengths.device(), 1);
    says([&] { other.layer.reorder({}, {}); }, "order of lanes: expected 1 to 2, found 0");
    says([&] { other.layer.reorder(std::vector(3, token_id{0}), {}); }, "order of lanes: expected 1 to 2, found 3");
    says([&] { other.layer.reorder(std::vector{token_id{2}}, {}); }, "ids below 2, found 2");
    says([&] { other.layer.reorder(std::vector{token_id{1}}, lengths.device()); }, "lengths: expected 1, found 2");
}

BOOST_AUTO_TEST_SUITE_END()
