// Counts the words of a corpus, on all cores, whatever its size, and prints the most frequent ones.
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
import wordmill.corpora;
import wordmill.text;

int main(int argc, char** argv) try {
    std::string const corpus = argc > 1 ? argv[1] : "corpora/data/english.txt";
    auto const counts = wordmill::count_words(wordmill::read_text(corpus), wordmill::unicode_words());
    std::printf("%zu tokens of %zu types\n", std::size_t{counts.tokens()}, std::size_t{counts.types()});
    int left = 10;
    for (auto const& [word, count] : counts.words()) {
        std::printf("%8zu  %.*s\n", std::size_t{count}, static_cast<int>(word.size()), word.data());
        if (--left == 0) break;
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
