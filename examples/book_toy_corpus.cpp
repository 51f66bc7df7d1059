// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 3: the windows of its toy corpus, CBOW and
// skip-gram trained on them.
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
import wordmill.core;
import wordmill.pipeline;
import wordmill.text;
import wordmill.word2vec;

namespace {
wordmill::generator<wordmill::text_block> corpus() {
    wordmill::text_block block;
    block.text = "You say goodbye and I say hello.\n";
    co_yield std::move(block);
}

void print_windows(wordmill::token_block const& tokens, wordmill::vocabulary const& vocabulary) {
    auto const word = [&](wordmill::token_id id) { return std::string(vocabulary.word(id)); };
    auto const windows = wordmill::contexts_and_targets(tokens.ids, 1);
    for (std::size_t i = 0; i < windows.targets.size(); ++i)
        std::printf("[%s %s] -> %s\n", word(windows.contexts[2 * i]).c_str(), word(windows.contexts[2 * i + 1]).c_str(),
                    word(windows.targets[i]).c_str());
}

void train(wordmill::vocabulary const& vocabulary, wordmill::architecture architecture) {
    constexpr std::uint64_t epochs = 2000;
    wordmill::window_options const windows{.radius = 1, .shrink = false};
    wordmill::noise_distribution const noise(vocabulary);
    wordmill::word2vec_model model({.vocabulary_size = vocabulary.size(), .dimension = 5, .architecture = architecture},
                                   wordmill::random_key(1));
    std::printf("%s\n", architecture == wordmill::architecture::cbow ? "CBOW" : "skip-gram");
    for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
        auto tokens = corpus() | wordmill::sequential(wordmill::encode(wordmill::book_tokenizer(), vocabulary));
        auto const loss = wordmill::train_epoch(
            model, wordmill::with_borders(std::move(tokens), windows),
            wordmill::chain(wordmill::context_windows(windows),
                            wordmill::negative_samples(noise, {.count = 2, .key = wordmill::random_key(epoch)})),
            {.tokens_before = epoch * vocabulary.tokens(),
             .rate = {.first = 0.5, .tokens = epochs * vocabulary.tokens()}});
        if (epoch == 0 || (epoch + 1) % 500 == 0)
            std::printf("epoch %zu: loss %.3f\n", std::size_t{epoch + 1}, loss.mean());
    }
    for (std::size_t i = 0; i < vocabulary.size(); ++i) {
        std::printf("%-8s", std::string(vocabulary.word(wordmill::id_at(i))).c_str());
        for (auto const value : std::as_const(model).weights().input().row(i))
            std::printf(" %7.3f", static_cast<double>(value));
        std::printf("\n");
    }
}
}

int main() try {
    auto const words = wordmill::book_tokenizer();
    wordmill::vocabulary const vocabulary(wordmill::count_words(corpus(), words));
    for (auto const& tokens : corpus() | wordmill::sequential(wordmill::encode(words, vocabulary)))
        print_windows(tokens, vocabulary);
    train(vocabulary, wordmill::architecture::cbow);
    train(vocabulary, wordmill::architecture::skip_gram);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
