#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../linear_algebra/random_csr.hpp"

using namespace wordmill;

namespace {
/// w0000, w0001, ...: in the order of a vocabulary.
std::string word_at(std::size_t i) {
    auto const digits = std::to_string(i);
    return "w" + std::string(4 - digits.size(), '0') + digits;
}
vocabulary words_of(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += word_at(i) + "\t1\n";
    return parse_vocabulary(text);
}

/// The same rows written out.
word_vectors dense(sparse_vectors const& words, csr_view<float const> rows) {
    word_vectors::builder made(rows.columns);
    for (std::size_t r = 0; r < rows.rows; ++r) {
        auto const room = made.room();
        std::ranges::fill(room, 0.0F);
        for (std::size_t i = 0; i < rows.row_columns(r).size(); ++i)
            room[rows.row_columns(r)[i]] = rows.row_values(r)[i];
        made.add(words.word(id_at(r)));
    }
    return std::move(made).finish();
}

/// Rows over several of the ranges that threads take, and some that are zero.
csr<float> random_rows() {
    std::vector<std::vector<float>> rows(9000);
    auto rng = random_key(11).engine();
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t c = 0; c < 120; ++c)
            rows[r].push_back(r % 97 == 5 || rng.uniform() < 0.8F ? 0 : rng.uniform() - 0.3F);
    return sparse(rows, 120);
}

struct both {
    csr<float> const rows = random_rows();
    sparse_vectors const sparse{words_of(9000), rows};
    word_vectors const written_out = dense(sparse, rows.view());
};

void check_equal(std::vector<neighbour> const& found, std::vector<neighbour> const& expected) {
    BOOST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        BOOST_TEST(found[i].word == expected[i].word);
        BOOST_TEST(std::abs(found[i].score - expected[i].score) < 1e-6);
    }
}
}

BOOST_AUTO_TEST_SUITE(sparse_vectors_test)

BOOST_AUTO_TEST_CASE(the_rows_of_the_books_counts_answer_as_the_book_says) {
    // "You say goodbye and I say hello.", radius 1, as chapter 2 prints it; words by count, then bytes.
    auto const words = parse_vocabulary("say\t2\n.\t1\nand\t1\ngoodbye\t1\nhello\t1\ni\t1\nyou\t1\n");
    sparse_vectors const counts(words, sparse({{0, 0, 0, 1, 1, 1, 1},
                                               {0, 0, 0, 0, 1, 0, 0},
                                               {0, 0, 0, 1, 0, 1, 0},
                                               {1, 0, 1, 0, 0, 0, 0},
                                               {1, 1, 0, 0, 0, 0, 0},
                                               {1, 0, 1, 0, 0, 0, 0},
                                               {1, 0, 0, 0, 0, 0, 0}},
                                              7));
    BOOST_TEST(*similarity(counts, "you", "i") == 0.70710678, boost::test_tools::tolerance(1e-7));
    auto const found = nearest(counts, "you");
    BOOST_REQUIRE(found.size() == 6);
    std::vector<std::string> answers;
    for (auto const& n : found) answers.push_back(n.word);
    BOOST_TEST(answers == (std::vector<std::string>{"goodbye", "hello", "i", "say", ".", "and"}),
               boost::test_tools::per_element());
    for (std::size_t i = 0; i < 6; ++i)
        BOOST_TEST(found[i].score == (i < 3 ? std::sqrt(0.5) : 0.0), boost::test_tools::tolerance(1e-7));
}

BOOST_FIXTURE_TEST_CASE(answers_are_those_of_the_rows_written_out, both) {
    BOOST_TEST(sparse.size() == 9000);
    BOOST_TEST(sparse.dimension() == 120);
    BOOST_TEST(sparse.zero_vectors() == written_out.zero_vectors());
    BOOST_TEST(sparse.zero_vectors() > 0);
    std::vector<std::string> asked{"nothing"};
    for (std::size_t i = 0; i < 150; ++i) asked.push_back(word_at(53 * i));
    for (std::size_t const max_words : {0, 700}) {
        auto const expected = nearest(written_out, asked, {.top = 7, .max_words = max_words});
        for (unsigned const threads : {1U, 2U, 5U}) {
            auto const found = nearest(sparse, asked, {.top = 7, .max_words = max_words, .threads = threads});
            BOOST_TEST(found.unknown == 1);
            BOOST_TEST(found.zero == expected.zero);
            for (std::size_t i = 0; i < asked.size(); ++i) check_equal(found.answers[i], expected.answers[i]);
            check_equal(nearest(sparse, asked[9], {.top = 7, .max_words = max_words, .threads = threads}),
                        expected.answers[9]);
        }
    }
    for (std::size_t i = 0; i < 9000; i += 1001)
        for (std::size_t k = 0; k < 9000; k += 997) {
            auto const found = similarity(sparse, id_at(i), id_at(k)),
                       expected = similarity(written_out, id_at(i), id_at(k));
            BOOST_REQUIRE(found.has_value() == expected.has_value());
            if (found) BOOST_TEST(std::abs(*found - *expected) < 1e-7);
        }
}

