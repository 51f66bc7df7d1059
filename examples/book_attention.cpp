// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 8: models that learn to rewrite dates, such
// as "september 27, 1994" as "1994-09-27", with attention, with a "peeky" decoder and with neither.
//   book_attention [DATES [EPOCHS [FOLDER]]]   e.g. the book's date.txt, or a file of `wordmill synth dates`
// FOLDER gets the share of right answers after each epoch, attention.svg, and what the model with attention attends to
// while it reads five dates, dates.html. Without a file, small models learn a few dates.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>
import wordmill;

namespace {
std::string some_dates() {
    auto const path = (std::filesystem::temp_directory_path() / "wordmill_dates.txt").string();
    wordmill::output_file file(path, {.overwrite = true});
    for (auto const& block : wordmill::generated_dates({.pairs = 10'000})) file.write(plain_text(block, "_"));
    file.commit();
    return path;
}

wordmill::trained_seq2seq train(wordmill::pair_corpus const& corpus, wordmill::seq2seq_options model, double rate,
                                std::uint64_t epochs, wordmill::chart_curve& right) {
    model.embedding_size = 16;
    model.start = wordmill::decoder_start::hidden;
    wordmill::seq2seq_recipe how{
        .model = model,
        .optimizer = {.kind = wordmill::optimizer_kind::adam, .learning_rate = rate, .max_norm = 5},
        .epochs = epochs,
        .reverse_source = true,
        .validation_share = 0.1};
    how.on_epoch = [&](wordmill::seq2seq_epoch const& epoch) {
        right.y.push_back(100 * epoch.exact_match.value_or(0));
        right.x.push_back(static_cast<double>(epoch.epoch));
        std::printf("%s, epoch %zu: loss %.3f, %.2f %% right\n", right.name.c_str(), std::size_t{epoch.epoch},
                    epoch.loss, right.y.back());
        std::fflush(stdout);
    };
    return train_seq2seq(corpus, how);
}
}

int main(int argc, char** argv) try {
    bool const small = argc < 2;
    std::uint64_t const epochs = argc > 2 ? std::stoull(argv[2]) : small ? 6 : 10;
    double const rate = small ? 0.005 : 0.001;
    std::size_t const size = small ? 64 : 256;
    wordmill::pair_corpus const corpus({small ? some_dates() : argv[1]}, {.separator = "_"});
    std::vector<wordmill::chart_curve> curves{{.name = "attention"}, {.name = "peeky"}, {.name = "plain"}};
    auto attends =
        train(corpus, {.hidden_size = size, .attention = wordmill::attention_kind::dot}, rate, epochs, curves[0]);
    (void)train(corpus, {.hidden_size = size, .peeky = true}, rate, epochs, curves[1]);
    (void)train(corpus, {.hidden_size = size}, rate, epochs, curves[2]);
    wordmill::translator translate(attends.model, attends.setup);
    std::vector<wordmill::attention_pair> maps;
    for (auto const* date : {"september 27, 1994", "JUN 17, 2013", "2/10/93", "Sunday, April 30, 1989", "3/2/01"}) {
        auto const source = std::string(date) + std::string(29 - std::string(date).size(), ' ');
        auto const found = translate.translate({&source, 1})[0][0].text;
        std::printf("%s -> %s\n", date, found.c_str());
        maps.push_back(translate.attention(source, found));
    }
    if (argc <= 3) return 0;
    std::string const folder = argv[3];
    wordmill::save_svg(folder + "/attention.svg",
                       line_chart(curves, {.x_label = "epoch", .y_label = "right answers, %"}));
    wordmill::output_file page(folder + "/dates.html", {.overwrite = true});
    page.write(attention_page(maps, "What the model attends to"));
    page.commit();
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
