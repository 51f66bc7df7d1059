#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.text;

using wordmill::position;
using wordmill::text_block;
using text_stream = wordmill::generator<text_block>;

namespace {
/// `count` sentences "a0", "a1 a1", ... a document ending after every fifth, cut every `bytes` at a space or a line
/// end.
std::vector<text_block> blocks_of(std::string const& name, std::size_t count, std::size_t bytes) {
    std::string text;
    std::vector<std::size_t> documents;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t w = 0; w <= i % 4; ++w) text += (w ? " " : "") + name + std::to_string(i);
        text += '\n';
        if (i % 5 == 4) documents.push_back(text.size());
    }
    std::vector<text_block> all;
    std::uint64_t sentences = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = text.find_first_of(" \n", std::min(text.size() - 1, begin + bytes));
        end = end == std::string::npos ? text.size() : end + 1;
        text_block b;
        b.text = text.substr(begin, end - begin);
        for (auto d : documents)
            if (d > begin && d <= end) b.document_ends.push_back(static_cast<std::uint32_t>(d - begin));
        b.start.block = b.index = all.size();
        b.next.block = all.size() + 1;
        b.first_sentence = sentences;
        b.continued = b.text.back() != '\n';
        sentences += static_cast<std::uint64_t>(std::ranges::count(b.text, '\n'));
        all.push_back(b);
        begin = end;
    }
    return all;
}

text_stream source(std::string name, std::size_t count, position from = {}, std::size_t bytes = 17) {
    auto const all = blocks_of(name, count, bytes);
    for (std::size_t i = from.block; i < all.size(); ++i) {
        auto b = all[i];
        if (i == from.block) b.skip = from.skip;
        co_yield std::move(b);
    }
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] text_stream three(wordmill::interleave_options options) {
    auto const from = options.from;
    std::vector<text_stream> sources;
    sources.push_back(source("a", 23, from.child(0)));
    sources.push_back(source("b", 9, from.child(1)));
    sources.push_back(source("c", 31, from.child(2)));
    return wordmill::interleave(std::move(sources), std::move(options));
}

struct shout {
    text_block operator()(text_block block) const {
        for (auto& c : block.text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        return block;
    }
};

struct line {
    std::string text;
    bool ends_document;
    bool operator==(line const&) const = default;
};
struct run {
    std::vector<line> lines;
    std::vector<position> after; ///< [i]: resume here to get line i; one more at the end
};
run read(text_stream blocks, position from = {}) {
    run r{{}, {std::move(from)}};
    for (auto const& s : wordmill::sentences(std::move(blocks))) {
        r.lines.push_back({std::string(s.text), s.ends_document});
        r.after.push_back(*s.next);
    }
    return r;
}

/// First k + resumed rest = uninterrupted, for every k; the position goes through its text form.
template <class Make> void check_resumption(Make const& make, std::size_t expected) {
    auto const whole = read(make({}));
    BOOST_TEST(whole.lines.size() == expected);
    for (std::size_t k = 0; k <= whole.lines.size(); ++k) {
        auto const from = wordmill::parse_position(wordmill::to_text(whole.after[k]));
        auto const rest = read(make(from), from);
        BOOST_TEST_CONTEXT("resumed before line " << k << " at " << wordmill::to_text(from)) {
            BOOST_TEST(
                (rest.lines == std::vector(whole.lines.begin() + static_cast<std::ptrdiff_t>(k), whole.lines.end())));
            BOOST_TEST(
                (rest.after == std::vector(whole.after.begin() + static_cast<std::ptrdiff_t>(k), whole.after.end())));
        }
    }
}

std::vector<std::string> texts(text_stream blocks) {
    std::vector<std::string> all;
    for (auto const& s : wordmill::sentences(std::move(blocks))) all.emplace_back(s.text);
    return all;
}

auto constexpr first = wordmill::stop_rule::first_exhausted;
auto constexpr all = wordmill::stop_rule::all_exhausted;
constexpr unsigned thread_counts[] = {1, 2, 7};
}

