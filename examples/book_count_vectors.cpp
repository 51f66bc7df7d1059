// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 2, on a corpus: co-occurrence with window
// 2, PPMI, truncated SVD of rank 100, and the neighbours of the book's words.
//   book_count_vectors [CORPUS]   e.g. the text of the Penn Treebank
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.linear_algebra;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;
import wordmill.vectors;

int main(int argc, char** argv) try {
    std::string const corpus = argc > 1 ? argv[1] : "corpora/data/english.txt";
    auto const text = [&] [[clang::coro_wrapper]] {
        return wordmill::read_ptb(wordmill::find_inputs(std::vector{corpus}));
    };
    auto const split = wordmill::whitespace_tokenizer();
    wordmill::vocabulary const vocabulary(wordmill::count_words(text(), split));
    wordmill::window_options const windows{.radius = 2, .shrink = false, .cross_sentences = true};
    auto tokens = text() | wordmill::parallel(wordmill::encode(split, vocabulary), {.threads = 2});
    auto const counts =
        wordmill::count_cooccurrences(vocabulary.size(), wordmill::with_borders(std::move(tokens), windows),
                                      wordmill::cooccurrence_pairs(windows), {.radius = 2, .threads = 2});
    auto const information = wordmill::ppmi(counts, {.threads = 2});
    auto const svd = wordmill::truncate_svd(information.view(), {.rank = 100, .threads = 2});
    std::printf("%zu types, %zu pairs, %zu positive values\n", vocabulary.size(),
                static_cast<std::size_t>(counts.totals().nonzeros), information.view().nonzeros());
    std::printf("singular values %.3f to %.3f, residual %.1e\n", svd.singular_values.front(),
                svd.singular_values.back(), svd.residual());

    std::vector<std::string> words;
    for (std::size_t i = 0; i < vocabulary.size(); ++i) words.emplace_back(vocabulary.word(wordmill::id_at(i)));
    auto const rows = wordmill::svd_vectors(svd, {.power = 0}); // the book's: U
    wordmill::word_vectors const vectors(words, rows.view());
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
