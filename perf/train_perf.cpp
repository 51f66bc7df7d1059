// Raw words per second of training word vectors on a file, without the vocabulary's pass: CBOW and skip-gram, fast and
// in order, on one thread and on all. Counts all words of the file, also those that the vocabulary or subsampling
// drops.
//   train_perf --file FILE [--dimension 100] [--threads N] [--epochs N] [--repeats N] [--hs] [--subwords] [--json FILE]
// With hierarchical softmax, with fastText's subwords (3 to 6 letters, 2 million buckets), or both. Radius 5
// (shrinking), 5 negatives, subsampling 1e-4, types with 5 occurrences or more: as in the measurements of other
// programs.
#include "report.hpp"
#include <algorithm>
#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
import wordmill.word2vec;

namespace {
struct setting {
    std::string file;
    std::size_t dimension;
    std::uint64_t epochs;
    unsigned threads;
    bool cbow;
    bool in_order;
    wordmill::huffman_tree tree{};
    wordmill::subword_table subwords{};
};

wordmill::loss_sum train(setting const& s, wordmill::vocabulary const& vocabulary) {
    auto const words = wordmill::whitespace_tokenizer();
    wordmill::noise_distribution const noise(vocabulary);
    wordmill::word2vec_model model(
        {.vocabulary_size = vocabulary.size(),
         .dimension = s.dimension,
         .architecture = s.cbow ? wordmill::architecture::cbow : wordmill::architecture::skip_gram,
         .cbow = s.subwords.empty() ? wordmill::cbow_input::mean : wordmill::cbow_input::mean_with_whole_gradient,
         .tree = s.tree,
         .subwords = s.subwords},
        wordmill::random_key(1));
    auto const rate = !s.subwords.empty() ? 0.05 : s.cbow ? 0.1 : 0.025;
    auto const negatives = s.tree.empty() ? 5U : 0U;
    wordmill::loss_sum loss;
    for (std::uint64_t epoch = 0; epoch < s.epochs; ++epoch) {
        auto const key = wordmill::random_key(1).fold_in(epoch);
        wordmill::window_options const windows{.radius = 5, .key = key.fold_in(1)};
        auto tokens = wordmill::read_text(s.file)
                      | wordmill::parallel(
                          wordmill::chain(wordmill::encode(words, vocabulary),
                                          wordmill::subsample(vocabulary, {.threshold = 1e-4, .key = key.fold_in(0)})),
                          {.threads = s.in_order ? wordmill::reading_threads(s.threads) : s.threads});
        auto const to_batch =
            wordmill::chain(wordmill::context_windows(windows),
                            wordmill::negative_samples(noise, {.count = negatives, .key = key.fold_in(2)}));
        wordmill::epoch_options const how{
            .threads = s.threads,
            .tokens_before = epoch * vocabulary.tokens(),
            .rate = {.first = rate, .last = rate * 1e-4, .tokens = s.epochs * vocabulary.tokens()}};
        auto blocks = wordmill::with_borders(std::move(tokens), windows);
        loss = s.in_order ? wordmill::train_epoch_in_order(model, std::move(blocks), to_batch, how)
                          : wordmill::train_epoch(model, std::move(blocks), to_batch, how);
    }
    return loss;
}
}

int main(int argc, char** argv) try {
    auto const option = [&](std::string const& name, std::string const& otherwise) {
        return perf::argument(argc, argv, name, otherwise);
    };
    auto const file = option("--file", "");
    if (file.empty()) {
        std::fprintf(stderr, "train_perf: expected --file FILE\n");
        return 2;
    }
    auto const dimension = std::stoul(option("--dimension", "100"));
    auto const epochs = std::stoull(option("--epochs", "1"));
    auto const all = wordmill::resolve_threads(std::stol(option("--threads", "0"))).count;
    auto const repeats = std::max(1, std::stoi(option("--repeats", "1")));
    wordmill::vocabulary const vocabulary(
        wordmill::count_words(wordmill::read_text(file), wordmill::whitespace_tokenizer()), {.min_count = 5});
    auto const raw = vocabulary.tokens() + vocabulary.dropped_tokens();
    auto const given = [&](std::string_view flag) { return std::find(argv + 1, argv + argc, flag) != argv + argc; };
    auto const tree = given("--hs") ? wordmill::huffman_tree(vocabulary.counts()) : wordmill::huffman_tree();
    auto const subwords = given("--subwords") ? wordmill::subword_table(vocabulary, {}) : wordmill::subword_table();
    perf::report report("training" + std::string(tree.empty() ? "" : ", hierarchical softmax")
                            + (subwords.empty() ? "" : ", subwords") + ", D " + std::to_string(dimension) + ", "
                            + std::string(wordmill::word2vec_model::instruction_set()),
                        argc, argv);
    std::vector<unsigned> threads{1};
    if (all > 1) threads.push_back(all);
    for (bool const cbow : {false, true})
        for (bool const in_order : {false, true})
            for (auto const t : threads) {
                wordmill::loss_sum loss;
                auto const seconds = perf::median_seconds(repeats, [&] {
                    loss = train({file, dimension, epochs, t, cbow, in_order, tree, subwords}, vocabulary);
                });
                std::array<char, 64> note{};
                std::snprintf(note.data(), note.size(), "loss %.4f, %zu types", loss.mean(), vocabulary.size());
                report.add({.name = std::string(cbow ? "CBOW" : "skip-gram") + (in_order ? ", in order" : ", fast"),
                            .threads = t,
                            .tokens = raw * epochs,
                            .seconds = seconds,
                            .note = note.data()});
            }
} catch (std::exception const& e) {
    std::fprintf(stderr, "train_perf: %s\n", e.what());
    return 1;
}
