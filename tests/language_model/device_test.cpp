// Language models on a GPU against the plain loops of the reference. Runs on the emulator, too.
#include "../skipped.hpp"
#include "../worse_of.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
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
#include "../io/scratch_folder.hpp"
#include "texts.hpp"

namespace wm = wordmill;

namespace {
std::string why_no_gpu() { return wm::query_cuda().reason; }

struct run {
    wm::language_model<float> model;
    wm::language_trainer trainer;

    run(std::shared_ptr<wm::operations<float>> ops, wm::language_model_options const& options,
        wm::optimizer_options const& how)
        : model(options, std::move(ops), wm::random_key(1)), trainer(model, how, wm::random_key(2)) {}
    std::vector<std::vector<float>> weights() {
        std::vector<std::vector<float>> all;
        for (auto& p : model.parameters()) all.push_back(p.host_values());
        return all;
    }
};

wm::language_model_options small() { return {.vocabulary_size = 40, .embedding_size = 12, .hidden_size = 12}; }

/// Each cell, each softmax, dropout in both forms, tied weights and skip connections; transformers with learned
/// positions and with a memory.
std::vector<wm::language_model_options> some_models() {
    auto lstm = small(), gru = small(), tanh = small(), sampled = small(), adaptive = small();
    lstm.layers = 2;
    lstm.dropout = 0.3;
    lstm.tied = true;
    gru.cell = wm::recurrent_cell::gru;
    gru.dropout = 0.2;
    gru.dropout_per_sequence = gru.skip = true;
    tanh.cell = wm::recurrent_cell::tanh;
    sampled.softmax = wm::softmax_kind::sampled;
    sampled.samples = 9;
    adaptive.softmax = wm::softmax_kind::adaptive;
    adaptive.cutoffs = {5, 20};
    auto segments = small(), remembers = small();
    segments.layers = remembers.layers = 2;
    segments.dropout = 0.2;
    segments.transformer = {
        .heads = 3, .norm = wm::norm_placement::after, .positions = wm::position_kind::learned, .context = 6};
    remembers.transformer = {
        .inner_activation = wm::activation::gelu, .positions = wm::position_kind::rotary, .context = 6, .memory = 10};
    return {lstm, gru, tanh, sampled, adaptive, segments, remembers};
}

/// An LSTM and a Transformer.
std::vector<wm::language_model_options> one_of_each_kind() {
    auto all = some_models();
    return {all.at(0), all.at(5)};
}

std::vector<wm::bptt_batch> batches() {
    std::vector<wm::bptt_batch> all;
    for (auto&& b : wm::bptt_batches(random_text(150, 40), {.lanes = 4, .steps = 6})) all.push_back(std::move(b));
    return all;
}

/// All weights are those expected, up to `tolerance` times the largest of their matrix.
void near(std::vector<std::vector<float>> const& found, std::vector<std::vector<float>> const& expected,
          float tolerance) {
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        BOOST_TEST_REQUIRE(found[i].size() == expected[i].size());
        float largest = 0, worst = 0;
        for (std::size_t k = 0; k < found[i].size(); ++k) {
            auto const off = std::abs(found[i][k] - expected[i][k]);
            largest = std::max(largest, std::abs(expected[i][k]));
            worst = worse_of(worst, off);
        }
        BOOST_TEST(worst <= tolerance * largest, "matrix " << i << " is off by " << worst << " of " << largest);
    }
}
}

