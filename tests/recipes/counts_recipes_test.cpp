#include "../io/scratch_folder.hpp"
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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
struct counted {
    vocabulary words;
    cooccurrence_counts counts;
};
/// Pairs of the text by the parts of the modules below.
counted count(std::string const& path, distance_weighting weighting) {
    auto const split = unicode_words();
    counted c{.words = vocabulary(count_words(read_text(path), split), {.min_count = 5}), .counts = {}};
    window_options const windows{.radius = 5, .shrink = false, .key = random_key(1).fold_in(1)};
    c.counts =
        count_cooccurrences(c.words.size(), with_borders(read_text(path) | parallel(encode(split, c.words)), windows),
                            cooccurrence_pairs(windows), {.weighting = weighting, .radius = 5});
    return c;
}
}

BOOST_AUTO_TEST_SUITE(counts_recipes)

BOOST_AUTO_TEST_CASE(ppmi_and_svd_by_recipe_are_those_of_the_composed_pipeline) {
    synthetic_corpus const text;
    auto const [words, counts] = count(text.path, distance_weighting::flat);
    auto const matrix = ppmi(counts, {.smoothing = 0.75});
    auto const svd = truncate_svd(std::as_const(matrix).view(), {.rank = 10, .key = random_key(1)});
    auto const rows = svd_vectors(svd);
    for (unsigned const threads : {1U, 3U}) {
        auto const vectors = train_ppmi_svd(read(text.path), {.counting = {},
                                                              .values = {.smoothing = 0.75},
                                                              .factorisation = {.svd = {.rank = 10}},
                                                              .run = {.threads = threads}});
        BOOST_TEST(vectors.size() == words.size());
        BOOST_TEST((values_of(vectors) == std::vector<float>(rows.view().data, rows.view().data + words.size() * 10)));
    }
    auto const refused =
        failure_of([&] { (void)train_ppmi_svd(read(text.path), {.run = {.folder = text.folder / "run"}}); });
    BOOST_TEST((refused == failure::usage));
}

BOOST_AUTO_TEST_CASE(glove_by_recipe_is_that_of_the_composed_pipeline) {
    synthetic_corpus const text;
    auto const [words, counts] = count(text.path, distance_weighting::harmonic);
    glove_model model({.vocabulary_size = words.size(), .dimension = 8}, random_key(1).fold_in(2));
    shuffled_cooccurrences const entries(counts, {.key = random_key(1).fold_in(3)});
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) (void)train_glove_epoch(model, entries, {.epoch = epoch});
    std::vector<float> expected(words.size() * 8);
    for (std::size_t i = 0; i < words.size(); ++i) model.vector_of(id_at(i), std::span(expected).subspan(i * 8, 8));
    for (unsigned const threads : {1U, 3U})
        BOOST_TEST((values_of(train_glove(read(text.path), {.dimension = 8,
                                                            .objective = {},
                                                            .learning_rate = 0.05,
                                                            .epochs = 3,
                                                            .counting = {.weighting = distance_weighting::harmonic},
                                                            .run = {.threads = threads}}))
                    == expected));
}

BOOST_AUTO_TEST_CASE(a_glove_run_that_is_stopped_and_resumed_ends_with_the_bytes_of_an_uninterrupted_one) {
    synthetic_corpus const text;
    auto const corpus = read(text.path);
    glove_recipe how{.dimension = 8, .epochs = 4};
    auto const whole = train_glove(corpus, how);
    how.run.folder = text.folder / "run";
    how.run.checkpoint_tokens = 1;
    std::vector<double> losses;
    // each process stops after one epoch more
    for (int process = 0; process < 4; ++process) {
        how.run.watch = {};
        how.run.on_message = [&](std::string const& line) {
            if (line.starts_with("epoch")) how.run.watch.request_stop();
        };
        BOOST_TEST_REQUIRE((failure_of([&] { (void)train_glove(corpus, how); }) == failure::interrupted));
    }
    how.run.watch = {};
    how.run.on_message = {};
    auto const resumed = train_glove(corpus, how);
    BOOST_TEST((values_of(resumed) == values_of(whole)));
    BOOST_TEST((resumed.notes() == whole.notes()));
    how.learning_rate = 0.04;
    BOOST_TEST(failure_of([&] { (void)train_glove(corpus, how); }).says("begun with other options"));
}

BOOST_AUTO_TEST_SUITE_END()
