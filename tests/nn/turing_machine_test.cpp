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
#include "both_ways.hpp"
#include "tensors.hpp"

using wordmill::machine_controller;

namespace {
constexpr std::size_t lanes = 2;
machine_controller const controllers[] = {machine_controller::lstm, machine_controller::feed_forward};

wordmill::turing_machine_options small(machine_controller controller, std::size_t read_heads = 1,
                                       std::size_t write_heads = 2) {
    return {.controller = controller,
            .inputs = 2,
            .hidden = 3,
            .slots = 4,
            .width = 2,
            .read_heads = read_heads,
            .write_heads = write_heads};
}

/// Parameters of waves of phase 1, 2, ... 8; without hidden weights of the controller, phase 2 is left out.
template <class T> wordmill::turing_machine_parameters<T> waving(wordmill::turing_machine_options const& options,
                                                                 wordmill::parameter_set<T>& set) {
    auto const p = wordmill::add_turing_machine(options, "machine", set, wordmill::random_key(1));
    double phase = 0;
    for (auto* const one : {&p.input, p.hidden, &p.bias, &p.heads, &p.head_bias, &p.memory, &p.weightings, &p.reads}) {
        ++phase;
        if (one == nullptr) continue;
        auto const values = wave(one->rows() * one->columns(), phase);
        one->assign(std::vector<T>(values.begin(), values.end()));
    }
    return p;
}

/// The formulas of Graves, Wayne & Danihelka 2014 written again in PyTorch, with wave(n, phase) = sin(1.7 arange(n) +
/// phase), for T = 3 steps of B = 2 lanes, D = 2, H = 3, N = 4, M = 2, one head that reads and two that write. X is the
/// wave of phase 0, the parameters those of phases 1 to 8. In a step: z = [x, r]; the controller makes h of z; a = h @
/// heads + head_bias; every head k, q being its part of a:
///   K = (mem * key).sum / sqrt((mem^2).sum + 1e-6) / sqrt((key^2).sum + 1e-6) with key = tanh(q[:2])
///   v = s(q[3]) softmax(softplus(q[2]) K) + (1 - s(q[3])) w;  z = sum of softmax(q[5:])[d] roll(v, d - 1)
///   w = z^(1 + softplus(q[4])) over its sum
///   r = w @ mem for the head that reads; mem = mem prod(1 - w s(e)) + sum(w tanh(a)) for those that write
/// The gradients are those of sum(y * wave 9), by PyTorch's autograd.
struct known_values {
    machine_controller controller;
    std::vector<double> y, d_x, d_bias, d_head_bias, d_memory, d_weightings, d_reads, last_weightings, last_memory;
};
std::vector<known_values> const known{
    {machine_controller::lstm,
     {0.109768414302,   0.06615911565,   -0.336133837696,  -0.174052214806, 0.0439854799391,  0.145445558401,
      -0.0465672287286, -0.174483975693, -0.187600085006,  0.0466121363044, 0.0484065750869,  0.145464522139,
      -0.15286742624,   -0.437977040121, 0.271555424952,   0.201834586157,  0.0334346168214,  -0.271853739111,
      -0.467073950509,  0.370493753621,  -0.0201956091557, 0.220767011566,  0.00742911560836, -0.577110633907,
      0.423931867325,   0.239357207519,  0.104392390032,   -0.296745854966, -0.665208213234,  0.463392210513},
     {-0.0541461416206, -0.0012709317246, -0.0635404145036, -0.103871101076, -0.228309948552, -0.0584525052587,
      -0.119285971741, -0.216267407581, 0.174361294984, -0.0654993281816, -0.103149803455, 0.0409782370248},
     {-0.0352120237974, 0.0325382283111, 0.100262503834, 0.0203670204927, 0.0309403818809, 0.0683794913816,
      -0.0120698815794, -0.159078950849, -0.0665844671547, 0.137129919855, 0.0598693103756, -0.111289193802},
     {0.00153459204134, -0.00672870314832, -0.0065497267249, 0.000630297731855, -0.0114137850879,  0.014894103759,
      -0.0456200125686, 0.0307259088096,   0.0057136291048,  0.0047281589908,   0.00578769186949,  0.00740853149047,
      0.00488117419252, 0.0217568850596,   -0.0203663070307, -0.00139057802889, -0.00364254585006, -0.000362956389303,
      0.00890708908316, 0.00365148276528,  0.00893985887112, 0.0149026448131,   -0.00856301029733, -0.00633963451581,
      -0.0140753621016, -0.009632517426,   -0.134948281379,  0.372099639017,    -0.0145106161922,  -0.00423023438517,
      -0.145655080987,  0.248603465559},
     {0.295203432922, 0.0283244064286, 0.151429901811, 0.0369191613138, 0.108662703244, 0.112316423392, 0.213004065536,
      0.0325620617732},
     {-0.0309438206963, 0.0175231965357, 0.0177395284991, -0.0043189043385, 0.0236745788941, -0.021395516149,
      0.003918542085, -0.00619760483014, 0.0292930503326, -0.0112528203367, 0.00237518560423, -0.0204154156001},
     {0.0484040698175, 0.102034876621},
     {0.219304222076, 0.204444347707, 0.274410870106, 0.301840560112, 0.147074772821, 0.299809110923,
      0.294325998406, 0.25879011785,  0.192433141122, 0.294140296267, 0.203935734875, 0.309490827736,
      0.239959597937, 0.205404074735, 0.255214150327, 0.299422177001, 0.121482865207, 0.326553795816,
      0.326905696817, 0.22505764216,  0.155671216723, 0.345414135983, 0.202528657782, 0.296385989512},
     {-0.632223827922, 1.04094366218, -0.716977013274, 1.01858246581, -0.531860771817, -0.0147887042842,
      -0.719647251661, -0.0599174639892, -0.510752614098, 1.04791909307, -0.744379348068, 0.902173844777,
      -0.837738774409, 0.377041181304, -0.99726870101, 0.317689551509}},
    {machine_controller::feed_forward,
     {-0.559989664445, 0.411514254723,   0.477774493792,  -0.24629561133,   -0.049825324643, -0.460980521666,
      -0.919605822104, 0.719867870825,   -0.279739993132, 0.0251137206359,  0.591792343787,  -0.0346486183371,
      -0.585957713107, -0.0920047617567, 0.258781645712,  -0.0751604168894, -0.965868885747, 0.535318914654,
      -0.374246930548, 0.584016593769,   0.627622536973,  -0.430933943005,  -0.550206976061, -0.473671421556,
      0.285285421935,  -0.537180183838,  -0.971635072016, 0.816648909811,   -0.784873262809, 1.07972260986},
     {0.0608435234619, -0.889519152124, -1.08609340991, 0.158169875944, 1.12687985331, 0.605736810468, -0.378464132117,
      -0.0795425862233, -0.512356592996, 0.59727300507, 0.857540900127, -0.080295967777},
     {0.0504786819643, 0.330614318058, 0.121294514979},
     {0.0561222360221,   0.0814884311091, 0.0183098296888,    0.0123508141387,   0.0693869955514,    -0.00839156549974,
      -0.0750393622559,  0.0834309277556, -0.00307405331013,  0.00474220357671,  0.0039125613573,    0.0113946230765,
      -0.0324289461647,  0.0322708302446, -0.00491406054944,  -0.0273567696951,  0.00488972228755,   0.0333566538874,
      -0.00577029508755, -0.103187652289, 0.0569561648644,    -0.0966447393732,  -0.00346778241699,  0.10011252179,
      0.00501738876403,  -0.082491723561, -0.000318063691891, -0.00573301382646, -2.85146633061e-06, -0.0110944097514,
      -0.008745238602,   0.00759094090317},
     {0.0165666232305, -0.502809843395, 0.00363556021493, 0.0236354718361, -0.0135279767582, -0.0891684251547,
      0.161097381432, -0.659772231687},
     {-0.0870449874655, 0.133807225893, 0.0396702318502, -0.0864324702773, -0.112058245136, 0.0419254230265,
      0.0204420164297, 0.0496908056794, 0.162892168291, -0.0371325445331, -0.0248304417149, -0.100929182043},
     {0.201620802826, 1.01186156696},
     {0.198294422604,   0.220799001135,   0.202961270735,  0.377945305527, 0.180911401272,    0.261097591491,
      0.271492090974,   0.286498916262,   0.239595581051,  0.115888595833, 0.34829024706,     0.296225576056,
      0.0601495715315,  0.351599332929,   0.450474697609,  0.137776397931, 0.000206426570578, 0.995056397754,
      0.00175868944009, 0.00297848623576, 0.0491779666803, 0.13297509217,  0.0895557069324,   0.728291234218},
     {-0.754864452944, 0.988155305219, -0.429732876228, 1.49196121642, -0.567471860524, -0.0554541199332,
      -0.914799608736, 0.948408683937, -0.66305115691, 0.918960603179, -1.17711900041, 2.34599568784, -0.945669306803,
      0.149189909846, -0.533582639342, 0.928371571177}},
};
}

