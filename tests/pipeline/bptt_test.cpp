#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
/// Ids 0, 1, ..: the target of an input is the input and one.
std::vector<wm::token_id> numbers(std::size_t n) {
    std::vector<wm::token_id> ids(n);
    for (std::size_t i = 0; i < n; ++i) ids[i] = wm::id_at(i);
    return ids;
}

std::vector<wm::bptt_batch> all(wm::generator<wm::bptt_batch> batches) {
    std::vector<wm::bptt_batch> out;
    for (auto&& batch : batches) out.push_back(std::move(batch));
    return out;
}

constexpr int none = -1; // no_token
std::vector<int> plain(std::vector<wm::token_id> const& ids) {
    std::vector<int> out;
    for (auto id : ids) out.push_back(id == wm::no_token ? none : static_cast<int>(wm::index(id)));
    return out;
}
bool same(wm::bptt_batch const& a, wm::bptt_batch const& b) {
    return a.inputs == b.inputs && a.targets == b.targets && a.lanes == b.lanes && a.steps == b.steps
           && a.begins == b.begins && a.first_step == b.first_step && a.counted == b.counted && a.start == b.start
           && a.next == b.next;
}

/// The book's RnnlmTrainer.get_batch, [T, B] instead of [B, T].
struct book_lanes {
    std::vector<int> xs, ts;
    std::size_t time = 0;
    explicit book_lanes(std::size_t tokens) : xs(tokens - 1), ts(tokens - 1) {
        std::iota(xs.begin(), xs.end(), 0);
        std::iota(ts.begin(), ts.end(), 1);
    }
    std::pair<std::vector<int>, std::vector<int>> batch(std::size_t lanes, std::size_t steps) {
        std::vector<int> x(lanes * steps), t(lanes * steps);
        auto const jump = xs.size() / lanes;
        for (std::size_t s = 0; s < steps; ++s, ++time)
            for (std::size_t i = 0; i < lanes; ++i) {
                x[s * lanes + i] = xs[(i * jump + time) % xs.size()];
                t[s * lanes + i] = ts[(i * jump + time) % xs.size()];
            }
        return {x, t};
    }
};

wm::encoded_corpus encoded(std::size_t tokens, std::string const& path) {
    std::string list;
    for (std::size_t i = 0; i < tokens; ++i) list += "w" + std::to_string(1000000 + i) + "\t1\n";
    auto const words = wm::parse_vocabulary(list);
    wm::encoded_writer writer(path, words, {.output = {.overwrite = true}});
    wm::token_block block;
    block.ids = numbers(tokens);
    block.sentence_ends = {static_cast<std::uint32_t>(tokens)};
    writer.write(block);
    writer.commit();
    return wm::encoded_corpus(path);
}
}

BOOST_AUTO_TEST_SUITE(bptt)

// 11 pairs in 3 lanes: 4, 4 and 3 of them; batches of 3 steps, then of 1.
BOOST_AUTO_TEST_CASE(lanes_are_contiguous_parts_and_each_pair_comes_once) {
    auto const batches = all(wm::bptt_batches(numbers(12), {.lanes = 3, .steps = 3}));
    BOOST_TEST_REQUIRE(batches.size() == 2);
    BOOST_TEST(plain(batches[0].inputs) == (std::vector{0, 4, 8, 1, 5, 9, 2, 6, 10}), boost::test_tools::per_element());
    BOOST_TEST(plain(batches[0].targets) == (std::vector{1, 5, 9, 2, 6, 10, 3, 7, 11}),
               boost::test_tools::per_element());
    BOOST_TEST(batches[0].begins);
    BOOST_TEST(batches[0].counted == 9U);
    BOOST_TEST(batches[1].steps == 1U);
    BOOST_TEST(batches[1].first_step == 3U);
    BOOST_TEST(!batches[1].begins);
    BOOST_TEST(plain(batches[1].inputs) == (std::vector{3, 7, 0}), boost::test_tools::per_element());
    BOOST_TEST(plain(batches[1].targets) == (std::vector{4, 8, none}), boost::test_tools::per_element());
    BOOST_TEST(batches[1].counted == 2U);
}

BOOST_AUTO_TEST_CASE(every_shape_gives_each_pair_once_and_lanes_in_order) {
    for (std::size_t tokens = 2; tokens < 40; ++tokens)
        for (std::size_t lanes = 1; lanes < tokens; lanes += 1 + lanes / 3)
            for (std::size_t steps = 1; steps < 12; steps += 3) {
                wm::bptt_options const options{.lanes = lanes, .steps = steps};
                std::vector<int> seen(tokens, 0);
                std::vector<int> last(lanes, none);
                std::uint64_t count = 0;
                for (auto const& batch : all(wm::bptt_batches(numbers(tokens), options))) {
                    ++count;
                    for (std::size_t i = 0; i < batch.inputs.size(); ++i) {
                        auto const target = plain(batch.targets)[i];
                        if (target == none) continue;
                        BOOST_TEST_REQUIRE(plain(batch.inputs)[i] == target - 1);
                        auto& before = last[i % lanes];
                        BOOST_TEST_REQUIRE((before == none || before == target - 1));
                        before = target;
                        ++seen[static_cast<std::size_t>(target)];
                    }
                }
                BOOST_TEST_REQUIRE(count == wm::batches_in_pass(tokens, options));
                BOOST_TEST_REQUIRE(seen[0] == 0);
                for (std::size_t i = 1; i < tokens; ++i) BOOST_TEST_REQUIRE(seen[i] == 1);
            }
}

