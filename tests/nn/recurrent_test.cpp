#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <utility>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::recurrent_cell;

namespace {
constexpr std::size_t inputs = 2;
constexpr std::size_t hidden = 2;
constexpr std::size_t lanes = 2;
recurrent_cell const cells[] = {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru};

/// The parameters of a cell, after the waves of the program below.
wordmill::recurrent_parameters<double> parameters_of(wordmill::parameter_set<double>& set, recurrent_cell cell,
                                                     double phase = 0, char const* input = "input",
                                                     char const* recur = "hidden", char const* bias = "bias") {
    auto const gates = wordmill::gates_of(cell) * hidden;
    return {add_wave(set, input, inputs, gates, phase + 1), add_wave(set, recur, hidden, gates, phase + 2),
            add_wave(set, bias, 1, gates, phase + 3)};
}

/// The formulas of the book written again in NumPy, with wave(n, phase) = sin(1.7 arange(n) + phase), for T = 3 steps
/// of B = 2 lanes, D = H = 2:
///   for t: x = X[2t : 2t + 2];
///     tanh: h = tanh(x @ W + h @ U + b)
///     lstm: i, f, g, o = split(x @ W + h @ U + b); c = s(f) c + s(i) tanh(g); h = s(o) tanh(c)
///     gru:  z, r = s(split(x @ W + h @ U + b)); n = tanh(x @ Wn + (r h) @ Un + bn); h = (1 - z) h + z n
/// X, W, U, b, h, c and the gradient of the outputs are waves of phase 0, 1, ... 6. The gradients are those of
/// sum(outputs * wave 6), by complex steps: imag(f(x + 1e-30 i)) / 1e-30.
struct known_values {
    recurrent_cell cell;
    std::vector<double> y, d_x, d_hidden_weights, d_bias, d_state, last_cells, d_cells;
};
std::vector<known_values> const known{
    {recurrent_cell::tanh,
     {-0.787630239654, -0.827772592444, 0.880435608355, -0.828722165257, -0.272402283458, -0.807676436151,
      0.918820440088, -0.978329736809, 0.697794768638, -0.817571322823, 0.787729161792, -0.988664949394},
     {0.09900367089, -0.0283010511927, -0.136495262199, 0.0674834272148, 0.462601961579, -0.437443731935,
      -0.110018391809, 0.117033980243, 0.38476247412, -0.371469876869, -0.274258316245, 0.307306221198},
     {-0.81004572512, -0.781490637946, -0.197935950179, -0.621744309601},
     {0.276568447425, 0.451288938565},
     {-0.168500568659, 0.22061960674, 0.138577229641, -0.198165512364},
     {},
     {}},
    {recurrent_cell::lstm,
     {-0.241086827315, 0.0436553671564, 0.150086317754, -0.397374210859, 0.0684600306426, -0.129803853157,
      -0.0627477203332, -0.168069766089, 0.192556318797, -0.295117984618, -0.254252819578, -0.192364791554},
     {-0.168110934111, -0.123924540948, 0.0493083533209, 0.165252552571, 0.0280458948372, 0.115365195166,
      0.0813002506987, 0.32223652085, -0.0293080690656, -0.00185446291761, 0.0268146710965, 0.134298680966},
     {0.0529693146021, 0.251977508362, -0.0609744962705, -0.0478063583554, -0.0972264685185, -0.352853477425,
      0.000618028060119, 0.0777788520021, -0.0555673569254, 0.129638793035, -0.0143960888186, -0.0835333863074,
      0.00591768216227, -0.165219406075, -0.0243111394749, -0.0096719996125},
     {0.320265746793, -0.359955371489, -0.0878993963972, 0.279843956126, -0.028304344457, 0.255525808644,
      0.165075372545, 0.149109772088},
     {-0.127951807784, 0.0355857156384, 0.163779538165, 0.123812505103},
     {0.555829174686, -0.388674748478, -0.321597581118, -0.387611773378},
     {-0.0105938447188, 1.01196589571, -0.183388453908, -0.45291314793}},
    {recurrent_cell::gru,
     {-0.788978939369, -0.350917189258, 0.355748229464, 0.110354620686, -0.756212327462, -0.214572635623,
      -0.134812703655, -0.0575308566274, -0.435974624087, -0.280801921445, -0.386478631513, -0.180540842372},
     {0.0303991510791, 0.745760509119, -0.0800615824704, 0.226502630048, 0.0805585978715, 0.434511103617,
      -0.205187011317, 0.165545700161, 0.385340879719, -0.173832546177, 0.0585047801384, -0.0934898118229},
     {-0.0292814964835, 0.0475491144766, -0.130389076053, 0.111251424048, -0.323441866831, -0.863211767509,
      -0.011058996778, -0.0857416528006, -0.0699830276488, 0.0672050587295, -0.17225083927, -0.387842289023},
     {0.489339935656, 0.964439196215, 0.101970840712, -0.155498238277, -0.386228871521, 1.33087125841},
     {-0.977892790849, 2.408401765, -0.229611717536, -1.41256781638},
     {},
     {}},
};
}

