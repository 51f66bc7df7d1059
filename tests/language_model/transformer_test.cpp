#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"
#include "../nn/tensors.hpp"
#include "texts.hpp"

namespace wm = wordmill;
using enum wm::position_kind;

namespace {
wm::language_model_options model_of(wm::transformer_shape const& shape, std::size_t vocabulary = 7) {
    return {.vocabulary_size = vocabulary,
            .embedding_size = 8,
            .hidden_size = 8,
            .layers = 2,
            .dropout = 0,
            .transformer = shape};
}

std::vector<wm::transformer_shape> some_shapes(std::size_t context) {
    return {{.inner_activation = wm::activation::gelu, .context = context},
            {.inner_size = 5, .norm = wm::norm_placement::after, .positions = learned, .context = context},
            {.heads = 4, .positions = rotary, .context = context},
            {.heads = 1, .positions = none, .context = context}};
}

/// Larger weights than the initial ones, so that every head counts.
template <class T>
wm::language_model<T> lively_model(wm::language_model_options const& options, std::shared_ptr<wm::operations<T>> ops) {
    wm::language_model<T> model(options, std::move(ops), wm::random_key(3));
    for (auto& p : model.parameters()) {
        auto values = p.host_values();
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] += static_cast<T>(0.3 * std::sin(1.3 * static_cast<double>(i)));
        p.assign(values);
    }
    return model;
}

std::vector<wm::bptt_batch> batches_of(std::vector<wm::token_id> const& text, std::size_t lanes, std::size_t steps) {
    std::vector<wm::bptt_batch> all;
    for (auto&& b : wm::bptt_batches(text, {.lanes = lanes, .steps = steps})) all.push_back(std::move(b));
    return all;
}

double loss_of(wm::language_model<float>& model, std::vector<wm::token_id> const& text, std::size_t lanes,
               std::size_t steps) {
    return wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = lanes, .steps = steps})).loss.sum;
}

/// The analytic gradient of every weight against the difference of losses.
void check_model(wm::language_model_options const& options) {
    auto model = lively_model(options, reference_of());
    auto const batches = batches_of(random_text(2 * 8 + 1, 7), 2, 4);
    (void)model.evaluate(batches[0]);
    auto const memory = model.state(); // no gradient reaches it
    auto const loss = [&] {
        model.set_state(memory);
        return model.learn(batches[1], wm::random_key(5)).wait().mean();
    };
    (void)loss();
    check_gradients(model.parameters(), loss);
}

/// -log p of the targets of a batch, token by token.
double stepwise_loss(wm::language_model<float>& model, wm::bptt_batch const& batch) {
    auto const classes = model.options().vocabulary_size;
    double loss = 0;
    for (std::size_t first = 0; first < batch.inputs.size(); first += batch.lanes) {
        auto const logits = model.next_logits(std::span(batch.inputs).subspan(first, batch.lanes));
        for (std::size_t b = 0; b < batch.lanes; ++b) {
            double sum = 0;
            for (std::size_t v = 0; v < classes; ++v) sum += std::exp(static_cast<double>(logits[b * classes + v]));
            loss += std::log(sum) - logits[b * classes + index(batch.targets[first + b])];
        }
    }
    return loss;
}
auto const rounding = boost::test_tools::tolerance(2e-5);
}

BOOST_AUTO_TEST_SUITE(transformers)

BOOST_AUTO_TEST_CASE(gradients_are_those_of_differences) {
    for (auto const& shape : some_shapes(4)) check_model(model_of(shape));
    auto dropped = model_of({.context = 4}), remembers = model_of({.positions = rotary, .context = 4, .memory = 3});
    dropped.dropout = 0.3;
    dropped.tied = true;
    check_model(dropped);
    remembers.softmax = wm::softmax_kind::adaptive;
    remembers.cutoffs = {2, 4};
    check_model(remembers);
}