BOOST_AUTO_TEST_SUITE(language_models_on_a_gpu, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

// Rounding of floats, after six steps.
BOOST_AUTO_TEST_CASE(training_is_that_of_the_reference) {
    wm::optimizer_options const how{.learning_rate = 0.5, .max_norm = 0.25};
    for (auto const& options : some_models()) {
        run expected(wm::reference_operations<float>(), options, how), found(wm::cuda_operations(), options, how);
        for (auto const& b : batches()) {
            auto const right = expected.trainer.step(b), loss = found.trainer.step(b);
            BOOST_TEST(loss.count == right.count);
            BOOST_TEST(loss.sum == right.sum, boost::test_tools::tolerance(1e-5));
            BOOST_TEST(found.trainer.gradient_norm() == expected.trainer.gradient_norm(),
                       boost::test_tools::tolerance(1e-4));
        }
        near(found.weights(), expected.weights(), 1e-4F);
    }
}

// The losses of two steps. Operands are off by at most 2^-12 and 2^-9 of themselves, and a loss is the mean of 24 terms
// whose errors partly cancel.
BOOST_AUTO_TEST_CASE(training_with_rounded_products_is_near_that_of_the_reference) {
    struct row {
        wm::precision products;
        double tolerance;
    };
    wm::optimizer_options const how{.learning_rate = 0.5, .max_norm = 0.25};
    auto const all = batches();
    for (auto const& [products, tolerance] : {row{wm::precision::tf32, 1e-4}, row{wm::precision::bf16, 1e-3}})
        for (bool const libraries : {false, true})
            for (auto const& options : one_of_each_kind()) {
                auto const rounding = wm::cuda_operations({.libraries = libraries, .products = products});
                run expected(wm::reference_operations<float>(), options, how),
                    exact(wm::cuda_operations({.libraries = libraries}), options, how), found(rounding, options, how);
                for (auto const& b : std::span(all).first(2)) {
                    (void)exact.trainer.step(b);
                    auto const right = expected.trainer.step(b), loss = found.trainer.step(b);
                    BOOST_TEST(loss.sum == right.sum, boost::test_tools::tolerance(tolerance));
                }
                BOOST_TEST((found.weights() != exact.weights()), "operands are rounded");
            }
}

// Two passes over three batches, the last of which is shorter, so that each shape comes again. Graphs change
// when work is launched, and nothing else. With libraries, times decide what computes a layer: on a GPU the two runs
// may differ by rounding, on the emulator all times are equal.
BOOST_AUTO_TEST_CASE(training_by_graphs_leaves_the_same_bytes) {
    wm::optimizer_options const how{.kind = wm::optimizer_kind::adam, .learning_rate = 0.01, .max_norm = 0.25};
    bool const emulated = wm::query_cuda().devices.front().name == "emulator";
    auto const all = batches();
    std::vector const some{all.at(0), all.at(1), all.back()};
    for (bool const libraries : {false, true})
        for (auto const& options : one_of_each_kind()) {
            double const tolerance = libraries && !emulated ? 1e-5 : 0;
            run plain(wm::cuda_operations({.libraries = libraries, .graphs = false}), options, how),
                found(wm::cuda_operations({.libraries = libraries}), options, how);
            for (int pass = 0; pass < 2; ++pass)
                for (auto const& b : some) {
                    auto const expected = plain.trainer.step(b), loss = found.trainer.step(b);
                    BOOST_TEST(loss.sum == expected.sum, boost::test_tools::tolerance(tolerance));
                    BOOST_TEST(found.trainer.gradient_norm() == plain.trainer.gradient_norm(),
                               boost::test_tools::tolerance(10 * tolerance));
                }
            if (tolerance == 0) BOOST_TEST((found.weights() == plain.weights()));
        }
}

BOOST_AUTO_TEST_CASE(a_run_of_one_device_resumes_on_the_other) {
    scratch_folder const folder;
    auto const path = folder / "checkpoint";
    wm::optimizer_options const how{.kind = wm::optimizer_kind::adam, .learning_rate = 0.01, .max_norm = 0.25};
    for (auto const& options : {some_models().front(), some_models().back()}) {
        auto const all = batches();
        auto const half = all.size() / 2;
        auto const there = [] { return wm::cuda_operations({.libraries = false}); }; // the same bytes each time
        auto const here = [] { return wm::cpu_operations(); };
        auto const weights_after = [&](auto const& first_device, auto const& second_device) {
            run first(first_device(), options, how), second(second_device(), options, how);
            for (std::size_t i = 0; i < half; ++i) (void)first.trainer.step(all[i]);
            first.trainer.save_checkpoint(path, {});
            (void)second.trainer.load_checkpoint(path);
            for (std::size_t i = half; i < all.size(); ++i) (void)second.trainer.step(all[i]);
            return second.weights();
        };
        run on_cpu(here(), options, how), on_gpu(there(), options, how);
        for (auto const& b : all) {
            (void)on_cpu.trainer.step(b);
            (void)on_gpu.trainer.step(b);
        }
        auto const expected = on_cpu.weights();
        near(weights_after(here, there), expected, 1e-3F);
        near(weights_after(there, here), expected, 1e-3F);
        BOOST_TEST((weights_after(there, there) == on_gpu.weights())); // the same bytes
    }
}

BOOST_AUTO_TEST_CASE(a_transformer_generates_the_text_of_the_reference) {
    for (std::size_t const which : {5, 6}) {
        auto const options = some_models().at(which);
        run expected(wm::reference_operations<float>(), options, {}), found(wm::cuda_operations(), options, {});
        auto const text = random_text(3, 40);
        wm::generation_options const how{.length = 20, .sampling = {.temperature = 0}}; // more than the context
        BOOST_TEST((wm::generate(found.model, {text}, how) == wm::generate(expected.model, {text}, how)));
    }
}

// After 1 comes 2 or 3 in turn, which only a memory knows. Without one, half of the tokens are a toss: a perplexity of
// sqrt 2.
BOOST_AUTO_TEST_CASE(a_tiny_model_learns_a_text_that_needs_a_memory) {
    auto options = small();
    options.vocabulary_size = 4;
    run r(wm::cuda_operations(), options, {.kind = wm::optimizer_kind::adam, .learning_rate = 0.05});
    std::vector<wm::token_id> text;
    for (std::size_t i = 0; i < 33; ++i) text.push_back(wm::id_at(i % 2 == 0 ? 1 : i % 4 == 1 ? 2 : 3));
    for (int epoch = 0; epoch < 30; ++epoch)
        for (auto&& b : wm::bptt_batches(text, {.lanes = 2, .steps = 8})) (void)r.trainer.step(b);
    auto const score = wm::evaluate_perplexity(r.model, wm::bptt_batches(text, {.lanes = 1, .steps = 8}));
    BOOST_TEST(score.perplexity() < 1.1);
    auto const found =
        wm::generate(r.model, {{wm::id_at(1), wm::id_at(2)}}, {.length = 6, .sampling = {.temperature = 0}});
    std::vector<std::size_t> ids;
    for (auto const id : found.at(0)) ids.push_back(wm::index(id));
    BOOST_TEST((ids == std::vector<std::size_t>{1, 3, 1, 2, 1, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
