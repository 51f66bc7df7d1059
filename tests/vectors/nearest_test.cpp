#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.vectors;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
struct entry {
    std::string word;
    std::vector<float> row;
};

word_vectors table(std::vector<entry> const& entries) {
    word_vectors::builder made(entries.front().row.size());
    for (auto const& [word, row] : entries) {
        std::ranges::copy(row, made.room().begin());
        made.add(word);
    }
    return std::move(made).finish();
}

// Lengths differ so that products that are not divided by them show; none is similar to nothing.
word_vectors royal() {
    return table({{"man", {1, 0, 0}},
                  {"woman", {0, 2, 0}},
                  {"king", {3, 0, 3}},
                  {"queen", {0, 1, 1}},
                  {"none", {0, 0, 0}},
                  {"apple", {0, 0, -1}}});
}

word_vectors random_table(std::size_t rows, std::size_t dimension) {
    auto rng = random_key(11).engine();
    word_vectors::builder made(dimension);
    for (std::size_t r = 0; r < rows; ++r) {
        for (auto& value : made.room()) value = static_cast<float>(rng.uniform() - 0.5);
        if (r % 97 == 5) std::ranges::fill(made.room(), 0.0F);
        made.add("w" + std::to_string(r));
    }
    return std::move(made).finish();
}

/// All cosines in double, sorted: the slow truth.
std::vector<std::pair<double, std::size_t>> sorted_cosines(word_vectors const& vectors, std::size_t of) {
    std::vector<std::pair<double, std::size_t>> all;
    for (std::size_t r = 0; r < vectors.size(); ++r)
        if (auto const c = similarity(vectors, id_at(of), id_at(r)); c && r != of) all.emplace_back(*c, r);
    std::ranges::sort(
        all, [](auto const& x, auto const& y) { return x.first != y.first ? x.first > y.first : x.second < y.second; });
    return all;
}
}

BOOST_AUTO_TEST_SUITE(nearest_test)