// Expected: PyTorch 2.15 in double. Weights are 0.2 sin(1.7 i + k) for value i of parameter k, gains 1 more; lane b has
// tokens 3 t + 5 b modulo 7. torch.nn.TransformerEncoderLayer(8, 2, 12, dropout=0, activation=..., norm_first=...),
// twice, with a causal mask, on embeddings times sqrt(8) and positions; for norm_first a last layer_norm;
// cross_entropy, backward, and the norm of all gradients.
BOOST_AUTO_TEST_CASE(loss_and_gradients_are_those_of_pytorch) {
    struct fixture {
        wm::transformer_shape shape;
        double loss;
        double norm;
    };
    std::vector<fixture> const all{
        {{.inner_size = 12, .context = 5}, 1.932252487997, 0.967664838798},
        {{.inner_size = 12, .norm = wm::norm_placement::after, .positions = learned, .context = 5},
         1.992934139065,
         1.985431993830},
        {{.inner_size = 12, .inner_activation = wm::activation::gelu, .context = 5}, 1.930720485923, 0.956742240400}};
    wm::bptt_batch batch;
    batch.lanes = 2;
    batch.steps = 5;
    batch.begins = true;
    for (std::size_t t = 0; t < 5; ++t)
        for (std::size_t b = 0; b < 2; ++b) {
            batch.inputs.push_back(wm::id_at((3 * t + 5 * b) % 7));
            batch.targets.push_back(wm::id_at((3 * (t + 1) + 5 * b) % 7));
        }
    for (auto const& [shape, loss, norm] : all) {
        wm::language_model<double> model(model_of(shape), reference_of(), wm::random_key(1));
        double number = 0;
        for (auto& p : model.parameters()) {
            auto values = wave(p.rows() * p.columns(), number++);
            for (auto& value : values) value = 0.2 * value + (p.name().ends_with("gain") ? 1 : 0);
            p.assign(values);
        }
        BOOST_TEST(model.evaluate(batch).wait().mean() == loss, boost::test_tools::tolerance(1e-10));
        (void)model.learn(batch, {});
        BOOST_TEST(model.parameters().gradient_norm() == norm, boost::test_tools::tolerance(1e-10));
    }
}

// A text of segments "# w x y z # w x y z" of random words: the second half of each is certain after its first word.
// Six of ten tokens are certain for a model that looks back five tokens, four are one of seven words.
BOOST_AUTO_TEST_CASE(a_tiny_model_learns_to_copy_what_it_has_never_seen) {
    auto random = wm::random_key(17).engine();
    auto const text_of = [&](std::size_t segments) {
        std::vector<wm::token_id> text;
        for (std::size_t s = 0; s < segments; ++s) {
            std::vector<wm::token_id> half{wm::id_at(7)};
            for (int i = 0; i < 4; ++i) half.push_back(wm::id_at(random.below(7)));
            for (int copy = 0; copy < 2; ++copy) text.insert(text.end(), half.begin(), half.end());
        }
        text.push_back(wm::id_at(7));
        return text;
    };
    auto const certain = std::exp(0.4 * std::log(7.0));
    auto options = model_of({.context = 10}, 8);
    options.embedding_size = options.hidden_size = 32;
    wm::language_model<float> model(options, wm::cpu_operations(), wm::random_key(1));
    wm::language_trainer trainer(model, {.kind = wm::optimizer_kind::adam, .learning_rate = 0.005, .max_norm = 1},
                                 wm::random_key(2));
    auto const fresh = text_of(200);
    auto const perplexity = [&] {
        return wm::evaluate_perplexity(model, wm::bptt_batches(fresh, {.lanes = 1, .steps = 10})).perplexity();
    };
    BOOST_TEST(perplexity() > 6);
    auto const text = text_of(1200);
    for (int epoch = 0; epoch < 4; ++epoch)
        for (auto const& b : batches_of(text, 20, 10)) (void)trainer.step(b);
    BOOST_TEST(perplexity() < 1.05 * certain);
    auto const found =
        wm::generate(model, {{wm::id_at(7), wm::id_at(3), wm::id_at(0), wm::id_at(6), wm::id_at(3), wm::id_at(7)}},
                     {.length = 4, .sampling = {.temperature = 0}});
    std::vector<std::size_t> ids;
    for (auto const id : found.at(0)) ids.push_back(index(id));
    BOOST_TEST((ids == std::vector<std::size_t>{3, 0, 6, 3}));
}

// Each segment starts anew, wherever it stands: 120 tokens are 20 segments of 6 in one lane or in four.
BOOST_AUTO_TEST_CASE(without_a_memory_the_perplexity_of_segments_does_not_depend_on_lanes) {
    auto const text = random_text(121, 7);
    for (auto const& shape : some_shapes(6)) {
        auto model = lively_model(model_of(shape), wm::cpu_operations());
        auto const expected = loss_of(model, text, 1, 6);
        BOOST_TEST(loss_of(model, text, 4, 6) == expected, rounding);
        BOOST_TEST(std::abs(loss_of(model, text, 4, 5) - expected) > 0.1); // other segments
    }
}

