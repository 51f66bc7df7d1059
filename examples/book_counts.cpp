// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 2, on its toy corpus: the co-occurrence
// matrix, similar words, PPMI and the plane of its singular vectors.
//   book_counts [MAP.html]
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;
import wordmill.plot;
import wordmill.linear_algebra;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;
import wordmill.vectors;

namespace {
wordmill::generator<wordmill::text_block> corpus() {
    wordmill::text_block block;
    block.text = "You say goodbye and I say hello.\n";
    co_yield std::move(block);
}

void print(char const* title, std::vector<std::string> const& words, wordmill::matrix_view<float const> rows) {
    std::printf("%s\n", title);
    for (std::size_t r = 0; r < rows.rows; ++r) {
        std::printf("%-8s", words[r].c_str());
        for (auto const value : rows.row(r)) std::printf(" %6.3f", static_cast<double>(value));
        std::printf("\n");
    }
}
}

int main(int argc, char** argv) try {
    auto const split = wordmill::book_tokenizer();
    wordmill::vocabulary const vocabulary(wordmill::count_words(corpus(), split));
    auto const size = vocabulary.size();
    std::vector<std::string> words;
    for (std::size_t i = 0; i < size; ++i) words.emplace_back(vocabulary.word(wordmill::id_at(i)));
    wordmill::window_options const windows{.radius = 1, .shrink = false};
    auto const counts = wordmill::count_cooccurrences(
        size, wordmill::with_borders(corpus() | wordmill::sequential(wordmill::encode(split, vocabulary)), windows),
        wordmill::cooccurrence_pairs(windows), {.radius = 1});

    wordmill::matrix<float> dense(size, size);
    for (auto const entries : counts.entries())
        for (auto const& [row, column, weight] : entries)
            dense.view()(index(row), index(column)) = static_cast<float>(weight);
    print("co-occurrence", words, std::as_const(dense).view());
    wordmill::word_vectors const of_counts(words, std::as_const(dense).view());
    std::printf("cosine of you and i: %.4f\n", wordmill::similarity(of_counts, "you", "i").value_or(0));
    for (auto const& [word, id, score] : wordmill::nearest(of_counts, "you", {.top = 5}))
        std::printf("  %s: %.4f\n", word.c_str(), score);

    auto const information = wordmill::ppmi(counts);
    wordmill::matrix<double> values(size, size);
    for (std::size_t r = 0; r < size; ++r)
        for (std::size_t i = 0; i < information.view().row_columns(r).size(); ++i)
            values.view()(r, information.view().row_columns(r)[i]) =
                static_cast<double>(information.view().row_values(r)[i]);
    for (std::size_t r = 0; r < size; ++r) std::ranges::copy(values.view().row(r), dense.view().row(r).begin());
    print("PPMI", words, std::as_const(dense).view());

    auto const svd = wordmill::full_svd(std::as_const(values).view());
    wordmill::matrix<float> plane(size, 2);
    for (std::size_t r = 0; r < size; ++r) std::ranges::copy(svd.u.view().row(r).first(2), plane.view().row(r).begin());
    print("the first two singular vectors", words, std::as_const(plane).view());
    if (argc > 1) {
        wordmill::output_file map(argv[1], {.overwrite = true});
        map.write(wordmill::to_html({.title = "PPMI and SVD of a toy corpus",
                                     .map = wordmill::map_words({words, std::as_const(plane).view()})}));
        map.commit();
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
