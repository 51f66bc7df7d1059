#include "../io/scratch_folder.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill;
#include "../io/failure_of.hpp"
#include "synthetic.hpp"

using namespace wordmill;

namespace {
tokenizer marked(tally const& counts) {
    return mark_sentence_ends(whitespace_tokenizer({.counts = counts}), "<eos>", counts);
}
any_corpus marked_corpus(std::string const& path) { return read(path, {}, marked); }

language_model_recipe small() {
    return {.model = {.embedding_size = 8, .hidden_size = 8},
            .lanes = {.lanes = 4, .steps = 10},
            .epochs = 2,
            .run = {.threads = 1}};
}
/// The bytes of its file, which holds all weights.
std::string weights_of(language_model<float>& model) {
    scratch_folder const folder;
    save_language_model(model, folder / "model");
    return file_bytes(folder / "model");
}
}

BOOST_AUTO_TEST_SUITE(language_model_recipes)

BOOST_AUTO_TEST_CASE(a_recipe_gives_the_weights_of_the_composed_pipeline_on_any_number_of_threads) {
    synthetic_corpus const text(300);
    vocabulary const words(count_words(read_text(text.path), marked({})), {.min_count = 1});
    stored_ids const ids(read_text(text.path) | parallel(encode(marked({}), words)));
    auto const how = small();
    auto options = how.model;
    options.vocabulary_size = words.size();
    language_model<float> model(options, cpu_operations(), random_key(1).fold_in(0));
    language_trainer learner(model, how.optimizer, random_key(1).fold_in(1));
    trainer run(learner, {.evaluation_interval = 0});
    run.fit(
        [&] [[clang::coro_wrapper]] (std::uint64_t, position from) {
            auto lanes = how.lanes;
            lanes.from = std::move(from);
            return bptt_batches(ids, lanes);
        },
        how.epochs);
    auto const expected = weights_of(model);
    for (unsigned const threads : {1U, 3U}) {
        auto with = small();
        with.run.threads = threads;
        auto trained = train_language_model(marked_corpus(text.path), with);
        BOOST_TEST(trained.words.fingerprint() == words.fingerprint());
        BOOST_TEST((weights_of(trained.model) == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_is_stopped_after_each_epoch_and_resumed_ends_with_the_weights_of_an_uninterrupted_one) {
    synthetic_corpus const text(300);
    auto const corpus = marked_corpus(text.path);
    auto how = small();
    how.epochs = 3;
    how.validation = corpus;
    std::vector<std::string> best;
    how.on_best = [&](language_model<float>&, vocabulary const&, note_map const& notes) {
        best.push_back(notes.at("validation-perplexity"));
    };
    auto whole = train_language_model(corpus, how);
    auto const of_whole = std::exchange(best, {});
    BOOST_TEST(!of_whole.empty());
    how.run.folder = text.folder / "run";
    for (int process = 0; process < 3; ++process) {
        how.run.watch = {};
        how.run.on_message = [&](std::string const& line) {
            if (line.starts_with("epoch")) how.run.watch.request_stop();
        };
        BOOST_TEST_REQUIRE((failure_of([&] { (void)train_language_model(corpus, how); }) == failure::interrupted));
    }
    how.run.watch = {};
    how.run.on_message = {};
    auto resumed = train_language_model(corpus, how);
    BOOST_TEST((weights_of(resumed.model) == weights_of(whole.model)));
    BOOST_TEST(best == of_whole, boost::test_tools::per_element());
    how.lanes.steps = 9;
    BOOST_TEST(failure_of([&] { (void)train_language_model(corpus, how); }).says("begun with other options"));
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused) {
    synthetic_corpus const text(10);
    auto const corpus = marked_corpus(text.path);
    auto const refused = [&](language_model_recipe const& how, failure kind, char const* message) {
        auto const seen = failure_of([&] { (void)train_language_model(corpus, how); });
        BOOST_TEST((seen == kind), seen.text);
        BOOST_TEST(seen.says(message), seen.text);
    };
    auto how = small();
    how.epochs = 0;
    refused(how, failure::usage, "expected 1 epoch or more");
    how = small();
    how.patience = 2;
    refused(how, failure::usage, "expected a validation text with a patience");
    how = small();
    how.model.layers = 0;
    refused(how, failure::usage, "a number of layers of 1 or more");
    how = small();
    how.lanes.lanes = 1000;
    refused(how, failure::bad_data, "1,000 lanes");
    how = small();
    how.run.memory_bytes = 1000;
    refused(how, failure::resource, "the memory budget allows 1000 B");
}

BOOST_AUTO_TEST_SUITE_END()
