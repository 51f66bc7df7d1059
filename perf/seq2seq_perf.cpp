// Speed of sequence-to-sequence models on the CPU: the book's models and a Transformer in training, and greedy
// decoding.
//   seq2seq_perf [--threads N] [--repeats N] [--steps N] [--json FILE]
//                [--only addition|addition_peeky|date_attention|date_decode|transformer|transformer_decode]
// Additions: hidden size 128; dates: 256, with attention. Embeddings of 16, 128 pairs a batch, Adam, clipping at 5, the
// decoder starts from hidden values alone. Training reads sources from their ends; "date_decode" decodes 5,000 dates.
// Pairs are generated, in the formats of the book's files.
// The Transformer has 3 + 3 layers of 256, 8 heads and 1,024 inner values, and trains on 64 pairs of random tokens a
// batch with Adam. "transformer_decode" makes 20 tokens for each source of `--steps` batches.
// The note has pairs per second, processor time of the fastest run, and the peak memory of the process: give --only to
// see that of one case. perf/pytorch_seq2seq.py measures the same models in PyTorch.
#include "report.hpp"
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
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
import wordmill.training;

namespace {
using wordmill::seq2seq_model;
using wordmill::token_id;

enum class pairs_kind : std::uint8_t { additions, dates, random };

struct task {
    std::string name;
    pairs_kind pairs;
    bool decodes = false;
    wordmill::seq2seq_options model;
    std::size_t decoded = 0; ///< the most tokens of a decoded target
};

std::vector<task> tasks() {
    wordmill::seq2seq_options book{.embedding_size = 16, .hidden_size = 128, .start = wordmill::decoder_start::hidden};
    auto peeky = book;
    peeky.peeky = true;
    auto attention = book;
    attention.hidden_size = 256;
    attention.attention = wordmill::attention_kind::dot;
    wordmill::seq2seq_options const transformer{.embedding_size = 256,
                                                .hidden_size = 256,
                                                .layers = 3,
                                                .dropout = 0.1,
                                                .label_smoothing = 0.1,
                                                .transformer =
                                                    wordmill::transformer_shape{.heads = 8, .inner_size = 1024}};
    return {{"addition", pairs_kind::additions, false, book},
            {"addition_peeky", pairs_kind::additions, false, peeky},
            {"date_attention", pairs_kind::dates, false, attention},
            {"date_decode", pairs_kind::dates, true, attention, 10},
            {"transformer", pairs_kind::random, false, transformer},
            {"transformer_decode", pairs_kind::random, true, transformer, 19}}; // and the end token
}

[[clang::coro_wrapper]] wordmill::generator<wordmill::text_pair_block> pairs_of(pairs_kind kind, std::uint64_t count) {
    wordmill::generated_pair_options const how{.pairs = count};
    return kind == pairs_kind::dates ? wordmill::generated_dates(how) : wordmill::generated_additions(how);
}

struct prepared {
    std::size_t source_types;
    std::size_t target_types;
    wordmill::sequence_marks marks; ///< of targets
    std::vector<wordmill::sequence_batch> batches;
};

prepared prepare(task const& what, std::uint64_t count, std::size_t batch_pairs) {
    auto const split = wordmill::characters({.keep_blanks = true});
    auto const counts = wordmill::count_pair_words(pairs_of(what.pairs, 50'000), split, split, {});
    auto const source = sequence_vocabulary(counts.source), target = sequence_vocabulary(counts.target);
    prepared all{source.size(), target.size(), wordmill::sequence_marks_of(target), {}};
    auto ids =
        pairs_of(what.pairs, count) | wordmill::sequential(wordmill::encode_pairs({split, source}, {split, target}));
    for (auto&& batch : sequence_batches(std::move(ids), {.batch_pairs = batch_pairs,
                                                          .source = wordmill::sequence_marks_of(source),
                                                          .target = all.marks,
                                                          .reverse_source = true}))
        if (batch.lanes == batch_pairs || what.decodes) all.batches.push_back(std::move(batch));
    return all;
}

/// Pairs of random tokens; those of small numbers are frequent. Batch n has 8 + n % 12 tokens on each side, one fewer
/// in the second half of its pairs. About the vocabularies and lengths of Multi30k.
prepared prepare_random(std::size_t batches) {
    constexpr std::size_t lanes = 64, words = 4; // the first words, after the marks
    prepared all{8000, 6000, {.padding = token_id{0}, .begin = token_id{2}, .end = token_id{3}}, {}};
    auto random = wordmill::random_key(5).engine();
    auto const draw = [&](std::size_t types) {
        auto const u = random.uniform_double();
        return wordmill::id_at(words + static_cast<std::size_t>(u * u * static_cast<double>(types - words)));
    };
    for (std::size_t n = 0; n < batches; ++n) {
        auto const longest = 8 + n % 12;
        auto const length_of = [&](std::size_t lane) { return lane < lanes / 2 ? longest : longest - 1; };
        wordmill::sequence_batch batch;
        batch.lanes = lanes;
        batch.source_steps = longest;
        batch.target_steps = longest + 1;
        batch.sources.assign(longest * lanes, all.marks.padding);
        batch.inputs.assign((longest + 1) * lanes, all.marks.padding);
        batch.targets.assign((longest + 1) * lanes, wordmill::no_token);
        for (std::size_t b = 0; b < lanes; ++b) {
            auto const length = length_of(b);
            batch.source_lengths.push_back(static_cast<std::uint32_t>(length));
            batch.inputs[b] = all.marks.begin;
            for (std::size_t t = 0; t < length; ++t) {
                batch.sources[t * lanes + b] = draw(all.source_types);
                batch.targets[t * lanes + b] = batch.inputs[(t + 1) * lanes + b] = draw(all.target_types);
            }
            batch.targets[length * lanes + b] = all.marks.end;
            batch.counted += length + 1;
        }
        all.batches.push_back(std::move(batch));
    }
    return all;
}

seq2seq_model<float> model_of(task const& what, prepared const& data, unsigned threads) {
    auto options = what.model;
    options.source_vocabulary = data.source_types;
    options.target_vocabulary = data.target_types;
    return {options, wordmill::cpu_operations(threads), wordmill::random_key(1)};
}

std::string note_of(std::uint64_t pairs, double seconds, double busy) {
    char text[100];
    std::snprintf(text, sizeof text, "%.0f pairs/s, %.3f s busy, peak %.0f MiB", static_cast<double>(pairs) / seconds,
                  busy, static_cast<double>(perf::peak_memory()) / (1024 * 1024));
    return text;
}

struct timing {
    double seconds; ///< of the middle run
    double busy;    ///< processor time of the fastest run
};
template <class Work> timing time_of(int repeats, Work work) {
    auto busy = std::numeric_limits<double>::infinity();
    auto const seconds = perf::median_seconds(repeats, [&] {
        auto const before = perf::processor_seconds();
        work();
        busy = std::min(busy, perf::processor_seconds() - before);
    });
    return {seconds, busy};
}

void train(task const& what, unsigned threads, int repeats, std::size_t steps, perf::report& report) {
    auto const data = what.pairs == pairs_kind::random ? prepare_random(steps) : prepare(what, 25'600, 128);
    auto model = model_of(what, data, threads);
    wordmill::seq2seq_trainer learner(model, {.kind = wordmill::optimizer_kind::adam, .max_norm = 5},
                                      wordmill::random_key(2));
    std::size_t next = 0;
    std::uint64_t tokens = 0, pairs = 0;
    auto const [seconds, busy] = time_of(repeats, [&] {
        tokens = pairs = 0;
        for (std::size_t i = 0; i < steps; ++i) {
            auto const& batch = data.batches[next++ % data.batches.size()];
            (void)learner.step(batch);
            tokens += batch.counted;
            pairs += batch.lanes;
        }
    });
    report.add({.name = what.name,
                .threads = threads,
                .tokens = tokens,
                .seconds = seconds,
                .note = note_of(pairs, seconds, busy)});
}

void decode(task const& what, unsigned threads, int repeats, std::size_t steps, perf::report& report) {
    auto const data = what.pairs == pairs_kind::random ? prepare_random(steps) : prepare(what, 5000, 256);
    auto model = model_of(what, data, threads);
    auto const& marks = data.marks;
    // A model that was not trained never ends: every target has the most tokens, and an end token.
    model.parameters().at("projection.bias").assign([&] {
        std::vector<float> bias(data.target_types, 0);
        bias[index(marks.end)] = -100;
        return bias;
    }());
    std::uint64_t tokens = 0, pairs = 0;
    auto const [seconds, busy] = time_of(repeats, [&] {
        tokens = pairs = 0;
        for (auto const& batch : data.batches) {
            pairs += batch.lanes;
            for (auto const& targets : wordmill::decode(
                     model, batch, {.begin = marks.begin, .end = marks.end, .never = {marks.padding, marks.begin}},
                     {.most_tokens = what.decoded}))
                tokens += targets.at(0).tokens.size();
        }
    });
    report.add({.name = what.name,
                .threads = threads,
                .tokens = tokens,
                .seconds = seconds,
                .note = note_of(pairs, seconds, busy)});
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
            decode(what, threads, repeats, steps, report);
        else
            train(what, threads, repeats, steps, report);
    }
}
