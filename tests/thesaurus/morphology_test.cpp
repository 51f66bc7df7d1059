#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>
import wordmill.thesaurus;
#include "opened.hpp"

using namespace wordmill;
using strings = std::vector<std::string>;

namespace {
// The rules of morphy(7WN) on words of the same endings.
std::map<std::string, std::string> files_with(char pos, std::string const& suffix, strings lemmas) {
    auto files = small_wordnet();
    for (auto const& lemma : lemmas) files["index." + suffix] += lemma + ' ' + pos + " 1 0 1 0 00000000  \n";
    return files;
}
}

BOOST_AUTO_TEST_SUITE(morphology)

BOOST_AUTO_TEST_CASE(the_rules_of_detachment_find_base_forms) {
    struct row {
        std::string form, base;
    };
    auto const nouns =
        opened(files_with('n', "noun", {"kiss", "calf", "fox", "quiz", "church", "bush", "woman", "city", "zebra"}));
    for (auto const& [form, base] : std::vector<row>{{"cars", "car"},
                                                     {"kisses", "kiss"},
                                                     {"calves", "calf"},
                                                     {"foxes", "fox"},
                                                     {"quizes", "quiz"},
                                                     {"churches", "church"},
                                                     {"bushes", "bush"},
                                                     {"women", "woman"},
                                                     {"cities", "city"},
                                                     {"zebra", "zebra"}})
        BOOST_TEST(nouns.base_forms(form, part_of_speech::noun) == strings{base}, boost::test_tools::per_element());
    auto const verbs = opened(files_with('v', "verb", {"carry", "chase", "fetch", "bake", "stay"}));
    for (auto const& [form, base] : std::vector<row>{{"walks", "walk"},
                                                     {"carries", "carry"},
                                                     {"chases", "chase"},
                                                     {"fetches", "fetch"},
                                                     {"baked", "bake"},
                                                     {"stayed", "stay"},
                                                     {"baking", "bake"},
                                                     {"staying", "stay"}})
        BOOST_TEST(verbs.base_forms(form, part_of_speech::verb) == strings{base}, boost::test_tools::per_element());
    auto const adjectives = opened(files_with('a', "adj", {"tall", "fine"}));
    for (auto const& [form, base] :
         std::vector<row>{{"taller", "tall"}, {"tallest", "tall"}, {"finer", "fine"}, {"finest", "fine"}})
        BOOST_TEST(adjectives.base_forms(form, part_of_speech::adjective) == strings{base},
                   boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("hotlys", part_of_speech::adverb).empty());
}

BOOST_AUTO_TEST_CASE(exceptions_come_before_rules) {
    BOOST_TEST(small().base_forms("geese", part_of_speech::noun) == strings{"goose"}, boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("ran", part_of_speech::verb) == strings{"run"}, boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("went", part_of_speech::verb) == strings{"go"},
               boost::test_tools::per_element()); // "unknown" is no lemma
    BOOST_TEST(small().base_forms("Hotter", part_of_speech::adjective) == strings{"hot"},
               boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("ran", part_of_speech::noun).empty());
}

BOOST_AUTO_TEST_CASE(a_form_that_is_a_lemma_comes_before_its_base_forms) {
    auto const words = opened(files_with('n', "noun", {"glass", "glas"}));
    BOOST_TEST(words.base_forms("glass", part_of_speech::noun) == (strings{"glass", "glas"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(collocations_are_found_by_the_base_forms_of_their_words) {
    BOOST_TEST(small().base_forms("motor cars", part_of_speech::noun) == strings{"motor_car"},
               boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("looking up", part_of_speech::verb) == strings{"look_up"},
               boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("dogs of war", part_of_speech::noun) == strings{"dog"},
               boost::test_tools::per_element()); // an exception
    for (std::string const none : {"_", "-", "__", "looked_", "_up", "looking_down"})
        BOOST_TEST(small().base_forms(none, part_of_speech::verb).empty());
}

BOOST_AUTO_TEST_CASE(a_noun_in_ful_keeps_it) {
    BOOST_TEST(small().base_forms("boxesful", part_of_speech::noun) == strings{"boxful"},
               boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("boxfuls", part_of_speech::noun) == strings{"boxful"},
               boost::test_tools::per_element());
    BOOST_TEST(small().base_forms("ful", part_of_speech::noun).empty());
}

BOOST_AUTO_TEST_SUITE_END()
