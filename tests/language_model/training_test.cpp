#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"
#include "../nn/bf16_available.hpp"
#include "texts.hpp"

namespace wm = wordmill;

namespace {
struct run {
    wm::language_model<float> model;
    wm::language_trainer trainer;

    explicit run(wm::optimizer_options const& optimizer, wm::language_model_options const& options = sizes())
        : model(options, wm::cpu_operations(), wm::random_key(1)), trainer(model, optimizer, wm::random_key(2)) {}
    static wm::language_model_options sizes() {
        return {
            .vocabulary_size = 40, .embedding_size = 12, .hidden_size = 12, .layers = 2, .dropout = 0.3, .tied = true};
    }
    std::vector<std::vector<float>> weights() {
        std::vector<std::vector<float>> all;
        for (auto& p : model.parameters()) all.push_back(p.host_values());
        return all;
    }
};

/// Of V = 40: sampled, with weights of its own and tied ones, and adaptive.
std::vector<wm::language_model_options> large_softmaxes() {
    auto tied = run::sizes();
    tied.softmax = wm::softmax_kind::sampled;
    tied.samples = 9;
    auto own = tied, adaptive = run::sizes();
    own.tied = adaptive.tied = false;
    adaptive.softmax = wm::softmax_kind::adaptive;
    adaptive.cutoffs = {5, 20};
    return {own, tied, adaptive};
}

/// With and without a memory, which is longer than the batches of six steps.
std::vector<wm::language_model_options> transformers() {
    auto anew = run::sizes(), remembers = run::sizes();
    anew.transformer = {.heads = 3, .positions = wm::position_kind::learned, .context = 6};
    remembers.transformer = {.positions = wm::position_kind::rotary, .context = 6, .memory = 10};
    return {anew, remembers};
}

std::vector<wm::bptt_batch> batches() {
    std::vector<wm::bptt_batch> all;
    for (int pass = 0; pass < 2; ++pass)
        for (auto&& b : wm::bptt_batches(random_text(230, 40), {.lanes = 4, .steps = 6})) all.push_back(std::move(b));
    return all;
}
}

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(a_run_resumed_after_any_step_ends_with_the_same_bytes) {
    scratch_folder const folder;
    auto const path = folder / "checkpoint";
    for (auto kind : {wm::optimizer_kind::sgd, wm::optimizer_kind::momentum, wm::optimizer_kind::adam}) {
        wm::optimizer_options const how{.kind = kind, .learning_rate = 0.05, .max_norm = 0.25};
        auto const all = batches();
        run whole(how);
        for (auto const& b : all) (void)whole.trainer.step(b);
        for (std::size_t k = 0; k <= all.size(); k += 3) {
            run first(how);
            for (std::size_t i = 0; i < k; ++i) (void)first.trainer.step(all[i]);
            first.trainer.set_learning_rate(0.05);
            first.trainer.save_checkpoint(path, {{"position", std::to_string(k)}});
            run second(how);
            auto const notes = second.trainer.load_checkpoint(path);
            BOOST_TEST_REQUIRE(notes.at("position") == std::to_string(k));
            BOOST_TEST_REQUIRE(second.trainer.steps() == k);
            for (std::size_t i = k; i < all.size(); ++i) (void)second.trainer.step(all[i]);
            BOOST_TEST_REQUIRE((second.weights() == whole.weights()));
        }
    }
}

BOOST_AUTO_TEST_CASE(so_does_one_of_every_softmax_and_of_a_transformer_and_threads_change_nothing) {
    scratch_folder const folder;
    auto const path = folder / "checkpoint";
    wm::optimizer_options const how{.kind = wm::optimizer_kind::adam, .learning_rate = 0.05, .max_norm = 0.25};
    auto const all = batches();
    auto models = large_softmaxes();
    for (auto& options : transformers()) models.push_back(std::move(options));
    for (auto const& options : models) {
        run whole(how, options), first(how, options), second(how, options);
        for (auto const& b : all) (void)whole.trainer.step(b);
        for (std::size_t i = 0; i < 7; ++i) (void)first.trainer.step(all[i]);
        first.trainer.save_checkpoint(path, {});
        (void)second.trainer.load_checkpoint(path);
        for (std::size_t i = 7; i < all.size(); ++i) (void)second.trainer.step(all[i]);
        BOOST_TEST((second.weights() == whole.weights()));
        wm::language_model<float> threaded(options, wm::cpu_operations(3), wm::random_key(1));
        wm::language_trainer trainer(threaded, how, wm::random_key(2));
        for (auto const& b : all) (void)trainer.step(b);
        std::vector<std::vector<float>> found;
        for (auto& p : threaded.parameters()) found.push_back(p.host_values());
        BOOST_TEST((found == whole.weights()));
    }
}

