// Runs on a GPU beside those on the processor; on the emulator, too.
#include "../io/scratch_folder.hpp"
#include "../skipped.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
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
std::string why_no_gpu() { return query_cuda().reason; }
std::string why_gpu() { return query_cuda().available ? "there is a GPU" : ""; }

/// One window at a time, which is what a single thread does, too.
word2vec_recipe small(compute_device device) {
    return {.dimension = 12,
            .radius = 3,
            .epochs = 3,
            .device = device,
            .in_flight = 1,
            .words = {.min_count = 1},
            .run = {.threads = 1}};
}
double largest_difference(std::vector<float> const& a, std::vector<float> const& b) {
    double most = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        auto const off = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(off <= most)) most = off;
    }
    return most;
}
/// Rounding grows while some thousand windows follow each other.
constexpr double tolerance = 1e-3;
}

BOOST_AUTO_TEST_SUITE(word2vec_recipes_on_a_gpu)

// The first epoch comes from the file, the others from the memory of the GPU.
BOOST_AUTO_TEST_CASE(a_gpu_ends_where_the_processor_does, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    synthetic_corpus const text(150);
    auto const corpus = read(text.path);
    for (auto const what : {architecture::skip_gram, architecture::cbow}) {
        auto const here = train_word2vec(what, corpus, small(compute_device::cpu));
        auto const there = train_word2vec(what, corpus, small(compute_device::cuda));
        BOOST_TEST(largest_difference(values_of(here.vectors()), values_of(there.vectors())) < tolerance);
        BOOST_TEST(there.loss.count == here.loss.count);
        BOOST_TEST(std::abs(there.loss.mean() - here.loss.mean()) < tolerance);
        for (auto const unit : {"byte", "line", "token", "training token"}) {
            BOOST_TEST(there.counts.read_count(unit) == here.counts.read_count(unit));
            BOOST_TEST(there.counts.delivered_count(unit) == here.counts.delivered_count(unit));
            BOOST_TEST(there.counts.balanced(unit));
        }
        BOOST_TEST(there.counts.note_count("target without context")
                   == here.counts.note_count("target without context"));
    }
}

// A run that begins on one device, is stopped in the middle of an epoch and goes on on the other.
BOOST_AUTO_TEST_CASE(a_checkpoint_of_one_device_resumes_on_the_other,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    synthetic_corpus const text(400);
    corpus_options blocks;
    blocks.block_bytes = 1024;
    auto const corpus = read(text.path, blocks);
    auto const whole = values_of(train_word2vec(architecture::skip_gram, corpus, small(compute_device::cpu)).vectors());
    int number = 0;
    for (auto const first : {compute_device::cpu, compute_device::cuda}) {
        auto how = small(first);
        how.run.folder = text.folder / ("run" + std::to_string(number++));
        how.run.checkpoint_tokens = 500;
        bool resumed_within = false;
        std::size_t stops = 0;
        std::optional<word_vectors> vectors;
        while (!vectors && stops < 30) {
            how.run.watch = {};
            how.run.on_message = [&](std::string const& line) {
                if (line.find("resuming in epoch 2 after ") == 0) resumed_within = true;
                if (line.find("for the model") != std::string::npos && stops < 2) how.run.watch.request_stop();
                if (line.find("epoch 1 of") == 0 && stops < 3) how.run.watch.request_stop();
            };
            try {
                vectors = train_word2vec(architecture::skip_gram, corpus, how).vectors();
            } catch (error const& e) {
                BOOST_REQUIRE(e.kind() == failure::interrupted);
                ++stops;
                how.device = how.device == compute_device::cpu ? compute_device::cuda : compute_device::cpu;
            }
        }
        BOOST_REQUIRE(vectors);
        BOOST_TEST(stops > 1U);
        BOOST_TEST(largest_difference(values_of(*vectors), whole) < tolerance);
        BOOST_TEST(resumed_within);
    }
}

BOOST_AUTO_TEST_CASE(many_windows_at_a_time_learn_what_one_learns,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    synthetic_corpus const text(400);
    auto const corpus = read(text.path);
    auto how = small(compute_device::cuda);
    auto const one = train_word2vec(architecture::skip_gram, corpus, how).loss.mean();
    how.in_flight = 16;
    auto const many = train_word2vec(architecture::skip_gram, corpus, how).loss.mean();
    how.epochs = 1;
    how.learning_rate = 1e-9;
    auto const none = train_word2vec(architecture::skip_gram, corpus, how).loss.mean();
    BOOST_TEST(one < none);
    BOOST_TEST(std::abs(many - one) < (none - one) / 5);
}

BOOST_AUTO_TEST_CASE(what_a_gpu_does_not_train_is_refused_or_left_to_the_processor,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    synthetic_corpus const text(30);
    auto const corpus = read(text.path);
    std::function<void(word2vec_recipe&)> const changes[] = {
        [](word2vec_recipe& how) { how.hierarchical_softmax = true; },
        [](word2vec_recipe& how) { how.subwords = {.least_letters = 2, .most_letters = 3, .buckets = 100}; },
        [](word2vec_recipe& how) { how.deterministic = true; }, [](word2vec_recipe& how) { how.radius = 70'000; }};
    for (auto const& change : changes) {
        auto how = small(compute_device::cuda);
        how.epochs = 1;
        change(how);
        auto const refused = failure_of([&] { (void)train_skip_gram(corpus, how); });
        BOOST_TEST((refused == failure::usage));
        how.device = compute_device::automatic;
        std::string said;
        how.run.on_message = [&](std::string const& line) { said += line + "\n"; };
        (void)train_skip_gram(corpus, how);
        BOOST_TEST(said.find("the CPU trains: ") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_diverges_on_a_gpu_stops, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    synthetic_corpus const text(400);
    auto how = small(compute_device::cuda);
    how.learning_rate = 10;
    how.first_values = 1e6;
    how.cbow = cbow_input::sum;
    auto const refused = failure_of([&] { (void)train_cbow(read(text.path), how); });
    BOOST_TEST((refused == failure::bad_data));
    BOOST_TEST(refused.says("no longer finite"));
}

BOOST_AUTO_TEST_CASE(without_a_gpu_cuda_is_refused_before_any_work, *skipped_if(why_gpu)) {
    synthetic_corpus const text(30);
    auto how = small(compute_device::cuda);
    std::string said;
    how.run.on_message = [&](std::string const& line) { said += line; };
    auto const refused = failure_of([&] { (void)train_skip_gram(read(text.path), how); });
    BOOST_TEST((refused == failure::unavailable));
    BOOST_TEST(said.empty());
    how.device = compute_device::automatic;
    BOOST_TEST(train_skip_gram(read(text.path), how).size() == 60U);
}

BOOST_AUTO_TEST_SUITE_END()
