#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>
import wordmill.core;
import wordmill.thesaurus;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"
#include "opened.hpp"

using namespace wordmill;
using strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(wordnet_database)

BOOST_AUTO_TEST_CASE(synsets_are_named_by_the_first_lemma_and_the_number_of_its_sense) {
    BOOST_TEST(names(small(), small().synsets("dog")) == (strings{"dog.n.01", "dog.n.02"}),
               boost::test_tools::per_element());
    BOOST_TEST(small().name(small().find("hound.n.01")) == "dog.n.01");
    BOOST_TEST(small().name(small().find("motor_car.n.01")) == "car.n.01");
    BOOST_TEST(small().name(small().find("Riverton.n.01")) == "riverton.n.01");
    BOOST_TEST(small().name(small().find("hotly.r.01")) == "hotly.r.01");
}

BOOST_AUTO_TEST_CASE(a_satellite_is_found_as_s_and_as_an_adjective) {
    auto const warm = small().find("warm.a.01");
    BOOST_TEST(small().name(warm) == "warm.s.01");
    BOOST_TEST((small().find("warm.s.01") == warm));
    BOOST_TEST(small().read(warm).satellite);
    BOOST_TEST(!small().read(small().find("hot.a.01")).satellite);
    BOOST_TEST((small().find("mild.s.01") == warm)); // the first satellite, but the second adjective
    BOOST_TEST((small().find("mild.a.02") == warm));
    BOOST_TEST(small().name(small().find("mild.a.01")) == "mild.a.01");
    BOOST_TEST(failure_of([] { (void)small().find("hot.s.01"); }).says("no satellite adjective 'hot'"));
}

BOOST_AUTO_TEST_CASE(a_word_gives_its_synsets_by_part_of_speech_whatever_its_case) {
    BOOST_TEST(names(small(), small().synsets("Hound")) == (strings{"dog.n.01", "hound.v.01"}),
               boost::test_tools::per_element());
    BOOST_TEST(names(small(), small().synsets("motor CAR")) == strings{"car.n.01"}, boost::test_tools::per_element());
    BOOST_TEST(names(small(), small().synsets("hound", part_of_speech::verb)) == strings{"hound.v.01"},
               boost::test_tools::per_element());
    BOOST_TEST(small().synsets("unheard").empty());
    BOOST_TEST(small().synsets("").empty());
}

BOOST_AUTO_TEST_CASE(a_gloss_is_a_definition_and_examples) {
    auto const dog = small().read(small().find("dog.n.01"));
    BOOST_TEST(dog.definition == "an animal that barks");
    BOOST_TEST(dog.examples == (strings{"the dog barked", "walk the dog"}), boost::test_tools::per_element());
    BOOST_TEST(small().read(small().find("cat.n.01")).examples.empty());
}

BOOST_AUTO_TEST_CASE(lemmas_keep_their_case_and_lose_their_marker) {
    auto const car = small().read(small().find("car.n.01"));
    BOOST_TEST((car.lemmas == std::vector<synset_lemma>{{"car", ""}, {"Motor_car", ""}}));
    BOOST_TEST(
        (small().read(small().find("hot.a.01")).lemmas == std::vector<synset_lemma>{{"hot", ""}, {"torrid", "p"}}));
    BOOST_TEST(small().read(small().find("mild.s.01")).lemmas[1].marker == "a");
    BOOST_TEST(small().read(small().find("rested.a.01")).lemmas[0].marker == "ip");
}

BOOST_AUTO_TEST_CASE(verbs_have_frames_of_all_lemmas_or_of_one) {
    BOOST_TEST((small().read(small().find("move.v.01")).frames == std::vector<verb_frame>{{1, 0}, {2, 1}}));
    BOOST_TEST(small().read(small().find("wax.v.01")).frames.empty());
}

BOOST_AUTO_TEST_CASE(every_kind_of_pointer_leads_to_its_target) {
    // from, kind, to; as the table of small_wordnet.hpp lists them, with the symbols of wninput(5WN)
    struct row {
        char const* from;
        relation kind;
        char const* to;
    };
    std::vector<row> const rows{{"move.v.01", relation::antonym, "rest.v.01"},
                                {"dog.n.01", relation::hypernym, "animal.n.01"},
                                {"riverton.n.01", relation::instance_hypernym, "town.n.01"},
                                {"vehicle.n.01", relation::hyponym, "car.n.01"},
                                {"town.n.01", relation::instance_hyponym, "riverton.n.01"},
                                {"dog.n.01", relation::member_holonym, "pack.n.01"},
                                {"rubber.n.01", relation::substance_holonym, "wheel.n.01"},
                                {"wheel.n.01", relation::part_holonym, "car.n.01"},
                                {"pack.n.01", relation::member_meronym, "dog.n.01"},
                                {"wheel.n.01", relation::substance_meronym, "rubber.n.01"},
                                {"car.n.01", relation::part_meronym, "wheel.n.01"},
                                {"heat.n.01", relation::attribute, "hot.a.01"},
                                {"dog.n.01", relation::derivation, "hound.v.01"},
                                {"warm.s.01", relation::topic_domain, "heat.n.01"},
                                {"heat.n.01", relation::topic_domain_member, "warm.s.01"},
                                {"barge.n.01", relation::region_domain, "riverton.n.01"},
                                {"riverton.n.01", relation::region_domain_member, "barge.n.01"},
                                {"dog.n.02", relation::usage_domain, "slang.n.01"},
                                {"slang.n.01", relation::usage_domain_member, "dog.n.02"},
                                {"run.v.01", relation::entailment, "move.v.01"},
                                {"hound.v.01", relation::cause, "move.v.01"},
                                {"look.v.01", relation::also_see, "look_up.v.01"},
                                {"run.v.01", relation::verb_group, "walk.v.01"},
                                {"hot.a.01", relation::similar_to, "warm.s.01"},
                                {"rested.a.01", relation::participle, "rest.v.01"},
                                {"hotly.r.01", relation::pertainym, "hot.a.01"}};
    std::set<relation> kinds;
    for (auto const& [from, kind, to] : rows) {
        kinds.insert(kind);
        BOOST_TEST_CONTEXT(from << ' ' << name_in(relations, kind))
        BOOST_TEST(names(small(), related(small(), small().find(from), kind)).at(0) == to);
    }
    BOOST_TEST(kinds.size() == std::size(relations));
}