BOOST_AUTO_TEST_SUITE(turing_machines)

BOOST_AUTO_TEST_CASE(values_and_gradients_are_those_of_the_formulas_in_pytorch) {
    for (auto const& expected : known) {
        wordmill::parameter_set<double> set(reference_of());
        auto const options = small(expected.controller);
        wordmill::turing_machine<double> machine(options, waving(options, set));
        auto const x = wave(3 * lanes, 2, 0);
        near(values_of(machine.forward(x.view(), lanes)), expected.y, 1e-10);
        near(values_of(rows_of(machine.weightings(), 2 * lanes, lanes)), expected.last_weightings, 1e-10);
        near(values_of(machine.memory()), expected.last_memory, 1e-10);
        near(values_of(machine.backward(wave(3 * lanes, 5, 9).view())), expected.d_x, 1e-10);
        near(set.at("machine.bias").host_gradient(), expected.d_bias, 1e-10);
        near(set.at("machine.head_bias").host_gradient(), expected.d_head_bias, 1e-10);
        near(set.at("machine.memory").host_gradient(), expected.d_memory, 1e-10);
        near(set.at("machine.weightings").host_gradient(), expected.d_weightings, 1e-10);
        near(set.at("machine.reads").host_gradient(), expected.d_reads, 1e-10);
    }
}

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences) {
    for (auto const controller : controllers)
        for (std::size_t const steps : {1, 4})
            for (auto const& [read_heads, write_heads] : {std::pair<std::size_t, std::size_t>{1, 1}, {2, 1}, {1, 2}}) {
                wordmill::parameter_set<double> set(reference_of());
                auto const options = small(controller, read_heads, write_heads);
                wordmill::turing_machine<double> machine(options, waving(options, set));
                auto x = wave(steps * lanes, 2, 0.3);
                auto const d_y = wave(steps * lanes, 3 + 2 * read_heads, 0.6);
                auto const loss = [&] {
                    return sum_of_products(values_of(machine.forward(x.view(), lanes)), d_y.values());
                };
                (void)loss();
                auto const d_x = values_of(machine.backward(d_y.view()));
                check_gradient(x.view(), d_x, loss);
                check_gradients(set, loss);
            }
}

