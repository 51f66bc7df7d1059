// Trains skip-gram vectors on a corpus of any size, on two threads, and prints how well it went.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
import wordmill.core;
import wordmill.corpora;
import wordmill.pipeline;
import wordmill.text;
import wordmill.word2vec;

int main(int argc, char** argv) try {
    std::string const corpus = argc > 1 ? argv[1] : "corpora/data/english.txt";
    constexpr std::uint64_t epochs = 50;
    auto const words = wordmill::unicode_words();
    wordmill::vocabulary const vocabulary(wordmill::count_words(wordmill::read_text(corpus), words), {.min_count = 2});
    wordmill::noise_distribution const noise(vocabulary);
    wordmill::word2vec_model model({.vocabulary_size = vocabulary.size(), .dimension = 50}, wordmill::random_key(1));
    for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
        auto const key = wordmill::random_key(1).fold_in(epoch);
        wordmill::window_options const windows{.radius = 5, .key = key.fold_in(1)};
        auto tokens = wordmill::read_text(corpus)
                      | wordmill::parallel(wordmill::chain(wordmill::encode(words, vocabulary),
                                                           wordmill::subsample(vocabulary, {.key = key.fold_in(0)})));
        auto const loss = wordmill::train_epoch(
            model, wordmill::with_borders(std::move(tokens), windows),
            wordmill::chain(wordmill::context_windows(windows),
                            wordmill::negative_samples(noise, {.count = 5, .key = key.fold_in(2)})),
            {.threads = 2,
             .tokens_before = epoch * vocabulary.tokens(),
             .rate = {.first = 0.2, .tokens = epochs * vocabulary.tokens()}});
        if (epoch % 10 == 9) std::printf("epoch %zu: loss %.4f\n", std::size_t{epoch + 1}, loss.mean());
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
