#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <vector>
import wordmill.eval;

using namespace wordmill;

namespace {
auto const tight = boost::test_tools::tolerance(1e-12);
token_list letters(std::string const& word) {
    token_list all;
    for (char const c : word) all.emplace_back(1, c);
    return all;
}
edit_counts edits(std::string const& hypothesis, std::string const& reference) {
    return count_edits(letters(hypothesis), letters(reference));
}
}

BOOST_AUTO_TEST_SUITE(error_rates)

// The textbook pairs; distances and operations as RapidFuzz 3.14 finds them.
BOOST_AUTO_TEST_CASE(edits_are_those_of_levenshtein) {
    BOOST_TEST((edits("sitting", "kitten") == edit_counts{4, 2, 1, 0}));
    BOOST_TEST((edits("saturday", "sunday") == edit_counts{5, 1, 2, 0}));
    BOOST_TEST((edits("", "abc") == edit_counts{0, 0, 0, 3}));
    BOOST_TEST((edits("abc", "") == edit_counts{0, 0, 3, 0}));
    BOOST_TEST((edits("", "") == edit_counts{}));
    BOOST_TEST((edits("abc", "abc") == edit_counts{3, 0, 0, 0}));
    BOOST_TEST((edits("aab", "ab") == edit_counts{2, 0, 1, 0})); // beginning and end overlap
    BOOST_TEST((edits("intention", "execution").edits() == 5u));
    BOOST_TEST((edits("ab", "ba") == edit_counts{0, 2, 0, 0})); // not a deletion and an insertion
}

// Against the recursive definition, which looks at every alignment.
BOOST_AUTO_TEST_CASE(no_alignment_has_fewer_edits) {
    struct definition {
        static std::size_t distance(std::string const& a, std::string const& b) {
            if (a.empty() || b.empty()) return a.size() + b.size();
            auto const shorter_a = a.substr(1), shorter_b = b.substr(1);
            return std::min({distance(shorter_a, shorter_b) + (a[0] == b[0] ? 0 : 1), distance(shorter_a, b) + 1,
                             distance(a, shorter_b) + 1});
        }
    };
    std::vector<std::string> words{""};
    for (std::size_t i = 0; words[i].size() < 4; ++i)
        for (char const c : {'a', 'b'}) words.push_back(words[i] + c);
    for (auto const& a : words)
        for (auto const& b : words) {
            auto const found = edits(a, b);
            BOOST_TEST(found.edits() == definition::distance(a, b), a << " " << b);
            BOOST_TEST(found.reference_length() == b.size());
            BOOST_TEST(found.matches + found.substitutions + found.insertions == a.size());
        }
}

// jiwer 4.0: process_words gives wer 0.3077 with 11 hits, 1 substitution, 2 insertions and 1 deletion.
BOOST_AUTO_TEST_CASE(the_rate_is_over_the_tokens_of_all_references) {
    error_rate rate;
    rate.add("the hat on the mat", "the cat is on the mat");
    rate.add("hello  there big world ", "hello world");
    rate.add("good morning to you all", "good morning to you all");
    BOOST_TEST(*rate.rate() == 0.3076923076923077, tight);
    BOOST_TEST((rate.edits() == edit_counts{11, 1, 2, 1}));
    BOOST_TEST(*rate.sequence_rate() == 2.0 / 3, tight);
    BOOST_TEST(rate.sequences() == 3u);
    BOOST_TEST(rate.wrong_sequences() == 2u);
}

// By hand: of 11 letters, which the blank is not, the sharp s is replaced by one and one is inserted.
BOOST_AUTO_TEST_CASE(characters_are_compared_too) {
    error_rate rate(error_unit::character);
    rate.add("stra\u00DFe frei", "strasse frei");
    BOOST_TEST(*rate.rate() == 2.0 / 11, tight);
}

// By hand: tomato has two pronunciations, and the second is said but for one phoneme.
BOOST_AUTO_TEST_CASE(the_closest_reference_counts) {
    error_rate rate;
    std::vector<std::string> const tomato{"T AH M EY T OW", "T AH M AA T OW"};
    rate.add("T AH M AA T AH", tomato);
    BOOST_TEST((rate.edits() == edit_counts{5, 1, 0, 0}));
    rate.add("T AH M EY T OW", tomato);
    BOOST_TEST(rate.wrong_sequences() == 1u);
    error_rate of_lists;
    of_lists.add(letters("ab"), std::array{letters("xyz"), letters("abc"), letters("bab")});
    BOOST_TEST((of_lists.edits() == edit_counts{2, 0, 0, 1})); // equally close: the first
}

BOOST_AUTO_TEST_CASE(rates_of_nothing_do_not_exist) {
    error_rate rate;
    BOOST_TEST(!rate.rate());
    BOOST_TEST(!rate.sequence_rate());
    rate.add("a", "");
    BOOST_TEST(!rate.rate());
    BOOST_TEST(*rate.sequence_rate() == 1);
    rate.add("a b c", "x");
    BOOST_TEST(*rate.rate() == 4); // 1 substitution and 3 insertions over 1 token
}

BOOST_AUTO_TEST_SUITE_END()