BOOST_AUTO_TEST_CASE(with_a_memory_of_the_whole_text_segments_see_what_one_segment_sees) {
    auto const text = random_text(31, 7);
    auto whole = lively_model(model_of({.positions = rotary, .context = 30}), wm::cpu_operations());
    auto const expected = loss_of(whole, text, 1, 30);
    auto remembers = lively_model(model_of({.positions = rotary, .context = 30, .memory = 30}), wm::cpu_operations());
    for (std::size_t const steps : {1, 4, 30}) BOOST_TEST(loss_of(remembers, text, 1, steps) == expected, rounding);
    BOOST_TEST(std::abs(loss_of(whole, text, 1, 4) - expected) > 0.1); // without it they do not
    auto forgets = lively_model(model_of({.positions = rotary, .context = 30, .memory = 3}), wm::cpu_operations());
    BOOST_TEST(std::abs(loss_of(forgets, text, 1, 4) - expected) > 0.01);
}

BOOST_AUTO_TEST_CASE(token_by_token_the_probabilities_are_those_of_the_whole_segment) {
    auto const batch = batches_of(random_text(3 * 12 + 1, 7), 3, 12).at(0);
    for (auto const& shape : some_shapes(12)) {
        auto model = lively_model(model_of(shape), wm::cpu_operations());
        auto const expected = model.evaluate(batch).wait().sum;
        BOOST_TEST(stepwise_loss(model, batch) == expected, rounding);
    }
    // Segments of 4 with a memory of 4, of which all but the first step of the text see both.
    auto remembers = lively_model(model_of({.positions = rotary, .context = 4, .memory = 4}), wm::cpu_operations());
    auto const text = random_text(25, 7);
    auto const expected = loss_of(remembers, text, 1, 4);
    remembers.reset_state();
    BOOST_TEST(stepwise_loss(remembers, batches_of(text, 1, 24).at(0)) == expected, rounding);
}

