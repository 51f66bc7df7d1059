// A custom stage: a value with a const call from block to block. `parallel` runs it on all cores, in order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
import wordmill.corpora;
import wordmill.pipeline;

/// Keeps the sentences of at least `least` words.
struct long_sentences {
    std::size_t least;

    wordmill::word_block operator()(wordmill::word_block&& block) const {
        std::size_t kept = 0;
        std::size_t begin = 0;
        for (auto& sentence_end : block.sentence_ends) {
            auto const end = sentence_end;
            if (end - begin >= least) {
                std::copy(block.words.begin() + static_cast<std::ptrdiff_t>(begin), block.words.begin() + end,
                          block.words.begin() + static_cast<std::ptrdiff_t>(kept));
                kept += end - begin;
            }
            begin = end;
            sentence_end = static_cast<std::uint32_t>(kept);
        }
        block.words.resize(kept);
        return std::move(block);
    }
};

int main(int argc, char** argv) try {
    std::string const corpus = argc > 1 ? argv[1] : "corpora/data/english.txt";
    std::size_t words = 0;
    std::size_t sentences = 0;
    for (auto const& block : wordmill::read_text(corpus) | wordmill::parallel(wordmill::book_tokenizer())
                                 | wordmill::parallel(long_sentences{.least = 12})) {
        std::size_t begin = 0;
        for (auto end : block.sentence_ends) sentences += end > std::exchange(begin, end);
        words += block.words.size();
    }
    std::printf("%zu words in %zu long sentences\n", words, sentences);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