BOOST_AUTO_TEST_SUITE(recurrent_layers)

BOOST_AUTO_TEST_CASE(values_and_gradients_are_those_of_the_formulas_in_numpy) {
    for (auto const& expected : known) {
        auto const is_lstm = expected.cell == recurrent_cell::lstm;
        wordmill::parameter_set<double> set(reference_of());
        wordmill::recurrent<double> layer({.cell = expected.cell}, parameters_of(set, expected.cell));
        auto const x = wave(3 * lanes, inputs, 0);
        auto const h = wave(lanes, hidden, 4);
        auto const c = wave(lanes, hidden, 5);
        layer.set_state({h.view(), c.view()});
        near(values_of(layer.forward(x.view(), lanes)), expected.y, 1e-11);
        near(values_of(layer.state().hidden), {expected.y.end() - 4, expected.y.end()}, 1e-11);
        if (is_lstm) near(values_of(layer.state().cells), expected.last_cells, 1e-11);
        near(values_of(layer.backward(wave(3 * lanes, hidden, 6).view())), expected.d_x, 1e-11);
        near(set.at("hidden").host_gradient(), expected.d_hidden_weights, 1e-11);
        near(set.at("bias").host_gradient(), expected.d_bias, 1e-11);
        near(values_of(layer.d_state().hidden), expected.d_state, 1e-11);
        if (is_lstm) near(values_of(layer.d_state().cells), expected.d_cells, 1e-11);
    }
}

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences_for_one_step_and_for_many) {
    for (auto const cell : cells)
        for (std::size_t const steps : {1U, 4U}) {
            wordmill::parameter_set<double> set(reference_of());
            wordmill::recurrent<double> layer({.cell = cell}, parameters_of(set, cell));
            auto x = wave(steps * lanes, inputs, 0.3);
            auto h = wave(lanes, hidden, 0.4);
            auto c = wave(lanes, hidden, 0.5);
            auto const d_y = wave(steps * lanes, hidden, 0.6);
            auto const forward = [&] {
                layer.set_state({h.view(), c.view()});
                return values_of(layer.forward(x.view(), lanes));
            };
            auto const loss = [&] { return sum_of_products(forward(), d_y.values()); };
            (void)forward();
            auto const d_x = values_of(layer.backward(d_y.view()));
            auto const d_h = values_of(layer.d_state().hidden);
            auto const d_c = values_of(layer.d_state().cells);
            check_gradient(x.view(), d_x, loss);
            check_gradient(h.view(), d_h, loss);
            if (cell == recurrent_cell::lstm) check_gradient(c.view(), d_c, loss);
            check_gradients(set, loss);
        }
}

BOOST_AUTO_TEST_CASE(gradients_of_two_sequences_add_up) {
    for (auto const cell : cells) {
        wordmill::parameter_set<double> set(reference_of());
        auto const p = parameters_of(set, cell);
        wordmill::recurrent<double> first({.cell = cell}, p);
        wordmill::recurrent<double> second({.cell = cell}, p);
        auto const x = wave(2 * lanes, inputs, 0.3);
        auto const d_y = wave(2 * lanes, hidden, 0.6);
        auto const loss = [&] { // the second layer, with the same parameters, reads what the first wrote
            return sum_of_products(values_of(second.forward(first.forward(x.view(), lanes), lanes)), d_y.values());
        };
        (void)loss();
        (void)first.backward(second.backward(d_y.view()));
        check_gradients(set, loss);
    }
}

BOOST_AUTO_TEST_CASE(a_stateful_layer_goes_on_where_it_stopped) {
    for (auto const cell : cells) {
        wordmill::parameter_set<double> set(reference_of());
        auto const p = parameters_of(set, cell);
        wordmill::recurrent<double> whole({.cell = cell}, p);
        wordmill::recurrent<double> parts({.cell = cell, .stateful = true}, p);
        auto const x = wave(5 * lanes, inputs, 0);
        auto const all = values_of(whole.forward(x.view(), lanes));
        std::vector<double> joined;
        std::size_t row = 0;
        for (std::size_t const steps : {1U, 3U, 1U}) {
            auto const y = values_of(parts.forward(rows_of(x.view(), row, steps * lanes), lanes));
            joined.insert(joined.end(), y.begin(), y.end());
            row += steps * lanes;
        }
        near(joined, all, 1e-15);
        near(values_of(whole.forward(x.view(), lanes)), all, 0); // from zeros again
        parts.reset_state();
        BOOST_TEST(parts.state().hidden.rows == 0u);
        near(values_of(parts.forward(x.view(), lanes)), all, 0);
        near(values_of(parts.state().hidden), {all.end() - 4, all.end()}, 0);

        wordmill::recurrent<double> other({.cell = cell}, p); // goes on from a state it is given, once
        other.set_state(parts.state());
        auto const next = values_of(parts.forward(x.view(), lanes));
        near(values_of(other.forward(x.view(), lanes)), next, 0);
        near(values_of(other.forward(x.view(), lanes)), all, 0);
    }
}