BOOST_AUTO_TEST_SUITE(resumption)

BOOST_AUTO_TEST_CASE(a_parallel_map_resumes_at_every_sentence) {
    for (auto threads : thread_counts)
        check_resumption(
            [=] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (position from) {
                return source("a", 40, from) | wordmill::parallel(shout{}, {.threads = threads})
                       | wordmill::prefetch(3);
            },
            40);
}

BOOST_AUTO_TEST_CASE(an_interleaved_stream_resumes_at_every_sentence) {
    for (auto const& weights : {std::vector<double>{}, {1, 1, 1}, {0.1, 5, 1}, {1, 0, 2}})
        for (auto stop : {first, all}) {
            auto const make = [&] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (position from) {
                return three({.weights = weights, .key = wordmill::random_key{3}, .stop = stop, .from = from});
            };
            auto const lines = texts(make({})).size();
            if (stop == all) BOOST_TEST(lines == (weights == std::vector<double>{1, 0, 2} ? 54u : 63u));
            check_resumption(make, lines);
        }
}

BOOST_AUTO_TEST_CASE(a_shuffled_stream_resumes_at_every_sentence) {
    for (auto unit : {wordmill::element_unit::sentence, wordmill::element_unit::document})
        for (std::size_t window : {1, 7, 1000})
            check_resumption(
                [=] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (position from) {
                    return source("a", 41, from.child(0))
                           | wordmill::shuffle(
                               {.window = window, .key = wordmill::random_key{5}, .unit = unit, .from = from});
                },
                41);
}

