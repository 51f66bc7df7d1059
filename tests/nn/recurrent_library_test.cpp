// Recurrent layers on a GPU with its libraries against the plain loops of the reference in double. On the emulator a
// stand-in for cuDNN computes them: plans for small layers up to 64 units, and the standard plan beyond.
#include "../skipped.hpp"
#include "../worse_of.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "tensors.hpp"

using wordmill::recurrent_cell;

namespace {
std::string why_no_gpu() { return wordmill::query_cuda().reason; }

struct layer_case {
    recurrent_cell cell;
    std::size_t lanes, inputs, units;
};
constexpr std::size_t steps[] = {3, 4}; // of two segments

/// All that a layer computes: outputs, final state, and gradients of inputs, initial state and weights.
template <class T> std::vector<std::vector<T>> outcome_of(std::shared_ptr<wordmill::operations<T>> const& ops,
                                                          layer_case const& is, bool with_lengths, bool with_outputs) {
    std::vector<std::vector<T>> out;
    auto const note = [&](wordmill::device_view<T const> x) {
        if (x) out.push_back(on_host(*ops, x));
    };
    auto const random = [&](std::size_t rows, std::size_t columns, double phase, double scale) {
        auto values = wave(rows * columns, phase);
        wordmill::tensor<T> x(ops, rows, columns);
        std::vector<T> scaled;
        for (auto const value : values) scaled.push_back(static_cast<T>(static_cast<float>(scale * value)));
        x.assign(scaled);
        return x;
    };
    auto const gates = wordmill::gates_of(is.cell) * is.units;
    wordmill::parameter_set<T> set(ops);
    auto const add = [&](char const* name, std::size_t rows, double phase) -> wordmill::parameter<T>& {
        auto& p = set.add(name, rows, gates);
        auto const values = random(rows, gates, phase, 1 / std::sqrt(static_cast<double>(rows))).values();
        p.assign(values);
        return p;
    };
    wordmill::recurrent_parameters<T> const p{add("input", is.inputs, 1), add("hidden", is.units, 2),
                                              add("bias", 1, 3)};
    wordmill::recurrent<T> layer({.cell = is.cell, .stateful = true}, p);
    wordmill::mirrored<std::uint32_t> lengths(ops->queue());
    for (std::size_t b = 0; with_lengths && b < is.lanes; ++b)
        lengths.host().push_back(static_cast<std::uint32_t>(steps[0] - b % 2));
    bool const has_cells = is.cell == recurrent_cell::lstm;
    auto const hidden = random(is.lanes, is.units, 4, 1), cells = random(is.lanes, is.units, 5, 1);
    auto const begin = [&] {
        layer.set_state({hidden.view(), has_cells ? cells.view() : wordmill::device_view<T const>()});
        if (!with_lengths) layer.begin(steps[0] + steps[1], is.lanes);
    };
    auto const x = random(steps[0] * is.lanes, is.inputs, 6, 1), d = random(steps[0] * is.lanes, is.units, 7, 1);
    auto const d_hidden = random(is.lanes, is.units, 8, 1), d_cells = random(is.lanes, is.units, 9, 1);
    wordmill::recurrent_state<T> const d_final{d_hidden.view(),
                                               has_cells ? d_cells.view() : wordmill::device_view<T const>()};
    for (auto& parameter : set) ops->fill(parameter.add_dense().gradient, static_cast<T>(NAN)); // of the step before
    set.begin_step();
    if (with_lengths) {
        begin();
        note(layer.forward(x.view(), is.lanes, lengths.upload()));
        note(layer.state().hidden);
        note(layer.backward(with_outputs ? d.view() : wordmill::device_view<T const>(), d_final));
    } else { // two segments, whose gradients accumulate
        auto const more = random(steps[1] * is.lanes, is.inputs, 10, 1),
                   d_more = random(steps[1] * is.lanes, is.units, 11, 1);
        // Plans are tried in the memory of the layer, our kernels last: a first pass may leave what a trial has
        // computed.
        auto const other = random(steps[0] * is.lanes, is.inputs, 12, 1),
                   more_other = random(steps[1] * is.lanes, is.inputs, 13, 1);
        begin();
        (void)layer.forward_steps(other.view(), 0);
        (void)layer.forward_steps(more_other.view(), steps[0]);
        begin();
        note(layer.forward_steps(x.view(), 0));
        note(layer.forward_steps(more.view(), steps[0]));
        note(layer.state().hidden);
        note(layer.state().cells);
        layer.begin_backward(d_final);
        note(layer.backward_steps(with_outputs ? d_more.view() : wordmill::device_view<T const>(), steps[0]));
        note(layer.backward_steps(d.view(), 0));
    }
    note(layer.d_state().hidden);
    note(layer.d_state().cells);
    for (auto& parameter : set) out.push_back(parameter.host_gradient());
    return out;
}

void check(wordmill::cuda_options const& options, layer_case const& is, bool with_lengths, bool with_outputs,
           double tolerance) {
    auto const found = outcome_of<float>(wordmill::cuda_operations(options), is, with_lengths, with_outputs);
    auto const expected = outcome_of<double>(wordmill::reference_operations<double>(), is, with_lengths, with_outputs);
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        BOOST_TEST_REQUIRE(found[i].size() == expected[i].size());
        double largest = 1, worst = 0;
        for (std::size_t k = 0; k < found[i].size(); ++k) {
            auto const off = std::abs(static_cast<double>(found[i][k]) - expected[i][k]);
            largest = std::max(largest, std::abs(expected[i][k]));
            worst = worse_of(worst, off);
        }
        BOOST_TEST(worst <= tolerance * largest, "cell " << static_cast<int>(is.cell) << ", " << is.units
                                                         << " units: matrix " << i << " is off by " << worst << " of "
                                                         << largest);
    }
}
}

BOOST_AUTO_TEST_SUITE(recurrent_libraries, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

// With and without gradients of the outputs, and with lengths, for which our own kernels are used, as for GRUs. tf32 is
// what a library multiplies in when less than fp32 is asked for: 11 bits.
BOOST_AUTO_TEST_CASE(layers_by_a_library_agree_forward_and_back) {
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru})
        for (auto const& is : {layer_case{cell, 1, 3, 1}, layer_case{cell, 3, 7, 33}, layer_case{cell, 5, 20, 70}}) {
            check({}, is, false, true, 1e-5);
            check({}, is, false, false, 1e-5);
            check({}, is, true, true, 1e-5);
            check({.products = wordmill::precision::tf32}, is, false, true, 1e-2);
        }
}

BOOST_AUTO_TEST_SUITE_END()
