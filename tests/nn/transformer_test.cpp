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

using wordmill::activation;
using wordmill::norm_placement;
using wordmill::position_kind;
using wordmill::token_id;
using wordmill::transformer_options;

// Expected values of PyTorch come from two nn.TransformerEncoderLayer or nn.TransformerDecoderLayer 2.15 in double, and
// a nn.LayerNorm where layers normalise before, with the same weights (transposed), inputs and gradients: waves of the
// phases below.
namespace {
constexpr std::size_t lanes = 2, steps = 3, sources = 4, size = 4;

transformer_options small(norm_placement norm, activation f) {
    return {.layers = 2,
            .heads = 2,
            .size = size,
            .inner = 6,
            .inner_activation = f,
            .norm = norm,
            .dropout = 0,
            .positions = position_kind::none};
}
transformer_options with_source(transformer_options o) {
    o.source_size = size;
    return o;
}

template <class Stack> struct stack_with_parameters {
    wordmill::parameter_set<double> set{reference_of()};
    Stack stack;
    explicit stack_with_parameters(transformer_options const& options)
        : stack(options, "stack", set, wordmill::random_key(1)) {
        fill_waves(set, 0.5);
    }
};
using encoder = stack_with_parameters<wordmill::transformer_encoder<double>>;
using decoder = stack_with_parameters<wordmill::transformer_decoder<double>>;

void append(std::vector<double>& to, std::vector<double> const& more) { to.insert(to.end(), more.begin(), more.end()); }

struct expected_values {
    std::vector<double> y, d_x, d_values{};
};
void check_encoder(transformer_options const& options, expected_values const& expected) {
    encoder with(options);
    auto const lengths = lengths_of({3, 2});
    auto const x = wave(steps * lanes, size, 0.3), d_y = wave(steps * lanes, size, 0.5);
    near(values_of(with.stack.forward(x.view(), lanes, lengths.device())), expected.y, 1e-8);
    near(values_of(with.stack.backward(d_y.view())), expected.d_x, 1e-8);
}
void check_decoder(transformer_options const& options, expected_values const& expected) {
    decoder with(with_source(options));
    auto const lengths = lengths_of({4, 2});
    auto const x = wave(steps * lanes, size, 0.3), d_y = wave(steps * lanes, size, 0.5);
    auto const values = wave(sources * lanes, size, 0.7);
    with.stack.attend_to(values.view(), lanes, lengths.device(), steps);
    near(values_of(with.stack.forward(x.view())), expected.y, 1e-8);
    near(values_of(with.stack.backward(d_y.view())), expected.d_x, 1e-8);
    near(values_of(with.stack.d_values()), expected.d_values, 1e-8);
}
}

BOOST_AUTO_TEST_SUITE(transformers)

BOOST_AUTO_TEST_CASE(encoders_equal_those_of_pytorch) {
    check_encoder(small(norm_placement::before, activation::relu),
                  {.y = {0.528989005,  0.478642089, -1.801871194, 0.603585421, 0.525753039,  0.446290854,
                         -1.811116673, 0.581721129, 0.519698219,  0.374701724, -1.829505081, 0.533006448,
                         0.514412949,  0.289637381, -1.847780112, 0.474549395, 0.511222277,  0.208017645,
                         -1.861794171, 0.417895296, 0.510154469,  0.157866019, -1.868733772, 0.382816089},
                   .d_x = {-0.016058167, 0.033113658,  -0.022398289, 0.005342797,  0.056465046, -0.030365968,
                           0.036556048,  -0.062655126, 0.063363715,  -0.048555919, 0.047634751, -0.062442546,
                           0.112245185,  -0.099450824, 0.089965410,  -0.102759771, 0.092049372, -0.096056269,
                           0.078806139,  -0.074799243, 0.058087843,  -0.087325395, 0.067557145, -0.038319594}});
    check_encoder(small(norm_placement::after, activation::gelu),
                  {.y = {0.382431521, 0.823991751,  1.889583760, -1.032144844, 0.387073290, 0.824139117,
                         1.887168225, -1.033719242, 0.388803381, 0.824162255,  1.885923751, -1.034569651,
                         0.383993630, 0.824054425,  1.888911306, -1.032566598, 0.279537504, 0.814203155,
                         1.861472992, -1.054929856, 0.274428020, 0.814155393,  1.865308492, -1.052268158},
                   .d_x = {0.017439493, -0.004462102, 0.000737890,  -0.013702525, 0.026577326,  -0.011059275,
                           0.002174193, -0.017756083, 0.035876886,  -0.023189538, 0.010061977,  -0.022820336,
                           0.097797616, -0.021111950, 0.000129143,  -0.076847368, 0.023892246,  -0.017705612,
                           0.008067312, -0.014637317, -0.014680389, 0.021735250,  -0.008431193, 0.001650896}});
}

