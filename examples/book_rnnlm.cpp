// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapters 6 and 7.1: an LSTM language model, its
// perplexities and text that it generates.
//   book_rnnlm [--better] [TRAIN VALID TEST [EPOCHS [FOLDER]]]   e.g. the three files of the Penn Treebank
// FOLDER gets the curve of the training text, rnnlm.svg, and the model that validates best, rnnlm.safetensors, which
// then generates the text. --better: two tied layers of 650 with dropout, and a rate that is quartered when validation
// gets worse. Without files, a small model learns a small text.
#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.plot;
import wordmill.stream;
import wordmill.text;
import wordmill.training;

namespace {
[[clang::coro_wrapper]] wordmill::generator<wordmill::text_block> read(std::string const& path) {
    return wordmill::read_ptb(wordmill::find_inputs(std::vector{path}));
}

void write_text(wordmill::language_model<float>& model, wordmill::vocabulary const& words) {
    wordmill::generation_options how{.key = wordmill::random_key(3)};
    for (auto const* word : {"<unk>", "N", "$"})
        if (auto const id = words.find(word)) how.sampling.skipped.push_back(*id);
    std::vector<std::vector<std::string>> const prompts{{"you"}, {"the", "meaning", "of", "life", "is"}};
    std::vector<std::vector<wordmill::token_id>> ids(prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i)
        for (auto const& word : prompts[i]) ids[i].push_back(words.id(word));
    auto const texts = wordmill::generate(model, ids, how);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        for (auto const& word : prompts[i]) std::printf("%s ", word.c_str());
        for (auto const id : texts[i]) {
            std::string const word(words.word(id));
            std::printf("%s", word == "<eos>" ? ".\n" : (word + ' ').c_str());
        }
        std::printf("\n--\n");
    }
}
}

int main(int argc, char** argv) try {
    std::vector<std::string> files(argv + 1, argv + argc);
    bool const better = std::erase(files, "--better") > 0;
    bool const small = files.empty();
    if (small) files = {"corpora/data/english.txt", "corpora/data/tiny.txt", "corpora/data/tiny.txt", "20"};
    if (files.size() < 3) throw wordmill::error(wordmill::failure::usage, "expected TRAIN, VALID and TEST");
    std::uint64_t const epochs = files.size() > 3 ? std::stoull(files[3]) : better ? 40 : 4;

    auto const split = wordmill::whitespace_tokenizer();
    wordmill::vocabulary const words(wordmill::count_words(read(files[0]), split),
                                     {.min_count = small ? 2U : 1U, .always = {"<unk>"}});
    std::vector<wordmill::stored_ids> texts;
    for (std::size_t i = 0; i < 3; ++i)
        texts.emplace_back(read(files[i]) | wordmill::sequential(wordmill::encode(split, words)));
    std::size_t const size = small ? 40 : better ? 650 : 100;
    wordmill::language_model_options const sizes{.vocabulary_size = words.size(),
                                                 .embedding_size = size,
                                                 .hidden_size = size,
                                                 .layers = better ? 2U : 1U,
                                                 .dropout = better ? 0.5 : 0,
                                                 .tied = better};
    auto const ops = wordmill::cpu_operations(0);
    wordmill::language_model<float> model(sizes, ops, wordmill::random_key(1));
    wordmill::language_trainer sgd(model, {.learning_rate = 20, .max_norm = 0.25}, wordmill::random_key(2));
    wordmill::quarter_on_worse schedule{.rate = 20};
    auto const perplexity = [&](wordmill::stored_ids const& text) {
        return wordmill::evaluate_perplexity(model, wordmill::bptt_batches(text, {.lanes = 10})).perplexity();
    };
    bool const saves = files.size() > 4;
    auto const saved = saves ? files[4] + "/rnnlm.safetensors" : std::string();
    wordmill::chart_curve curve;
    auto const on_evaluation = [&](wordmill::training_report const& at) {
        std::printf("step %zu: perplexity %.2f\n", std::size_t{at.steps}, at.perplexity());
        curve.y.push_back(at.perplexity());
    };
    auto const on_epoch = [&](wordmill::training_report const& at) {
        auto const valid = perplexity(texts[1]);
        std::printf("epoch %zu: validation perplexity %.2f, test perplexity %.2f\n", std::size_t{at.epoch}, valid,
                    perplexity(texts[2]));
        std::fflush(stdout);
        bool const best = schedule.saw(valid);
        if (best && saves) save_language_model(model, saved, {}, {.output = {.overwrite = true}});
        if (better) sgd.set_learning_rate(schedule.rate);
        return valid;
    };
    wordmill::trainer trainer(sgd, {.on_evaluation = on_evaluation, .on_epoch = on_epoch, .epochs_continue = true});
    wordmill::bptt_options batches{
        .lanes = small ? 5U : 20U, .steps = small ? 7U : 35U, .layout = wordmill::lane_layout::wrap_around};
    auto const batches_from = [&] [[clang::coro_wrapper]] (std::uint64_t, wordmill::position const& from) {
        batches.from = from;
        return wordmill::bptt_batches(texts[0], batches);
    };
    trainer.fit(batches_from, epochs);
    if (saves) model = wordmill::load_language_model(saved, ops).model;
    if (saves && !curve.y.empty())
        wordmill::save_svg(
            files[4] + "/rnnlm.svg",
            wordmill::line_chart(
                {&curve, 1}, {.x_label = "iterations (x20)", .y_label = "perplexity", .ylim = std::array{0.0, 500.0}}));
    write_text(model, words);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
