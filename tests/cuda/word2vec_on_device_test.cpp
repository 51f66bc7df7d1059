// Training on a device against plain loops in double precision, which share nothing with the kernels but the random
// words. Includes no modules, so that any compiler builds it.
#include "../skipped.hpp"
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/word2vec_on_device.hpp"
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace cuda = wordmill::cuda;
namespace data = boost::unit_test::data;

namespace {
std::string why_no_device() { return cuda::check_devices().reason; }

struct text_block {
    std::vector<std::uint32_t> ids{}, sentence_ends{};
    [[nodiscard]] cuda::token_span span() const {
        return {ids.data(), sentence_ends.data(), static_cast<std::uint32_t>(ids.size()),
                static_cast<std::uint32_t>(sentence_ends.size())};
    }
};
/// Blocks of uneven sizes, the first of them empty, some of which end inside a sentence; low ids are frequent.
std::vector<text_block> random_text(std::uint32_t types, std::size_t blocks, std::mt19937& random) {
    std::vector<text_block> out(1);
    while (out.size() < blocks) {
        text_block block;
        auto const size = random() % 90;
        for (std::uint32_t i = 0; i < size; ++i) {
            block.ids.push_back(static_cast<std::uint32_t>(std::min(random() % types, random() % types)));
            while (random() % 9 == 0) block.sentence_ends.push_back(i + 1);
        }
        out.push_back(block);
    }
    return out;
}

struct setting {
    char const* name;
    std::uint32_t dimension = 20, stride = 32;
    bool cbow = false, mean = true, whole_gradient = false;
    std::uint32_t negatives = 5;
    cuda::shared_by sharing = cuda::shared_by::window;
    std::uint32_t before = 5, behind = 5;
    bool shrink = true, cross_sentences = false, subsamples = true, damps = false;
};
std::ostream& operator<<(std::ostream& to, setting const& s) { return to << s.name; }
setting const settings[] = {
    {.name = "skip-gram, D = 100", .dimension = 100, .stride = 112},
    {.name = "skip-gram, D = 300", .dimension = 300, .stride = 304},
    {.name = "skip-gram, D = 100, 9 negatives", .dimension = 100, .stride = 112, .negatives = 9},
    {.name = "skip-gram, D = 300, 9 negatives", .dimension = 300, .stride = 304, .negatives = 9},
    {.name = "skip-gram, a pair each", .dimension = 100, .stride = 112, .sharing = cuda::shared_by::pair},
    {.name = "skip-gram, a pair each, 9 negatives", .negatives = 9, .sharing = cuda::shared_by::pair},
    {.name = "skip-gram, the whole block", .sharing = cuda::shared_by::batch},
    {.name = "skip-gram, 2 negatives, all tokens", .negatives = 2, .subsamples = false},
    {.name = "skip-gram, damped", .dimension = 128, .stride = 128, .damps = true},
    {.name = "skip-gram, wide and uneven windows", .before = 13, .behind = 9, .shrink = false},
    {.name = "skip-gram, across sentences", .cross_sentences = true},
    {.name = "CBOW, D = 100", .dimension = 100, .stride = 112, .cbow = true},
    {.name = "CBOW, D = 300, whole gradient", .dimension = 300, .stride = 304, .cbow = true, .whole_gradient = true},
    {.name = "CBOW, sum, 9 negatives", .cbow = true, .mean = false, .negatives = 9},
    {.name = "CBOW, a pair each, damped", .cbow = true, .sharing = cuda::shared_by::pair, .damps = true},
};

constexpr std::uint32_t types = 40;
constexpr double rate = 0.0625;

/// What a model is made of on the host.
struct tables {
    std::vector<std::uint32_t> keep_below{};
    std::vector<cuda::noise_column> noise{};
    std::vector<std::uint32_t> after{};
    std::vector<float> input_damping{}, output_damping{};

