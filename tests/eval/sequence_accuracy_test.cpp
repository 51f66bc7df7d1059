#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>
import wordmill.eval;

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(sequence_accuracies)

// By hand: 3 of 3, 2 of 3, 2 of 3 (one missing), 3 of 4 (one more), 0 of 3 (all moved by one): 10 of 16.
BOOST_AUTO_TEST_CASE(tokens_are_compared_position_by_position) {
    sequence_accuracy accuracy;
    for (auto const* const hypothesis : {"a b c", "a x c", "a b", "a b c d", "b c"}) accuracy.add(hypothesis, "a b c");
    BOOST_TEST(accuracy.tokens() == 16u);
    BOOST_TEST(accuracy.correct_tokens() == 10u);
    BOOST_TEST(*accuracy.token_accuracy() == 10.0 / 16);
    BOOST_TEST(*accuracy.exact_match() == 1.0 / 5);
    BOOST_TEST(accuracy.sequences() == 5u);
}

BOOST_AUTO_TEST_CASE(texts_match_when_all_bytes_are_the_same) {
    sequence_accuracy accuracy;
    accuracy.add("a  b", "a b");
    BOOST_TEST(accuracy.matches() == 0u);
    BOOST_TEST(*accuracy.token_accuracy() == 1);
    accuracy.add("", "");
    BOOST_TEST(accuracy.matches() == 1u);
    accuracy.add("A", "a");
    BOOST_TEST(accuracy.matches() == 1u);
}

// By hand: the second reference is equal; the second has 2 of 3, which is more than 2 of 4.
BOOST_AUTO_TEST_CASE(the_best_reference_counts) {
    sequence_accuracy accuracy;
    accuracy.add("x y", std::vector<std::string>{"a b", "x y"});
    BOOST_TEST(*accuracy.exact_match() == 1);
    accuracy.add(token_list{"a", "b", "c"}, std::array<token_list, 2>{{{"a", "b", "x", "y"}, {"a", "b", "x"}}});
    BOOST_TEST(accuracy.tokens() == 5u);
    BOOST_TEST(accuracy.correct_tokens() == 4u);
    BOOST_TEST(accuracy.matches() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_has_no_accuracy) {
    sequence_accuracy accuracy;
    BOOST_TEST(!accuracy.exact_match());
    accuracy.add("", "");
    BOOST_TEST(!accuracy.token_accuracy());
    BOOST_TEST(*accuracy.exact_match() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
