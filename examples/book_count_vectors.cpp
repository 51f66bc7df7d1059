// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 2, on a corpus: co-occurrence with window
// 2, PPMI, truncated SVD of rank 100, and the neighbours of the book's words.
//   book_count_vectors [CORPUS]   e.g. the text of the Penn Treebank
#include <cstdio>
#include <exception>
#include <string>
#include <vector>
import wordmill;

int main(int argc, char** argv) try {
    wordmill::corpus_options as_book;
    as_book.format = wordmill::corpus_format::ptb;
    auto const text =
        wordmill::read(argc > 1 ? argv[1] : "corpora/data/english.txt", as_book, [](wordmill::tally const& counts) {
            return wordmill::whitespace_tokenizer({.counts = counts});
        });
    auto const vectors = wordmill::train_ppmi_svd(
        text,
        {.counting = {.radius = 2, .cross_sentences = true, .words = {.min_count = 1}},
         .factorisation = {.svd = {.rank = 100}, .vectors = {.power = 0}}, // the book's: U
         .run = {.threads = 2, .on_message = [](std::string const& line) { std::printf("%s\n", line.c_str()); }}});
    for (std::string const word : {"you", "year", "car", "toyota"}) {
        std::printf("nearest to %s\n", word.c_str());
        if (!vectors.find(word)) {
            std::printf("  '%s' is not in the vocabulary\n", word.c_str());
            continue;
        }
        for (auto const& [near, id, score] : wordmill::nearest(vectors, word, {.top = 5}))
            std::printf("  %s: %.3f\n", near.c_str(), score);
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