    tables(setting const& how, std::mt19937& random) {
        for (std::uint32_t i = 0; i < types; ++i) {
            if (how.subsamples) keep_below.push_back(i < 5 ? 0x50000000 : 0xffffffff);
            noise.push_back({static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random() % types)});
            after.push_back((i + 1) % types);
            if (!how.damps) continue;
            input_damping.push_back(i < 5 ? 0.25F : 1.0F);
            output_damping.push_back(i < 3 ? 0.5F : 1.0F);
        }
    }
    [[nodiscard]] cuda::word2vec_tables view() const {
        auto const or_null = [](auto const& list) { return list.empty() ? nullptr : list.data(); };
        return {or_null(keep_below), noise.data(), after.data(), or_null(input_damping), or_null(output_damping)};
    }
};

/// The keys of a block in a pass over the text.
struct keys {
    std::uint64_t keep, window;
    cuda::negative_draws negatives;
    keys(std::uint64_t pass, std::uint64_t block)
        : keep(1000 * pass + block + 0x100000000),
          window(2000 * pass + block + 0x200000000),
          negatives{3000 * pass + block + 0x300000000, 4000 * pass + block + 0x400000000, true} {}
};

/// A kept token of the whole text.
struct kept_token {
    std::uint32_t id;
    std::size_t block, sentence;
};
/// The kept tokens of a pass: subsampling and sentences by their definitions, over the text as a whole.
std::vector<kept_token> kept_tokens(std::vector<text_block> const& text, setting const& how, tables const& t,
                                    std::uint64_t pass) {
    std::vector<kept_token> out;
    std::size_t sentence = 0;
    for (std::size_t b = 0; b < text.size(); ++b)
        for (std::uint32_t i = 0; i <= text[b].ids.size(); ++i) {
            if (!how.cross_sentences)
                sentence += static_cast<std::size_t>(std::ranges::count(text[b].sentence_ends, i));
            if (i == text[b].ids.size()) break;
            auto const word = cuda::random_words(keys(pass, b).keep, i / 4).word[i % 4];
            auto const id = text[b].ids[i];
            if (!how.subsamples || word <= t.keep_below[id]) out.push_back({id, b, sentence});
        }
    return out;
}

/// The plain implementation of a pass.
struct reference {
    setting const& how;
    tables const& t;
    std::vector<double> input, output;
    std::vector<cuda::word2vec_result> results{};

    double* in(std::uint32_t id) { return input.data() + std::size_t{id} * how.dimension; }
    double* out(std::uint32_t id) { return output.data() + std::size_t{id} * how.dimension; }
    [[nodiscard]] double dot(double const* a, double const* b) const {
        double sum = 0;
        for (std::uint32_t i = 0; i < how.dimension; ++i) sum += a[i] * b[i];
        return sum;
    }
    static double gain(double z, bool is_target) { return rate * ((is_target ? 1.0 : 0.0) - 1 / (1 + std::exp(-z))); }
    static double loss(double z, bool is_target) { return std::log1p(std::exp(is_target ? -z : z)); }
    static double damped(std::vector<float> const& damping, std::uint32_t id) {
        return damping.empty() ? 1.0 : static_cast<double>(damping[id]);
    }