// the state of the lanes goes on too, within and across epochs
BOOST_AUTO_TEST_CASE(epochs_of_the_books_batches_stopped_after_any_step_and_resumed_end_with_the_same_bytes) {
    scratch_folder const folder;
    auto const text = random_text(90, 40);
    auto const part = [&](char const* name, std::uint64_t stop_at) {
        run r({.learning_rate = 1, .max_norm = 0.25});
        wm::monitor watch;
        wm::trainer training(r.trainer, {.evaluation_interval = 1,
                                         .on_evaluation =
                                             [&](wm::training_report const& at) {
                                                 if (at.steps == stop_at) watch.request_stop();
                                             },
                                         .folder = wm::run_folder(folder / name, wm::run_start::begin_or_resume),
                                         .epochs_continue = true,
                                         .watch = watch});
        (void)training.resume();
        training.fit(
            [&] [[clang::coro_wrapper]] (std::uint64_t, wm::position from) {
                return wm::bptt_batches(text, {.lanes = 4,
                                               .steps = 6,
                                               .layout = wm::lane_layout::wrap_around,
                                               .from = std::move(from),
                                               .progress = watch});
            },
            3 - training.epoch());
        return training.curve().size();
    };
    BOOST_TEST(part("whole", 0) == 9u); // 89 pairs in batches of 24: three a pass
    for (std::uint64_t k = 1; k <= 9; ++k) {
        BOOST_TEST_REQUIRE((failure_of([&] { (void)part("parts", k); }) == wm::failure::interrupted));
        BOOST_TEST_REQUIRE(part("parts", 0) == 9u);
        BOOST_TEST_REQUIRE((file_bytes(folder / "parts/checkpoint") == file_bytes(folder / "whole/checkpoint")));
        std::filesystem::remove_all(folder / "parts");
    }
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_does_not_change_a_byte) {
    std::vector<std::vector<std::vector<float>>> results;
    for (unsigned threads : {1, 2, 5}) {
        wm::language_model<float> model(run::sizes(), wm::cpu_operations(threads), wm::random_key(1));
        wm::language_trainer trainer(model, {.learning_rate = 1, .max_norm = 0.25}, wm::random_key(2));
        for (auto const& b : batches()) (void)trainer.step(b);
        auto& all = results.emplace_back();
        for (auto& p : model.parameters()) all.push_back(p.host_values());
    }
    BOOST_TEST((results[1] == results[0]));
    BOOST_TEST((results[2] == results[0]));
}

