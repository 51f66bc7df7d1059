// Raw words per second of training word vectors on a file, counted over all epochs, without the vocabulary pass.
//   train_perf --file FILE [--architecture skip_gram|cbow] [--dimension 100] [--threads N] [--epochs N]
//              [--rate 0.025] [--sharing window|pair] [--cbow mean|sum|whole] [--mode fast|in-order]
//              [--vectors FILE]
// Subsampling 1e-4, radius 5 (shrinking), 5 negatives, types with 5 occurrences or more: as the rivals are measured.
#include "report.hpp"
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
import wordmill.core;
import wordmill.corpora;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
import wordmill.word2vec;

int main(int argc, char** argv) try {
    std::map<std::string, std::string> option{{"--architecture", "skip_gram"},
                                              {"--dimension", "100"},
                                              {"--threads", "1"},
                                              {"--epochs", "1"},
                                              {"--rate", "0.025"},
                                              {"--sharing", "window"},
                                              {"--cbow", "mean"},
                                              {"--mode", "fast"}};
    for (int i = 1; i + 1 < argc; i += 2) option[argv[i]] = argv[i + 1];
    auto const file = option["--file"];
    auto const threads = static_cast<unsigned>(std::stoul(option["--threads"]));
    auto const epochs = std::stoull(option["--epochs"]);
    bool const cbow = option["--architecture"] == "cbow";
    auto const words = wordmill::whitespace_tokenizer();
    wordmill::vocabulary const vocabulary(wordmill::count_words(wordmill::read_text(file), words, {.threads = threads}),
                                          {.min_count = 5, .specials = {}});
    auto const form = option["--cbow"] == "mean"  ? wordmill::cbow_input::mean
                      : option["--cbow"] == "sum" ? wordmill::cbow_input::sum
                                                  : wordmill::cbow_input::mean_with_whole_gradient;
    wordmill::word2vec_model model(
        {.vocabulary_size = vocabulary.size(),
         .dimension = std::stoul(option["--dimension"]),
         .architecture = cbow ? wordmill::architecture::cbow : wordmill::architecture::skip_gram,
         .cbow = form},
        wordmill::random_key(1));
    auto const noise = wordmill::noise_distribution(vocabulary);
    auto const rate = std::stod(option["--rate"]);
    wordmill::learning_rate_schedule const schedule{
        .first = rate, .last = rate * 1e-4, .tokens = epochs * vocabulary.tokens()};
    auto const sharing =
        option["--sharing"] == "pair" ? wordmill::negative_sharing::pair : wordmill::negative_sharing::window;
    auto const raw = vocabulary.tokens() + vocabulary.dropped_tokens();
    wordmill::training_loss loss;
    auto const start = std::chrono::steady_clock::now();
    for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
        auto const key = wordmill::random_key(1).fold_in(epoch);
        wordmill::window_options const windows{.radius = 5, .key = key.fold_in(1)};
        auto tokens = wordmill::read_text(file)
                      | wordmill::parallel(
                          wordmill::chain(wordmill::encode(words, vocabulary),
                                          wordmill::subsample(vocabulary, {.key = key.fold_in(0)})),
                          {.threads = option["--mode"] == "fast" ? threads : wordmill::reading_threads(threads)});
        auto const batches =
            wordmill::chain(wordmill::context_windows(windows),
                            wordmill::negative_samples(noise, {.count = 5, .sharing = sharing, .key = key.fold_in(2)}));
        wordmill::epoch_options const how{
            .threads = threads, .tokens_before = epoch * vocabulary.tokens(), .rate = schedule};
        auto blocks = wordmill::with_borders(std::move(tokens), windows);
        loss = option["--mode"] == "fast" ? wordmill::train_epoch(model, std::move(blocks), batches, how)
                                          : wordmill::train_epoch_in_order(model, std::move(blocks), batches, how);
    }
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf(
        "%s, %s, dimension %s, %u threads: %llu epochs of %llu words, %zu types: %.2f s, %.0f thousand words/s, "
        "loss %.4f, %llu examples\n",
        option["--architecture"].c_str(), std::string(wordmill::word2vec_model::instruction_set()).c_str(),
        option["--dimension"].c_str(), threads, static_cast<unsigned long long>(epochs),
        static_cast<unsigned long long>(raw), vocabulary.size(), seconds,
        static_cast<double>(raw * epochs) / seconds / 1000, loss.mean(),
        static_cast<unsigned long long>(loss.examples));
    if (option.contains("--vectors")) {
        auto* const out = std::fopen(option["--vectors"].c_str(), "w");
        std::fprintf(out, "%zu %zu\n", vocabulary.size(), model.options().dimension);
        for (std::size_t i = 0; i < vocabulary.size(); ++i) {
            auto const word = vocabulary.word(wordmill::id_at(i));
            std::fprintf(out, "%.*s", static_cast<int>(word.size()), word.data());
            for (auto const x : model.weights().input().row(i)) std::fprintf(out, " %.6g", static_cast<double>(x));
            std::fprintf(out, "\n");
        }
        std::fclose(out);
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