    /// One step: inputs [n] against the outputs. Everything is computed from the rows as they were.
    void step(std::vector<std::vector<double>> const& inputs, std::vector<std::uint32_t> const& outputs,
              std::vector<std::vector<double>>& input_changes, double& sum) {
        input_changes.assign(inputs.size(), std::vector<double>(how.dimension));
        std::vector<std::vector<double>> output_changes(outputs.size(), std::vector<double>(how.dimension));
        for (std::size_t n = 0; n < inputs.size(); ++n)
            for (std::size_t k = 0; k < outputs.size(); ++k) {
                auto const* const row = out(outputs[k]);
                auto const z = dot(inputs[n].data(), row);
                sum += loss(z, k == 0);
                auto const g = gain(z, k == 0);
                for (std::uint32_t i = 0; i < how.dimension; ++i) {
                    input_changes[n][i] += g * row[i];
                    output_changes[k][i] += g * inputs[n][i];
                }
            }
        for (std::size_t k = 0; k < outputs.size(); ++k)
            for (std::uint32_t i = 0; i < how.dimension; ++i)
                out(outputs[k])[i] += damped(t.output_damping, outputs[k]) * output_changes[k][i];
    }
    void add_to_input(std::uint32_t id, std::vector<double> const& change, double scale) {
        for (std::uint32_t i = 0; i < how.dimension; ++i) in(id)[i] += scale * damped(t.input_damping, id) * change[i];
    }
    std::vector<double> row(std::uint32_t id) { return {in(id), in(id) + how.dimension}; }

    void skip_gram(std::vector<std::uint32_t> const& contexts, auto const& outputs_of_pair, double& sum) {
        // Contexts change together in groups of 16; with samples of their own, one after the other.
        std::size_t const group = how.sharing == cuda::shared_by::pair ? 1 : 16;
        for (std::size_t first = 0; first < contexts.size(); first += group) {
            std::vector<std::vector<double>> inputs, changes;
            auto const end = std::min(first + group, contexts.size());
            for (auto c = first; c < end; ++c) inputs.push_back(row(contexts[c]));
            step(inputs, outputs_of_pair(first), changes, sum);
            for (auto c = first; c < end; ++c) add_to_input(contexts[c], changes[c - first], 1);
        }
    }
    void cbow(std::vector<std::uint32_t> const& contexts, std::vector<std::uint32_t> const& outputs, double& sum) {
        auto const share = how.mean ? 1.0 / static_cast<double>(contexts.size()) : 1.0;
        std::vector<std::vector<double>> hidden(1, std::vector<double>(how.dimension)), change;
        for (auto const id : contexts)
            for (std::uint32_t i = 0; i < how.dimension; ++i) hidden[0][i] += share * in(id)[i];
        step(hidden, outputs, change, sum);
        for (auto const id : contexts) add_to_input(id, change[0], how.whole_gradient ? 1.0 : share);
    }

    void train(std::vector<text_block> const& text, std::uint64_t pass) {
        auto const kept = kept_tokens(text, how, t, pass);
        std::size_t at = 0;
        for (std::size_t b = 0; b < text.size(); ++b) {
            keys const key(pass, b);
            cuda::word2vec_result found{0, 0, 0, 0, 0};
            for (; at < kept.size() && kept[at].block == b; ++at, ++found.kept) {
                auto const word = cuda::random_words(key.window, found.kept / 4).word[found.kept % 4];
                auto const widest = std::max(how.before, how.behind);
                // uniform in 1 .. widest
                auto const radius =
                    how.shrink ? static_cast<std::uint32_t>(1 + std::floor(word / 0x1p32 * widest)) : widest;
                std::vector<std::uint32_t> contexts;
                auto const left = std::min<std::size_t>(std::min(radius, how.before), at);
                for (auto i = at - left; i < kept.size() && i <= at + std::min(radius, how.behind); ++i)
                    if (i != at && kept[i].sentence == kept[at].sentence) contexts.push_back(kept[i].id);
                if (contexts.empty()) {
                    ++found.alone;
                    continue;
                }
                auto const outputs_of_pair = [&](std::uint64_t pair) {
                    std::uint64_t first = 0;
                    if (how.sharing == cuda::shared_by::pair) first = (found.pairs + pair) * how.negatives;
                    if (how.sharing == cuda::shared_by::window) first = std::uint64_t{found.targets} * how.negatives;
                    std::vector<std::uint32_t> outputs{kept[at].id};
                    cuda::noise_table const noise{t.noise.data(), t.after.data(), types};
                    for (std::uint32_t k = 0; k < how.negatives; ++k)
                        outputs.push_back(key.negatives.draw(noise, first + k, kept[at].id));
                    return outputs;
                };
                if (how.cbow)
                    cbow(contexts, outputs_of_pair(0), found.loss);
                else
                    skip_gram(contexts, outputs_of_pair, found.loss);
                found.pairs += contexts.size();
                ++found.targets;
            }
            results.push_back(found);
        }
    }
};

