// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 4: CBOW with negative sampling, then the
// neighbours and analogies of the book's words.
//   book_word2vec [CORPUS [EPOCHS]]   e.g. the training text of the Penn Treebank, 10 epochs
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.pipeline;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace {
wordmill::word_vectors train(std::string const& corpus, std::uint64_t epochs) {
    auto const split = wordmill::book_tokenizer();
    wordmill::vocabulary const vocabulary(wordmill::count_words(wordmill::read_text(corpus), split));
    wordmill::noise_distribution const noise(vocabulary);
    wordmill::word2vec_model model(
        {.vocabulary_size = vocabulary.size(), .dimension = 100, .architecture = wordmill::architecture::cbow},
        wordmill::random_key(1));
    for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
        auto const key = wordmill::random_key(1).fold_in(epoch);
        wordmill::window_options const windows{.radius = 5, .cross_sentences = true, .key = key.fold_in(1)};
        auto tokens = wordmill::read_text(corpus) | wordmill::sequential(wordmill::encode(split, vocabulary));
        auto const loss = wordmill::train_epoch(
            model, wordmill::with_borders(std::move(tokens), windows),
            wordmill::chain(wordmill::context_windows(windows),
                            wordmill::negative_samples(noise, {.count = 5, .key = key.fold_in(2)})),
            {.tokens_before = epoch * vocabulary.tokens(),
             .rate = {.first = 0.1, .tokens = epochs * vocabulary.tokens()}});
        std::printf("epoch %zu: loss %.3f\n", std::size_t{epoch + 1}, loss.mean());
    }
    std::vector<std::string> words;
    for (std::size_t i = 0; i < vocabulary.size(); ++i) words.emplace_back(vocabulary.word(wordmill::id_at(i)));
    return {words, std::as_const(model).weights().input()};
}

/// False, and says so, when one of them has no vector.
bool all_known(wordmill::word_vectors const& vectors, std::span<std::string const> words) {
    auto const unknown = std::ranges::find_if(words, [&](auto const& word) { return !vectors.find(word); });
    if (unknown == words.end()) return true;
    std::printf("  '%s' is not in the vocabulary\n", unknown->c_str());
    return false;
}

void print(std::vector<wordmill::neighbour> const& found) {
    for (auto const& [word, id, score] : found) std::printf("  %s: %.3f\n", word.c_str(), score);
}
}

int main(int argc, char** argv) try {
    auto const vectors = train(argc > 1 ? argv[1] : "corpora/data/english.txt", argc > 2 ? std::stoull(argv[2]) : 10);
    for (std::string const word : {"you", "year", "car", "toyota"}) {
        std::printf("nearest to %s\n", word.c_str());
        if (all_known(vectors, std::array{word})) print(wordmill::nearest(vectors, word, {.top = 5}));
    }
    using question = std::array<std::string, 3>;
    for (auto const& [a, b, c] : {question{"king", "man", "queen"}, question{"take", "took", "go"},
                                  question{"car", "cars", "child"}, question{"good", "better", "bad"}}) {
        std::printf("%s : %s = %s : ?\n", a.c_str(), b.c_str(), c.c_str());
        if (all_known(vectors, std::array{a, b, c})) print(wordmill::analogy(vectors, a, b, c, {.top = 5}));
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