BOOST_AUTO_TEST_CASE(gradients_of_two_sequences_add_up) {
    for (auto const controller : controllers) {
        wordmill::parameter_set<double> set(reference_of());
        auto options = small(controller);
        options.inputs = 5; // as many as outputs, so that the second machine reads what the first one wrote
        auto const p = waving(options, set);
        wordmill::turing_machine<double> first(options, p), second(options, p);
        auto const x = wave(2 * lanes, 5, 0.3);
        auto const d_y = wave(2 * lanes, 5, 0.6);
        auto const loss = [&] {
            return sum_of_products(values_of(second.forward(first.forward(x.view(), lanes), lanes)), d_y.values());
        };
        (void)loss();
        (void)first.backward(second.backward(d_y.view()));
        check_gradients(set, loss);
    }
}

// Every lane is what it is alone, and a sequence does not depend on the one before it.
BOOST_AUTO_TEST_CASE(lanes_and_sequences_are_independent) {
    for (auto const controller : controllers) {
        wordmill::parameter_set<double> set(reference_of());
        auto const options = small(controller);
        wordmill::turing_machine<double> machine(options, waving(options, set));
        auto const x = wave(3 * lanes, 2, 0);
        auto const both = values_of(machine.forward(x.view(), lanes));
        near(values_of(machine.forward(x.view(), lanes)), both, 0);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            std::vector<double> alone, expected;
            for (std::size_t t = 0; t < 3; ++t) {
                auto const row = values_of(rows_of(x.view(), t * lanes + lane, 1));
                alone.insert(alone.end(), row.begin(), row.end());
                for (std::size_t i = 0; i < 5; ++i) expected.push_back(both[(t * lanes + lane) * 5 + i]);
            }
            near(values_of(machine.forward(tensor_of(3, 2, alone).view(), 1)), expected, 1e-14);
        }
    }
}

