#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

// Recurrent layers over sequences of different lengths, in segments, and between layers that read their final state.
using wordmill::recurrent_cell;

namespace {
constexpr std::size_t inputs = 2;
constexpr std::size_t hidden = 2;
constexpr std::size_t lanes = 3;
constexpr std::size_t steps = 4;
recurrent_cell const cells[] = {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru};
// Falling, with one of all steps and one of a single step; in another order; one without any step.
std::vector<std::vector<std::uint32_t>> const all_lengths{{4, 2, 1}, {1, 4, 3}, {0, 4, 2}};

wordmill::recurrent_parameters<double> parameters_of(wordmill::parameter_set<double>& set, recurrent_cell cell,
                                                     char const* name, double phase) {
    auto const gates = wordmill::gates_of(cell) * hidden;
    std::string const all(name);
    return {add_wave(set, (all + " input").c_str(), inputs, gates, phase + 1),
            add_wave(set, (all + " hidden").c_str(), hidden, gates, phase + 2),
            add_wave(set, (all + " bias").c_str(), 1, gates, phase + 3)};
}
wordmill::mirrored<std::uint32_t> mirror(std::vector<std::uint32_t> const& lengths) {
    wordmill::mirrored<std::uint32_t> made(reference_of()->queue());
    (void)made.assign(lengths);
    return made;
}
void append(std::vector<double>& to, std::vector<double> const& more) { to.insert(to.end(), more.begin(), more.end()); }
/// The values of lane b at each step.
std::vector<double> lane_of(std::vector<double> const& all, std::size_t width, std::size_t b, std::size_t count) {
    std::vector<double> lane;
    for (std::size_t t = 0; t < count; ++t)
        for (std::size_t i = 0; i < width; ++i) lane.push_back(all[(t * lanes + b) * width + i]);
    return lane;
}
}

BOOST_AUTO_TEST_SUITE(recurrent_layers_with_lengths)

BOOST_AUTO_TEST_CASE(each_lane_is_computed_as_if_it_were_alone_and_then_keeps_its_state) {
    for (auto const cell : cells)
        for (auto const& lengths : all_lengths) {
            wordmill::parameter_set<double> set(reference_of());
            auto const p = parameters_of(set, cell, "a", 0);
            wordmill::recurrent<double> layer({.cell = cell}, p), alone({.cell = cell}, p);
            auto const x = wave(steps * lanes, inputs, 0.3);
            auto const device = mirror(lengths);
            auto const y = values_of(layer.forward(x.view(), lanes, device.device()));
            auto const state = values_of(layer.state().hidden);
            for (std::size_t b = 0; b < lanes; ++b) {
                std::vector<double> expected(hidden);
                if (lengths[b] > 0) {
                    auto const one = tensor_of(lengths[b], inputs, lane_of(x.values(), inputs, b, lengths[b]));
                    expected = values_of(alone.forward(one.view(), 1));
                }
                std::vector<double> const last(expected.end() - hidden, expected.end());
                if (lengths[b] == 0) expected.clear();
                while (expected.size() < steps * hidden) append(expected, last);
                near(lane_of(y, hidden, b, steps), expected, 1e-15);
                near(lane_of(state, hidden, b, 1), last, 1e-15);
            }
        }
}

BOOST_AUTO_TEST_CASE(gradients_with_lengths_equal_central_differences) {
    for (auto const cell : cells)
        for (auto const& lengths : all_lengths)
            for (bool const with_outputs : {true, false}) {
                auto const is_lstm = cell == recurrent_cell::lstm;
                wordmill::parameter_set<double> set(reference_of());
                wordmill::recurrent<double> layer({.cell = cell}, parameters_of(set, cell, "a", 0));
                auto const device = mirror(lengths);
                auto x = wave(steps * lanes, inputs, 0.3);
                auto h = wave(lanes, hidden, 0.4), c = wave(lanes, hidden, 0.5);
                auto const d_y = wave(steps * lanes, hidden, 0.6);
                auto const d_h = wave(lanes, hidden, 0.7), d_c = wave(lanes, hidden, 0.8);
                auto const loss = [&] {
                    layer.set_state({h.view(), c.view()});
                    auto const y = values_of(layer.forward(x.view(), lanes, device.device()));
                    return (with_outputs ? sum_of_products(y, d_y.values()) : 0)
                           + sum_of_products(values_of(layer.state().hidden), d_h.values())
                           + (is_lstm ? sum_of_products(values_of(layer.state().cells), d_c.values()) : 0);
                };
                (void)loss();
                auto const d_x = values_of(
                    layer.backward(with_outputs ? d_y.view() : wordmill::device_view<double const>(),
                                   {d_h.view(), is_lstm ? d_c.view() : wordmill::device_view<double const>()}));
                auto const d_first = values_of(layer.d_state().hidden), d_cells = values_of(layer.d_state().cells);
                check_gradient(x.view(), d_x, loss);
                check_gradient(h.view(), d_first, loss);
                if (is_lstm) check_gradient(c.view(), d_cells, loss);
                check_gradients(set, loss);
            }
}

