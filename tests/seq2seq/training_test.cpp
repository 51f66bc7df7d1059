#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.seq2seq;
import wordmill.stream;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"
#include "../skipped.hpp"
#include "pairs.hpp"

namespace wm = wordmill;

namespace {
constexpr std::size_t vocabulary = 10;

/// The task of turning sequences round, which no model can solve without remembering its source.
std::vector<id_pair> reversals(std::size_t count) {
    std::vector<id_pair> pairs;
    for (std::size_t i = 0; i < count; ++i) {
        auto source = words_of(2 + i % 3, vocabulary, i + 1);
        auto target = source;
        std::ranges::reverse(target);
        pairs.push_back({std::move(source), std::move(target)});
    }
    return pairs;
}

wm::generator<wm::sequence_batch> batches_of(std::vector<id_pair> pairs, std::size_t size, wm::position from) {
    for (std::size_t i = from.block * size; i < pairs.size(); i += size) {
        auto const last = std::min(pairs.size(), i + size);
        auto batch = batch_of(
            {pairs.begin() + static_cast<std::ptrdiff_t>(i), pairs.begin() + static_cast<std::ptrdiff_t>(last)});
        batch.start.block = i / size;
        batch.next.block = i / size + 1;
        co_yield std::move(batch);
    }
}

wm::seq2seq_options small_model(form of) {
    wm::seq2seq_options options{
        .source_vocabulary = vocabulary, .target_vocabulary = vocabulary, .embedding_size = 16, .hidden_size = 32};
    if (of == form::transformer) {
        options.embedding_size = 32;
        options.transformer.emplace();
    }
    if (of == form::attending) {
        options.bidirectional = true;
        options.dropout = 0.1;
        options.attention = wm::attention_kind::general;
        options.output = wm::attention_output::combined;
        options.input_feeding = true;
    }
    return options;
}

wm::optimizer_options adam(form of) {
    return {.kind = wm::optimizer_kind::adam, .learning_rate = of == form::transformer ? 0.004 : 0.01, .max_norm = 5};
}
wm::decoding_marks const marks{.begin = begin_token, .end = end_token, .never = {padding, begin_token}};

/// How many of `count` reversals a model decodes after training on them, 10 at a time, for 60 epochs.
std::size_t reversed_after_training(std::shared_ptr<wm::operations<float>> ops, form of, std::size_t count) {
    auto pairs = reversals(count);
    wm::seq2seq_model<float> model(small_model(of), std::move(ops), wm::random_key(1));
    wm::seq2seq_trainer learner(model, adam(of), wm::random_key(2));
    wm::trainer training(learner);
    training.fit([&] [[clang::coro_wrapper]] (std::uint64_t,
                                              wm::position from) { return batches_of(pairs, 10, std::move(from)); },
                 60);
    auto const found = wm::decode(model, batch_of(pairs), marks);
    sort_by_length(pairs);
    std::size_t right = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) right += found[i][0].tokens == pairs[i].target ? 1 : 0;
    return right;
}
}

BOOST_AUTO_TEST_SUITE(seq2seq_training)

BOOST_AUTO_TEST_CASE(a_tiny_model_learns_to_reverse_sequences_by_heart) {
    for (auto const of : every_form)
        BOOST_TEST(reversed_after_training(wm::cpu_operations(), of, 40) >= 38U, "form " << static_cast<int>(of));
}
BOOST_AUTO_TEST_CASE(a_tiny_model_on_a_gpu_learns_to_reverse_sequences_by_heart,
                     *boost::unit_test::label("gpu") * skipped_if([] { return wm::query_cuda().reason; })) {
    BOOST_TEST(reversed_after_training(wm::cuda_operations(), form::attending, 10) >= 9U);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one) {
    scratch_folder const folder;
    auto const pairs = reversals(30);
    auto const weights_after = [&](form of, std::vector<int> const& legs) {
        std::filesystem::remove_all(folder / "run");
        std::vector<float> weights;
        for (auto const steps : legs) {
            wm::seq2seq_model<float> model(small_model(of), wm::cpu_operations(), wm::random_key(1));
            wm::seq2seq_trainer learner(model, adam(of), wm::random_key(2),
                                        [](std::uint64_t step) { return 0.01 / static_cast<double>(1 + step); });
            wm::monitor watch;
            int left = steps;
            wm::trainer training(learner, {.evaluation_interval = 1,
                                           .on_evaluation =
                                               [&](wm::training_report const&) {
                                                   if (--left == 0) watch.request_stop();
                                               },
                                           .folder = wm::run_folder(folder / "run", wm::run_start::begin_or_resume),
                                           .watch = watch});
            (void)training.resume();
            try {
                training.fit([&] [[clang::coro_wrapper]] (
                                 std::uint64_t, wm::position from) { return batches_of(pairs, 8, std::move(from)); },
                             3 - training.epoch());
            } catch (wm::error const& e) {
                BOOST_TEST((e.kind() == wm::failure::interrupted));
            }
            weights.clear();
            for (auto& p : model.parameters())
                for (auto const value : p.host_values()) weights.push_back(value);
        }
        return weights;
    };
    for (auto const of : {form::attending, form::transformer}) {
        auto const whole = weights_after(of, {1000});
        BOOST_TEST((weights_after(of, {5, 1000}) == whole)); // in the second epoch
        BOOST_TEST((weights_after(of, {4, 3, 1000}) == whole));
    }
}

