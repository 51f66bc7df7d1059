// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 4: CBOW with negative sampling, then the
// neighbours and analogies of the book's words.
//   book_word2vec [CORPUS [EPOCHS]]   e.g. the training text of the Penn Treebank, 10 epochs
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>
import wordmill;

namespace {
wordmill::word_vectors train(std::string const& corpus, std::uint64_t epochs) {
    auto const text = wordmill::read(
        corpus, {}, [](wordmill::tally const& counts) { return wordmill::book_tokenizer({.counts = counts}); });
    auto const print_epoch = [](std::string const& line) {
        if (line.starts_with("epoch")) std::printf("%s\n", line.c_str());
    };
    return wordmill::train_cbow(text, {.cross_sentences = true,
                                       .subsampling = 0,
                                       .epochs = epochs,
                                       .words = {.min_count = 1},
                                       .run = {.threads = 1, .on_message = print_epoch}});
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