BOOST_AUTO_TEST_CASE(decoders_equal_those_of_pytorch) {
    check_decoder(
        small(norm_placement::before, activation::gelu),
        {.y = {-1.305692812, -0.758600141, 0.317240771,  -1.010269724, -1.380472695, -0.708537755,
               0.214288282,  -0.970964418, -1.369352453, -0.716801274, 0.229461505,  -0.977304575,
               -1.420763724, -0.675987294, 0.159747341,  -0.946414404, -1.361796339, -0.722246571,
               0.239799866,  -0.981510044, -1.385314241, -0.704845359, 0.207697908,  -0.968146817},
         .d_x = {0.051248290,  -0.029504854, 0.001494850,  -0.023238286, 0.010837172,  -0.003288406,
                 -0.026912752, 0.019363987,  -0.032553674, 0.029653186,  -0.053589979, 0.056490468,
                 -0.064601764, 0.049006710,  -0.054343375, 0.069938429,  -0.062455165, 0.041885697,
                 -0.029509976, 0.050079444,  -0.052945327, 0.034232897,  -0.006060936, 0.024773366},
         .d_values = {0.052088987,  -0.011457654, -0.063814842, -0.053850965, 0.015448447,  -0.008801437, -0.024455908,
                      -0.016226935, 0.035813491,  0.010225810,  -0.025348315, -0.036167478, -0.001186236, 0.007581992,
                      0.008945707,  0.001573116,  0.002614116,  0.007517984,  0.005079849,  -0.002319226, 0.000000000,
                      0.000000000,  0.000000000,  0.000000000,  -0.002625514, -0.007673336, -0.005227439, 0.002323533,
                      0.000000000,  0.000000000,  0.000000000,  0.000000000}});
    check_decoder(
        small(norm_placement::after, activation::relu),
        {.y = {1.753035581, -0.909924166, 1.112755888, 1.050301326,  1.748296289, -0.910358019,
               1.117011209, 1.055196794,  1.753127922, -0.909927279, 1.112677917, 1.050190132,
               1.748284987, -0.910357676, 1.117020584, 1.055210229,  1.752219140, -0.908989617,
               1.112993630, 1.052482256,  1.747836579, -0.910073993, 1.117256908, 1.056099230},
         .d_x = {0.000286328,  -0.000033306, 0.000039668,  -0.000289089, 0.000374227, -0.000118545,
                 -0.000033445, -0.000224133, 0.000000290,  -0.000117782, 0.000471526, -0.000333878,
                 0.000535844,  -0.000093449, -0.000150072, -0.000294615, 0.000624678, -0.002368051,
                 -0.000774819, 0.002426488,  0.000036819,  0.000108317,  0.000045073, -0.000186364},
         .d_values = {-0.002373071, 0.004202178,  0.006673614,  0.002627651,  -0.005662558, 0.015591663,  0.021619191,
                      0.006533589,  -0.025220245, 0.079479949,  0.106560660,  0.029575081,  -0.012418299, 0.016482807,
                      0.029286935,  0.013489676,  -0.010623734, -0.010645925, -0.000271391, 0.010368181,  0.000000000,
                      0.000000000,  0.000000000,  0.000000000,  -0.000640994, -0.007503959, -0.007038617, 0.000300582,
                      0.000000000,  0.000000000,  0.000000000,  0.000000000}});
}