BOOST_AUTO_TEST_CASE(a_model_is_loaded_as_it_was_saved) {
    scratch_folder const folder;
    auto const path = folder / "model.safetensors";
    for (auto const of : every_form) {
        wm::seq2seq_model<float> model(small_model(of), wm::cpu_operations(), wm::random_key(1));
        wm::save_seq2seq(model, path, {{"author", "nobody"}}, false, {.overwrite = true});
        auto loaded = wm::load_seq2seq(path, wm::cpu_operations());
        BOOST_TEST(loaded.notes.at("author") == "nobody");
        auto const batch = batch_of(reversals(5));
        BOOST_TEST(loaded.model.evaluate(batch).wait().sum == model.evaluate(batch).wait().sum);
        BOOST_TEST((wm::notes_of(loaded.model.options()) == wm::notes_of(model.options())));
        BOOST_TEST((wm::notes_of(wm::load_seq2seq_options(path)) == wm::notes_of(model.options())));
        auto const refusal =
            failure_of([&] { (void)wm::load_seq2seq(path, wm::cpu_operations(), model.options().memory_bytes() - 1); });
        BOOST_TEST((refusal == wm::failure::resource));
    }
}

// The header of a safetensors file: 8 bytes with its length, then notes, names, shapes and places. Files of earlier
// versions have this one.
BOOST_AUTO_TEST_CASE(a_recurrent_model_has_the_notes_and_tensors_of_its_file_format_in_their_order) {
    scratch_folder const folder;
    auto const path = folder / "model.safetensors";
    wm::seq2seq_model<float> model(
        {.source_vocabulary = 5, .target_vocabulary = 4, .embedding_size = 2, .hidden_size = 3}, wm::cpu_operations(),
        wm::random_key(1));
    wm::save_seq2seq(model, path);
    auto const bytes = file_bytes(path);
    BOOST_TEST(bytes.substr(8, bytes.find(R"(,"xxh3)") - 8)
               == R"({"__metadata__":{"attention":"none","attention-output":"concatenated","bidirectional":"no",)"
                  R"("cell":"lstm","decoder-start":"hidden-and-cells","dropout":"0","embedding-size":"2",)"
                  R"("forget-bias":"0","format":"wordmill sequence-to-sequence model","hidden-size":"3",)"
                  R"("input-feeding":"no","label-smoothing":"0","layers":"1","peeky":"no","shared-embedding":"no",)"
                  R"("skip":"no","source-vocabulary-size":"5","target-vocabulary-size":"4","version":"1")");
    auto const tensors = bytes.find(R"("source.embedding")");
    BOOST_TEST_REQUIRE(tensors != std::string::npos);
    BOOST_TEST(bytes.substr(tensors).starts_with(
        R"("source.embedding":{"dtype":"F32","shape":[5,2],"data_offsets":[0,40]},)"
        R"("encoder.0.input":{"dtype":"F32","shape":[2,12],"data_offsets":[40,136]},)"
        R"("encoder.0.hidden":{"dtype":"F32","shape":[3,12],"data_offsets":[136,280]},)"
        R"("encoder.0.bias":{"dtype":"F32","shape":[1,12],"data_offsets":[280,328]},)"
        R"("target.embedding":{"dtype":"F32","shape":[4,2],"data_offsets":[328,360]},)"
        R"("decoder.0.input":{"dtype":"F32","shape":[2,12],"data_offsets":[360,456]},)"
        R"("decoder.0.hidden":{"dtype":"F32","shape":[3,12],"data_offsets":[456,600]},)"
        R"("decoder.0.bias":{"dtype":"F32","shape":[1,12],"data_offsets":[600,648]},)"
        R"("projection.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[648,696]},)"
        R"("projection.bias":{"dtype":"F32","shape":[1,4],"data_offsets":[696,712]}})"));
}

BOOST_AUTO_TEST_CASE(notes_that_are_no_options_are_refused) {
    auto const good = wm::notes_of(small_model(form::attending));
    auto const refusal = [&](std::string const& key, std::string const& value) {
        auto notes = good;
        notes[key] = value;
        return failure_of([&] { (void)wm::seq2seq_options_of(notes, "model.safetensors"); });
    };
    BOOST_TEST(refusal("attention", "full").says("none or dot or scaled-dot or general or additive as the note"));
    BOOST_TEST(refusal("layers", "two").says("a number as the note 'layers', found 'two'"));
    BOOST_TEST(refusal("peeky", "maybe").says("yes or no as the note 'peeky', found 'maybe'"));
    BOOST_TEST(refusal("hidden-size", "31").says("options that no model has"));
    auto other = wm::notes_of(small_model(form::transformer));
    other["norm"] = "middle";
    BOOST_TEST(
        failure_of([&] { (void)wm::seq2seq_options_of(other); }).says("expected pre or post as the note 'norm'"));
}

// Resuming and saving depend on it: no random number belongs to a thread.
BOOST_AUTO_TEST_CASE(weights_do_not_depend_on_the_number_of_threads) {
    auto const pairs = reversals(24);
    auto const loss_with = [&](form of, unsigned threads) {
        wm::seq2seq_model<float> model(small_model(of), wm::cpu_operations(threads), wm::random_key(1));
        wm::seq2seq_trainer learner(model, adam(of), wm::random_key(2));
        for (int i = 0; i < 5; ++i) (void)learner.step(batch_of(pairs));
        return model.evaluate(batch_of(pairs)).wait().sum;
    };
    for (auto const of : {form::attending, form::transformer}) {
        auto const one = loss_with(of, 1);
        BOOST_TEST(loss_with(of, 2) == one);
        BOOST_TEST(loss_with(of, 5) == one);
    }
}

BOOST_AUTO_TEST_SUITE_END()