// Each word is followed by one of two. Products of these sizes are large enough to be rounded.
BOOST_AUTO_TEST_CASE(with_products_of_bf16_a_model_learns_as_well_as_in_fp32,
                     *boost::unit_test::precondition(bf16_available)) {
    constexpr std::size_t types = 200;
    std::vector<wm::token_id> text;
    auto random = wm::random_key(3).engine();
    for (std::size_t i = 0, word = 0; i < 8000; ++i) {
        text.push_back(wm::id_at(word));
        word = (7 * word + 11 + random.below(2)) % types;
    }
    std::vector<double> found;
    std::vector<std::vector<float>> weights;
    for (auto const products : {wm::precision::fp32, wm::precision::bf16, wm::precision::bf16}) {
        unsigned const threads = weights.size() < 2 ? 1 : 3;
        wm::language_model<float> model({.vocabulary_size = types, .embedding_size = 64, .hidden_size = 64},
                                        wm::cpu_operations(threads, products), wm::random_key(1));
        wm::language_trainer trainer(model, {.kind = wm::optimizer_kind::adam, .learning_rate = 0.01},
                                     wm::random_key(2));
        for (int epoch = 0; epoch < 5; ++epoch)
            for (auto const& b : wm::bptt_batches(text, {.lanes = 16, .steps = 20})) (void)trainer.step(b);
        found.push_back(
            wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = 16, .steps = 20})).perplexity());
        weights.push_back(model.parameters().at("recurrent.0.input").host_values());
    }
    BOOST_TEST(found[0] < 3); // 2 at best
    BOOST_TEST(found[1] == found[0], boost::test_tools::tolerance(0.01));
    BOOST_TEST((weights[1] != weights[0]));
    BOOST_TEST((weights[2] == weights[1]));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_model_or_a_damaged_one_is_refused) {
    scratch_folder const folder;
    auto const path = folder / "checkpoint";
    run small({.learning_rate = 1});
    small.trainer.save_checkpoint(path, {});
    auto larger = run::sizes();
    larger.embedding_size = larger.hidden_size = 13;
    run other({.learning_rate = 1}, larger);
    BOOST_TEST(failure_of([&] {
                   (void)other.trainer.load_checkpoint(path);
               }).says("expected 'embedding.weight' of shape [40, 13], found [40, 12]"));
    run adam({.kind = wm::optimizer_kind::adam});
    BOOST_TEST(failure_of([&] { (void)adam.trainer.load_checkpoint(path); }).says("expected a tensor 'optimizer."));
    auto bytes = file_bytes(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    put_file(path, bytes);
    BOOST_TEST((failure_of([&] { (void)small.trainer.load_checkpoint(path); }) == wm::failure::bad_data));
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_stops_the_run_and_leaves_the_last_good_checkpoint) {
    scratch_folder const folder;
    auto const path = folder / "checkpoint";
    run r({.learning_rate = 1, .max_norm = 0.25});
    r.trainer.save_checkpoint(path, {});
    auto const good = file_bytes(path);
    auto& p = r.model.parameters().at("recurrent.0.input");
    auto values = p.host_values();
    values[3] = std::numeric_limits<float>::quiet_NaN();
    p.assign(values);
    auto const stopped = failure_of([&] { (void)r.trainer.step(batches()[0]); });
    BOOST_TEST((stopped == wm::failure::bad_data));
    BOOST_TEST(stopped.says("step 1 at a learning rate of 1"));
    BOOST_TEST(failure_of([&] { r.trainer.save_checkpoint(path, {}); }).says("not finite"));
    BOOST_TEST((file_bytes(path) == good));
}

BOOST_AUTO_TEST_CASE(a_model_that_was_saved_foretells_as_it_did) {
    scratch_folder const folder;
    auto const path = folder / "model.safetensors";
    run r({.learning_rate = 1, .max_norm = 0.25});
    for (auto const& b : batches()) (void)r.trainer.step(b);
    auto const text = random_text(100, 40);
    auto const perplexity = [&](wm::language_model<float>& model) {
        return wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = 2, .steps = 9})).perplexity();
    };
    auto const expected = perplexity(r.model);
    wm::save_language_model(r.model, path, {{"vocabulary", "123"}}, {.output = {.overwrite = true}});
    auto same = wm::load_language_model(path, wm::cpu_operations());
    BOOST_TEST(perplexity(same.model) == expected);
    BOOST_TEST(same.notes.at("vocabulary") == "123");
    BOOST_TEST(same.notes.at("cell") == "lstm");
    BOOST_TEST((wm::notes_of(wm::load_language_model_options(path)) == wm::notes_of(r.model.options())));
    auto const wide = file_bytes(path).size();
    wm::save_language_model(r.model, path, {}, {.half = true, .output = {.overwrite = true}});
    BOOST_TEST(file_bytes(path).size() < wide * 0.6);
    auto half = wm::load_language_model(path, wm::cpu_operations());
    BOOST_TEST(perplexity(half.model) == expected, boost::test_tools::tolerance(0.01));
    BOOST_TEST((failure_of([&] { (void)wm::load_language_model(path, wm::cpu_operations(), 1000); })
                == wm::failure::resource));
    put_file(path, file_bytes(path).substr(0, 200));
    BOOST_TEST(
        (failure_of([&] { (void)wm::load_language_model(path, wm::cpu_operations()); }) == wm::failure::bad_data));
    BOOST_TEST((failure_of([&] { (void)wm::load_language_model_options(path); }) == wm::failure::bad_data));
}

