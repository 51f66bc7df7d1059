#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.eval;
import wordmill.text;
import wordmill.thesaurus;
import wordmill.vectors;
#include "../thesaurus/opened.hpp"

using namespace wordmill;

namespace {
/// One vector for each word, in the plane, at these angles of 0 to 3 in steps of 30 degrees; -1 is a vector of zeros.
word_vectors vectors_of(std::vector<std::pair<std::string, int>> const& words) {
    constexpr float cosines[] = {1, 0.8660254F, 0.5F, 0}, sines[] = {0, 0.5F, 0.8660254F, 1};
    std::vector<std::string> names;
    std::vector<float> rows;
    for (auto const& [name, angle] : words) {
        names.push_back(name);
        rows.push_back(angle < 0 ? 0 : cosines[angle]);
        rows.push_back(angle < 0 ? 0 : sines[angle]);
    }
    return {names, matrix_view<float const>{rows.data(), names.size(), 2, 2}};
}
}

BOOST_AUTO_TEST_SUITE(thesaurus_agreement)

// In small_wordnet.hpp dog, hound, cat, car and wheel have a tagged noun sense and no other; pet has none, and run is a
// verb.
BOOST_AUTO_TEST_CASE(words_that_are_no_nouns_and_zero_vectors_are_left_out_and_counted) {
    auto const vectors = vectors_of({{"run", 0},
                                     {"dog", 0},
                                     {"Dog", 1},
                                     {"pet", 0},
                                     {"cat", -1},
                                     {"unheard", 2},
                                     {"car", 3},
                                     {"hound", 1},
                                     {"wheel", 1}});
    auto const all = evaluate_thesaurus(vectors, small());
    BOOST_TEST(all.words == 4U);       // dog, car, hound, wheel
    BOOST_TEST(all.other_words == 4U); // run, Dog, pet, unheard
    BOOST_TEST(all.zero == 1U);        // cat
    BOOST_TEST(all.pairs == 10'000U);
    auto const two = evaluate_thesaurus(vectors, small(), {.words = 2, .pairs = 7});
    BOOST_TEST(two.words == 2U);       // dog, car
    BOOST_TEST(two.other_words == 4U); // those before car
    BOOST_TEST(two.pairs == 7U);
    auto const first = evaluate_thesaurus(vectors, small(), {.max_words = 3});
    BOOST_TEST(first.words == 1U);
    BOOST_TEST(first.pairs == 0U);
    BOOST_TEST(!first.spearman);
}

// Path similarities: dog and cat 1/3, car and either 1/7. Cosines in the same order are 1 and then 0; in the opposite
// order, dog and car are the closest.
BOOST_AUTO_TEST_CASE(spearman_is_one_where_cosines_have_the_order_of_the_thesaurus) {
    BOOST_TEST(*evaluate_thesaurus(vectors_of({{"dog", 0}, {"cat", 0}, {"car", 3}}), small()).spearman == 1,
               boost::test_tools::tolerance(1e-9));
    // All three pairs are equally frequent but for chance. Ranks of the thesaurus: cat-dog high; of the cosines:
    // dog-car 1, the others 0. With shares 1/3, Pearson of the indicators of two of three pairs is -1/2.
    BOOST_CHECK_SMALL(
        *evaluate_thesaurus(vectors_of({{"dog", 0}, {"cat", 3}, {"car", 0}}), small(), {.pairs = 100'000}).spearman
            + 0.5,
        0.02);
}

BOOST_AUTO_TEST_CASE(sparse_vectors_are_scored_as_dense_ones) {
    sparse_vectors const sparse(parse_vocabulary("dog\t5\ncat\t4\ncar\t3\n"),
                                {2, {0, 1, 3, 4}, {0, 0, 1, 1}, {1, 0.8660254F, 0.5F, 1}});
    auto const dense = vectors_of({{"dog", 0}, {"cat", 1}, {"car", 3}});
    auto const a = evaluate_thesaurus(sparse, small()), b = evaluate_thesaurus(dense, small());
    BOOST_TEST(a.words == 3U);
    BOOST_TEST(*a.spearman == *b.spearman, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(pairs_depend_on_the_seed_and_not_on_their_number) {
    auto const vectors = vectors_of({{"dog", 0}, {"cat", 1}, {"car", 3}, {"wheel", 2}, {"animal", 1}});
    auto const score = [&](std::uint64_t seed) {
        return *evaluate_thesaurus(vectors, small(), {.pairs = 50, .seed = seed}).spearman;
    };
    BOOST_TEST(score(1) == score(1));
    BOOST_TEST(std::set<double>({score(1), score(2), score(3), score(4)}).size() > 1U);
}

BOOST_AUTO_TEST_SUITE_END()
