// The same from generators and stages, with a stage of its own: words of one letter are left out.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill;

/// A stage: a value with a const call from block to block, which any thread may make.
struct without_single_letters {
    wordmill::vocabulary vocabulary;
    wordmill::token_block operator()(wordmill::token_block block) const {
        std::size_t kept = 0, next = 0;
        auto const keep_until = [&](std::size_t end) {
            for (; next < end; ++next)
                if (vocabulary.word(block.ids[next]).size() > 1) block.ids[kept++] = block.ids[next];
        };
        for (auto& sentence_end : block.sentence_ends) {
            keep_until(sentence_end);
            sentence_end = static_cast<std::uint32_t>(kept);
        }
        keep_until(block.ids.size());
        block.ids.resize(kept);
        return block;
    }
};

int main(int argc, char** argv) try {
    std::string const corpus = argc > 1 ? argv[1] : "corpora/data/english.txt";
    constexpr std::uint64_t epochs = 50;
    auto const words = wordmill::unicode_words();
    wordmill::vocabulary const vocabulary(wordmill::count_words(wordmill::read_text(corpus), words), {.min_count = 2});
    wordmill::noise_distribution const noise(vocabulary);
    wordmill::word2vec_model model({.vocabulary_size = vocabulary.size(), .dimension = 50}, wordmill::random_key(1));
    auto const key = [](std::uint64_t epoch, std::uint64_t use) {
        return wordmill::random_key(1).fold_in(epoch).fold_in(use);
    };
    auto const windows = [&](std::uint64_t epoch) {
        return wordmill::window_options{.radius = 5, .key = key(epoch, 1)};
    };
    wordmill::word2vec_learner learner(model,
                                       {.threads = 2,
                                        .rate = {.first = 0.2, .tokens = epochs * vocabulary.tokens()},
                                        .epoch_tokens = vocabulary.tokens()},
                                       [&](std::uint64_t epoch) {
                                           return wordmill::chain(
                                               wordmill::context_windows(windows(epoch)),
                                               wordmill::negative_samples(noise, {.count = 5, .key = key(epoch, 2)}));
                                       });
    wordmill::trainer run(learner, {.evaluation_interval = 0, .on_evaluation = [](wordmill::training_report const& at) {
                                        if (at.epoch % 10 == 0)
                                            std::printf("epoch %d: loss %.4f\n", static_cast<int>(at.epoch),
                                                        at.loss.mean());
                                    }});
    run.fit(
        [&] [[clang::coro_wrapper]] (std::uint64_t epoch, wordmill::position from) {
            wordmill::corpus_options reading;
            reading.from = std::move(from);
            auto tokens = wordmill::read_text(corpus, reading)
                          | wordmill::parallel(
                              wordmill::chain(wordmill::encode(words, vocabulary), without_single_letters{vocabulary}))
                          | wordmill::parallel(wordmill::subsample(vocabulary, {.key = key(epoch, 0)}));
            return wordmill::with_borders(std::move(tokens), windows(epoch), learner.border());
        },
        epochs);
    auto const vectors = wordmill::vectors_of(
        vocabulary, 50, [&](wordmill::token_id id, std::span<float> row) { model.vector_of(id, row); }, {});
    for (auto const& n : wordmill::nearest(vectors, "they", {.top = 5}))
        std::printf("%-12s %.3f\n", n.word.c_str(), n.score);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