BOOST_AUTO_TEST_CASE(a_bidirectional_layer_reads_each_lane_from_both_of_its_ends) {
    for (auto const cell : cells)
        for (auto const& lengths : all_lengths) {
            auto const is_lstm = cell == recurrent_cell::lstm;
            wordmill::parameter_set<double> set(reference_of());
            auto const one = parameters_of(set, cell, "a", 0), two = parameters_of(set, cell, "b", 0.5);
            wordmill::bidirectional<double> layer({.cell = cell}, one, two);
            wordmill::recurrent<double> backwards({.cell = cell}, two);
            auto const device = mirror(lengths);
            auto x = wave(steps * lanes, inputs, 0.3);
            auto const y = values_of(layer.forward(x.view(), lanes, device.device()));
            auto const state = values_of(layer.state().hidden);
            for (std::size_t b = 0; b < lanes; ++b) {
                auto const n = lengths[b];
                if (n == 0) continue;
                auto const forth = lane_of(x.values(), inputs, b, n);
                std::vector<double> turned;
                for (auto t = n; t-- > 0;) append(turned, {forth[t * inputs], forth[t * inputs + 1]});
                auto const expected = values_of(backwards.forward(tensor_of(n, inputs, turned).view(), 1));
                for (std::size_t t = 0; t < n; ++t)
                    for (std::size_t k = 0; k < hidden; ++k)
                        BOOST_TEST(y[(t * lanes + b) * 2 * hidden + hidden + k] == expected[(n - 1 - t) * hidden + k]);
                for (std::size_t k = 0; k < hidden; ++k) {
                    BOOST_TEST(state[b * 2 * hidden + k] == y[((n - 1) * lanes + b) * 2 * hidden + k]);
                    BOOST_TEST(state[b * 2 * hidden + hidden + k] == expected[(n - 1) * hidden + k]);
                }
            }
            for (bool const with_outputs : {true, false}) {
                auto const d_y = wave(steps * lanes, 2 * hidden, 0.6);
                auto const d_h = wave(lanes, 2 * hidden, 0.7), d_c = wave(lanes, 2 * hidden, 0.8);
                auto const loss = [&] {
                    auto const all = values_of(layer.forward(x.view(), lanes, device.device()));
                    return (with_outputs ? sum_of_products(all, d_y.values()) : 0)
                           + sum_of_products(values_of(layer.state().hidden), d_h.values())
                           + (is_lstm ? sum_of_products(values_of(layer.state().cells), d_c.values()) : 0);
                };
                set.begin_step();
                (void)loss();
                wordmill::device_view<double const> const none{};
                auto const d_x = values_of(
                    layer.backward(with_outputs ? d_y.view() : none, {d_h.view(), is_lstm ? d_c.view() : none}));
                check_gradient(x.view(), d_x, loss);
                check_gradients(set, loss);
            }
        }
}

// One more step at the end of every lane, which holds other values and has gradients of 0.
BOOST_AUTO_TEST_CASE(more_padding_changes_no_bit) {
    for (auto const cell : cells)
        for (auto const& lengths : all_lengths) {
            wordmill::parameter_set<double> set(reference_of());
            auto const one = parameters_of(set, cell, "a", 0), two = parameters_of(set, cell, "b", 0.5);
            auto const device = mirror(lengths);
            auto const outcome = [&](std::size_t more) {
                wordmill::bidirectional<double> layer({.cell = cell}, one, two);
                auto const x = wave((steps + more) * lanes, inputs, 0.3);
                std::vector<double> d_y(steps * lanes * 2 * hidden);
                for (std::size_t r = 0; r < steps * lanes; ++r)
                    for (std::size_t i = 0; i < 2 * hidden; ++i)
                        if (r / lanes < lengths[r % lanes])
                            d_y[r * 2 * hidden + i] = static_cast<double>(r * r % 5 + i) - 2;
                d_y.resize((steps + more) * lanes * 2 * hidden);
                set.begin_step();
                std::vector<double> all;
                auto const y = values_of(layer.forward(x.view(), lanes, device.device()));
                append(all, values_of(layer.state().hidden));
                auto const d_x = values_of(layer.backward(tensor_of((steps + more) * lanes, 2 * hidden, d_y).view()));
                for (std::size_t b = 0; b < lanes; ++b) {
                    append(all, lane_of(y, 2 * hidden, b, lengths[b]));
                    append(all, lane_of(d_x, inputs, b, lengths[b]));
                }
                for (auto& p : set) append(all, p.host_gradient());
                return all;
            };
            near(outcome(1), outcome(0), 0);
        }
}

