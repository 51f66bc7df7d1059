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

// The last of n steps has 1/n of the first rate on a line to 0, and 1/sqrt(n) with an inverse square root after one
// step.
BOOST_AUTO_TEST_CASE(the_learning_rate_follows_the_schedule) {
    synthetic_corpus const text(300);
    auto how = small();
    how.optimizer = {.kind = optimizer_kind::adam, .learning_rate = 0.01};
    how.run.metrics_seconds = 0.001;
    auto const last_rate = [&](rate_schedule schedule, std::uint64_t warmup) {
        double last = 0;
        how.run.metrics = [&](begun_run const&) {
            return std::vector<training_recorder::sink>{
                [&](training_point const& point) { last = point.learning_rate; }};
        };
        how.schedule = schedule;
        how.warmup = warmup;
        (void)train_language_model(marked_corpus(text.path), how);
        return last;
    };
    BOOST_TEST(last_rate(rate_schedule::constant, 0) == 0.01);
    auto const line = last_rate(rate_schedule::linear, 0) / 0.01;
    auto const root = last_rate(rate_schedule::inverse_sqrt, 1) / 0.01;
    BOOST_TEST(line < 0.1);
    BOOST_TEST(root * root == line, boost::test_tools::tolerance(1e-9));
}

// 30 x "a b", 2 x "c", once "d", "e" and "f"; 35 sentence ends. --min-count 3 leaves out 5 tokens.
BOOST_AUTO_TEST_CASE(words_that_the_vocabulary_leaves_out_become_the_unknown_word) {
    scratch_folder const folder;
    std::string text;
    for (int i = 0; i < 30; ++i) text += "a b\n";
    put_file(folder / "text", text + "c\nc\nd\ne\nf\n");
    auto const corpus = marked_corpus(folder / "text");
    auto how = small();
    how.words.min_count = 3;
    auto const rare = train_language_model(corpus, how);
    BOOST_TEST(format_vocabulary(rare.words) == "<eos>\t35\na\t30\nb\t30\n<unk>\t5\n");
    BOOST_TEST((rare.words.unknown() == id_at(3)));
    BOOST_TEST(rare.counts.dropped_count("token") == 0U);
    BOOST_TEST(rare.notes.at("tokens") == "100");
    BOOST_TEST(rare.notes.at("unknown-tokens") == "5");
    BOOST_TEST(rare.notes.at("left-out-tokens") == "0");
    how.words = {.min_count = 1, .max_size = 3}; // the unknown word and a mark have their places
    auto const few = train_language_model(corpus, how);
    BOOST_TEST(format_vocabulary(few.words) == "<eos>\t35\n<unk>\t35\na\t30\n");
    BOOST_TEST(few.notes.at("unknown-tokens") == "35");
    how.words = {.min_count = 1, .max_size = 1};
    how.sentence_end = "";
    auto const unmarked =
        read(folder / "text", {}, [](tally const& counts) { return whitespace_tokenizer({.counts = counts}); });
    BOOST_TEST(failure_of([&] { (void)train_language_model(unmarked, how); }).says("--max-size of 2 or more"));
    how.sentence_end = "<eos>";
    how.words = {.min_count = 1};
    auto const all = train_language_model(corpus, how);
    BOOST_TEST(!all.words.unknown());
    BOOST_TEST(all.notes.at("unknown-tokens") == "0");

    how.words.given = parse_vocabulary("<eos>\t35\na\t30\nb\t30\n");
    auto const given = train_language_model(corpus, how);
    BOOST_TEST(format_vocabulary(given.words) == "<eos>\t35\na\t30\nb\t30\n<unk>\t0\n");
    BOOST_TEST(given.notes.at("unknown-tokens") == "5");
    how.words.given = all.words;
    BOOST_TEST(train_language_model(corpus, how).words.fingerprint() == all.words.fingerprint());

    auto const partial = parse_vocabulary("<eos>\t35\na\t30\nb\t30\n");
    write_encoded(read_text(folder / "text") | parallel(encode(marked({}), partial)), folder / "ids", partial,
                  {.sentence_mark = "<eos>"});
    how.words.given = partial;
    std::string said;
    how.run.on_message = [&](std::string const& line) { said += line + "\n"; };
    auto const ids = train_language_model(read(folder / "ids"), how);
    BOOST_TEST(ids.words.fingerprint() == partial.fingerprint());
    BOOST_TEST(ids.notes.at("tokens") == "95");
    BOOST_TEST(ids.notes.at("left-out-tokens") == "unknown");
    BOOST_TEST(said.find("left out when the text was encoded") != std::string::npos, said);
}

// The text holds "<unk>" itself, which the given vocabulary lacks.
BOOST_AUTO_TEST_CASE(an_unknown_word_of_the_text_is_one_that_a_given_vocabulary_gets) {
    scratch_folder const folder;
    std::string text;
    for (int i = 0; i < 20; ++i) text += "a <unk>\n";
    put_file(folder / "text", text);
    auto how = small();
    how.words.given = parse_vocabulary("<eos>\t20\na\t20\n");
    auto const trained = train_language_model(marked_corpus(folder / "text"), how);
    BOOST_TEST(trained.words.size() == 3U);
    BOOST_TEST((trained.words.unknown() == id_at(2)));
}

BOOST_AUTO_TEST_CASE(a_run_that_diverges_is_an_error_and_its_models_are_not_kept) {
    synthetic_corpus const text(300);
    auto const corpus = marked_corpus(text.path);
    for (auto const lanes : {std::size_t{4}, std::size_t{300}}) // 300: an epoch is one batch
        for (bool const validates : {false, true})
            for (double const rate : {3e3, 1e6}) {
                auto how = small();
                how.lanes = {.lanes = lanes, .steps = lanes == 4 ? std::size_t{10} : std::size_t{35}};
                how.epochs = 1;
                how.optimizer.learning_rate = rate;
                if (validates) how.validation = corpus;
                bool told = false;
                how.on_best = [&](language_model<float>&, vocabulary const&, note_map const&) { told = true; };
                auto const seen = failure_of([&] { (void)train_language_model(corpus, how); });
                BOOST_TEST((seen == failure::bad_data), seen.text);
                BOOST_TEST(seen.says("diverged"), seen.text);
                BOOST_TEST(!told);
            }
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
    how.warmup = 5;
    refused(how, failure::usage, "with a warmup, found quarter");
    how.schedule = rate_schedule::inverse_sqrt;
    how.warmup = 0;
    refused(how, failure::usage, "expected a warmup of 1 step or more");
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
