#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.stream;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"
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
    BOOST_TEST(refusal("cell", "qrnn").says("tanh, lstm or gru as its cell, found 'qrnn'"));
}

BOOST_AUTO_TEST_SUITE_END()