/// The kept tokens around block `b` that its windows can reach.
struct edges {
    std::vector<std::uint32_t> before{}, behind{};
    edges(std::vector<kept_token> const& kept, std::size_t b, setting const& how) {
        auto const first = std::ranges::find_if(kept, [&](auto const& k) { return k.block >= b; });
        auto const last = std::ranges::find_if(kept, [&](auto const& k) { return k.block > b; });
        for (auto i = std::max<std::ptrdiff_t>(first - kept.begin() - how.before, 0); i < first - kept.begin(); ++i)
            if (first != last && kept[static_cast<std::size_t>(i)].sentence == first->sentence)
                before.push_back(kept[static_cast<std::size_t>(i)].id);
        for (auto i = last; i != kept.end() && i - last < how.behind; ++i)
            if (first != last && i->sentence == (last - 1)->sentence) behind.push_back(i->id);
    }
};

cuda::word2vec_rules rules_of(setting const& how, std::uint32_t warps) {
    return {.types = types,
            .dimension = how.dimension,
            .stride = how.stride,
            .cbow = how.cbow,
            .mean = how.mean,
            .whole_gradient = how.whole_gradient,
            .negatives = how.negatives,
            .sharing = how.sharing,
            .before = how.before,
            .behind = how.behind,
            .shrink = how.shrink,
            .cross_sentences = how.cross_sentences,
            .warps = warps,
            .warp_targets = 32,
            .slab_words = 1 << 10};
}
cuda::word2vec_block block_of(text_block const& block, edges const& around, keys const& key, float at_rate) {
    return {.tokens = block.span(),
            .before = around.before.data(),
            .behind = around.behind.data(),
            .before_count = static_cast<std::uint32_t>(around.before.size()),
            .behind_count = static_cast<std::uint32_t>(around.behind.size()),
            .keep_key = key.keep,
            .window_key = key.window,
            .negatives = key.negatives,
            .rate = at_rate};
}

/// Two passes: the blocks come in the first and are stored, and are not sent again in the second.
std::vector<cuda::word2vec_result> train_on_device(cuda::word2vec_on_device& device,
                                                   std::vector<text_block> const& text, setting const& how,
                                                   tables const& t) {
    for (std::uint64_t pass = 0; pass < 2; ++pass) {
        auto const kept = kept_tokens(text, how, t, pass);
        for (std::size_t b = 0; b < text.size(); ++b) {
            edges const around(kept, b, how);
            auto const block = block_of(text[b], around, keys(pass, b), static_cast<float>(rate));
            if (pass == 0)
                BOOST_TEST_REQUIRE(device.add(block, true));
            else
                device.add_stored(b, block);
        }
        device.submit();
    }
    std::vector<cuda::word2vec_result> found(2 * text.size());
    BOOST_TEST_REQUIRE(device.take_results(found.data(), found.size(), true) == found.size());
    return found;
}

std::vector<float> random_rows(setting const& how, std::mt19937& random) {
    std::uniform_real_distribution<float> some(-0.5F, 0.5F);
    std::vector<float> out(std::size_t{types} * how.stride);
    for (std::size_t r = 0; r < types; ++r)
        for (std::size_t c = 0; c < how.dimension; ++c) out[r * how.stride + c] = some(random);
    return out;
}
std::vector<double> without_gaps(std::vector<float> const& rows, setting const& how) {
    std::vector<double> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (i % how.stride < how.dimension) out.push_back(static_cast<double>(rows[i]));
    return out;
}
double worst(std::vector<double> const& expected, std::vector<float> const& rows, setting const& how) {
    auto const found = without_gaps(rows, how);
    double most = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto const off = std::abs(found[i] - expected[i]);
        if (!(off <= most)) most = off;
    }
    return most;
}

