#include "../io/scratch_folder.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
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
#include "reversals.hpp"

using namespace wordmill;
namespace tt = boost::test_tools;

namespace {
pair_corpus corpus_of(std::string const& path) {
    return pair_corpus(std::vector{path}, pair_options{.separator = "_"});
}

seq2seq_recipe small() {
    return {.model = {.embedding_size = 8, .hidden_size = 16, .attention = attention_kind::dot},
            .optimizer = {.kind = optimizer_kind::adam, .learning_rate = 0.02, .max_norm = 5},
            .epochs = 2,
            .batch_pairs = 16,
            .run = {.threads = 1}};
}

/// The bytes of its file, which holds all weights.
std::string weights_of(seq2seq_model<float>& model) {
    scratch_folder const folder;
    save_seq2seq(model, folder / "model");
    return file_bytes(folder / "model");
}

/// A process that asks to stop soon after its first steps; true if it was stopped.
bool stopped_early(pair_corpus const& corpus, seq2seq_recipe how, std::vector<std::string>& messages) {
    how.run.watch = {};
    how.run.metrics_seconds = 0.001;
    how.run.metrics = [watch = how.run.watch](begun_run const& begun) {
        return std::vector<training_recorder::sink>{
            [watch, before = begun.tokens_before](training_point const& point) mutable {
                if (point.tokens > before && !point.epoch_loss) watch.request_stop();
            }};
    };
    how.run.on_message = [&messages](std::string const& line) { messages.push_back(line); };
    try {
        (void)train_seq2seq(corpus, how);
    } catch (error const& e) {
        if (e.kind() != failure::interrupted) throw;
        return true;
    }
    return false;
}
}

BOOST_AUTO_TEST_SUITE(seq2seq_recipes)

BOOST_AUTO_TEST_CASE(reversals_are_learnt_from_sources_read_from_either_end) {
    reversal_corpus const text;
    for (bool const reverse : {false, true}) {
        auto how = small();
        how.epochs = 20;
        how.optimizer.learning_rate = 0.03;
        how.reverse_source = reverse;
        how.validation_share = 0.1;
        std::vector<seq2seq_epoch> epochs;
        how.on_epoch = [&](seq2seq_epoch const& epoch) { epochs.push_back(epoch); };
        auto const trained = train_seq2seq(corpus_of(text.path), how);
        BOOST_TEST_REQUIRE(epochs.size() == 20U);
        BOOST_TEST(epochs.back().exact_match.value() > 0.9); // with each of six seeds
        BOOST_TEST(epochs.back().loss < 0.2 * epochs.front().loss);
        BOOST_TEST(trained.counts.read_count("pair") == 300U);
        BOOST_TEST(trained.counts.delivered_count("pair") + trained.counts.dropped_count("pair", "in the other part")
                   == 300U);
    }
}

BOOST_AUTO_TEST_CASE(runs_that_are_stopped_within_epochs_and_resumed_end_with_the_weights_of_uninterrupted_ones) {
    reversal_corpus const text;
    auto const corpus = corpus_of(text.path);
    for (bool const bucket : {true, false})
        for (double const share : {0.0, 0.2}) {
            auto how = small();
            how.epochs = 6;
            how.batch_pairs = 2;
            how.window = 60;
            how.bucket = bucket;
            how.validation_share = share;
            how.model.dropout = 0.1;
            auto whole = train_seq2seq(corpus, how);
            scratch_folder const folder;
            how.run.folder = folder / "run";
            how.run.checkpoint_tokens = 50;
            std::vector<std::string> messages;
            int stops = 0;
            while (stops < 5 && stopped_early(corpus, how, messages)) ++stops;
            BOOST_TEST(stops > 0);
            how.run.threads = 3;
            how.run.on_message = [&](std::string const& line) { messages.push_back(line); };
            auto resumed = train_seq2seq(corpus, how);
            BOOST_TEST(std::ranges::any_of(messages, [](std::string const& line) {
                return line.starts_with("resuming in epoch") && !line.ends_with(" after 0 tokens");
            }));
            BOOST_TEST((weights_of(resumed.model) == weights_of(whole.model)));
        }
}