BOOST_AUTO_TEST_CASE(wrap_around_gives_the_batches_of_the_book_over_several_passes) {
    for (std::size_t tokens : {13, 37, 100})
        for (std::size_t lanes : {1, 2, 5})
            for (std::size_t steps : {1, 2, 3, 7}) {
                if (tokens - 1 < lanes * steps) continue;
                book_lanes book(tokens);
                wm::bptt_options options{.lanes = lanes, .steps = steps, .layout = wm::lane_layout::wrap_around};
                for (int pass = 0; pass < 3; ++pass) {
                    auto const batches = all(wm::bptt_batches(numbers(tokens), options));
                    BOOST_TEST_REQUIRE(batches.size() == (tokens - 1) / (lanes * steps)); // the book's max_iters
                    for (auto const& batch : batches) {
                        auto const [x, t] = book.batch(lanes, steps);
                        BOOST_TEST_REQUIRE(plain(batch.inputs) == x, boost::test_tools::per_element());
                        BOOST_TEST_REQUIRE(plain(batch.targets) == t, boost::test_tools::per_element());
                        BOOST_TEST_REQUIRE(batch.counted == lanes * steps);
                        BOOST_TEST_REQUIRE(batch.begins == (pass == 0 && &batch == &batches[0]));
                    }
                    options.from = batches.back().next;
                }
            }
}

BOOST_AUTO_TEST_CASE(files_give_the_batches_of_memory) {
    auto const path =
        (std::filesystem::temp_directory_path() / ("wordmill-bptt-" + std::to_string(::getpid()))).string();
    auto const tokens = std::size_t{200'000}; // several chunks of checksums
    auto const corpus = encoded(tokens, path);
    for (auto layout : {wm::lane_layout::parts, wm::lane_layout::wrap_around}) {
        wm::bptt_options const options{.lanes = 7, .steps = 3000, .layout = layout};
        auto const expected = all(wm::bptt_batches(numbers(tokens), options));
        auto const found = all(wm::bptt_batches(corpus, options));
        BOOST_TEST_REQUIRE(found.size() == expected.size());
        auto const stored = all(wm::bptt_batches(wm::stored_ids(corpus.blocks()), options));
        BOOST_TEST_REQUIRE(stored.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            BOOST_TEST(same(found[i], expected[i]));
            BOOST_TEST(same(stored[i], expected[i]));
        }
    }
    std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(a_stream_resumed_at_any_batch_goes_on_as_if_nothing_had_been) {
    for (auto layout : {wm::lane_layout::parts, wm::lane_layout::wrap_around}) {
        wm::bptt_options options{.lanes = 3, .steps = 4, .layout = layout};
        auto const whole = all(wm::bptt_batches(numbers(60), options));
        for (std::size_t k = 0; k < whole.size(); ++k) {
            options.from = wm::parse_position(wm::to_text(whole[k].start));
            auto const rest = all(wm::bptt_batches(numbers(60), options));
            BOOST_TEST_REQUIRE(rest.size() == whole.size() - k);
            for (std::size_t i = 0; i < rest.size(); ++i) BOOST_TEST(same(rest[i], whole[k + i]));
        }
    }
    auto const whole = all(wm::bptt_batches(numbers(60), {.lanes = 3, .steps = 4}));
    BOOST_TEST(all(wm::bptt_batches(numbers(60), {.lanes = 3, .steps = 4, .from = whole.back().next})).empty());
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_sizes) {
    auto const message = [](std::size_t tokens, wm::bptt_options options) -> std::string {
        try {
            (void)wm::bptt_batches(numbers(tokens), options);
        } catch (wm::error const& e) {
            return e.what();
        }
        return {};
    };
    BOOST_TEST(message(20, {.lanes = 20, .steps = 1}).find("at least 21 tokens for 20 lanes, found 20")
               != std::string::npos);
    BOOST_TEST(message(21, {.lanes = 20, .steps = 1}).empty());
    BOOST_TEST(message(100, {.lanes = 20, .steps = 5, .layout = wm::lane_layout::wrap_around})
                   .find("at least 101 tokens for 20 lanes of 5 steps, found 100")
               != std::string::npos);
    BOOST_TEST(message(100, {.lanes = 0}).find("lanes of 1 or more") != std::string::npos);
    BOOST_TEST(message(100, {.steps = 0}).find("steps of 1 or more") != std::string::npos);
    auto const batches = all(wm::bptt_batches(numbers(60), {.lanes = 3, .steps = 4}));
    BOOST_CHECK_THROW(all(wm::bptt_batches(numbers(61), {.lanes = 3, .steps = 4, .from = batches[1].start})),
                      wm::error);
    BOOST_CHECK_THROW(all(wm::bptt_batches(numbers(60), {.lanes = 4, .steps = 4, .from = batches[1].start})),
                      wm::error);
}

BOOST_AUTO_TEST_SUITE_END()
