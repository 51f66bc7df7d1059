// "Deep Learning from Scratch 2", chapters 6 and 7.1: an LSTM language model, its perplexities and text that it writes.
//   book_rnnlm [--better] [TRAIN VALID TEST [EPOCHS]]   e.g. the three files of the Penn Treebank
// --better: two tied layers of 650 with dropout, and a rate that is quartered when validation gets worse. Without
// files, a small model learns a small text.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

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
    wordmill::language_model<float> model(sizes, wordmill::cpu_operations(0), wordmill::random_key(1));
    wordmill::language_trainer trainer(model, {.learning_rate = 20, .max_norm = 0.25}, wordmill::random_key(2));
    wordmill::quarter_on_worse schedule{.rate = 20};
    wordmill::bptt_options batches{
        .lanes = small ? 5U : 20U, .steps = small ? 7U : 35U, .layout = wordmill::lane_layout::wrap_around};
    auto const perplexity = [&](wordmill::stored_ids const& text) {
        return wordmill::evaluate_perplexity(model, wordmill::bptt_batches(text, {.lanes = 10})).perplexity();
    };
    for (std::uint64_t epoch = 1; epoch <= epochs; ++epoch) {
        wordmill::perplexity_score recent;
        for (auto const& batch : wordmill::bptt_batches(texts[0], batches)) {
            recent.loss += trainer.step(batch);
            batches.from = batch.next; // the next epoch goes on there
            if (trainer.steps() % 20 != 0) continue;
            std::printf("step %zu: perplexity %.2f\n", std::size_t{trainer.steps()}, recent.perplexity());
            recent = {};
        }
        auto const valid = perplexity(texts[1]);
        std::printf("epoch %zu: validation perplexity %.2f, test perplexity %.2f\n", std::size_t{epoch}, valid,
                    perplexity(texts[2]));
        if (better && !schedule.saw(valid)) trainer.set_learning_rate(schedule.rate);
    }
    write_text(model, words);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