BOOST_AUTO_TEST_CASE(gradients_of_encoders_equal_central_differences) {
    for (auto const positions : {position_kind::sinusoidal, position_kind::learned, position_kind::rotary})
        for (auto const norm : {norm_placement::before, norm_placement::after}) {
            auto options = small(norm, activation::gelu);
            options.positions = positions;
            options.longest = positions == position_kind::learned ? 5 : 0;
            options.dropout = 0.25;
            encoder with(options);
            auto const lengths = lengths_of({3, 2});
            auto x = wave(steps * lanes, size, 0.3);
            auto const d_y = wave(steps * lanes, size, 0.5);
            wordmill::pass const training{.training = true, .key = wordmill::random_key(3)};
            auto const forward = [&] {
                return values_of(with.stack.forward(x.view(), lanes, lengths.device(), training));
            };
            (void)forward();
            auto const d_x = values_of(with.stack.backward(d_y.view()));
            auto const loss = [&] { return sum_of_products(forward(), d_y.values()); };
            check_gradient(x.view(), d_x, loss);
            check_gradients(with.set, loss);
        }
}

BOOST_AUTO_TEST_CASE(gradients_of_decoders_equal_central_differences) {
    for (auto const norm : {norm_placement::before, norm_placement::after}) {
        auto options = with_source(small(norm, activation::gelu));
        options.positions = position_kind::rotary;
        options.dropout = 0.25;
        decoder with(options);
        auto const lengths = lengths_of({4, 2});
        auto x = wave(steps * lanes, size, 0.3), values = wave(sources * lanes, size, 0.7);
        auto const d_y = wave(steps * lanes, size, 0.5);
        auto const forward = [&] {
            with.stack.attend_to(values.view(), lanes, lengths.device(), steps);
            return values_of(with.stack.forward(x.view(), 0, {.training = true, .key = wordmill::random_key(3)}));
        };
        (void)forward();
        auto const d_x = values_of(with.stack.backward(d_y.view())), d_values = values_of(with.stack.d_values());
        auto const loss = [&] { return sum_of_products(forward(), d_y.values()); };
        check_gradient(x.view(), d_x, loss);
        check_gradient(values.view(), d_values, loss);
        check_gradients(with.set, loss);
    }
}

BOOST_AUTO_TEST_CASE(decoding_step_by_step_gives_the_outputs_of_the_whole_sequence) {
    for (auto const positions : {position_kind::none, position_kind::sinusoidal, position_kind::rotary})
        for (auto const norm : {norm_placement::before, norm_placement::after}) {
            auto options = with_source(small(norm, activation::relu));
            options.positions = positions;
            decoder with(options);
            auto const x = wave(steps * lanes, size, 0.3), values = wave(sources * lanes, size, 0.7);
            with.stack.attend_to(values.view(), lanes, {}, steps);
            auto const expected = values_of(with.stack.forward(x.view()));
            auto const weights = values_of(with.stack.weights(1, 1));
            with.stack.attend_to(values.view(), lanes, {}, steps);
            std::vector<double> found;
            for (std::size_t t = 0; t < steps; ++t)
                append(found, values_of(with.stack.forward(rows_of(x.view(), t * lanes, lanes), t)));
            near(found, expected, 1e-12);
            near(values_of(with.stack.weights(1, 1)), weights, 1e-12);
            BOOST_TEST(with.stack.self_weights(0, 1).columns == steps);
        }
}

// One more step changes no output before it: no step sees the future.
BOOST_AUTO_TEST_CASE(later_steps_change_no_output_of_a_decoder) {
    decoder with(small(norm_placement::before, activation::relu));
    auto const x = wave(steps * lanes, size, 0.3);
    with.stack.begin(lanes, steps);
    auto all = values_of(with.stack.forward(x.view()));
    all.resize((steps - 1) * lanes * size);
    with.stack.begin(lanes, steps);
    near(values_of(with.stack.forward(rows_of(x.view(), 0, (steps - 1) * lanes))), all, 0);
}