BOOST_AUTO_TEST_CASE(a_run_resumes_with_the_same_options_and_pairs_only) {
    reversal_corpus const text(100);
    auto how = small();
    how.run.folder = text.folder / "run";
    (void)train_seq2seq(corpus_of(text.path), how);
    auto const refuses = [&](pair_corpus const& corpus, seq2seq_recipe const& other, std::string const& option) {
        auto const seen = failure_of([&] { (void)train_seq2seq(corpus, other); });
        BOOST_TEST((seen == failure::bad_data), option << ": " << seen.text);
        BOOST_TEST(seen.says(option + ": begun with"), option << ": " << seen.text);
    };
    std::vector<std::pair<std::string, std::function<void(seq2seq_recipe&)>>> const others{
        {"--size", [](auto& r) { r.model.hidden_size = 18; }},
        {"--embedding-size", [](auto& r) { r.model.embedding_size = 9; }},
        {"--attention", [](auto& r) { r.model.attention = attention_kind::general; }},
        {"--peeky", [](auto& r) { r.model.peeky = true; }},
        {"--label-smoothing", [](auto& r) { r.model.label_smoothing = 0.1; }},
        {"--start", [](auto& r) { r.model.start = decoder_start::hidden; }},
        {"--skip-connections", [](auto& r) { r.model.skip = true; }},
        {"--batch", [](auto& r) { r.batch_pairs = 17; }},
        {"--batch-tokens", [](auto& r) { r.batch_tokens = 100; }},
        {"--window", [](auto& r) { r.window = 40; }},
        {"--bucket", [](auto& r) { r.bucket = false; }},
        {"--reverse", [](auto& r) { r.reverse_source = true; }},
        {"--max-source", [](auto& r) { r.filter.max_source_tokens = 3; }},
        {"--max-ratio", [](auto& r) { r.filter.max_ratio = 2; }},
        {"--keep-empty-targets", [](auto& r) { r.filter.keep_empty_targets = true; }},
        {"--valid-share", [](auto& r) { r.validation_share = 0.1; }},
        {"--min-count", [](auto& r) { r.source_words.min_count = 2; }},
        {"--lr", [](auto& r) { r.optimizer.learning_rate = 0.03; }},
        {"--clip", [](auto& r) { r.optimizer.max_norm = 4; }},
        {"--seed", [](auto& r) { r.run.seed = 2; }},
        {"--epochs", [](auto& r) { r.epochs = 1; }}};
    for (auto const& [option, change] : others) {
        auto other = how;
        change(other);
        if (option == "--epochs") continue; // more or fewer epochs are told of elsewhere
        refuses(corpus_of(text.path), other, option);
    }
    std::vector const names{text.path};
    refuses(pair_corpus(names, {.separator = "_", .source_field = "a"}), how, "--source-field");
    refuses(pair_corpus(names, {.separator = "e"}), how, "--separator");
    refuses(pair_corpus(names, {.separator = "_"}, {.tokenizer = "graphemes"}), how, "source: tokenizer");
    refuses(pair_corpus(names, {.separator = "_"}, {}, {.letters = letter_case::lower}), how, "target: letters");
    auto const before = file_bytes(text.path);
    put_file(text.path, before + "a_a\n");
    refuses(corpus_of(text.path), how, "input text");
    put_file(text.folder / "moved.txt", before);
    (void)train_seq2seq(corpus_of(text.folder / "moved.txt"), how);
    put_file(text.folder / "run/source.tsv", "a\t9\n</s>\t0\n<pad>\t0\n<s>\t0\n");
    auto const seen = failure_of([&] { (void)train_seq2seq(corpus_of(text.folder / "moved.txt"), how); });
    BOOST_TEST((seen == failure::bad_data), seen.text);
    BOOST_TEST(seen.says("source vocabulary fingerprint"), seen.text);
}