BOOST_AUTO_TEST_CASE(segments_compute_what_one_call_does) {
    for (auto const cell : cells)
        for (auto const& segments : {std::vector<std::size_t>{1, 1, 1, 1}, {3, 1}, {4}}) {
            auto const is_lstm = cell == recurrent_cell::lstm;
            wordmill::parameter_set<double> set(reference_of());
            wordmill::recurrent<double> layer({.cell = cell}, parameters_of(set, cell, "a", 0));
            auto const x = wave(steps * lanes, inputs, 0.3);
            auto const h = wave(lanes, hidden, 0.4), c = wave(lanes, hidden, 0.5);
            auto const d_y = wave(steps * lanes, hidden, 0.6), d_h = wave(lanes, hidden, 0.7);
            auto const gradients = [&](std::vector<double> all) {
                append(all, values_of(layer.d_state().hidden));
                if (is_lstm) append(all, values_of(layer.d_state().cells));
                for (auto& p : set) append(all, p.host_gradient());
                return all;
            };
            layer.set_state({h.view(), c.view()});
            auto expected = values_of(layer.forward(x.view(), lanes));
            set.begin_step();
            append(expected, values_of(layer.backward(d_y.view(), {d_h.view(), {}})));
            expected = gradients(expected);

            set.begin_step();
            layer.set_state({h.view(), c.view()});
            layer.begin(steps, lanes);
            std::vector<double> found;
            std::size_t first = 0;
            for (auto const n : segments) {
                auto const y = values_of(layer.forward_steps(rows_of(x.view(), first * lanes, n * lanes), first));
                near(values_of(layer.state().hidden), {y.end() - lanes * hidden, y.end()}, 0);
                append(found, y);
                first += n;
            }
            layer.begin_backward({d_h.view(), {}});
            std::vector<double> d_x;
            for (auto i = segments.size(); i-- > 0;) {
                first -= segments[i];
                auto const part =
                    values_of(layer.backward_steps(rows_of(d_y.view(), first * lanes, segments[i] * lanes), first));
                d_x.insert(d_x.begin(), part.begin(), part.end());
            }
            append(found, d_x);
            near(gradients(found), expected, 1e-14);
        }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    wordmill::parameter_set<double> set(reference_of());
    wordmill::recurrent<double> layer({}, parameters_of(set, recurrent_cell::lstm, "a", 0));
    auto const says = [&](auto call, char const* text) {
        auto const failure = failure_of(call);
        BOOST_TEST((failure == wordmill::failure::usage));
        BOOST_TEST(failure.says(text), failure.text);
    };
    auto const two = mirror({1, 1});
    auto const x = wave(6, inputs, 0);
    says([&] { (void)layer.forward(x.view(), 3, two.device()); }, "lengths: expected 3, found 2");
    says([&] { layer.begin(0, 3); }, "found 0 steps of 3 lanes");
    layer.begin(1, 3);
    says([&] { (void)layer.forward_steps(x.view(), 0); }, "1 to 1 steps of 3 lanes, found 6 rows");
    BOOST_CHECK_THROW((void)layer.forward_steps(x.view(), 1), wordmill::contract_violation);
    (void)layer.forward(x.view(), 3);
    auto const small = wave(2, hidden, 0);
    says([&] { (void)layer.backward({}, {small.view(), {}}); }, "final state: expected [3, 2], found [2, 2]");
    BOOST_CHECK_THROW((void)layer.backward_steps({}, 0), wordmill::contract_violation);
    layer.begin_backward();
    BOOST_CHECK_THROW((void)layer.backward_steps({}, 1), wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()
