#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.eval;
import wordmill.text;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
analogy_set loaded(std::string const& text) {
    scratch_folder const folder;
    put_file(folder / "set", text);
    return load_analogy_set(folder / "set");
}
seen_failure refused(std::string const& text) {
    return failure_of([&] { (void)loaded(text); });
}

/// The first dimension tells who, the others which form: b - a + c is d exactly, but for their lengths.
word_vectors forms() {
    std::vector<float> const rows{1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, -1, 0, 0, 0, 0};
    return {std::vector<std::string>{"man", "woman", "king", "queen", "other", "zero"},
            matrix_view<float const>{rows.data(), 6, 3, 3}};
}
}

BOOST_AUTO_TEST_SUITE(analogies)

BOOST_AUTO_TEST_CASE(questions_of_word2vec_load_by_section) {
    auto const set =
        loaded(": capital-common-countries\nAthens Greece Baghdad Iraq\nAthens Greece  Bangkok\tThailand\r\n"
               "\n: gram1-adjective-to-adverb\namazing amazingly apparent apparently\n");
    BOOST_REQUIRE(set.sections.size() == 2);
    BOOST_TEST(set.sections[0].name == "capital-common-countries");
    BOOST_TEST(set.sections[0].questions.size() == 2);
    BOOST_TEST(set.sections[0].questions[1].d == "Thailand");
    BOOST_TEST(set.sections[1].questions[0].a == "amazing");
    BOOST_TEST(loaded("a b c d\n").sections[0].name == "");
}

BOOST_AUTO_TEST_CASE(microsofts_relations_load_from_two_files) {
    scratch_folder const folder;
    put_file(folder / "q", "good better rough\nbetter good rougher\nbad worse rough\n");
    put_file(folder / "a", "JJ_JJR rougher\nJJR_JJ rough\nJJ_JJR rougher\n");
    auto const set = load_analogy_set(folder / "q", folder / "a");
    BOOST_REQUIRE(set.sections.size() == 2);
    BOOST_TEST(set.sections[0].name == "JJ_JJR");
    BOOST_TEST(set.sections[0].questions[1].a == "bad");
    BOOST_TEST(set.sections[0].questions[1].d == "rougher");
    put_file(folder / "short", "JJ_JJR rougher\n");
    BOOST_TEST(failure_of([&] { (void)load_analogy_set(folder / "q", folder / "short"); }).says("found 1 for 3"));
}

BOOST_AUTO_TEST_CASE(faults_are_named_with_their_line) {
    BOOST_TEST(refused(": s\na b c d\na b c\n").says("line 3"));
    BOOST_TEST(refused(": s\na b c d e\n").says("line 2"));
    BOOST_TEST(refused(": s\n").says("found none"));
    BOOST_TEST(refused("").says("found none"));
}

BOOST_AUTO_TEST_CASE(accuracy_counts_covered_questions_and_tells_the_rest) {
    auto const set = loaded(": royal\n"
                            "man king woman queen\n" // right
                            "king man queen woman\n" // right
                            "man king woman other\n" // wrong: the answer is queen
                            "man king woman king\n"  // never right: king is a word of the question
                            ": covered by nothing\n"
                            "man king woman duke\n"
                            "man king zero queen\n"
                            ": upper case\n"
                            "Man King Woman Queen\n");
    auto const score = evaluate_analogies(forms(), set);
    BOOST_REQUIRE(score.sections.size() == 3);
    BOOST_TEST(score.sections[0].covered == 4);
    BOOST_TEST(score.sections[0].correct == 2);
    BOOST_TEST(*score.sections[0].accuracy() == 0.5);
    BOOST_TEST(score.sections[1].covered == 0);
    BOOST_TEST(!score.sections[1].accuracy());
    BOOST_TEST(score.sections[1].uncovered_share() == 1.0);
    BOOST_TEST(score.total.questions == 7);
    BOOST_TEST(score.total.covered == 4);
    BOOST_TEST(score.total.correct == 2);
    BOOST_TEST(score.total.uncovered_share() == 3.0 / 7, boost::test_tools::tolerance(1e-12));
    auto const lower = evaluate_analogies(forms(), set, {.lower_case = true, .threads = 2});
    BOOST_TEST(lower.sections[2].correct == 1);
    BOOST_TEST(evaluate_analogies(forms(), set, {.method = analogy_method::multiply}).total.correct == 2);
    // without queen, which is the fourth word, no question of the first section but "king" is covered
    BOOST_TEST(evaluate_analogies(forms(), set, {.max_words = 3}).total.covered == 1);
}

BOOST_AUTO_TEST_CASE(rows_of_a_sparse_matrix_score_as_the_same_vectors) {
    auto const words = parse_vocabulary("man\t6\nwoman\t5\nking\t4\nqueen\t3\nother\t2\nzero\t1\n");
    sparse_vectors const rows(words, {3, {0, 1, 2, 4, 6, 8, 8}, {0, 1, 0, 2, 1, 2, 0, 1}, {1, 1, 1, 1, 1, 1, 1, -1}});
    auto const same = forms();
    auto const set = loaded(": royal\nman king woman queen\nking man queen woman\nman king woman other\n"
                            ": not covered\nman king woman duke\nman king zero queen\nMan King Woman Queen\n");
    for (auto const method : {analogy_method::add, analogy_method::multiply})
        for (unsigned const threads : {1U, 2U, 5U})
            for (bool const lower_case : {false, true})
                for (std::size_t const max_words : {0, 4}) {
                    analogy_eval_options const options{
                        .max_words = max_words, .method = method, .lower_case = lower_case, .threads = threads};
                    auto const score = evaluate_analogies(rows, set, options),
                               expected = evaluate_analogies(same, set, options);
                    BOOST_REQUIRE(score.sections.size() == 2);
                    for (std::size_t i = 0; i < 2; ++i) {
                        BOOST_TEST(score.sections[i].name == expected.sections[i].name);
                        BOOST_TEST(score.sections[i].covered == expected.sections[i].covered);
                        BOOST_TEST(score.sections[i].correct == expected.sections[i].correct);
                    }
                    BOOST_TEST(score.total.correct == expected.total.correct);
                }
    BOOST_TEST(evaluate_analogies(rows, set).sections[0].covered == 3);
    BOOST_TEST(evaluate_analogies(rows, set).sections[0].correct == 2);
}

BOOST_AUTO_TEST_SUITE_END()