BOOST_AUTO_TEST_CASE(a_folder_can_be_moved_and_refuses_the_vocabularies_of_other_models) {
    reversal_corpus const text(100);
    scratch_folder const folder;
    auto how = small();
    how.reverse_source = true;
    auto trained = train_seq2seq(corpus_of(text.path), how);
    seq2seq_folder const first{{folder / "first"}};
    first.begin(false);
    first.save(trained.model, trained.setup, trained.notes);
    std::filesystem::rename(folder / "first", folder / "moved");
    auto loaded = load_seq2seq_folder(folder / "moved", cpu_operations());
    BOOST_TEST((weights_of(loaded.model) == weights_of(trained.model)));
    BOOST_TEST(loaded.setup.reverse_source);
    BOOST_TEST((loaded.setup.source_text == trained.setup.source_text));
    BOOST_TEST(loaded.setup.target.fingerprint() == trained.setup.target.fingerprint());
    for (std::string const side : {"source", "target"}) {
        auto const name = folder / "moved/" + side + ".tsv";
        auto const before = file_bytes(name);
        auto swapped = before;
        swapped[swapped.rfind('\t') - 1] = 'z';
        put_file(name, swapped);
        auto const seen = failure_of([&] { (void)load_seq2seq_folder(folder / "moved", cpu_operations()); });
        BOOST_TEST((seen == failure::bad_data), seen.text);
        BOOST_TEST(seen.says(side + " vocabulary"), seen.text);
        auto const& words = side == "source" ? trained.setup.source : trained.setup.target;
        BOOST_TEST(seen.says(std::to_string(words.fingerprint())), seen.text);
        BOOST_TEST(seen.says(std::to_string(load_vocabulary(name, sequence_load_options()).fingerprint())), seen.text);
        put_file(name, before);
    }
    auto const whole = file_bytes(folder / "moved/model.safetensors");
    put_file(folder / "moved/model.safetensors", whole.substr(0, whole.size() - 1));
    BOOST_TEST(
        (failure_of([&] { (void)load_seq2seq_folder(folder / "moved", cpu_operations()); }) == failure::bad_data));
}

BOOST_AUTO_TEST_CASE(results_are_in_the_order_of_the_sources_and_do_not_depend_on_batches_and_threads) {
    reversal_corpus const text;
    auto how = small();
    how.epochs = 20;
    auto trained = train_seq2seq(corpus_of(text.path), how);
    std::vector<std::string> const sources{"ab", "", "edcb", "a", "xaby", "", "abc", "edcb"};
    tally const counts;
    auto const expected = translator(trained.model, trained.setup, {.batch = 1}, counts).translate(sources);
    BOOST_TEST_REQUIRE(expected.size() == sources.size());
    BOOST_TEST(counts.note_count("unknown word mapped") + counts.dropped_count("token", "unknown") == 2U); // x and y
    for (std::size_t i = 0; i < sources.size(); ++i) {
        BOOST_TEST_REQUIRE(expected[i].size() == 1U);
        if (i != 4) BOOST_TEST(expected[i][0].text == reversal_corpus::reversed(sources[i]));
        BOOST_TEST(expected[i][0].ended);
    }
    scratch_folder const folder;
    save_seq2seq(trained.model, folder / "model");
    for (unsigned const threads : {1U, 3U})
        for (std::size_t const batch : {std::size_t{2}, std::size_t{64}}) {
            auto again = load_seq2seq(folder / "model", cpu_operations(threads));
            auto const found = translator(again.model, trained.setup, {.batch = batch}).translate(sources);
            for (std::size_t i = 0; i < sources.size(); ++i) {
                BOOST_TEST(found[i].at(0).text == expected[i][0].text);
                BOOST_TEST(found[i][0].log_probability == expected[i][0].log_probability, tt::tolerance(1e-4));
            }
        }
    auto const several =
        translator(trained.model, trained.setup, {.decoding = {.beam = 4, .n_best = 3}}).translate(sources);
    BOOST_TEST(several[1].size() == 1U);
    BOOST_TEST(several[1][0].text == "");
    for (std::size_t const i : {0U, 2U, 6U}) {
        BOOST_TEST_REQUIRE(several[i].size() == 3U);
        BOOST_TEST(several[i][0].text == expected[i][0].text);
        BOOST_TEST(several[i][0].score >= several[i][1].score);
        BOOST_TEST(several[i][1].score >= several[i][2].score);
    }
    BOOST_TEST((failure_of([&] { (void)translator(trained.model, trained.setup, {.batch = 0}); }) == failure::usage));
}

