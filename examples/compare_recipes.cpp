// Word vectors of one corpus made in four ways, each by a recipe, and the neighbours of a word by each.
//   compare_recipes [CORPUS [WORD]]
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>
import wordmill;

int main(int argc, char** argv) try {
    auto const corpus = wordmill::read(argc > 1 ? argv[1] : "corpora/data/english.txt");
    std::string const word = argc > 2 ? argv[2] : "they";
    wordmill::vocabulary_recipe const words{.min_count = argc > 1 ? 5U : 2U};
    std::uint64_t const epochs = argc > 1 ? 5 : 50;
    std::vector<std::pair<char const*, wordmill::word_vectors>> made;
    made.emplace_back("skip-gram", wordmill::train_skip_gram(corpus, {.epochs = epochs, .words = words}));
    made.emplace_back("CBOW", wordmill::train_cbow(corpus, {.epochs = epochs, .words = words}));
    made.emplace_back("PPMI and SVD", wordmill::train_ppmi_svd(corpus, {.counting = {.words = words}}));
    made.emplace_back("GloVe", wordmill::train_glove(corpus, {.counting = {.words = words}}));
    for (auto const& [name, vectors] : made) {
        std::printf("%s\n", name);
        for (auto const& n : wordmill::nearest(vectors, word, {.top = 3}))
            std::printf("  %-12s %.3f\n", n.word.c_str(), n.score);
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
