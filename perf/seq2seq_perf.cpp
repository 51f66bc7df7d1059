// Speed of sequence-to-sequence models on the CPU: the book's models in training, and greedy decoding.
//   seq2seq_perf [--threads N] [--repeats N] [--steps N] [--only addition|addition_peeky|date_attention|date_decode]
//                [--json FILE]
// Additions: hidden size 128; dates: 256, with attention. Embeddings of 16, 128 pairs a batch, Adam, clipping at 5, the
// decoder starts from hidden values alone. Training reads sources from their ends; "date_decode" decodes 5,000 dates.
// Pairs are generated, in the formats of the book's files. The note has pairs per second, and the peak memory of the
// process: give --only to see that of one case. perf/pytorch_seq2seq.py measures the same models in PyTorch.
#include "report.hpp"
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.corpora;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.seq2seq;
import wordmill.stream;
import wordmill.text;

namespace {
using wordmill::seq2seq_model;

struct task {
    std::string name;
    bool dates = false;
    bool decodes = false;
    wordmill::seq2seq_options model;
};

std::vector<task> tasks() {
    wordmill::seq2seq_options book{.embedding_size = 16, .hidden_size = 128, .start = wordmill::decoder_start::hidden};
    auto peeky = book;
    peeky.peeky = true;
    auto attention = book;
    attention.hidden_size = 256;
    attention.attention = wordmill::attention_kind::dot;
    return {{"addition", false, false, book},
            {"addition_peeky", false, false, peeky},
            {"date_attention", true, false, attention},
            {"date_decode", true, true, attention}};
}

[[clang::coro_wrapper]] wordmill::generator<wordmill::text_pair_block> pairs_of(bool dates, std::uint64_t count) {
    wordmill::generated_pair_options const how{.pairs = count};
    return dates ? wordmill::generated_dates(how) : wordmill::generated_additions(how);
}

struct prepared {
    wordmill::vocabulary source;
    wordmill::vocabulary target;
    std::vector<wordmill::sequence_batch> batches;
};

prepared prepare(task const& what, std::uint64_t count, std::size_t batch_pairs) {
    auto const split = wordmill::characters({.keep_blanks = true});
    auto const counts = wordmill::count_pair_words(pairs_of(what.dates, 50'000), split, split, {});
    prepared all{sequence_vocabulary(counts.source), sequence_vocabulary(counts.target), {}};
    auto ids = pairs_of(what.dates, count)
               | wordmill::sequential(wordmill::encode_pairs({split, all.source}, {split, all.target}));
    for (auto&& batch : sequence_batches(std::move(ids), {.batch_pairs = batch_pairs,
                                                          .source = wordmill::sequence_marks_of(all.source),
                                                          .target = wordmill::sequence_marks_of(all.target),
                                                          .reverse_source = true}))
        if (batch.lanes == batch_pairs || what.decodes) all.batches.push_back(std::move(batch));
    return all;
}

seq2seq_model<float> model_of(task const& what, prepared const& data, unsigned threads) {
    auto options = what.model;
    options.source_vocabulary = data.source.size();
    options.target_vocabulary = data.target.size();
    return {options, wordmill::cpu_operations(threads), wordmill::random_key(1)};
}

std::string note_of(std::uint64_t pairs, double seconds) {
    char text[100];
    std::snprintf(text, sizeof text, "%.0f pairs/s, peak %.0f MiB", static_cast<double>(pairs) / seconds,
                  static_cast<double>(perf::peak_memory()) / (1024 * 1024));
    return text;
}

void train(task const& what, unsigned threads, int repeats, std::size_t steps, perf::report& report) {
    auto const data = prepare(what, 25'600, 128);
    auto model = model_of(what, data, threads);
    wordmill::seq2seq_trainer learner(model, {.kind = wordmill::optimizer_kind::adam, .max_norm = 5},
                                      wordmill::random_key(2));
    std::size_t next = 0;
    std::uint64_t tokens = 0, pairs = 0;
    auto const seconds = perf::median_seconds(repeats, [&] {
        tokens = pairs = 0;
        for (std::size_t i = 0; i < steps; ++i) {
            auto const& batch = data.batches[next++ % data.batches.size()];
            (void)learner.step(batch);
            tokens += batch.counted;
            pairs += batch.lanes;
        }
    });
    report.add(
        {.name = what.name, .threads = threads, .tokens = tokens, .seconds = seconds, .note = note_of(pairs, seconds)});
}

void decode(task const& what, unsigned threads, int repeats, perf::report& report) {
    constexpr std::uint64_t count = 5000;
    auto const data = prepare(what, count, 256);
    auto model = model_of(what, data, threads);
    auto const marks = wordmill::sequence_marks_of(data.target);
    // A model that was not trained never ends: as many steps as a date and its end token have.
    model.parameters().at("projection.bias").assign([&] {
        std::vector<float> bias(data.target.size(), 0);
        bias[index(marks.end)] = -100;
        return bias;
    }());
    std::uint64_t tokens = 0;
    auto const seconds = perf::median_seconds(repeats, [&] {
        tokens = 0;
        for (auto const& batch : data.batches)
            for (auto const& targets : wordmill::decode(
                     model, batch, {.begin = marks.begin, .end = marks.end, .never = {marks.padding, marks.begin}},
                     {.most_tokens = 10}))
                tokens += targets.at(0).tokens.size();
    });
    report.add(
        {.name = what.name, .threads = threads, .tokens = tokens, .seconds = seconds, .note = note_of(count, seconds)});
}
}

int main(int argc, char** argv) {
    auto const only = perf::argument(argc, argv, "--only", "");
    auto const threads = static_cast<unsigned>(std::atoi(perf::argument(argc, argv, "--threads", "1").c_str()));
    auto const repeats = std::atoi(perf::argument(argc, argv, "--repeats", "5").c_str());
    auto const steps = static_cast<std::size_t>(std::atoi(perf::argument(argc, argv, "--steps", "50").c_str()));
    perf::report report("sequence to sequence", argc, argv);
    for (auto const& what : tasks()) {
        if (!only.empty() && what.name != only) continue;
        if (what.decodes)
            decode(what, threads, repeats, report);
        else
            train(what, threads, repeats, steps, report);
    }
}