BOOST_AUTO_TEST_CASE(cosines_are_those_of_the_formula) {
    // cos(king, man) = 3 / sqrt(18) = sqrt(1/2); cos(king, queen) = 3 / (sqrt(18) sqrt(2)) = 1/2
    auto const vectors = royal();
    BOOST_TEST(*similarity(vectors, "king", "man") == std::sqrt(0.5), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(*similarity(vectors, "king", "queen") == 0.5, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(*similarity(vectors, "king", "king") == 1.0, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(!similarity(vectors, "king", "none"));
}

BOOST_AUTO_TEST_CASE(nearest_words_come_by_falling_cosine_without_the_word_and_zero_vectors) {
    auto const vectors = royal();
    auto const found = nearest(vectors, "king");
    std::vector<std::string> words;
    for (auto const& n : found) words.push_back(n.word);
    BOOST_TEST(words == (std::vector<std::string>{"man", "queen", "woman", "apple"}), boost::test_tools::per_element());
    BOOST_TEST(found[0].score == std::sqrt(0.5), boost::test_tools::tolerance(1e-7));
    BOOST_TEST(found[3].score == -std::sqrt(0.5), boost::test_tools::tolerance(1e-7));
    BOOST_TEST(nearest(vectors, "king", {.top = 1}).size() == 1);
    BOOST_TEST(nearest(vectors, "king", {.top = 0}).empty());
    BOOST_TEST(nearest(vectors, "none").empty());
    BOOST_TEST(nearest(vectors, "king", {.max_words = 2}).size() == 2);
    std::vector<float> const up{0, 0, 9};
    auto const first = nearest(vectors, up, {.top = 1});
    BOOST_TEST_REQUIRE(first.size() == 1u);
    BOOST_TEST(first[0].word == "king"); // cos = sqrt(1/2), as that of queen; lower id first
}

BOOST_AUTO_TEST_CASE(unknown_words_are_named_or_counted) {
    auto const vectors = royal();
    BOOST_TEST(failure_of([&] { (void)nearest(vectors, "duke"); }).says("'duke'"));
    BOOST_TEST(failure_of([&] { (void)analogy(vectors, "man", "duke", "woman"); }).says("'duke'"));
    std::vector<std::string> const words{"duke", "man", "none"};
    auto const batch = nearest(vectors, words);
    BOOST_TEST(batch.unknown == 1);
    BOOST_TEST(batch.zero == 1);
    BOOST_TEST_REQUIRE(batch.answers.size() == 3u);
    BOOST_TEST(batch.answers[0].empty());
    BOOST_TEST_REQUIRE(!batch.answers[1].empty());
    BOOST_TEST(batch.answers[1][0].word == "king");
    BOOST_TEST(batch.answers[2].empty());
}

BOOST_AUTO_TEST_CASE(man_is_to_king_as_woman_is_to_queen) {
    auto const vectors = royal();
    // 3CosAdd: (1, 0, 1) / sqrt(2) - (1, 0, 0) + (0, 1, 0) = (-0.293, 1, 0.707), of length 1.2593; with queen
    // (0, 1, 1) / sqrt(2) its cosine is 1.2071 / 1.2593 = 0.95856
    auto const added = analogy(vectors, "man", "king", "woman");
    BOOST_TEST(added[0].word == "queen");
    double const s = std::sqrt(0.5);
    double const length = std::sqrt((s - 1) * (s - 1) + 1 + s * s);
    BOOST_TEST(added[0].score == (1 + s) * s / length, boost::test_tools::tolerance(1e-6));
    for (auto const& n : added) BOOST_TEST((n.word != "man" && n.word != "king" && n.word != "woman"));
    // 3CosMul: cos(queen, king) = 1/2, cos(queen, woman) = sqrt(1/2), cos(queen, man) = 0
    auto const multiplied = analogy(vectors, "man", "king", "woman", {.method = analogy_method::multiply});
    BOOST_TEST(multiplied[0].word == "queen");
    BOOST_TEST(multiplied[0].score == 0.75 * ((1 + s) / 2) / 0.501, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(analogy(vectors, "man", "none", "woman").empty());
}

BOOST_AUTO_TEST_CASE(every_path_equals_the_slow_truth) {
    // Dimensions around the widths of registers, batches around those of panels, threads, and rows over several tiles.
    for (std::size_t const dimension : {1, 3, 8, 17, 50, 131}) {
        auto const vectors = random_table(dimension == 50 ? 20000 : 700, dimension);
        for (std::size_t const count : {1, 2, 9, 33, 70}) {
            std::vector<std::string> words;
            for (std::size_t i = 0; i < count; ++i) words.push_back("w" + std::to_string(7 * i + 1));
            for (unsigned const threads : {1U, 3U}) {
                auto const batch = nearest(vectors, words, {.top = 5, .threads = threads});
                for (std::size_t i = 0; i < count; i += 8) {
                    auto const truth = sorted_cosines(vectors, 7 * i + 1);
                    if (vectors.norms()[7 * i + 1] == 0) continue;
                    BOOST_REQUIRE(batch.answers[i].size() == 5);
                    for (std::size_t k = 0; k < 5; ++k) {
                        BOOST_TEST(batch.answers[i][k].score == truth[k].first, boost::test_tools::tolerance(1e-5));
                        if (dimension > 3) BOOST_TEST(index(batch.answers[i][k].id) == truth[k].second);
                    }
                    auto const alone = nearest(vectors, words[i], {.top = 5});
                    for (std::size_t k = 0; k < 5 && dimension > 3; ++k) {
                        BOOST_TEST((alone[k].id == batch.answers[i][k].id));
                        BOOST_TEST(alone[k].score == batch.answers[i][k].score);
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(quantized_vectors_answer_as_the_slow_truth) {
    for (std::size_t const dimension : {1, 3, 64, 65, 300}) {
        auto const vectors = random_table(dimension == 65 ? 20000 : 700, dimension);
        quantized_vectors const quick(vectors, dimension == 65 ? 3 : 1);
        BOOST_TEST(quick.memory_bytes() == vectors.size() * ((dimension + 63) / 64 * 64 + 8));
        for (std::size_t const of : {1, 5, 8, 350, 699}) {
            auto const word = "w" + std::to_string(of);
            auto const truth = sorted_cosines(vectors, of);
            for (unsigned const threads : {1U, 3U}) {
                auto const found = quick.nearest(word, {.top = 7, .threads = threads});
                BOOST_REQUIRE(found.size() == (of == 5 ? 0 : 7)); // every 97th row from the fifth is zero
                for (std::size_t k = 0; k < found.size(); ++k) {
                    BOOST_TEST(found[k].score == truth[k].first, boost::test_tools::tolerance(1e-6));
                    if (dimension > 3) BOOST_TEST(index(found[k].id) == truth[k].second);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(quantized_vectors_keep_what_eight_bits_cannot_tell_apart) {
    // One large value hides the others from eight bits: all rows round to the same, and only the full rows tell.
    std::vector<entry> entries;
    for (int i = 0; i < 300; ++i)
        entries.push_back({"w" + std::to_string(i), {1000, static_cast<float>(i) * 1e-3F, 0.5F, -0.25F}});
    auto const vectors = table(entries);
    quantized_vectors const quick(vectors);
    auto const found = quick.nearest("w100", {.top = 4});
    auto const all = nearest(vectors, "w100", {.top = 1000});
    BOOST_REQUIRE(found.size() == 4);
    for (std::size_t k = 0; k < 4; ++k) {
        BOOST_TEST(found[k].word == all[k].word);
        BOOST_TEST(found[k].score == all[k].score);
    }
    BOOST_TEST(quick.nearest("w100", {.top = 1000}).size() == 299);
    BOOST_TEST(quick.nearest("w100", {.top = 1000, .max_words = 10}).size() == 10);
    BOOST_TEST(quick.nearest("w100", {.top = 0}).empty());
    // as many as a table can lose to pruning: rows that get ever better
    std::vector<entry> rising;
    for (int i = 0; i < 20000; ++i)
        rising.push_back({"r" + std::to_string(i), {1, static_cast<float>(20000 - i) * 1e-2F}});
    auto const better = table(rising);
    std::vector<float> const right{1, 0};
    auto const last = quantized_vectors(better).nearest(right, {.top = 3});
    BOOST_REQUIRE(last.size() == 3);
    BOOST_TEST(last[0].word == "r19999");
    BOOST_TEST(last[2].word == "r19997");
    BOOST_TEST(quantized_vectors(word_vectors{}).vectors().size() == 0);
    BOOST_TEST(failure_of([&] { (void)quick.nearest("duke"); }).says("'duke'"));
    std::vector<float> const wide(65537, 1.0F);
    std::vector<std::string> const one{"a"};
    BOOST_TEST(failure_of([&] {
                   (void)quantized_vectors(word_vectors(one, {wide.data(), 1, 65537, 65537}));
               }).says("65536 dimensions"));
}

BOOST_AUTO_TEST_CASE(questions_that_are_not_finite_have_no_neighbours) {
    auto const vectors = royal();
    std::vector<float> const broken{1, std::numeric_limits<float>::infinity(), 0};
    BOOST_TEST(nearest(vectors, broken).empty());
    BOOST_TEST(quantized_vectors(vectors).nearest(broken).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_of_analogies_answers_as_each_alone) {
    auto const vectors = random_table(900, 20);
    std::vector<analogy_question> questions;
    for (int i = 0; i < 150; ++i)
        questions.push_back(
            {"w" + std::to_string(i), "w" + std::to_string(2 * i + 1), "w" + std::to_string(3 * i + 2)});
    questions.push_back({"w1", "nothing", "w2"});
    for (auto const method : {analogy_method::add, analogy_method::multiply}) {
        auto const batch = analogy(vectors, questions, {.top = 3, .method = method});
        BOOST_TEST(batch.unknown == 1);
        for (std::size_t i = 0; i < 150; i += 7) {
            auto const alone =
                analogy(vectors, questions[i].a, questions[i].b, questions[i].c, {.top = 3, .method = method});
            BOOST_REQUIRE(alone.size() == batch.answers[i].size());
            for (std::size_t k = 0; k < alone.size(); ++k) BOOST_TEST((alone[k].id == batch.answers[i][k].id));
        }
    }
}

BOOST_AUTO_TEST_CASE(ranks_and_odd_ones) {
    auto const vectors = royal();
    BOOST_TEST(*rank(vectors, "king", "man") == 1);
    BOOST_TEST(*rank(vectors, "king", "apple") == 4);
    BOOST_TEST(!rank(vectors, "king", "king"));
    BOOST_TEST(!rank(vectors, "king", "none"));
    BOOST_TEST(*odd_one_out(vectors, std::vector<std::string>{"king", "queen", "apple", "woman"}) == 2);
    BOOST_TEST(*odd_one_out(vectors, std::vector<std::string>{"king", "queen", "none"}) == 2);
    BOOST_TEST(!odd_one_out(vectors, std::vector<std::string>{"king", "queen"}));
    // the rank is the place among all neighbours
    auto const many = random_table(300, 10);
    auto const found = nearest(many, "w1", {.top = 300});
    BOOST_TEST(*rank(many, "w1", found[41].word) == 42);
}

BOOST_AUTO_TEST_SUITE_END()
