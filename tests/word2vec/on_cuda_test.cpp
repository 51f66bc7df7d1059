// Training on a GPU against the reference on the windows and samples of the processor's stages. The cases with the
// label "gpu" run on the emulator, too.
#include "../skipped.hpp"
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
import wordmill.word2vec;

using namespace wordmill;
namespace data = boost::unit_test::data;

namespace {
std::string why_no_gpu() { return query_cuda().reason; }

struct text_of_ids {
    std::size_t types;
    std::vector<token_block> blocks{};
};
/// Blocks of uneven sizes, some of which end inside a sentence; low ids are frequent.
text_of_ids random_text(std::size_t types, std::size_t blocks, std::uint64_t seed, std::size_t longest = 90) {
    text_of_ids out{.types = types};
    auto random = random_key(seed).engine();
    for (std::size_t n = 0; n < blocks; ++n) {
        token_block block;
        block.index = 3 + n;
        auto const size = random.below(longest);
        for (std::size_t i = 0; i < size; ++i) {
            auto const id = std::min(random.below(types), random.below(types));
            block.ids.push_back(id_at(id));
            while (random.below(8) == 0) block.sentence_ends.push_back(static_cast<std::uint32_t>(i + 1));
        }
        block.continued = block.sentence_ends.empty() || block.sentence_ends.back() != size;
        out.blocks.push_back(block);
    }
    out.blocks.back().continued = false;
    return out;
}
generator<token_block> stream_of(std::vector<token_block> blocks) {
    for (auto& b : blocks) co_yield std::move(b);
}
vocabulary words_of(text_of_ids const& text) {
    std::string lines;
    for (std::size_t i = 0; i < text.types; ++i)
        lines += "w" + std::to_string(i) + "\t" + std::to_string(1000 / (i + 1)) + "\n";
    return parse_vocabulary(lines);
}

struct setting {
    char const* name;
    architecture what = architecture::skip_gram;
    std::size_t dimension = 20;
    std::uint32_t negatives = 5;
    negative_sharing sharing = negative_sharing::window;
    cbow_input cbow = cbow_input::mean_with_whole_gradient;
    double threshold = 0.02;
    std::uint32_t radius = 4;
    bool shrink = true, cross_sentences = false;
    std::uint32_t slab_words = 1 << 22;
    std::size_t blocks = 7, longest = 90;
};
std::ostream& operator<<(std::ostream& to, setting const& s) { return to << s.name; }
setting const settings[] = {
    {.name = "plain"},
    {.name = "two vectors a lane", .dimension = 200},
    {.name = "three vectors a lane", .dimension = 300},
    {.name = "many dimensions", .dimension = 400},
    {.name = "few negatives", .negatives = 2},
    {.name = "many negatives", .negatives = 9},
    {.name = "a pair each", .sharing = negative_sharing::pair},
    {.name = "a pair each, many negatives", .negatives = 9, .sharing = negative_sharing::pair},
    {.name = "the whole block", .sharing = negative_sharing::batch},
    {.name = "more contexts than are trained together", .radius = 12, .shrink = false},
    {.name = "more contexts, many negatives", .negatives = 9, .radius = 12, .shrink = false},
    {.name = "across sentences", .cross_sentences = true},
    {.name = "all tokens", .threshold = 0},
    {.name = "small slabs", .slab_words = 100},
    {.name = "long blocks", .threshold = 0, .blocks = 2, .longest = 3000},
    {.name = "long blocks, a pair each", .sharing = negative_sharing::pair, .blocks = 2, .longest = 3000},
    {.name = "CBOW", .what = architecture::cbow},
    {.name = "CBOW, sum", .what = architecture::cbow, .cbow = cbow_input::sum},
    {.name = "CBOW, mean", .what = architecture::cbow, .dimension = 300, .cbow = cbow_input::mean},
    {.name = "CBOW, a pair each", .what = architecture::cbow, .negatives = 3, .sharing = negative_sharing::pair},
    {.name = "CBOW, many negatives", .what = architecture::cbow, .negatives = 9, .radius = 12},
    {.name = "CBOW, many dimensions", .what = architecture::cbow, .dimension = 400, .cbow = cbow_input::mean},
};
word2vec_keys const keys{random_key(11), random_key(12), random_key(13)};

/// The stages of the processor, and of a GPU, for the same options.
struct stages {
    setting const& how;
    tally counts{};
    vocabulary words;
    noise_distribution noise;
    window_options windows;
    subsample keeps;

