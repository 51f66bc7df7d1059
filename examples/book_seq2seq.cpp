// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 7: models that learn to add numbers from
// examples such as "57+5" and "62". Reading questions from their ends and "peeky" decoders make them learn faster.
//   book_seq2seq [ADDITIONS [EPOCHS [FOLDER]]]   e.g. the book's addition.txt, or a file of `wordmill synth addition`
// FOLDER gets the share of right answers after each epoch, seq2seq.svg. Without a file, small models learn a few sums.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>
import wordmill;

namespace {
std::string some_additions() {
    auto const path = (std::filesystem::temp_directory_path() / "wordmill_additions.txt").string();
    wordmill::output_file file(path, {.overwrite = true});
    for (auto const& block : wordmill::generated_additions({.pairs = 2000})) file.write(plain_text(block, "_"));
    file.commit();
    return path;
}

wordmill::chart_curve train(wordmill::pair_corpus const& corpus, std::string const& name, bool reverse, bool peeky,
                            bool small, std::uint64_t epochs) {
    wordmill::chart_curve right{.name = name};
    wordmill::seq2seq_recipe how{.model = {.embedding_size = 16,
                                           .hidden_size = small ? 32U : 128U,
                                           .start = wordmill::decoder_start::hidden,
                                           .peeky = peeky},
                                 .epochs = epochs,
                                 .reverse_source = reverse,
                                 .validation_share = 0.1};
    how.on_epoch = [&](wordmill::seq2seq_epoch const& epoch) {
        right.y.push_back(100 * epoch.exact_match.value_or(0));
        right.x.push_back(static_cast<double>(epoch.epoch));
        std::printf("%s, epoch %zu: loss %.3f, %.2f %% right\n", name.c_str(), std::size_t{epoch.epoch}, epoch.loss,
                    right.y.back());
        std::fflush(stdout);
    };
    auto trained = train_seq2seq(corpus, how);
    wordmill::translator answer(trained.model, trained.setup);
    for (std::string const question : {"77+85  ", "975+164", "3+4    "})
        std::printf("Q %s\n  %s\n", question.c_str(), answer.translate({&question, 1})[0][0].text.c_str());
    return right;
}
}

int main(int argc, char** argv) try {
    bool const small = argc < 2;
    std::uint64_t const epochs = argc > 2 ? std::stoull(argv[2]) : small ? 3 : 25;
    wordmill::pair_corpus const corpus({small ? some_additions() : argv[1]}, {.separator = "_"});
    std::vector<wordmill::chart_curve> curves;
    curves.push_back(train(corpus, "plain", false, false, small, epochs));
    curves.push_back(train(corpus, "reversed", true, false, small, epochs));
    curves.push_back(train(corpus, "reversed and peeky", true, true, small, epochs));
    if (argc > 3)
        wordmill::save_svg(std::string(argv[3]) + "/seq2seq.svg",
                           line_chart(curves, {.x_label = "epoch", .y_label = "right answers, %"}));
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
