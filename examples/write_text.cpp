// Trains a small language model of letters with one call, then lets it write.
//   write_text [CORPUS [EPOCHS]]
#include <cstdio>
#include <exception>
#include <string>
#include <vector>
import wordmill;

int main(int argc, char** argv) try {
    auto const letters = [](wordmill::tally const& counts) {
        return wordmill::characters({.keep_blanks = true}, {.counts = counts});
    };
    auto const corpus = wordmill::read(argc > 1 ? argv[1] : "corpora/data/english.txt", {}, letters);
    auto trained = wordmill::train_language_model(
        corpus, {.model = {.embedding_size = 32, .hidden_size = 64},
                 .optimizer = {.kind = wordmill::optimizer_kind::adam, .learning_rate = 0.01, .max_norm = 5},
                 .lanes = {.lanes = 10, .steps = 25},
                 .epochs = argc > 2 ? std::stoull(argv[2]) : 40,
                 .sentence_end = "",
                 .run = {.on_message = [](std::string const& line) {
                     if (line.starts_with("epoch")) std::printf("%s\n", line.c_str());
                 }}});
    auto const texts = wordmill::generate(trained.model, {{trained.words.id("t"), trained.words.id("h")}},
                                          {.length = 80, .sampling = {.temperature = 0.5}});
    std::printf("th");
    for (auto const id : texts.front()) std::printf("%s", std::string(trained.words.word(id)).c_str());
    std::printf("\n");
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