// A token of the target attends most to the place of the source that it comes from; the reversal's are from its end.
BOOST_AUTO_TEST_CASE(attention_is_over_the_source_as_it_is_written) {
    reversal_corpus const text;
    for (bool const reverse : {false, true}) {
        auto how = small();
        how.reverse_source = reverse;
        auto trained = train_seq2seq(corpus_of(text.path), how);
        translator translate(trained.model, trained.setup);
        auto const map = translate.attention("abcd", "dcba");
        BOOST_TEST(map.source == (std::vector<std::string>{"a", "b", "c", "d"}), tt::per_element());
        BOOST_TEST(map.target.size() == 5U); // the end token too
        BOOST_TEST(map.target.front() == "d");
        BOOST_TEST_REQUIRE(map.weights.size() == 20U);
        for (std::size_t t = 0; t < 5; ++t) {
            double sum = 0;
            for (std::size_t s = 0; s < 4; ++s) sum += static_cast<double>(map.weights[t * 4 + s]);
            BOOST_TEST(sum == 1.0, tt::tolerance(1e-5));
        }
        // Another setting of the flag shows the model the same tokens when the text is reversed, so the weights mirror.
        auto mirrored_setup = trained.setup;
        mirrored_setup.reverse_source = !reverse;
        auto const mirrored = translator(trained.model, mirrored_setup).attention("dcba", "dcba");
        BOOST_TEST(mirrored.source.front() == "d");
        for (std::size_t t = 0; t < 5; ++t)
            for (std::size_t s = 0; s < 4; ++s)
                BOOST_TEST(mirrored.weights[t * 4 + s] == map.weights[t * 4 + 3 - s], tt::tolerance(1e-4F));
        BOOST_TEST((failure_of([&] { (void)translate.attention("", "a"); }) == failure::bad_data));
    }
    auto how = small();
    how.epochs = 1;
    how.model.attention.reset();
    auto plain = train_seq2seq(corpus_of(text.path), how);
    BOOST_TEST((failure_of([&] { (void)translator(plain.model, plain.setup).attention("a", "a"); }) == failure::usage));
}

// Expected: the scores of `translator` outputs, counted here.
BOOST_AUTO_TEST_CASE(scores_are_those_of_the_translations) {
    reversal_corpus const text;
    auto how = small();
    how.epochs = 20;
    auto trained = train_seq2seq(corpus_of(text.path), how);
    translator translate(trained.model, trained.setup);
    std::vector<std::string> const sources{"ab", "cd", "e", "abc"};
    auto const found = translate.translate(sources);
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST_REQUIRE(found[i][0].text == reversal_corpus::reversed(sources[i]));
    scratch_folder const folder;
    // "ba" is right as the second target of "ab"; "dd" has one substitution; "e" is right; an empty source
    put_file(folder / "test.txt", "ab_ab\nab_ba\ncd_dd\ne_e\n_a\n");
    auto const corpus = corpus_of(folder / "test.txt");
    for (unsigned const threads : {1U, 3U}) {
        std::vector<evaluated_source> shown;
        sequence_evaluation_options options{.for_bleu = {.tokenizer = bleu_tokenizer::characters}};
        options.on_source = [&](evaluated_source const& source) { shown.push_back(source); };
        auto const apart = evaluate_seq2seq(trained.model, trained.setup, corpus, options, {.threads = threads});
        BOOST_TEST(apart.pairs == 5U);
        BOOST_TEST(apart.empty_sources == 1U);
        BOOST_TEST(apart.accuracy.sequences() == 5U);
        BOOST_TEST(apart.accuracy.matches() == 2U);
        BOOST_TEST(apart.edits.edits().reference_length() == 8U); // 2 + 2 + 2 + 1 + 1
        BOOST_TEST(apart.edits.edits().deletions + apart.edits.edits().substitutions + apart.edits.edits().insertions
                   == 4U);                   // ba for ab: 2; dc for dd: 1; nothing for a: 1
        BOOST_TEST(apart.loss.count == 11U); // of 4 pairs with a source: 3 + 3 + 3 + 2
        BOOST_TEST(shown.size() == 5U);
        BOOST_TEST(!shown[0].right);
        BOOST_TEST(shown[1].right);
        BOOST_TEST(shown[2].predicted == "dc");
        BOOST_TEST(apart.for_bleu.score().score < 100);
        shown.clear();
        options.group_sources = true;
        auto const grouped = evaluate_seq2seq(trained.model, trained.setup, corpus, options, {.threads = threads});
        BOOST_TEST(grouped.pairs == 5U);
        BOOST_TEST(grouped.accuracy.sequences() == 4U);
        BOOST_TEST(grouped.accuracy.matches() == 2U);
        BOOST_TEST(shown[0].targets == (std::vector<std::string>{"ab", "ba"}), tt::per_element());
        BOOST_TEST(shown[0].right);
        BOOST_TEST(grouped.loss.sum == apart.loss.sum, tt::tolerance(1e-5));
    }
    put_file(folder / "right.txt",
             "abc_cba\ncd_dc\nabcd_" + translate.translate(std::vector<std::string>{"abcd"})[0][0].text + "\n");
    auto const all = evaluate_seq2seq(trained.model, trained.setup, corpus_of(folder / "right.txt"),
                                      {.for_bleu = {.tokenizer = bleu_tokenizer::characters}}, {.threads = 1});
    BOOST_TEST(all.accuracy.exact_match().value() == 1.0);
    BOOST_TEST(all.edits.rate().value() == 0.0);
    BOOST_TEST(all.for_bleu.score().score == 100.0, tt::tolerance(1e-9));
    put_file(folder / "none.txt", "\n");
    BOOST_TEST((failure_of([&] {
                    (void)evaluate_seq2seq(trained.model, trained.setup, corpus_of(folder / "none.txt"), {}, {});
                })
                == failure::bad_data));
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_nothing) {
    reversal_corpus const text(100);
    auto how = small();
    how.model.bidirectional = true;
    auto one = train_seq2seq(corpus_of(text.path), how);
    how.run.threads = 3;
    auto three = train_seq2seq(corpus_of(text.path), how);
    BOOST_TEST((weights_of(one.model) == weights_of(three.model)));
}

