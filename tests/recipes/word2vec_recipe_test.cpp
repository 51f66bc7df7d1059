#include "../io/scratch_folder.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill;
#include "../io/failure_of.hpp"
#include "synthetic.hpp"

using namespace wordmill;

namespace {
word2vec_recipe small() {
    return {.dimension = 12, .radius = 3, .epochs = 2, .deterministic = true, .words = {.min_count = 1}};
}

/// What `train_word2vec` does, from the parts of the modules below.
std::vector<float> composed(architecture what, std::string const& path, word2vec_recipe const& how) {
    auto const split = unicode_words();
    vocabulary const words(count_words(read_text(path), split), {.min_count = 1});
    noise_distribution const noise(words);
    word2vec_model model({.vocabulary_size = words.size(),
                          .dimension = how.dimension,
                          .first_values = what == architecture::cbow ? 4.0 : 2.0,
                          .architecture = what},
                         random_key(1));
    auto const first = what == architecture::cbow ? 0.06 : 0.05;
    for (std::uint64_t epoch = 0; epoch < how.epochs; ++epoch) {
        auto const key = random_key(1).fold_in(epoch + 1);
        window_options const windows{.radius = how.radius, .key = key.fold_in(1)};
        auto tokens =
            read_text(path) | parallel(chain(encode(split, words), subsample(words, {.key = key.fold_in(0)})));
        (void)train_epoch_in_order(
            model, with_borders(std::move(tokens), windows),
            chain(context_windows(windows), negative_samples(noise, {.key = key.fold_in(2)})),
            {.tokens_before = epoch * words.tokens(),
             .rate = {.first = first, .last = first * 1e-4, .tokens = how.epochs * words.tokens()}});
    }
    std::vector<float> all(words.size() * how.dimension);
    for (std::size_t i = 0; i < words.size(); ++i)
        model.vector_of(id_at(i), std::span(all).subspan(i * how.dimension, how.dimension));
    return all;
}
}

BOOST_AUTO_TEST_SUITE(word2vec_recipes)