    stages(setting const& s, text_of_ids const& text)
        : how(s),
          words(words_of(text)),
          noise(words),
          windows{.radius = s.radius,
                  .shrink = s.shrink,
                  .cross_sentences = s.cross_sentences,
                  .key = keys.windows,
                  .counts = counts},
          keeps(words, {.threshold = s.threshold, .key = keys.keep, .counts = counts}) {}
    [[nodiscard]] word2vec_options model() const {
        return {
            .vocabulary_size = words.size(), .dimension = how.dimension, .architecture = how.what, .cbow = how.cbow};
    }
    [[nodiscard]] word2vec_on_cuda_options on_cuda() const {
        return {.negatives = how.negatives,
                .sharing = how.sharing,
                .before = how.radius,
                .behind = how.radius,
                .shrink = how.shrink,
                .cross_sentences = how.cross_sentences,
                .slab_words = how.slab_words};
    }
    [[nodiscard]] word2vec_on_cuda_tables tables() const {
        word2vec_on_cuda_tables out{.counts = words.counts(), .keep_below = keeps.keep_below()};
        for (std::size_t i = 0; i < words.size(); ++i) {
            out.noise.push_back({noise.columns()[i].threshold, noise.columns()[i].alias});
            out.after.push_back(static_cast<std::uint32_t>(index(noise.after(id_at(i)))));
            out.noise_probabilities.push_back(noise.probability(id_at(i)));
        }
        return out;
    }
};

/// Output vectors begin with 0, which would hide mistakes in the input's gradients.
void fill(word2vec_model& model) {
    auto random = random_key(5).engine();
    for (auto table : {model.weights().input(), model.weights().output()})
        for (std::size_t r = 0; r < table.rows; ++r)
            for (auto& x : table.row(r)) x = random.uniform() - 0.5F;
}
matrix<double> wide(matrix_view<float const> from) {
    matrix<double> to(from.rows, from.columns);
    for (std::size_t r = 0; r < from.rows; ++r)
        for (std::size_t c = 0; c < from.columns; ++c) to.view()(r, c) = static_cast<double>(from(r, c));
    return to;
}
double largest_difference(matrix<double> const& expected, matrix_view<float const> found) {
    double most = 0;
    for (std::size_t r = 0; r < found.rows; ++r)
        for (std::size_t c = 0; c < found.columns; ++c) {
            auto const off = std::abs(expected.view()(r, c) - static_cast<double>(found(r, c)));
            if (!(off <= most)) most = off;
        }
    return most;
}

constexpr float rate = 0.05F;
loss_sum train(word2vec_on_cuda& gpu, stages const& s, std::vector<token_block> blocks, bool store, tally* counts) {
    for (auto&& b : with_kept_borders(stream_of(std::move(blocks)), s.keeps, s.windows))
        (void)gpu.add({.ids = b.block.ids,
                       .sentence_ends = b.block.sentence_ends,
                       .before = b.before,
                       .after = b.after,
                       .index = b.index,
                       .rate = rate},
                      keys, store);
    gpu.submit();
    loss_sum loss;
    for (auto const& r : gpu.results(true)) {
        loss += r.loss;
        if (counts == nullptr) continue;
        counts->deliver("training token", r.kept);
        counts->note("target without context", r.alone);
    }
    return loss;
}
}

BOOST_AUTO_TEST_SUITE(word2vec_on_a_gpu)

BOOST_TEST_DECORATOR(*boost::unit_test::label("gpu") * skipped_if(why_no_gpu))
BOOST_DATA_TEST_CASE(one_window_at_a_time_trains_as_the_reference_does, data::make(settings), how) {
    auto const text = random_text(40, how.blocks, 21, how.longest);
    stages const s(how, text);
    word2vec_model model(s.model(), random_key(1));
    fill(model);
    auto input = wide(std::as_const(model).weights().input());
    auto output = wide(std::as_const(model).weights().output());
    loss_sum expected;
    auto batches =
        with_borders(stream_of(text.blocks) | sequential(s.keeps), s.windows)
        | sequential(
            chain(context_windows(s.windows),
                  negative_samples(s.noise, {.count = how.negatives, .sharing = how.sharing, .key = keys.negatives})));
    for (auto&& batch : batches)
        expected += how.what == architecture::cbow
                        ? reference::train_cbow<double>(input.view(), output.view(), batch, how.cbow, double{rate})
                        : reference::train_skip_gram<double>(input.view(), output.view(), batch, double{rate});

    word2vec_on_cuda gpu(model, s.on_cuda(), s.tables());
    tally counts;
    auto const found = train(gpu, s, text.blocks, false, &counts);
    gpu.read(model);
    BOOST_TEST(found.count == expected.count);
    BOOST_TEST(std::abs(found.sum - expected.sum) < 1e-5 * expected.sum);
    // Each of up to 3,000 windows rounds to 24 bits what it adds to values below 4.
    BOOST_TEST(largest_difference(input, std::as_const(model).weights().input()) < 2e-5);
    BOOST_TEST(largest_difference(output, std::as_const(model).weights().output()) < 2e-5);
    BOOST_TEST(counts.delivered_count("training token") == s.counts.delivered_count("training token"));
    BOOST_TEST(counts.note_count("target without context") == s.counts.note_count("target without context"));
}

