#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.thesaurus;
#include "../io/failure_of.hpp"
#include "opened.hpp"

using namespace wordmill;
using strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(hypernyms_of_synsets)

BOOST_AUTO_TEST_CASE(every_way_down_from_the_root_is_a_path) {
    auto const paths = hypernym_paths(small(), small().find("dog.n.01"));
    std::vector<strings> found;
    for (auto const& path : paths) found.push_back(names(small(), path));
    BOOST_TEST((found
                == std::vector<strings>{{"thing.n.01", "being.n.01", "animal.n.01", "dog.n.01"},
                                        {"thing.n.01", "being.n.01", "pet.n.01", "dog.n.01"},
                                        {"thing.n.01", "object.n.01", "belonging.n.01", "pet.n.01", "dog.n.01"}}));
    BOOST_TEST((hypernym_paths(small(), small().find("thing.n.01"))
                == std::vector<std::vector<synset_id>>{{small().find("thing.n.01")}}));
}

BOOST_AUTO_TEST_CASE(an_instance_has_the_hypernyms_of_its_class) {
    BOOST_TEST(names(small(), hypernyms(small(), small().find("riverton.n.01"))) == strings{"town.n.01"},
               boost::test_tools::per_element());
    BOOST_TEST(names(small(), hypernym_paths(small(), small().find("riverton.n.01")).at(0))
                   == (strings{"thing.n.01", "town.n.01", "riverton.n.01"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_that_pointers_reach_is_listed_once_and_nearest_first) {
    BOOST_TEST(names(small(), reachable(small(), small().find("dog.n.01"), {relation::hypernym}))
                   == (strings{"animal.n.01", "pet.n.01", "being.n.01", "belonging.n.01", "thing.n.01", "object.n.01"}),
               boost::test_tools::per_element());
    BOOST_TEST(names(small(), reachable(small(), small().find("being.n.01"), {relation::hyponym})).empty());
    BOOST_TEST(names(small(), reachable(small(), small().find("run.v.01"), {relation::verb_group}))
                   == strings{"walk.v.01"},
               boost::test_tools::per_element()); // they point at each other
}

BOOST_AUTO_TEST_CASE(the_largest_depth_is_that_of_the_longest_way) {
    BOOST_TEST(small().max_depth(part_of_speech::noun) == 4U); // thing, object, belonging, pet, dog
    BOOST_TEST(small().max_depth(part_of_speech::verb) == 2U); // move, run, hound
    BOOST_TEST(small().max_depth(part_of_speech::adverb) == 0U);
}

BOOST_AUTO_TEST_CASE(hypernyms_in_a_cycle_are_an_error) {
    auto files = small_wordnet();
    auto& verbs = files["data.verb"];
    auto const line = verbs.find(" v 02 move");
    auto const run = verbs.find(" v 01 run");
    auto const pointer = verbs.find(" ~ ", line); // of move to run: now run is above it
    BOOST_TEST_REQUIRE((line < pointer && run < line));
    verbs[pointer + 1] = '@';
    auto const words = opened(files);
    auto const id = words.find("run.v.01");
    BOOST_TEST(failure_of([&] { (void)hypernym_paths(words, id); }).says("a cycle through"));
    BOOST_TEST((failure_of([&] { (void)words.max_depth(part_of_speech::verb); }) == failure::bad_data));
    BOOST_TEST((failure_of([&] { (void)wu_palmer_similarity(words, id, id); }) == failure::bad_data));
    BOOST_TEST(path_similarity(words, id, words.find("walk.v.01")).has_value()); // needs no depth, and ends
}

BOOST_AUTO_TEST_CASE(more_ways_than_any_word_has_are_an_error) {
    // Layers of two synsets, each below both of the layer above: 2^14 ways.
    auto files = small_wordnet();
    auto& text = files["data.noun"] = "";
    auto const number = [](std::size_t offset) {
        return std::string(8 - std::to_string(offset).size(), '0') + std::to_string(offset);
    };
    std::vector<std::size_t> above;
    for (int layer = 0; layer < 15; ++layer) {
        std::vector<std::size_t> same;
        for (int i = 0; i < 2; ++i) {
            same.push_back(text.size());
            text += number(text.size()) + " 03 n 01 x 0 00" + std::to_string(above.size());
            for (auto const offset : above) text += " @ " + number(offset) + " n 0000";
            text += " | x  \n";
        }
        above = same;
    }
    files["index.noun"] = "x n 1 1 @ 1 0 " + number(above[0]) + "  \n";
    auto const words = opened(files);
    BOOST_TEST(failure_of([&] { (void)hypernym_paths(words, words.find("x.n.01")); }).says("at most 10,000 paths"));
    BOOST_TEST(words.max_depth(part_of_speech::noun) == 14U);
}

BOOST_AUTO_TEST_SUITE_END()