BOOST_AUTO_TEST_CASE(add_vectors_are_between_minus_one_and_one_and_change_the_memory) {
    wordmill::parameter_set<double> set(reference_of());
    auto const options = small(machine_controller::lstm, 1, 1);
    auto const p = waving(options, set);
    // Weights of 0 and these biases: erase sigmoid(-800) = 0, add tanh(log 3) = 0.8 and tanh(-log 3).
    for (auto* const weights : {&p.input, p.hidden, &p.bias, &p.heads, &p.head_bias})
        weights->assign(std::vector<double>(weights->rows() * weights->columns()));
    std::vector<double> biases(20);
    biases[16] = biases[17] = -800;
    biases[18] = std::log(3);
    biases[19] = -std::log(3);
    p.head_bias.assign(biases);
    wordmill::turing_machine<double> machine(options, p);
    auto const x = wave(2, 2, 0);
    (void)machine.forward(x.view(), 1);
    near(values_of(machine.added()), {0.8, -0.8, 0.8, -0.8}, 1e-12);
    auto const weights = values_of(machine.weightings()); // [2, 2 4], the second head writes
    auto const before = p.memory.host_values(), after = values_of(machine.memory());
    for (std::size_t n = 0; n < 4; ++n) {
        BOOST_TEST(std::abs(after[2 * n] - before[2 * n] - 0.8 * (weights[4 + n] + weights[12 + n])) < 1e-12);
        BOOST_TEST(std::abs(after[2 * n + 1] - before[2 * n + 1] + 0.8 * (weights[4 + n] + weights[12 + n])) < 1e-12);
    }
}

namespace {
/// The gradients of all parameters, after the outputs and the gradient of the input.
template <class T> std::vector<std::vector<T>> results(std::shared_ptr<wordmill::operations<T>> const& ops,
                                                       wordmill::turing_machine_options const& options) {
    wordmill::parameter_set<T> set(ops);
    wordmill::turing_machine<T> machine(options, waving(options, set));
    constexpr std::size_t steps = 4;
    auto const filled = [&](std::size_t columns, double phase) {
        wordmill::tensor<T> x(ops, steps * lanes, columns);
        auto const values = wave(steps * lanes * columns, phase);
        x.assign(std::vector<T>(values.begin(), values.end()));
        return x;
    };
    auto const x = filled(options.inputs, 0.3);
    auto const d_y = filled(options.hidden + options.read_heads * options.width, 0.6);
    std::vector<std::vector<T>> all;
    all.push_back(on_host(*ops, machine.forward(x.view(), lanes)));
    all.push_back(on_host(*ops, machine.backward(d_y.view())));
    for (auto& p : set) all.push_back(p.host_gradient());
    return all;
}
void check_machines(twins const& on) {
    for (auto const controller : controllers) {
        wordmill::turing_machine_options const options{.controller = controller,
                                                       .inputs = 5,
                                                       .hidden = 17,
                                                       .slots = 19,
                                                       .width = 7,
                                                       .read_heads = 2,
                                                       .write_heads = 2,
                                                       .reach = 2};
        auto const expected = results(reference_of(), options);
        for (auto const& ops : on) {
            auto const found = results(ops, options);
            for (std::size_t i = 0; i < expected.size(); ++i)
                BOOST_TEST(distance(found[i], expected[i]) < 2e-5, ops->name() << ", matrix " << i);
        }
    }
}
}

