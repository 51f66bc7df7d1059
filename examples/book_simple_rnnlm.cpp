// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 5: a recurrent language model learns the
// first 1,000 words of a corpus, one sentence per line, by truncated back-propagation through time.
//   book_simple_rnnlm [CORPUS [FOLDER]]   e.g. ptb.train.txt, on which the book's perplexity falls from 401 to about 5
// The curve is drawn in FOLDER/perplexity.svg.
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
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
struct numbered_text {
    std::vector<wordmill::token_id> tokens{};
    std::size_t types = 0;
};

/// The first words, numbered as they come.
numbered_text first_words(std::string const& path, std::size_t most) {
    numbered_text text;
    std::unordered_map<std::string, wordmill::token_id> ids;
    for (auto const& block : wordmill::read_ptb(wordmill::find_inputs(std::vector{path}))
                                 | wordmill::sequential(wordmill::whitespace_tokenizer()))
        for (std::size_t i = 0; i < block.words.size() && text.tokens.size() < most; ++i)
            text.tokens.push_back(
                ids.try_emplace(std::string(block.word(i)), wordmill::id_at(ids.size())).first->second);
    text.types = ids.size();
    return text;
}
}

int main(int argc, char** argv) try {
    auto const text = first_words(argc > 1 ? argv[1] : "corpora/data/english.txt", 1000);
    std::printf("%zu tokens of %zu types\n", text.tokens.size(), text.types);
    wordmill::language_model<float> model({.vocabulary_size = text.types, .cell = wordmill::recurrent_cell::tanh},
                                          wordmill::cpu_operations(), wordmill::random_key(1));
    wordmill::language_trainer sgd(model, {.learning_rate = 0.1}, wordmill::random_key(2));
    wordmill::chart_curve curve;
    wordmill::trainer trainer(sgd, {.evaluation_interval = 0, // once an epoch
                                    .on_evaluation =
                                        [&](wordmill::training_report const& at) {
                                            curve.y.push_back(at.perplexity());
                                            if (at.epoch != 1 && at.epoch % 10 != 0) return;
                                            std::printf("epoch %zu: perplexity %.2f\n", std::size_t{at.epoch},
                                                        at.perplexity());
                                        },
                                    .epochs_continue = true});
    trainer.fit(
        [&] [[clang::coro_wrapper]] (std::uint64_t, wordmill::position from) {
            return wordmill::bptt_batches(
                text.tokens,
                {.lanes = 10, .steps = 5, .layout = wordmill::lane_layout::wrap_around, .from = std::move(from)});
        },
        100);
    if (argc > 2)
        wordmill::save_svg(
            argv[2] + std::string("/perplexity.svg"),
            wordmill::line_chart({&curve, 1}, {.title = "SimpleRnnlm", .x_label = "epoch", .y_label = "perplexity"}));
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