BOOST_AUTO_TEST_CASE(blocks_that_stay_on_the_gpu_train_as_when_they_came,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    for (auto const& how : {settings[0], settings[11], settings[13]}) {
        auto const text = random_text(40, 9, 22);
        stages const s(how, text);
        word2vec_model model(s.model(), random_key(1));
        fill(model);
        word2vec_model again(s.model(), random_key(1));
        fill(again);
        word2vec_on_cuda gpu(model, s.on_cuda(), s.tables());
        auto const first = train(gpu, s, text.blocks, true, nullptr);
        gpu.read(model);
        gpu.write(again);
        std::vector<std::uint64_t> indices;
        for (auto const& b : text.blocks) indices.push_back(b.index);
        auto const edges = gpu.edges_of_stored(indices, keys.keep);
        std::vector<token_block> only_edges;
        for (std::size_t i = 0; i < indices.size(); ++i) {
            auto const& b = text.blocks[i];
            only_edges.push_back(
                edges_of_block(b, edges[i].first, edges[i].last, !b.sentence_ends.empty(), b.ids.size()));
        }
        std::size_t number = 0;
        for (auto&& b : with_borders(stream_of(only_edges), s.windows))
            gpu.add_stored(number++, {.before = b.before, .after = b.after, .index = b.index, .rate = rate}, keys);
        gpu.submit();
        loss_sum second;
        for (auto const& r : gpu.results(true)) second += r.loss;
        gpu.read(again);
        BOOST_TEST(second.count == first.count);
        BOOST_TEST(second.sum == first.sum);
        auto const expected = wide(std::as_const(model).weights().input());
        BOOST_TEST(largest_difference(expected, std::as_const(again).weights().input()) == 0);
    }
}

BOOST_AUTO_TEST_CASE(storage_that_is_too_small_is_said, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    auto const text = random_text(40, 4, 23);
    stages const s(settings[0], text);
    word2vec_model const model(s.model(), random_key(1));
    auto options = s.on_cuda();
    options.storage = 16;
    word2vec_on_cuda gpu(model, options, s.tables());
    auto const& b = text.blocks[0].ids.size() > 4 ? text.blocks[0] : text.blocks[1];
    BOOST_TEST(!gpu.add({.ids = b.ids, .index = 1, .rate = rate}, keys, true));
    gpu.submit();
    BOOST_TEST(gpu.results(true).size() == 1U);
}

// No update is lost: the sum over a table changes by the sum of all updates, in whatever order they are made. With 0 in
// all input rows the outputs' gradients are 0, and sigmoid(0) - 1 = -0.5 is the gain of every pair.
BOOST_AUTO_TEST_CASE(windows_at_a_time_lose_no_update, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    auto how = settings[0];
    how.threshold = 0;
    auto const text = random_text(40, 30, 24); // so many types that no row is damped
    stages const s(how, text);
    word2vec_model model(s.model(), random_key(1));
    for (auto table : {model.weights().input(), model.weights().output()})
        for (std::size_t r = 0; r < table.rows; ++r) std::ranges::fill(table.row(r), 0.0F);
    for (std::size_t r = 0; r < text.types; ++r) std::ranges::fill(model.weights().output().row(r), 0x1p-10F);
    auto options = s.on_cuda();
    options.in_flight = 8;
    word2vec_on_cuda gpu(model, options, s.tables());
    // A rate of 2^-20 keeps all dot products so small that the gain of every pair is the same to rounding.
    std::uint64_t pairs = 0;
    for (auto&& b : with_kept_borders(stream_of(text.blocks), s.keeps, s.windows))
        (void)gpu.add({.ids = b.block.ids,
                       .sentence_ends = b.block.sentence_ends,
                       .before = b.before,
                       .after = b.after,
                       .index = b.index,
                       .rate = 0x1p-20F},
                      keys, false);
    gpu.submit();
    for (auto const& r : gpu.results(true)) pairs += r.loss.count;
    gpu.read(model);
    double sum = 0;
    auto const input = std::as_const(model).weights().input();
    for (std::size_t r = 0; r < input.rows; ++r) sum += static_cast<double>(input(r, 0));
    // a target adds, and 5 negatives take away: 0.5 (1 - 5) rate output
    auto const expected = static_cast<double>(pairs) * 0.5 * -4 * 0x1p-20 * 0x1p-10;
    BOOST_TEST(std::abs(sum / expected - 1) < 1e-4);
}