BOOST_AUTO_TEST_CASE(a_pointer_says_which_lemmas_it_joins) {
    auto const dog = small().read(small().find("dog.n.01"));
    BOOST_TEST((dog.pointers.at(3) == synset_pointer{relation::derivation, small().find("hound.v.01"), 2, 1}));
    BOOST_TEST((dog.pointers.at(0) == synset_pointer{relation::hypernym, small().find("animal.n.01"), 0, 0}));
    BOOST_TEST((small().pointers(dog.id) == dog.pointers));
}

BOOST_AUTO_TEST_CASE(all_synsets_of_a_part_of_speech_are_listed) {
    std::map<char, std::size_t> counts; // in the table
    for (auto const& each : small_synsets()) ++counts[each.type];
    BOOST_TEST(small().all(part_of_speech::noun).size() == counts['n']);
    BOOST_TEST(small().all(part_of_speech::verb).size() == counts['v']);
    BOOST_TEST(small().all(part_of_speech::adjective).size() == counts['a'] + counts['s']);
    BOOST_TEST(small().all(part_of_speech::adverb).size() == counts['r']);
}

BOOST_AUTO_TEST_CASE(the_version_is_that_of_the_licence) {
    BOOST_TEST(small().version() == "9.1");
    auto files = small_wordnet();
    files["data.adj"] = "";
    BOOST_TEST(opened(files).version() == "");
}

BOOST_AUTO_TEST_CASE(names_that_name_nothing_say_what_would) {
    auto const refused = [](std::string const& name) { return failure_of([&] { (void)small().find(name); }); };
    BOOST_TEST((refused("car") == failure::bad_data));
    for (std::string const name : {"car", "", ".", "..", "car.n", ".n.01", "n.01"})
        BOOST_TEST(refused(name).says("a name such as car.n.01"));
    BOOST_TEST(refused("car.x.01").says("n, v, a, s or r"));
    BOOST_TEST(refused("car.v.01").says("no verb 'car'"));
    for (std::string const name : {"dog.n.00", "dog.n.03", "dog.n.", "dog.n.-1", "dog.n.4294967297"})
        BOOST_TEST(refused(name).says("a sense from 1 to 2 of the noun 'dog', found '" + name + "'"));
}

BOOST_AUTO_TEST_CASE(an_index_in_any_order_is_searched) {
    auto files = small_wordnet();
    auto& index = files["index.noun"];
    auto const wheel = index.find("\nwheel ") + 1;
    index = index.substr(wheel, index.find('\n', wheel) + 1 - wheel) + index.substr(0, wheel)
            + index.substr(index.find('\n', wheel) + 1);
    for (std::string const word : {"wheel", "animal", "vehicle"}) BOOST_TEST(opened(files).synsets(word).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_folder_is_read_and_a_missing_file_is_named) {
    scratch_folder const folder;
    write_small_wordnet(folder.path);
    BOOST_TEST(names(load_wordnet(folder.path), load_wordnet(folder.path).synsets("geese")) == strings{"goose.n.01"},
               boost::test_tools::per_element());
    std::filesystem::remove(folder.path / "verb.exc");
    auto const seen = failure_of([&] { (void)load_wordnet(folder.path); });
    BOOST_TEST((seen == failure::no_input));
    BOOST_TEST(seen.says("expected the file verb.exc"));
    BOOST_TEST((failure_of([&] { (void)load_wordnet(folder / "none"); }) == failure::no_input));
}

BOOST_AUTO_TEST_CASE(threads_read_one_database_at_the_same_time) {
    auto const words = opened(small_wordnet());
    std::vector<unsigned> depths(8);
    std::vector<strings> found(depths.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < depths.size(); ++i)
            threads.emplace_back([&, i] {
                depths[i] = words.max_depth(part_of_speech::noun);
                found[i] = names(words, words.synsets("geese"));
            });
    }
    for (std::size_t i = 0; i < depths.size(); ++i) {
        BOOST_TEST(depths[i] == 4U);
        BOOST_TEST(found[i] == strings{"goose.n.01"}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()
