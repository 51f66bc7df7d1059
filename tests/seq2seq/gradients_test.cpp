#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.seq2seq;
import wordmill.training;
#include "../nn/tensors.hpp"
#include "pairs.hpp"

namespace wm = wordmill;
using enum wm::attention_kind;

namespace {
constexpr std::size_t vocabulary = 7;

wm::seq2seq_options sized(wm::seq2seq_options options) {
    options.source_vocabulary = options.target_vocabulary = vocabulary;
    options.embedding_size = 3;
    options.hidden_size = 4;
    return options;
}

/// Larger weights than the initial ones, so that every gate and every attention weight counts.
void spread_out(wm::parameter_set<double>& set) {
    for (auto& p : set) {
        auto values = p.host_values();
        for (std::size_t i = 0; i < values.size(); ++i) values[i] += 0.1 * std::sin(1.3 * static_cast<double>(i));
        p.assign(values);
    }
}

/// The analytic gradient of every weight against the difference of losses. Lanes differ in length.
void check(wm::seq2seq_options const& options) {
    wm::seq2seq_model<double> model(options, reference_of(), wm::random_key(3));
    spread_out(model.parameters());
    auto const batch = batch_of(pairs_of_lengths({{4, 2}, {3, 3}, {1, 1}}, vocabulary));
    auto const loss = [&] { return model.learn(batch, wm::random_key(5)).wait().mean(); };
    (void)loss();
    check_gradients(model.parameters(), loss);
}
}

BOOST_AUTO_TEST_SUITE(seq2seq_gradients)

BOOST_AUTO_TEST_CASE(of_every_cell_are_those_of_differences) {
    for (auto const cell : {wm::recurrent_cell::tanh, wm::recurrent_cell::gru, wm::recurrent_cell::lstm})
        for (bool const both : {false, true}) check(sized({.cell = cell, .bidirectional = both}));
}

BOOST_AUTO_TEST_CASE(of_deep_models_with_dropout_and_skip_connections_too) {
    check(sized({.layers = 2, .dropout = 0.4}));
    check(sized({.layers = 3, .bidirectional = true, .skip = true, .dropout = 0.4, .attention = dot}));
}

BOOST_AUTO_TEST_CASE(of_every_start_of_the_decoder_too) {
    check(sized({.start = wm::decoder_start::hidden}));
    check(sized({.start = wm::decoder_start::hidden, .peeky = true}));
    check(sized({.layers = 2, .bidirectional = true, .peeky = true, .attention = dot}));
    check(sized({.shared_embedding = true, .peeky = true, .label_smoothing = 0.1}));
}

BOOST_AUTO_TEST_CASE(of_every_attention_too) {
    for (auto const kind : {dot, scaled_dot, general, additive})
        for (auto const output : {wm::attention_output::concatenated, wm::attention_output::combined})
            for (bool const feeds : {false, true})
                check(sized({.attention = kind, .output = output, .input_feeding = feeds}));
}

BOOST_AUTO_TEST_CASE(of_transformers_too) {
    using enum wm::position_kind;
    for (wm::transformer_shape shape :
         {wm::transformer_shape{}, wm::transformer_shape{.inner_size = 5, .norm = wm::norm_placement::after},
          wm::transformer_shape{.positions = learned, .context = 5}, wm::transformer_shape{.positions = rotary}}) {
        shape.inner_activation = wm::activation::gelu; // a difference never steps over a corner
        auto options = sized({.layers = 2, .dropout = 0.2, .label_smoothing = 0.1, .transformer = shape});
        options.embedding_size = options.hidden_size = 8;
        options.shared_embedding = shape.positions == rotary;
        check(options);
    }
}

// Expected: PyTorch 2.15 in double. Weights are 0.2 sin(1.7 i + k) for value i of parameter k, gains 1 more.
// torch.nn.TransformerEncoderLayer and TransformerDecoderLayer(8, 2, 12, dropout=0, activation=..., norm_first=...),
// twice each, with masks of padding and a causal one, on embeddings times sqrt(8) and positions; for norm_first a last
// layer_norm of both; cross_entropy(label_smoothing=...), backward, and the norm of all gradients.
BOOST_AUTO_TEST_CASE(of_transformers_and_their_losses_are_those_of_pytorch) {
    struct fixture {
        wm::norm_placement norm;
        wm::activation inner;
        double smoothing;
        double loss;
        double gradient_norm;
    };
    for (auto const& [norm, inner, smoothing, loss, gradient_norm] :
         {fixture{wm::norm_placement::before, wm::activation::relu, 0, 2.224052176370, 1.730219840089},
          fixture{wm::norm_placement::after, wm::activation::relu, 0.1, 1.772032647955, 1.083867881217},
          fixture{wm::norm_placement::after, wm::activation::gelu, 0, 1.745213806598, 1.226103595506}}) {
        wm::seq2seq_model<double> model(
            {.source_vocabulary = vocabulary,
             .target_vocabulary = vocabulary,
             .embedding_size = 8,
             .hidden_size = 8,
             .layers = 2,
             .label_smoothing = smoothing,
             .transformer = wm::transformer_shape{.inner_size = 12, .inner_activation = inner, .norm = norm}},
            reference_of(), wm::random_key(1));
        double number = 0;
        for (auto& p : model.parameters()) {
            auto values = wave(p.rows() * p.columns(), number++);
            for (auto& value : values) value = 0.2 * value + (p.name().ends_with("gain") ? 1 : 0);
            p.assign(values);
        }
        auto const batch = batch_of(pairs_of_lengths({{4, 2}, {3, 3}, {1, 1}}, vocabulary));
        BOOST_TEST(model.learn(batch, {}).wait().mean() == loss, boost::test_tools::tolerance(1e-10));
        BOOST_TEST(model.parameters().gradient_norm() == gradient_norm, boost::test_tools::tolerance(1e-10));
    }
}

BOOST_AUTO_TEST_CASE(of_everything_together_too) {
    check(sized({.layers = 2,
                 .cell = wm::recurrent_cell::gru,
                 .shared_embedding = true,
                 .bidirectional = true,
                 .skip = true,
                 .dropout = 0.3,
                 .peeky = true,
                 .attention = additive,
                 .output = wm::attention_output::combined,
                 .input_feeding = true,
                 .label_smoothing = 0.2}));
}

BOOST_AUTO_TEST_SUITE_END()