/// Ids from 1 are always kept, id 0 never: 0 is the random word that would keep it.
std::vector<std::uint32_t> const only_zero_is_dropped = [] {
    std::vector<std::uint32_t> below(types, 0xffffffff);
    below[0] = 0;
    return below;
}();
struct edge_case {
    char const* name;
    text_block block;
    std::vector<std::uint32_t> first, last; ///< expected, of at most 3 and 2
};
std::vector<edge_case> const edge_cases{
    {"empty", {}, {}, {}},
    {"no sentence end, long", {{1, 2, 3, 4, 5, 6, 7}, {}}, {1, 2, 3}, {6, 7}},
    {"no sentence end, some tokens for one side only", {{1, 2, 3, 4}, {}}, {1, 2, 3}, {4}},
    {"no sentence end, short", {{1, 2}, {}}, {1, 2}, {}},
    {"a sentence end inside", {{1, 2, 3, 4, 5, 6, 7}, {2}}, {1, 2}, {6, 7}},
    {"two sentence ends", {{1, 2, 3, 4, 5, 6, 7}, {4, 6}}, {1, 2, 3}, {7}},
    {"a sentence end before all", {{1, 2, 3}, {0}}, {}, {2, 3}},
    {"a sentence end after all", {{1, 2, 3}, {3}}, {1, 2, 3}, {}},
    {"sentence ends on both sides", {{1, 2, 3}, {0, 3}}, {}, {}},
    {"dropped tokens", {{0, 1, 0, 0, 2, 3, 0, 4, 0, 5, 0, 6, 0}, {}}, {1, 2, 3}, {5, 6}},
    {"all dropped", {{0, 0, 0, 0}, {2}}, {}, {}},
};
}

BOOST_AUTO_TEST_SUITE(cuda_word2vec)

