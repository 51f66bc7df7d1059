#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "tensors.hpp"

using wordmill::recurrent_cell;
using wordmill::token_id;

BOOST_AUTO_TEST_SUITE(learning)

// 0 1 0 2 0 3 0 1 ...: what follows 0 is known only to who remembers the number before it; without memory the mean
// loss is at least (0 + ln 3) / 2 = 0.55. One table is embedding and projection, steps are clipped, the state goes on.
BOOST_AUTO_TEST_CASE(recurrent_layers_with_tied_weights_learn_what_needs_a_memory) {
    constexpr std::size_t size = 8;
    constexpr std::size_t lanes = 3;
    constexpr std::size_t steps = 6;
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru}) {
        wordmill::parameter_set<double> set(reference_of());
        auto& table = set.add("table", 4, size);
        auto& bias = set.add("bias", 1, 4);
        auto const gates = wordmill::gates_of(cell) * size;
        wordmill::recurrent_parameters<double> const parameters{
            set.add("input", size, gates), set.add("hidden", size, gates), set.add("recurrent bias", 1, gates)};
        std::uint64_t stream = 0;
        for (auto* const p : {&table, &parameters.input, &parameters.hidden})
            wordmill::fill_normal(*p, wordmill::random_key(1).fold_in(stream++), 1 / std::sqrt(size));
        wordmill::embedding<double> embedding(table);
        wordmill::recurrent<double> recurrent({.cell = cell, .stateful = true}, parameters);
        wordmill::projection_loss<double> loss(table, &bias, wordmill::transposed::yes);
        wordmill::optimizer<double> adam(
            set, {.kind = wordmill::optimizer_kind::adam, .learning_rate = 0.02, .max_norm = 1});
        wordmill::loss_sum found;
        for (std::size_t step = 0; step < 200; ++step) {
            std::vector<token_id> ids;
            std::vector<token_id> targets;
            for (std::size_t t = step * steps; t < (step + 1) * steps; ++t)
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    auto const at = [&](std::size_t i) { return wordmill::id_at(i % 2 == 0 ? 0 : i / 2 % 3 + 1); };
                    ids.push_back(at(t + 2 * lane));
                    targets.push_back(at(t + 2 * lane + 1));
                }
            set.begin_step();
            auto const of_step = loss.forward(recurrent.forward(embedding.forward(ids), lanes), targets);
            embedding.backward(recurrent.backward(loss.backward()));
            adam.step(of_step.source());
            found = of_step.wait();
        }
        BOOST_TEST(found.mean() < 0.02);
    }
}

// Each lane is shown two bits in the first of four steps and is asked for them in the last, where all lanes see the
// same. A feed-forward controller remembers nothing itself: without the memory the loss is ln 2 = 0.69.
BOOST_AUTO_TEST_CASE(a_turing_machine_learns_to_keep_in_its_memory_what_its_controller_cannot) {
    constexpr std::size_t lanes = 4, steps = 4;
    wordmill::parameter_set<double> set(reference_of());
    wordmill::turing_machine_options const options{
        .controller = wordmill::machine_controller::feed_forward, .inputs = 3, .hidden = 8, .slots = 4, .width = 4};
    wordmill::turing_machine<double> machine(
        options, wordmill::add_turing_machine(options, "machine", set, wordmill::random_key(1)));
    auto& weights = set.add("weights", 12, 2);
    wordmill::fill_normal(weights, wordmill::random_key(2), 1 / std::sqrt(12));
    wordmill::affine<double> output(weights, &set.add("bias", 1, 2));
    wordmill::sigmoid_loss<double> loss(reference_of());
    wordmill::optimizer<double> adam(set,
                                     {.kind = wordmill::optimizer_kind::adam, .learning_rate = 0.02, .max_norm = 1});
    std::vector<double> shown(steps * lanes * 3);
    std::vector<std::uint8_t> bits;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        for (std::size_t i = 0; i < 2; ++i) {
            bits.push_back(static_cast<std::uint8_t>(lane >> i & 1));
            shown[lane * 3 + i] = bits.back();
        }
        shown[((steps - 1) * lanes + lane) * 3 + 2] = 1; // the question
    }
    auto const x = tensor_of(steps * lanes, 3, shown);
    wordmill::tensor<double> d_y(reference_of(), steps * lanes, 12);
    double found = 0;
    for (int step = 0; step < 200; ++step) {
        set.begin_step();
        auto const y = machine.forward(x.view(), lanes);
        auto const of_step = loss.forward(output.forward(rows_of(y, (steps - 1) * lanes, lanes)), bits);
        reference_of()->copy(output.backward(loss.backward()), rows_of(d_y.view(), (steps - 1) * lanes, lanes));
        (void)machine.backward(d_y.view());
        adam.step(of_step.source());
        found = of_step.wait().mean();
    }
    BOOST_TEST(found < 0.02);
}

BOOST_AUTO_TEST_SUITE_END()