// The header of a safetensors file: 8 bytes with its length, then notes, names, shapes and places. Files of earlier
// versions have this one.
BOOST_AUTO_TEST_CASE(a_recurrent_model_has_the_notes_and_tensors_of_its_file_format_in_their_order) {
    scratch_folder const folder;
    auto const path = folder / "model.safetensors";
    wm::language_model<float> model({.vocabulary_size = 5, .embedding_size = 2, .hidden_size = 3}, wm::cpu_operations(),
                                    wm::random_key(1));
    wm::save_language_model(model, path);
    auto const bytes = file_bytes(path);
    BOOST_TEST(bytes.substr(8, bytes.find(R"(,"xxh3)") - 8)
               == R"({"__metadata__":{"cell":"lstm","dropout":"0","dropout-per-sequence":"no","embedding-size":"2",)"
                  R"("forget-bias":"0","format":"wordmill recurrent language model","hidden-size":"3","layers":"1",)"
                  R"("skip":"no","tied":"no","version":"1","vocabulary-size":"5")");
    auto const tensors = bytes.find(R"("embedding.weight")");
    BOOST_TEST_REQUIRE(tensors != std::string::npos);
    BOOST_TEST(bytes.substr(tensors).starts_with(
        R"("embedding.weight":{"dtype":"F32","shape":[5,2],"data_offsets":[0,40]},)"
        R"("projection.weight":{"dtype":"F32","shape":[3,5],"data_offsets":[40,100]},)"
        R"("projection.bias":{"dtype":"F32","shape":[1,5],"data_offsets":[100,120]},)"
        R"("recurrent.0.input":{"dtype":"F32","shape":[2,12],"data_offsets":[120,216]},)"
        R"("recurrent.0.hidden":{"dtype":"F32","shape":[3,12],"data_offsets":[216,360]},)"
        R"("recurrent.0.bias":{"dtype":"F32","shape":[1,12],"data_offsets":[360,408]}})"));
}

BOOST_AUTO_TEST_CASE(the_softmax_is_saved_with_the_model_and_one_that_is_not_said_is_full) {
    scratch_folder const folder;
    auto const path = folder / "model.safetensors";
    auto const text = random_text(100, 40);
    for (auto const& options : large_softmaxes()) {
        run r({.learning_rate = 1, .max_norm = 0.25}, options);
        wm::save_language_model(r.model, path, {}, {.output = {.overwrite = true}});
        auto same = wm::load_language_model(path, wm::cpu_operations());
        BOOST_TEST((same.model.options().softmax == options.softmax));
        BOOST_TEST(same.model.options().cutoffs == options.cutoffs, boost::test_tools::per_element());
        if (options.softmax == wm::softmax_kind::sampled) BOOST_TEST(same.model.options().samples == 9U);
        auto const loss = [&](wm::language_model<float>& model) {
            return wm::evaluate_perplexity(model, wm::bptt_batches(text, {.lanes = 2, .steps = 9})).loss.sum;
        };
        BOOST_TEST(loss(same.model) == loss(r.model));
    }
    auto notes = wm::notes_of(large_softmaxes().back());
    BOOST_TEST(notes.at("cutoffs") == "5,20");
    for (auto const& [cutoffs, wrong] : {std::pair{"5,", "expected a number as the note 'cutoffs', found ''"},
                                         {"5,x", "found 'x'"},
                                         {"20,5", "found 5 after 20"}}) {
        notes["cutoffs"] = cutoffs;
        BOOST_TEST(failure_of([&] { (void)wm::options_of(notes); }).says(wrong), cutoffs);
    }
    notes["softmax"] = "hierarchical";
    BOOST_TEST(
        failure_of([&] { (void)wm::options_of(notes); }).says("full or sampled or adaptive as the note 'softmax'"));
    notes.erase("softmax");
    BOOST_TEST((wm::options_of(notes).softmax == wm::softmax_kind::full));
}

BOOST_AUTO_TEST_CASE(notes_that_are_no_model_are_refused_with_what_is_wrong) {
    auto const good = wm::notes_of({.vocabulary_size = 5, .layers = 2, .dropout = 0.25, .skip = true});
    auto const back = wm::options_of(good);
    BOOST_TEST(back.vocabulary_size == 5U);
    BOOST_TEST(back.layers == 2U);
    BOOST_TEST(back.dropout == 0.25);
    BOOST_TEST(back.skip);
    auto const refusal = [&](char const* key, char const* value) {
        auto notes = good;
        if (value)
            notes[key] = value;
        else
            notes.erase(key);
        return failure_of([&] { (void)wm::options_of(notes); });
    };
    BOOST_TEST(refusal("layers", nullptr).says("a note 'layers'"));
    BOOST_TEST(refusal("layers", "two").says("a number as the note 'layers', found 'two'"));
    BOOST_TEST(refusal("layers", "0").says("a number of layers of 1 or more"));
    BOOST_TEST(refusal("tied", "maybe").says("yes or no as the note 'tied', found 'maybe'"));
    BOOST_TEST(refusal("cell", "qrnn").says("lstm or gru or tanh as the note 'cell', found 'qrnn'"));
}

BOOST_AUTO_TEST_SUITE_END()