// Of a context of 8, the first 8 tokens are seen together. The ninth sees the 4 before it, and so on until the
// twelfth sees 8 again.
BOOST_AUTO_TEST_CASE(a_text_longer_than_the_context_goes_on_with_its_second_half) {
    auto const text = random_text(40, 7);
    for (auto const& shape : some_shapes(8)) {
        auto model = lively_model(model_of(shape), wm::cpu_operations());
        std::vector<std::vector<float>> found;
        for (auto const& id : text) found.push_back(model.next_logits(std::span(&id, 1)));
        for (std::size_t n = 1; n <= text.size(); ++n) {
            auto const seen = n <= 8 ? n : 5 + (n - 9) % 4;
            model.reset_state();
            std::vector<float> expected;
            for (auto i = n - seen; i < n; ++i) expected = model.next_logits(std::span(&text[i], 1));
            for (std::size_t v = 0; v < 7; ++v)
                BOOST_TEST_REQUIRE(std::abs(found[n - 1][v] - expected[v]) < 1e-4F, "after " << n << " tokens");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_memory_that_is_put_back_goes_on_as_before) {
    auto model = lively_model(model_of({.positions = rotary, .context = 5, .memory = 7}), wm::cpu_operations());
    auto const batches = batches_of(random_text(61, 7), 3, 5);
    (void)model.evaluate(batches[0]).wait();
    BOOST_TEST(model.state().memory.at(1).size() == 5 * 3 * 16); // keys and values of 5 positions of 3 lanes
    (void)model.evaluate(batches[1]).wait();
    auto const state = model.state();
    BOOST_TEST(state.lanes == 3U);
    BOOST_TEST(state.memory.at(1).size() == 7 * 3 * 16);
    auto const expected = model.evaluate(batches[2]).wait().sum;
    (void)model.evaluate(batches[3]).wait();
    model.set_state(state);
    BOOST_TEST(model.evaluate(batches[2]).wait().sum == expected);
    model.reset_state();
    BOOST_TEST(model.evaluate(batches[2]).wait().sum != expected);
    for (int which = 0; which < 3; ++which) {
        auto wrong = state;
        if (which == 0) wrong.memory.pop_back();
        if (which == 1) wrong.memory[0].pop_back();
        if (which == 2)
            for (auto& part : wrong.memory) part.resize(8 * 3 * 16);
        auto const refusal = failure_of([&] { model.set_state(wrong); });
        BOOST_TEST((refusal == wm::failure::bad_data));
        BOOST_TEST(refusal.says("expected a memory of 2 layers of up to 7 positions of 3 x 16 values"));
    }
    wm::language_model<float> recurrent({.vocabulary_size = 7, .embedding_size = 8, .hidden_size = 8},
                                        wm::cpu_operations(), wm::random_key(1));
    BOOST_TEST(failure_of([&] { recurrent.set_state(state); }).says("expected a state of 1 layers"));
}

BOOST_AUTO_TEST_CASE(a_number_of_weights_is_that_of_the_parameters) {
    for (auto const& shape : some_shapes(6)) {
        auto const options = model_of(shape);
        wm::language_model<float> model(options, wm::cpu_operations(), wm::random_key(1));
        BOOST_TEST(options.weights() == model.parameters().values());
        BOOST_TEST(options.memory_bytes() == 8 * model.parameters().values());
    }
}

BOOST_AUTO_TEST_CASE(a_model_is_loaded_as_it_was_saved) {
    scratch_folder const folder;
    auto const path = folder / "model.safetensors";
    auto const text = random_text(50, 7);
    for (auto shape : some_shapes(6)) {
        if (shape.positions == rotary) shape.memory = 9;
        auto model = lively_model(model_of(shape), wm::cpu_operations());
        wm::save_language_model(model, path, {}, {.output = {.overwrite = true}});
        auto loaded = wm::load_language_model(path, wm::cpu_operations());
        BOOST_TEST(loss_of(loaded.model, text, 1, 6) == loss_of(model, text, 1, 6));
        BOOST_TEST((wm::notes_of(loaded.model.options()) == wm::notes_of(model.options())));
        BOOST_TEST(loaded.notes.at("format") == "wordmill transformer language model");
    }
    put_file(path, file_bytes(path).substr(0, 400));
    BOOST_TEST(
        (failure_of([&] { (void)wm::load_language_model(path, wm::cpu_operations()); }) == wm::failure::bad_data));
}

BOOST_AUTO_TEST_CASE(a_model_can_be_loaded_with_another_memory) {
    scratch_folder const folder;
    auto const path = folder / "model.safetensors";
    auto const text = random_text(50, 7);
    auto model = lively_model(model_of({.positions = rotary, .context = 6}), wm::cpu_operations());
    wm::save_language_model(model, path);
    auto longer = wm::load_language_model(path, wm::cpu_operations(), 0, 20);
    auto expected = lively_model(model_of({.positions = rotary, .context = 6, .memory = 20}), wm::cpu_operations());
    BOOST_TEST(loss_of(longer.model, text, 1, 6) == loss_of(expected, text, 1, 6));
    auto sinusoids = lively_model(model_of({.context = 6}), wm::cpu_operations());
    wm::save_language_model(sinusoids, path, {}, {.output = {.overwrite = true}});
    BOOST_TEST(failure_of([&] {
                   (void)wm::load_language_model(path, wm::cpu_operations(), 0, 20);
               }).says("none unless positions are rotary"));
    wm::language_model<float> recurrent({.vocabulary_size = 7}, wm::cpu_operations(), wm::random_key(1));
    wm::save_language_model(recurrent, path, {}, {.output = {.overwrite = true}});
    BOOST_TEST(failure_of([&] {
                   (void)wm::load_language_model(path, wm::cpu_operations(), 0, 20);
               }).says("expected the model of a Transformer, found a recurrent one"));
}

BOOST_AUTO_TEST_CASE(options_that_no_model_can_have_are_refused) {
    auto const refusal = [](auto const& change) {
        auto options = model_of({.context = 6});
        change(options);
        return failure_of([&] { options.check(); });
    };
    using changed = wm::language_model_options&;
    BOOST_TEST(
        refusal([](changed o) { o.embedding_size = 4; }).says("equal sizes of embedding and layers, found 4 and 8"));
    BOOST_TEST(refusal([](changed o) { o.skip = true; }).says("neither skip connections"));
    BOOST_TEST(refusal([](changed o) { o.transformer->context = 0; }).says("a context of 1 position or more, found 0"));
    BOOST_TEST(refusal([](changed o) { o.transformer->heads = 3; }).says("3 heads"));
    BOOST_TEST(refusal([](changed o) { o.transformer->memory = 5; }).says("rotary"));
    BOOST_TEST(refusal([](changed o) {
                   o.transformer->heads = 8;
                   o.transformer->positions = rotary;
               }).says("an even number of values for each head with rotary positions, found 1"));
    auto notes = wm::notes_of(model_of({.context = 6}));
    notes["kind"] = "perceptron";
    BOOST_TEST(failure_of([&] { (void)wm::options_of(notes); }).says("expected transformer as the note 'kind'"));
    notes["kind"] = "transformer";
    notes["heads"] = "3";
    BOOST_TEST(failure_of([&] { (void)wm::options_of(notes); }).says("options that no model has"));
    notes["heads"] = "two";
    BOOST_TEST(failure_of([&] { (void)wm::options_of(notes); }).says("a number as the note 'heads', found 'two'"));
}

BOOST_AUTO_TEST_SUITE_END()