// A deeper layer sees further back than the memory of one layer, so only a stack of one layer gives the same numbers as
// one long sequence.
BOOST_AUTO_TEST_CASE(a_memory_continues_a_sequence_and_can_be_saved) {
    auto options = small(norm_placement::before, activation::relu);
    options.layers = 1;
    options.positions = position_kind::rotary;
    options.memory = 2;
    decoder with(options);
    auto const x = wave(4 * lanes, size, 0.3);
    auto const second = rows_of(x.view(), 2 * lanes, 2 * lanes);
    with.stack.begin(lanes, 4);
    auto const expected = values_of(rows_of(with.stack.forward(x.view()), 2 * lanes, 2 * lanes));
    with.stack.begin(lanes, 2);
    (void)with.stack.forward(rows_of(x.view(), 0, 2 * lanes));
    with.stack.carry();
    auto const memory = with.stack.memory();
    BOOST_TEST(memory.lanes == lanes);
    auto const saved = tensor_of(2 * lanes, 2 * size, values_of(memory.layers.at(0)));
    with.stack.begin(lanes, 2);
    near(values_of(with.stack.forward(second)), expected);
    BOOST_TEST(with.stack.self_weights(0, 0).columns == 4u);
    with.stack.forget();
    BOOST_TEST(with.stack.memory().layers.empty());
    with.stack.set_memory({.lanes = lanes, .layers = {saved.view()}});
    with.stack.begin(lanes, 2);
    near(values_of(with.stack.forward(second)), expected);
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads) {
    constexpr std::size_t long_steps = 70, many = 5, width = 96;
    transformer_options const options{.layers = 2,
                                      .heads = 3,
                                      .size = width,
                                      .inner = 200,
                                      .dropout = 0.1,
                                      .positions = position_kind::rotary,
                                      .source_size = width};
    auto const outcome = [&](std::shared_ptr<wordmill::operations<float>> const& ops) {
        wordmill::parameter_set<float> set(ops);
        wordmill::transformer_decoder<float> stack(options, "stack", set, wordmill::random_key(1));
        auto const floats = [&](std::size_t rows, double phase) {
            auto const values = wave(rows * width, phase);
            wordmill::tensor<float> made(ops, rows, width);
            made.assign(std::vector<float>(values.begin(), values.end()));
            return made;
        };
        auto const x = floats(long_steps * many, 0.3), d_y = floats(long_steps * many, 0.5), v = floats(9 * many, 0.7);
        stack.attend_to(v.view(), many, {}, long_steps);
        auto all = on_host(*ops, stack.forward(x.view(), 0, {.training = true, .key = wordmill::random_key(2)}));
        auto const add = [&](std::vector<float> const& more) { all.insert(all.end(), more.begin(), more.end()); };
        add(on_host(*ops, stack.backward(d_y.view())));
        add(on_host(*ops, stack.d_values()));
        for (auto& p : set) add(p.host_gradient());
        return all;
    };
    auto const one = outcome(wordmill::cpu_operations(1));
    BOOST_TEST((outcome(wordmill::cpu_operations(2)) == one));
    BOOST_TEST((outcome(wordmill::cpu_operations(5)) == one));
}

BOOST_AUTO_TEST_CASE(options_that_contradict_each_other_are_refused) {
    auto const says = [](auto change, char const* text) {
        auto options = small(norm_placement::before, activation::relu);
        change(options);
        auto const failure = failure_of([&] { options.check(); });
        BOOST_TEST((failure == wordmill::failure::usage));
        BOOST_TEST(failure.says(text), failure.text);
    };
    says([](auto& o) { o.layers = 0; }, "layers: expected 1 or more, found 0");
    says([](auto& o) { o.heads = 3; }, "size: expected a multiple of 3 heads, found 4");
    says([](auto& o) { o.dropout = 1; }, "dropout: expected 0 or more, below 1");
    says([](auto& o) { o.inner_activation = activation::softmax; }, "found softmax");
    says([](auto& o) { o.positions = position_kind::learned; }, "the number of learned positions, found 0");
    says([](auto& o) { o.longest = 3; }, "none unless positions are learned, found 3");
    says([](auto& o) { o.memory = 2, o.positions = position_kind::sinusoidal; }, "none unless positions are rotary");
    auto const with_memory = failure_of([] {
        auto options = small(norm_placement::before, activation::relu);
        options.memory = 2;
        encoder with(options);
    });
    BOOST_TEST(with_memory.says("neither a memory nor values to attend to"), with_memory.text);
}

BOOST_AUTO_TEST_SUITE_END()