BOOST_AUTO_TEST_CASE(a_machine_on_the_processor_agrees_with_the_reference) { check_machines(processors()); }
BOOST_AUTO_TEST_CASE(a_machine_on_a_gpu_agrees_with_the_reference,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    check_machines(gpus());
}

BOOST_AUTO_TEST_CASE(parameters_begin_as_documented) {
    wordmill::parameter_set<double> set(reference_of());
    auto const options = small(machine_controller::lstm);
    (void)wordmill::add_turing_machine(options, "machine", set, wordmill::random_key(1));
    near(set.at("machine.bias").host_values(), {0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0}, 0);
    near(set.at("machine.memory").host_values(), std::vector<double>(8, 1e-6), 0);
    near(set.at("machine.head_bias").host_values(), std::vector<double>(3 * 8 + 2 * 4), 0);
    auto const weightings = set.at("machine.weightings").host_values();
    for (std::size_t head = 0; head < 3; ++head)
        BOOST_TEST(std::abs(std::exp(weightings[head * 4 + 2]) - 20 * 4) < 1e-12); // against exp(0) for each other slot
    BOOST_TEST(weightings[0] != weightings[4]);
    BOOST_TEST(set.size() == 8u);
    wordmill::parameter_set<double> other(reference_of());
    auto const p = wordmill::add_turing_machine(small(machine_controller::feed_forward), "machine", other,
                                                wordmill::random_key(1));
    BOOST_TEST((p.hidden == nullptr));
    BOOST_TEST(p.input.columns() == 3u);
    BOOST_TEST(other.size() == 7u);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    wordmill::parameter_set<double> set(reference_of());
    auto const options = small(machine_controller::lstm);
    auto const p = waving(options, set);
    wordmill::turing_machine<double> machine(options, p);
    auto const says = [&](auto call, char const* text) {
        auto const failure = failure_of(call);
        BOOST_TEST((failure == wordmill::failure::usage));
        BOOST_TEST(failure.says(text), failure.text);
    };
    says([&] { (void)machine.forward(wave(4, 3, 0).view(), 2); }, "input: expected [4, 2], found [4, 3]");
    says([&] { (void)machine.forward(wave(5, 2, 0).view(), 2); }, "of 2 lanes, found 5 rows");
    auto const x = wave(4, 2, 0);
    (void)machine.forward(x.view(), 2);
    says([&] { (void)machine.backward(wave(4, 4, 0).view()); }, "gradient: expected [4, 5], found [4, 4]");
    (void)machine.backward(wave(4, 5, 0).view());
    BOOST_CHECK_THROW((void)machine.backward(wave(4, 5, 0).view()), wordmill::contract_violation);
    auto other = options;
    other.slots = 5;
    says([&] { wordmill::turing_machine<double>(other, p); }, "machine.memory: expected [5, 2], found [4, 2]");
    other = options;
    other.reach = 2;
    says([&] { wordmill::turing_machine<double>(other, p); }, "at most 1 in a memory of 4 slots, found 2");
    other = options;
    other.inputs = 0;
    says([&] { wordmill::turing_machine<double>(other, p); }, "inputs: expected 1 or more, found 0");
    auto const without = small(machine_controller::feed_forward);
    wordmill::parameter_set<double> another(reference_of());
    auto const few = waving(without, another);
    says([&] { wordmill::turing_machine<double>(options, few); }, "machine.input: expected [4, 12], found [4, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
