#include <boost/test/unit_test.hpp>
#include <cmath>
#include <optional>
#include <string>
#include <vector>
import wordmill.thesaurus;
#include "opened.hpp"

using namespace wordmill;

namespace {
struct row {
    char const *a, *b;
    double path, wu_palmer, leacock_chodorow;
};

void check(std::vector<row> const& rows) {
    for (auto const& [a, b, path, wu_palmer, leacock_chodorow] : rows) {
        auto const first = small().find(a), second = small().find(b);
        BOOST_TEST_CONTEXT(a << ' ' << b) {
            BOOST_CHECK_SMALL(*path_similarity(small(), first, second) - path, 1e-12);
            BOOST_CHECK_SMALL(*wu_palmer_similarity(small(), first, second) - wu_palmer, 1e-12);
            BOOST_CHECK_SMALL(*leacock_chodorow_similarity(small(), first, second) - leacock_chodorow, 1e-12);
        }
    }
}
}

BOOST_AUTO_TEST_SUITE(similarity)

// Steps and depths are counted on the drawing in small_wordnet.hpp. The deepest noun is 4 steps below its root, so
// Leacock-Chodorow is -ln((d + 1) / 8).
BOOST_AUTO_TEST_CASE(nouns_are_compared_by_the_ways_to_their_common_hypernyms) {
    check({
        {"dog.n.01", "dog.n.01", 1, 1, std::log(8.0)},
        // d 2, by animal or pet, whose shortest ways to the root are both 2 steps: animal comes first, of depth 3
        {"dog.n.01", "cat.n.01", 1.0 / 3, 2.0 * 3 / (4 + 4), std::log(8.0 / 3)},
        // d 6, by pet, belonging, object, tool, vehicle; object has depth 2
        {"dog.n.01", "car.n.01", 1.0 / 7, 2.0 * 2 / (5 + 5), std::log(8.0 / 7)},
        // d 1; animal itself is the common hypernym
        {"animal.n.01", "dog.n.01", 1.0 / 2, 2.0 * 3 / (3 + 4), std::log(8.0 / 2)},
        // d 1; pet is the common hypernym, of depth 4 by belonging
        {"pet.n.01", "dog.n.01", 1.0 / 2, 2.0 * 4 / (4 + 5), std::log(8.0 / 2)},
        // an instance: d 6, by town, thing, object, tool, vehicle, car; thing has depth 1
        {"riverton.n.01", "car.n.01", 1.0 / 7, 2.0 * 1 / (3 + 5), std::log(8.0 / 7)},
    });
}

// Under the root above all, which counts for Leacock-Chodorow too: -ln((d + 1) / 6), since hound, run, move is 2 steps.
BOOST_AUTO_TEST_CASE(verbs_have_a_root_above_all) {
    check({
        // d 2 by move; but for Wu-Palmer the root above all is as deep as move and comes first
        {"run.v.01", "walk.v.01", 1.0 / 3, 2.0 * 1 / (3 + 3), std::log(6.0 / 3)},
        // d 3, by move, the root and nothing else
        {"run.v.01", "rest.v.01", 1.0 / 4, 2.0 * 1 / (3 + 2), std::log(6.0 / 4)},
        {"move.v.01", "rest.v.01", 1.0 / 3, 2.0 * 1 / (2 + 2), std::log(6.0 / 3)},
        // the first synset is the common hypernym when it is one
        {"move.v.01", "run.v.01", 1.0 / 2, 2.0 * 1 / (1 + 2), std::log(6.0 / 2)},
        {"run.v.01", "move.v.01", 1.0 / 2, 2.0 * 1 / (3 + 2), std::log(6.0 / 2)},
        // run is the common hypernym, one step deep
        {"hound.v.01", "run.v.01", 1.0 / 2, 2.0 * 2 / (3 + 2), std::log(6.0 / 2)},
    });
}

// No hypernyms: two synsets are 2 steps apart, the depth with the root is 1.
BOOST_AUTO_TEST_CASE(adjectives_and_satellites_meet_in_the_root_only) {
    check({{"hot.a.01", "cold.a.01", 1.0 / 3, 1.0 / 2, -std::log(3.0 / 2)},
           {"hot.a.01", "warm.s.01", 1.0 / 3, 1.0 / 2, -std::log(3.0 / 2)},
           {"hotly.r.01", "hotly.r.01", 1, 1, std::log(2.0)}});
}

BOOST_AUTO_TEST_CASE(different_parts_of_speech_have_no_similarity) {
    auto const dog = small().find("dog.n.01"), run = small().find("run.v.01");
    BOOST_TEST(!path_similarity(small(), dog, run));
    BOOST_TEST(!wu_palmer_similarity(small(), dog, run));
    BOOST_TEST(!leacock_chodorow_similarity(small(), dog, run));
}

BOOST_AUTO_TEST_CASE(nouns_without_a_common_root_have_no_similarity) {
    auto files = small_wordnet();
    auto& nouns = files["data.noun"];
    auto const town = nouns.find(" n 01 town");
    nouns[nouns.find(" @ ", town) + 1] = '!'; // no hypernym any more
    auto const words = opened(files);
    auto const a = words.find("riverton.n.01"), b = words.find("dog.n.01");
    BOOST_TEST(!path_similarity(words, a, b));
    BOOST_TEST(!wu_palmer_similarity(words, a, b));
    BOOST_TEST(!leacock_chodorow_similarity(words, a, b));
}

BOOST_AUTO_TEST_SUITE_END()