// A single window, so that nothing but the damping differs: of 528 in flight where there is room for 16, each row
// changes by its share of the undamped change.
BOOST_AUTO_TEST_CASE(changes_of_frequent_rows_are_damped, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu)) {
    for (auto const what : {architecture::skip_gram, architecture::cbow})
        for (std::size_t const dimension : {20U, 400U}) {
            setting how{.name = "one window", .what = what, .dimension = dimension, .threshold = 0};
            text_of_ids text{.types = 40};
            token_block block;
            block.ids = {token_id{0}, token_id{30}};
            block.sentence_ends = {2};
            text.blocks = {block};
            stages const s(how, text);
            auto const begun = [&] {
                word2vec_model model(s.model(), random_key(1));
                fill(model);
                return model;
            };
            auto options = s.on_cuda();
            options.shrink = true;
            struct changed {
                double frequent, rare, output; ///< the first values of input rows 0 and 30, and of output row 0
            };
            auto const changes = [&](std::uint32_t in_flight) {
                auto model = begun();
                auto const& weights = std::as_const(model).weights();
                auto const before = wide(weights.input());
                auto const output = static_cast<double>(weights.output()(0, 0));
                options.in_flight = in_flight;
                word2vec_on_cuda gpu(model, options, s.tables());
                (void)train(gpu, s, text.blocks, false, nullptr);
                gpu.read(model);
                return changed{static_cast<double>(weights.input()(0, 0)) - before.view()(0, 0),
                               static_cast<double>(weights.input()(30, 0)) - before.view()(30, 0),
                               static_cast<double>(weights.output()(0, 0)) - output};
            };
            auto const alone = changes(1), many = changes(528);
            // shares of the counts 1000, 500, 333, ..., 25, of 5 contexts in a window on average; targets and 5
            // negatives
            double total = 0, noise = 0;
            for (int i = 0; i < 40; ++i) {
                total += 1000 / (i + 1);
                noise += std::pow(1000 / (i + 1), 0.75);
            }
            auto const factor = [](double used) { return std::min(1.0, 16 / (used * 528)); };
            BOOST_TEST(factor(1000 / total * 5) < 0.1);
            // The second window of the two sees what the first has changed, which differs a little.
            BOOST_TEST(std::abs(many.frequent / alone.frequent / factor(1000 / total * 5) - 1) < 0.1);
            BOOST_TEST(std::abs(many.rare / alone.rare / factor(32 / total * 5) - 1) < 0.1);
            auto const of_output = factor(1000 / total + 5 * std::pow(1000, 0.75) / noise);
            BOOST_TEST(std::abs(many.output / alone.output / of_output - 1) < 0.1);
        }
}

BOOST_AUTO_TEST_CASE(rows_are_damped_by_how_many_windows_change_them) {
    std::vector<double> const often{0.5, 0.01, 0.001};
    auto const damping = damping_of(often, 6, 528); // 1,584, 31.7 and 3.2 expected changes
    BOOST_TEST(damping.size() == 3U);
    BOOST_TEST(std::abs(damping[0] - 16.0F / 1584) < 1e-7F);
    BOOST_TEST(std::abs(damping[1] - 16.0F / 31.68F) < 1e-6F);
    BOOST_TEST(damping[2] == 1.0F);
    BOOST_TEST(damping_of(often, 6, 4).empty());
}

BOOST_AUTO_TEST_CASE(small_corpora_train_fewer_windows_at_a_time) {
    BOOST_TEST(windows_in_flight(1000) == 4U);
    BOOST_TEST(windows_in_flight(5'000'000) == 248U); // 250, a multiple of 4
    BOOST_TEST(windows_in_flight(40'000'000) == 528U);
    BOOST_TEST(windows_in_flight(60'000'000) == 2640U);
}

BOOST_AUTO_TEST_SUITE_END()