BOOST_AUTO_TEST_CASE(compositions_resume_at_every_sentence) {
    wordmill::random_key const key{11};
    for (auto threads : thread_counts) {
        check_resumption(
            [=] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (position from) {
                return three({.key = key, .stop = all, .from = from.child(0)})
                       | wordmill::shuffle({.window = 10, .key = key, .epoch = 1, .from = from})
                       | wordmill::parallel(shout{}, {.threads = threads});
            },
            63);
        check_resumption(
            [=] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (position from) {
                std::vector<text_stream> sources;
                auto const a = from.child(0), b = from.child(1);
                sources.push_back(source("a", 20, a.child(0))
                                  | wordmill::shuffle({.window = 6, .key = key, .from = a}));
                sources.push_back(three({.weights = {1, 2, 3}, .key = key, .stop = all, .from = b})
                                  | wordmill::parallel(shout{}, {.threads = threads}));
                return wordmill::interleave(std::move(sources),
                                            {.weights = {1, 1}, .key = key, .stop = all, .from = from})
                       | wordmill::prefetch(2);
            },
            83);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(interleaving)

BOOST_AUTO_TEST_CASE(sources_take_turns_when_there_are_no_weights) {
    std::vector<text_stream> sources;
    sources.push_back(source("a", 4, {}, 1)); // blocks: each word
    sources.push_back(source("b", 2, {}, 1));
    BOOST_TEST(texts(wordmill::interleave(std::move(sources), {.stop = all}))
                   == (std::vector<std::string>{"a0", "b0", "a1 a1", "b1 b1", "a2 a2 a2", "a3 a3 a3 a3"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_first_source_that_ends) {
    std::vector<text_stream> sources;
    sources.push_back(source("a", 4, {}, 1));
    sources.push_back(source("b", 2, {}, 1));
    BOOST_TEST(texts(wordmill::interleave(std::move(sources)))
                   == (std::vector<std::string>{"a0", "b0", "a1 a1", "b1 b1"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(blocks_and_sentences_are_numbered_anew) {
    std::uint64_t index = 0, sentences = 0;
    for (auto&& b : three({.key = wordmill::random_key{2}, .stop = all})) {
        BOOST_TEST(b.index == index++);
        BOOST_TEST(b.first_sentence == sentences);
        sentences += static_cast<std::uint64_t>(std::ranges::count(b.text, '\n'));
    }
    BOOST_TEST(sentences == 63u);
}

BOOST_AUTO_TEST_CASE(draws_follow_the_weights) {
    // Block by block from endless sources of weights 1 : 3 : 6. With 10 000 draws the standard deviation of a share p
    // is sqrt(p (1 - p) / 10 000) < 0.005; the bound is four of them.
    auto endless = [](std::uint64_t name) -> text_stream {
        for (;;) co_yield text_block{.text = std::to_string(name) + "\n"};
    };
    std::vector<text_stream> sources;
    for (std::uint64_t i = 0; i < 3; ++i) sources.push_back(endless(i));
    std::map<std::string, double> share;
    for (auto&& b : wordmill::interleave(std::move(sources), {.weights = {1, 3, 6}, .key = wordmill::random_key{1}})
                        | wordmill::take(10000))
        share[b.text] += 1e-4;
    BOOST_TEST(std::abs(share["0\n"] - 0.1) < 0.02);
    BOOST_TEST(std::abs(share["1\n"] - 0.3) < 0.02);
    BOOST_TEST(std::abs(share["2\n"] - 0.6) < 0.02);
}

BOOST_AUTO_TEST_CASE(weights_that_make_no_sense_are_refused) {
    for (auto const& weights : {std::vector<double>{1, 1}, {1, 1, -1}, {0, 0, 0}, {1, 1, NAN}, {1, 1, INFINITY}})
        BOOST_CHECK_THROW((void)texts(three({.weights = weights})), wordmill::error);
    BOOST_TEST(texts(wordmill::interleave(std::vector<text_stream>{})).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(shuffling)

BOOST_AUTO_TEST_CASE(every_sentence_comes_once_and_epochs_differ) {
    auto const plain = texts(source("a", 200));
    std::set<std::vector<std::string>> orders{plain};
    for (std::uint64_t epoch = 0; epoch < 4; ++epoch) {
        auto const shuffle = wordmill::shuffle({.window = 50, .key = wordmill::random_key{1}, .epoch = epoch});
        auto order = texts(source("a", 200) | shuffle);
        BOOST_TEST((order == texts(source("a", 200) | shuffle))); // the same again
        orders.insert(order);
        BOOST_TEST(std::ranges::is_permutation(order, plain));
    }
    BOOST_TEST(orders.size() == 5u);
}

BOOST_AUTO_TEST_CASE(a_sentence_stays_within_its_window) {
    auto const plain = texts(source("a", 200, {}, 5));
    auto const order =
        texts(source("a", 200, {}, 5) | wordmill::shuffle({.window = 20, .key = wordmill::random_key{1}}));
    for (std::size_t i = 0; i < order.size(); ++i) {
        auto const was = static_cast<std::size_t>(std::ranges::find(plain, order[i]) - plain.begin());
        BOOST_TEST(was / 21 <= i / 20); // a window has 20 or 21 sentences
        BOOST_TEST(i / 21 <= was / 20);
    }
}

BOOST_AUTO_TEST_CASE(all_orders_of_a_window_are_equally_likely) {
    // 4 sentences have 24 orders; over 12 000 epochs each is expected 500 times. Chi-square with 23 degrees of freedom
    // exceeds 49.7 with probability 0.001.
    std::map<std::vector<std::string>, double> count;
    for (std::uint64_t epoch = 0; epoch < 12000; ++epoch)
        ++count[texts(source("a", 4)
                      | wordmill::shuffle({.window = 4, .key = wordmill::random_key{9}, .epoch = epoch}))];
    BOOST_TEST(count.size() == 24u);
    double chi_square = 0;
    for (auto const& [order, n] : count) chi_square += (n - 500) * (n - 500) / 500;
    BOOST_TEST(chi_square < 49.7);
}

BOOST_AUTO_TEST_CASE(documents_move_as_a_whole) {
    auto const order = read(
        source("a", 43)
        | wordmill::shuffle({.window = 20, .key = wordmill::random_key{4}, .unit = wordmill::element_unit::document}));
    BOOST_REQUIRE(order.lines.size() == 43u);
    std::size_t begin = 0, documents = 0;
    for (std::size_t i = 0; i < order.lines.size(); ++i) {
        if (!order.lines[i].ends_document) continue;
        auto number = [&](std::size_t k) {
            auto const& t = order.lines[k].text;
            return std::stoi(t.substr(1, t.find(' ') - 1));
        };
        for (auto k = begin; k < i; ++k) BOOST_TEST(number(k) + 1 == number(k + 1));
        BOOST_TEST(number(begin) % 5 == 0);
        begin = i + 1;
        ++documents;
    }
    BOOST_TEST(documents == 9u); // eight of five sentences and the last of three, which the source left open
}

BOOST_AUTO_TEST_CASE(blocks_keep_about_their_size) {
    std::size_t before = 0, after = 0;
    for ([[maybe_unused]] auto&& b : source("a", 500, {}, 200)) ++before;
    for (auto&& b : source("a", 500, {}, 200) | wordmill::shuffle({.window = 100})) {
        BOOST_TEST(b.index == after);
        ++after;
    }
    BOOST_TEST(after + 5 >= before * 2 / 3);
    BOOST_TEST(after <= before);
}

BOOST_AUTO_TEST_CASE(an_endless_sentence_is_refused) {
    auto endless = []() -> text_stream {
        for (;;) {
            text_block block{.text = "word "};
            block.continued = true;
            co_yield std::move(block);
        }
    };
    BOOST_CHECK_EXCEPTION((void)texts(endless() | wordmill::shuffle({.max_block_bytes = 1000})), wordmill::error,
                          [](auto const& e) { return e.kind() == wordmill::failure::bad_data; });
}

BOOST_AUTO_TEST_CASE(blocks_of_ids_are_shuffled_like_their_text) {
    // One id for each word of the sentences of `source`: sentence i has (i % 4 + 1) ids i.
    auto encode = [](text_block b) {
        wordmill::token_block out;
        std::string word;
        std::size_t sentences = 0;
        std::uint32_t document = 0;
        for (std::uint32_t i = 0; i < b.text.size(); ++i) {
            char const c = b.text[i];
            if (c != ' ' && c != '\n') {
                word += c;
                continue;
            }
            out.ids.push_back(wordmill::id_at(static_cast<std::size_t>(std::stoi(word.substr(1)))));
            word.clear();
            if (c != '\n') continue;
            out.sentence_ends.push_back(static_cast<std::uint32_t>(out.ids.size()));
            ++sentences;
            if (document < b.document_ends.size() && b.document_ends[document] == i + 1) {
                out.document_ends.push_back(static_cast<std::uint32_t>(sentences));
                ++document;
            }
        }
        out.continued = b.continued;
        return out;
    };
    auto lines = [](wordmill::generator<wordmill::token_block> blocks) {
        std::vector<std::size_t> all;
        for (auto&& b : blocks) {
            std::uint32_t begin = 0;
            for (auto end : b.sentence_ends) {
                BOOST_TEST(end - begin == wordmill::index(b.ids[begin]) % 4 + 1);
                for (auto i = begin; i < end; ++i) BOOST_TEST((b.ids[i] == b.ids[begin]));
                all.push_back(wordmill::index(b.ids[begin]));
                begin = end;
            }
        }
        return all;
    };
    for (auto unit : {wordmill::element_unit::sentence, wordmill::element_unit::document}) {
        wordmill::shuffle_options const options{.window = 12, .key = wordmill::random_key{6}, .unit = unit};
        std::vector<std::size_t> expected;
        for (auto const& t : texts(source("a", 43) | wordmill::shuffle(options)))
            expected.push_back(static_cast<std::size_t>(std::stoi(t.substr(1, t.find(' ') - 1))));
        BOOST_TEST(lines(source("a", 43) | wordmill::sequential(encode) | wordmill::shuffle(options)) == expected,
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()