BOOST_AUTO_TEST_CASE(what_cannot_work_is_refused_with_its_reason) {
    reversal_corpus const text(20);
    auto const refused = [&](std::function<void(seq2seq_recipe&)> const& change, failure kind, char const* message) {
        auto how = small();
        change(how);
        auto const seen = failure_of([&] { (void)train_seq2seq(corpus_of(text.path), how); });
        BOOST_TEST((seen == kind), seen.text);
        BOOST_TEST(seen.says(message), seen.text);
    };
    refused([](auto& r) { r.epochs = 0; }, failure::usage, "expected 1 epoch or more");
    refused([](auto& r) { r.patience = 2; }, failure::usage, "expected validation pairs with a patience");
    refused([](auto& r) { r.validation_share = 1; }, failure::usage, "from 0 to below 1, found 1");
    refused([](auto& r) { r.model.layers = 0; }, failure::usage, "of 1 or more, found 0");
    refused([](auto& r) { r.model.shared_embedding = true; }, failure::usage, "a shared vocabulary");
    refused([](auto& r) { r.run.memory_bytes = 1000; }, failure::resource, "the memory budget allows 1000 B");
    refused([](auto& r) { r.optimizer = {.kind = optimizer_kind::sgd, .learning_rate = 1e5, .max_norm = 0}; },
            failure::bad_data, "diverged");
}

namespace {
/// The pairs of a corpus as two lines each, in blocks of 30 pairs.
generator<text_block> as_lines(std::vector<std::string> sources) {
    text_block block;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        append_side(sources[i], block.text);
        append_side(reversal_corpus::reversed(sources[i]), block.text);
        if ((i + 1) % 30 != 0) continue;
        co_yield std::move(block);
        block = {};
        block.first_sentence = 2 * (i + 1);
    }
}
}

BOOST_AUTO_TEST_CASE(pairs_that_a_program_makes_train_the_model_of_a_file_with_them) {
    reversal_corpus const text;
    auto how = small();
    how.validation_share = 0.2; // which pairs are held out depends on their numbers
    auto of_file = train_seq2seq(corpus_of(text.path), how);
    pair_corpus const made(std::make_shared<spooled_text>(as_lines(text.sources), "pairs"));
    BOOST_TEST(made.inputs().empty());
    BOOST_TEST(made.description().contains("input text"));
    BOOST_TEST(made.description().at("source: tokenizer") == "characters");
    auto of_program = train_seq2seq(made, how);
    BOOST_TEST((weights_of(of_program.model) == weights_of(of_file.model)));
}

BOOST_AUTO_TEST_SUITE_END()