BOOST_AUTO_TEST_CASE(a_bidirectional_layer_is_two_layers_of_which_one_reads_backwards) {
    for (auto const cell : cells) {
        wordmill::parameter_set<double> set(reference_of());
        auto const one = parameters_of(set, cell);
        auto const two = parameters_of(set, cell, 0.5, "input 2", "hidden 2", "bias 2");
        wordmill::bidirectional<double> both({.cell = cell}, one, two);
        auto const x = wave(3 * lanes, inputs, 0.3);
        auto const y = values_of(both.forward(x.view(), lanes));
        auto turned = x.values(); // steps 2, 1, 0, four values each
        for (std::size_t i = 0; i < 4; ++i) std::swap(turned[i], turned[8 + i]);
        wordmill::recurrent<double> forwards({.cell = cell}, one);
        wordmill::recurrent<double> backwards({.cell = cell}, two);
        auto const a = values_of(forwards.forward(x.view(), lanes));
        auto const reversed = tensor_of(3 * lanes, inputs, turned);
        auto const b = values_of(backwards.forward(reversed.view(), lanes));
        for (std::size_t t = 0; t < 3; ++t)
            for (std::size_t lane = 0; lane < lanes; ++lane)
                for (std::size_t k = 0; k < hidden; ++k) {
                    auto const row = t * lanes + lane;
                    BOOST_TEST(y[row * 2 * hidden + k] == a[row * hidden + k]);
                    BOOST_TEST(y[row * 2 * hidden + hidden + k] == b[((2 - t) * lanes + lane) * hidden + k]);
                }
    }
}

BOOST_AUTO_TEST_CASE(gradients_of_a_bidirectional_layer_equal_central_differences) {
    for (auto const cell : cells)
        for (std::size_t const steps : {1U, 3U}) {
            wordmill::parameter_set<double> set(reference_of());
            auto const one = parameters_of(set, cell);
            auto const two = parameters_of(set, cell, 0.5, "input 2", "hidden 2", "bias 2");
            wordmill::bidirectional<double> layer({.cell = cell}, one, two);
            auto x = wave(steps * lanes, inputs, 0.3);
            auto const d_y = wave(steps * lanes, 2 * hidden, 0.6);
            (void)layer.forward(x.view(), lanes);
            auto const d_x = values_of(layer.backward(d_y.view()));
            auto const loss = [&] { return sum_of_products(values_of(layer.forward(x.view(), lanes)), d_y.values()); };
            check_gradient(x.view(), d_x, loss);
            check_gradients(set, loss);
        }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    wordmill::parameter_set<double> set(reference_of());
    auto const p = parameters_of(set, recurrent_cell::lstm);
    wordmill::recurrent<double> layer({.stateful = true}, p);
    auto const says = [&](auto call, char const* text) {
        auto const failure = failure_of(call);
        BOOST_TEST((failure == wordmill::failure::usage));
        BOOST_TEST(failure.says(text), failure.text);
    };
    says([&] { wordmill::recurrent<double>({.cell = recurrent_cell::gru}, p); }, "expected [2, 6], found [2, 8]");
    says([&] { (void)layer.forward(wave(4, 3, 0).view(), 2); }, "expected [4, 2], found [4, 3]");
    says([&] { (void)layer.forward(wave(5, 2, 0).view(), 2); }, "of 2 lanes, found 5 rows");
    says([&] { layer.set_state({wave(2, 3, 0).view(), {}}); }, "state: expected [2, 2], found [2, 3]");
    auto const x = wave(4, 2, 0);
    (void)layer.forward(x.view(), 2);
    says([&] { (void)layer.forward(x.view(), 4); }, "lanes of its state: expected 2, found 4");
    (void)layer.forward(x.view(), 2);
    says([&] { (void)layer.backward(wave(2, 2, 0).view()); }, "gradient: expected [4, 2], found [2, 2]");
    (void)layer.backward(x.view());
    BOOST_CHECK_THROW((void)layer.backward(x.view()), wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()