BOOST_AUTO_TEST_CASE(edges_of_a_block_are_its_outermost_kept_tokens) {
    for (auto const& c : edge_cases) {
        std::vector<std::uint32_t> first(3), last(2);
        auto const found =
            cuda::find_edges(c.block.span(), {only_zero_is_dropped.data(), 5}, 3, first.data(), 2, last.data());
        first.resize(found.first);
        last.resize(found.last);
        BOOST_TEST_CONTEXT(c.name) {
            BOOST_TEST(first == c.first, boost::test_tools::per_element());
            BOOST_TEST(last == c.last, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_device_finds_the_same_edges, *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    std::mt19937 random(1);
    setting const how{.name = "", .before = 2, .behind = 3};
    tables t(how, random);
    t.keep_below = only_zero_is_dropped;
    cuda::device_queue queue;
    cuda::word2vec_on_device device(queue, rules_of(how, 1), t.view(), 1 << 20);
    auto const zeros = std::vector<float>(std::size_t{types} * how.stride);
    device.write(zeros.data(), zeros.data());
    std::vector<std::uint64_t> keep_keys;
    for (auto const& c : edge_cases) {
        keep_keys.push_back(5);
        BOOST_TEST_REQUIRE(device.add(block_of(c.block, edges({}, 0, how), keys(0, 0), 0), true));
    }
    device.submit();
    std::vector<cuda::block_edges> found(edge_cases.size());
    std::vector<std::uint32_t> first(found.size() * how.behind), last(found.size() * how.before);
    device.edges_of_stored(keep_keys.data(), found.size(), found.data(), first.data(), last.data());
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST_CONTEXT(edge_cases[i].name) {
            auto const* const f = first.data() + i * how.behind;
            auto const* const l = last.data() + i * how.before;
            BOOST_TEST(std::vector(f, f + found[i].first) == edge_cases[i].first, boost::test_tools::per_element());
            BOOST_TEST(std::vector(l, l + found[i].last) == edge_cases[i].last, boost::test_tools::per_element());
        }
}

BOOST_TEST_DECORATOR(*boost::unit_test::label("gpu") * skipped_if(why_no_device))
BOOST_DATA_TEST_CASE(a_window_at_a_time_trains_as_plain_loops_do, data::make(settings), how) {
    std::mt19937 random(7);
    auto const text = random_text(types, 8, random);
    tables const t(how, random);
    auto input = random_rows(how, random), output = random_rows(how, random);
    reference expected{how, t, without_gaps(input, how), without_gaps(output, how)};
    for (std::uint64_t pass = 0; pass < 2; ++pass) expected.train(text, pass);

    cuda::device_queue queue;
    cuda::word2vec_on_device device(queue, rules_of(how, 1), t.view(), 1 << 20);
    device.write(input.data(), output.data());
    auto const found = train_on_device(device, text, how, t);
    device.read(input.data(), output.data());
    for (std::size_t i = 0; i < found.size(); ++i) {
        BOOST_TEST(found[i].kept == expected.results[i].kept);
        BOOST_TEST(found[i].alone == expected.results[i].alone);
        BOOST_TEST(found[i].targets == expected.results[i].targets);
        BOOST_TEST(found[i].pairs == expected.results[i].pairs);
        BOOST_TEST(std::abs(found[i].loss - expected.results[i].loss) <= 2e-5 * expected.results[i].loss);
    }
    // Each of some 400 windows rounds to 24 bits what it adds to values below 2.
    BOOST_TEST(worst(expected.input, input, how) < 4e-5);
    BOOST_TEST(worst(expected.output, output, how) < 4e-5);
    for (std::size_t i = 0; i < input.size(); ++i)
        if (i % how.stride >= how.dimension) BOOST_TEST_REQUIRE((input[i] == 0 && output[i] == 0));
}

// With small steps, windows that are trained at the same time change rows by nearly what they would one after the
// other.
BOOST_AUTO_TEST_CASE(windows_at_a_time_lose_no_update, *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    constexpr float small_rate = 0x1p-13F;
    for (auto const& how : {settings[0], settings[5], settings[11]}) {
        std::mt19937 random(8);
        auto const text = random_text(types, 15, random);
        tables const t(how, random);
        auto const input = random_rows(how, random), output = random_rows(how, random);
        std::vector<std::vector<float>> inputs, outputs;
        auto const kept = kept_tokens(text, how, t, 0);
        for (std::uint32_t const warps : {1U, 64U}) {
            cuda::device_queue queue;
            cuda::word2vec_on_device device(queue, rules_of(how, warps), t.view(), 0);
            device.write(input.data(), output.data());
            for (std::size_t b = 0; b < text.size(); ++b)
                (void)device.add(block_of(text[b], edges(kept, b, how), keys(0, b), small_rate), false);
            device.submit();
            std::vector<cuda::word2vec_result> results(text.size());
            (void)device.take_results(results.data(), results.size(), true);
            inputs.push_back(input);
            outputs.push_back(output);
            device.read(inputs.back().data(), outputs.back().data());
        }
        double changed = 0, apart = 0; // squares
        for (std::size_t i = 0; i < input.size(); ++i) {
            changed += std::pow(static_cast<double>(inputs[0][i]) - static_cast<double>(input[i]), 2)
                       + std::pow(static_cast<double>(outputs[0][i]) - static_cast<double>(output[i]), 2);
            apart += std::pow(static_cast<double>(inputs[1][i]) - static_cast<double>(inputs[0][i]), 2)
                     + std::pow(static_cast<double>(outputs[1][i]) - static_cast<double>(outputs[0][i]), 2);
        }
        BOOST_TEST_CONTEXT(how.name) {
            BOOST_TEST(changed > 0);
            BOOST_TEST(std::sqrt(apart / changed) < 0.012);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