BOOST_AUTO_TEST_CASE(a_recipe_gives_the_bytes_of_the_composed_pipeline_on_any_number_of_threads) {
    synthetic_corpus const text;
    auto const corpus = read(text.path);
    for (unsigned const threads : {1U, 3U}) {
        auto how = small();
        how.run.threads = threads;
        BOOST_TEST((values_of(train_skip_gram(corpus, how)) == composed(architecture::skip_gram, text.path, how)));
        BOOST_TEST((values_of(train_cbow(corpus, how)) == composed(architecture::cbow, text.path, how)));
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_is_stopped_and_resumed_ends_with_the_bytes_of_an_uninterrupted_one) {
    synthetic_corpus const text;
    auto const corpus = read(text.path);
    auto const whole = train_skip_gram(corpus, small());
    std::size_t stops = 0;
    auto how = small();
    how.run.folder = text.folder / "run";
    how.run.checkpoint_tokens = 5000;
    std::optional<word_vectors> vectors;
    while (!vectors && stops < 20) {
        how.run.watch = {};
        // stops as soon as training has begun, from the message that says so or from the end of an epoch
        how.run.on_message = [&, seen = 0](std::string const& line) mutable {
            if (line.find("threads") != std::string::npos || line.starts_with("epoch")) ++seen;
            if (seen == static_cast<int>(stops % 2) + 1) how.run.watch.request_stop();
        };
        if (stops >= 4) how.run.on_message = {};
        try {
            vectors = train_skip_gram(corpus, how);
        } catch (error const& e) {
            BOOST_TEST_REQUIRE((e.kind() == failure::interrupted), e.what());
            ++stops;
        }
    }
    BOOST_TEST(stops == 4U);
    BOOST_REQUIRE(vectors);
    BOOST_TEST((values_of(*vectors) == values_of(whole)));
    BOOST_TEST((vectors->notes() == whole.notes()));
    // at its end there is nothing left to train, and the result is the same again
    how.run.on_message = {};
    BOOST_TEST((values_of(train_skip_gram(corpus, how)) == values_of(whole)));
    auto other = how;
    other.radius = 4;
    BOOST_TEST(failure_of([&] { (void)train_skip_gram(corpus, other); }).says("begun with other options"));
    other = how;
    other.run.start = run_start::begin;
    BOOST_TEST((failure_of([&] { (void)train_skip_gram(corpus, other); }) == failure::cannot_create));
}

// Words of the generated text are followed by the next number in four cases of five.
BOOST_AUTO_TEST_CASE(neighbours_of_a_word_are_those_of_its_contexts) {
    synthetic_corpus const text;
    auto const vectors = train_skip_gram(
        read(text.path), {.dimension = 20, .radius = 2, .epochs = 5, .learning_rate = 0.1, .deterministic = true});
    auto const found = nearest(vectors, "w30", {.top = 6});
    auto const near = std::ranges::count_if(
        found, [](neighbour const& n) { return std::abs(std::stoi(n.word.substr(1)) - 30) <= 4; });
    BOOST_TEST(near >= 4); // of 6; by chance 4 of 6 would be that near once in 800 trainings
}

// The loader of fastText models composes words by a way of its own.
BOOST_AUTO_TEST_CASE(vectors_trained_with_subwords_know_unseen_words_and_their_whole_model) {
    synthetic_corpus const text(300);
    auto how = small();
    how.subwords = {.least_letters = 1, .most_letters = 3, .buckets = 200};
    auto const trained =
        std::make_shared<trained_word2vec const>(train_word2vec(architecture::skip_gram, read(text.path), how));
    auto const vectors = vectors_of(trained);
    save_fasttext(*trained, text.folder / "expected.bin");
    auto const expected = load_vectors(text.folder / "expected.bin", {.compose = {"w777"}});
    auto const found = vectors.subwords().compose("w777");
    BOOST_REQUIRE(found.has_value());
    auto const row = expected.row(expected.id("w777"));
    for (std::size_t d = 0; d < row.size(); ++d) BOOST_TEST(std::abs((*found)[d] - row[d]) < 1e-6F);
    save_vectors(vectors, text.folder / "found.bin", {.format = vector_format::fasttext});
    BOOST_TEST((file_bytes(text.folder / "found.bin") == file_bytes(text.folder / "expected.bin")));
    BOOST_TEST((*train_skip_gram(read(text.path), how).subwords().compose("w777") == *found));
    BOOST_TEST(!train_skip_gram(read(text.path), small()).subwords().any());
}

BOOST_AUTO_TEST_CASE(options_out_of_range_and_pipes_are_refused_before_the_work) {
    synthetic_corpus const text(10);
    auto const corpus = read(text.path);
    auto const refused = [&](word2vec_recipe const& how, char const* message) {
        auto const seen = failure_of([&] { (void)train_skip_gram(corpus, how); });
        BOOST_TEST((seen == failure::usage));
        BOOST_TEST(seen.says(message), seen.text);
    };
    refused({.dimension = 0}, "dimension: expected 1 to");
    refused({.radius = 0}, "radius: expected 1 to");
    refused({.negative = 256}, "negative samples: expected 1 to 255, found 256");
    refused({.subsampling = -1}, "subsampling threshold: expected 0 to 1, found -1");
    refused({.epochs = 0}, "epochs: expected 1 to");
    refused({.learning_rate = 0}, "learning rate: expected");
    refused({.learning_rate = 0.1, .last_learning_rate = 0.2}, "last learning rate: expected 0 to 0.1, found 0.2");
    auto const memory = failure_of([&] {
        (void)train_skip_gram(corpus,
                              {.dimension = 1 << 18, .words = {.min_count = 1}, .run = {.memory_bytes = 1 << 20}});
    });
    BOOST_TEST((memory == failure::resource));
    BOOST_TEST(memory.says("the memory budget allows 1.0 MiB"), memory.text);
    put_file(text.folder / "one.txt", "alone\nlonely\nalone\n");
    auto const nothing =
        failure_of([&] { (void)train_skip_gram(read(text.folder / "one.txt"), {.words = {.min_count = 1}}); });
    BOOST_TEST((nothing == failure::bad_data));
    BOOST_TEST(nothing.says("no word of the corpus has a neighbour"), nothing.text);
}

BOOST_AUTO_TEST_SUITE_END()