BOOST_FIXTURE_TEST_CASE(analogies_are_those_of_the_rows_written_out, both) {
    std::vector<analogy_question> questions{{"w0001", "nothing", "w0002"}};
    std::vector<std::array<token_id, 3>> ids;
    for (std::size_t i = 0; i < 150; ++i) {
        ids.push_back({id_at(i), id_at(2 * i + 1), id_at(3 * i + 2)});
        questions.push_back({word_at(i), word_at(2 * i + 1), word_at(3 * i + 2)});
    }
    for (auto const method : {analogy_method::add, analogy_method::multiply}) {
        auto const expected = analogy(written_out, questions, {.top = 5, .method = method});
        for (unsigned const threads : {1U, 2U, 5U}) {
            auto const found = analogy(sparse, questions, {.top = 5, .method = method, .threads = threads});
            BOOST_TEST(found.unknown == 1);
            BOOST_TEST(found.zero == expected.zero);
            for (std::size_t i = 0; i < questions.size(); ++i) check_equal(found.answers[i], expected.answers[i]);
        }
        check_equal(analogy(sparse, "w0007", "w0008", "w0009", {.method = method}),
                    analogy(written_out, "w0007", "w0008", "w0009", {.method = method}));
        auto const by_id = analogy_ids(sparse, ids, {.top = 5, .method = method});
        for (std::size_t i = 0; i < ids.size(); ++i) {
            BOOST_REQUIRE(by_id[i].size() == expected.answers[i + 1].size());
            for (std::size_t k = 0; k < by_id[i].size(); ++k)
                BOOST_TEST((by_id[i][k] == expected.answers[i + 1][k].id));
        }
    }
}

BOOST_AUTO_TEST_CASE(rows_in_proportion_come_by_id) {
    // Their cosines are 1 but for rounding, which must not choose among more rows than are asked for.
    std::vector<std::vector<float>> rows;
    for (std::size_t i = 1; i <= 300; ++i) {
        auto const k = static_cast<float>(301 - i);
        rows.push_back({k, 0, 3 * k});
    }
    sparse_vectors const vectors(words_of(300), sparse(rows, 3));
    auto const found = nearest(vectors, "w0200");
    BOOST_REQUIRE(found.size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
        BOOST_TEST(found[i].word == word_at(i));
        BOOST_TEST(found[i].score == 1.0, boost::test_tools::tolerance(1e-7));
    }
}

BOOST_AUTO_TEST_CASE(zero_rows_are_similar_to_nothing) {
    // The norm of the third, 1e-40, is below the least normal float.
    sparse_vectors const vectors(words_of(4), sparse({{1, 2}, {0, 0}, {1e-40F, 0}, {2, 1}}, 2));
    BOOST_TEST(vectors.zero_vectors() == 2);
    BOOST_TEST(vectors.norms()[0] == std::sqrt(5.0F));
    BOOST_TEST(vectors.norms()[2] == 0.0F);
    BOOST_TEST(nearest(vectors, "w0000").size() == 1);
    BOOST_TEST(nearest(vectors, "w0001").empty());
    BOOST_TEST(nearest(vectors, "w0002").empty());
    BOOST_TEST(!similarity(vectors, "w0000", "w0002"));
    BOOST_TEST(analogy(vectors, "w0000", "w0001", "w0003").empty());
    BOOST_TEST(nearest(vectors, "w0000", {.top = 0}).empty());
    BOOST_TEST(sparse_vectors().size() == 0);
    BOOST_TEST(nearest(sparse_vectors(), std::vector<std::string>{"a"}).unknown == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked_is_named) {
    sparse_vectors const vectors(words_of(2), sparse({{1, 2}, {2, 1}}, 2));
    BOOST_TEST(failure_of([&] { (void)nearest(vectors, "duke"); }).says("'duke'"));
    BOOST_TEST(failure_of([&] { (void)nearest(vectors, "W0001"); }).says("there is one for 'w0001'"));
    BOOST_CHECK_THROW(sparse_vectors(words_of(3), sparse({{1}, {2}}, 1)), contract_violation);
    BOOST_CHECK_THROW((void)similarity(vectors, id_at(0), id_at(2)), contract_violation);
    for (auto const value : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
        BOOST_TEST(failure_of([&] {
                       sparse_vectors const made(words_of(2), sparse({{1, 2}, {2, value}}, 2));
                   }).says("'w0001' holds values that are not finite"));
}

BOOST_AUTO_TEST_SUITE_END()
