// WordNet 3.0 itself, where it is installed. Expected values are those of NLTK 3.10 with the same files.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.thesaurus;
#include "../skipped.hpp"
#include "opened.hpp"

using namespace wordmill;
using strings = std::vector<std::string>;

namespace {
std::optional<wordnet> installed() {
    try {
        auto words = load_wordnet(find_wordnet(wordnet_folders([](char const* name) { return std::getenv(name); })));
        if (words.version() == "3.0") return words;
    } catch (error const&) {}
    return std::nullopt;
}

wordnet const& real() {
    static wordnet const words = *installed();
    return words;
}

boost::unit_test::precondition needs_wordnet() {
    return skipped_if([] { return installed() ? "" : "WordNet 3.0 is not installed (Debian's wordnet-base)"; });
}
}

BOOST_AUTO_TEST_SUITE(real_wordnet)

// The first three are those of Saito Goki, "Deep Learning from Scratch 2", appendix B.
BOOST_AUTO_TEST_CASE(similarities_are_those_of_nltk, *needs_wordnet()) {
    struct row {
        char const *a, *b;
        double path, wu_palmer, leacock_chodorow;
    };
    std::vector<row> const rows{
        {"car.n.01", "novel.n.01", 0.0555555555555556, 0.105263157894737, 0.747214401830221},
        {"car.n.01", "dog.n.01", 0.0769230769230769, 0.4, 1.07263680226485},
        {"car.n.01", "motorcycle.n.01", 0.333333333333333, 0.916666666666667, 2.53897387105828},
        {"dog.n.01", "cat.n.01", 0.2, 0.857142857142857, 2.02814824729229},
        {"dog.n.01", "wolf.n.01", 0.333333333333333, 0.928571428571429, 2.53897387105828},
        {"entity.n.01", "dog.n.01", 0.111111111111111, 0.2, 1.44036158239017},
        {"dog.n.01", "entity.n.01", 0.111111111111111, 0.2, 1.44036158239017},
        {"entity.n.01", "entity.n.01", 1, 1, 3.63758615972639},
        {"tree.n.01", "oak.n.02", 0.5, 0.952380952380952, 2.94443897916644},
        {"paris.n.01", "london.n.01", 0.333333333333333, 0.909090909090909, 2.53897387105828},
        {"paris.n.01", "city.n.01", 0.333333333333333, 0.9, 2.53897387105828},
        {"einstein.n.01", "physicist.n.01", 0.5, 0.631578947368421, 2.94443897916644},
        {"einstein.n.01", "bohr.n.01", 0.25, 0.571428571428571, 2.2512917986065},
        {"king.n.01", "queen.n.02", 0.125, 0.571428571428571, 1.55814461804655},
        {"man.n.01", "woman.n.01", 0.333333333333333, 0.666666666666667, 2.53897387105828},
        {"hand.n.01", "foot.n.01", 0.25, 0.823529411764706, 2.2512917986065},
        {"water.n.01", "wine.n.01", 0.111111111111111, 0.4, 1.44036158239017},
        {"coffee.n.01", "tea.n.01", 0.333333333333333, 0.888888888888889, 2.53897387105828},
        {"love.n.01", "hate.n.01", 0.333333333333333, 0.857142857142857, 2.53897387105828},
        {"truth.n.01", "lie.n.01", 0.0909090909090909, 0.285714285714286, 1.23969088692802},
        {"computer.n.01", "software.n.01", 0.0625, 0.117647058823529, 0.864997437486605},
        {"book.n.01", "page.n.01", 0.0625, 0.210526315789474, 0.864997437486605},
        {"chair.n.01", "table.n.02", 0.25, 0.842105263157895, 2.2512917986065},
        {"table.n.01", "table.n.02", 0.0714285714285714, 0.133333333333333, 0.998528830111127},
        {"bank.n.01", "bank.n.02", 0.0769230769230769, 0.142857142857143, 1.07263680226485},
        {"bank.n.01", "river.n.01", 0.111111111111111, 0.333333333333333, 1.44036158239017},
        {"money.n.01", "bank.n.02", 0.0833333333333333, 0.266666666666667, 1.15267950993839},
        {"football.n.01", "tennis.n.01", 0.166666666666667, 0.782608695652174, 1.84582669049833},
        {"year.n.01", "month.n.02", 0.166666666666667, 0.545454545454545, 1.84582669049833},
        {"january.n.01", "winter.n.01", 0.166666666666667, 0.666666666666667, 1.84582669049833},
        {"red.n.01", "blue.n.01", 0.333333333333333, 0.875, 2.53897387105828},
        {"run.v.01", "walk.v.01", 0.25, 0.285714285714286, 1.87180217690159},
        {"walk.v.01", "run.v.01", 0.25, 0.285714285714286, 1.87180217690159},
        {"run.v.01", "move.v.02", 0.2, 0.333333333333333, 1.64865862558738},
        {"move.v.02", "run.v.01", 0.2, 0.333333333333333, 1.64865862558738},
        {"travel.v.01", "walk.v.01", 0.5, 0.666666666666667, 2.56494935746154},
        {"eat.v.01", "drink.v.01", 0.333333333333333, 0.333333333333333, 2.15948424935337},
        {"think.v.01", "believe.v.01", 0.25, 0.571428571428571, 1.87180217690159},
        {"buy.v.01", "sell.v.01", 0.166666666666667, 0.285714285714286, 1.46633706879343},
        {"give.v.01", "take.v.01", 0.25, 0.4, 1.87180217690159},
        {"be.v.01", "have.v.01", 0.333333333333333, 0.5, 2.15948424935337},
        {"change.v.01", "grow.v.01", 0.25, 0.4, 1.87180217690159},
        {"kill.v.01", "die.v.01", 0.2, 0.333333333333333, 1.64865862558738},
        {"say.v.01", "sing.v.01", 0.111111111111111, 0.2, 1.06087196068526},
        {"sleep.v.01", "wake_up.v.02", 0.125, 0.222222222222222, 1.17865499634165},
        {"break.v.01", "fracture.v.01", 0.142857142857143, 0.25, 1.31218638896617},
        {"hot.a.01", "cold.a.01", 0.333333333333333, 0.5, -0.405465108108164},
        {"big.a.01", "big.a.01", 1, 1, 0.693147180559945},
        {"warm.a.01", "beautiful.a.01", 0.333333333333333, 0.5, -0.405465108108164},
        {"fast.s.02", "quick.s.01", 0.333333333333333, 0.5, -0.405465108108164},
        {"quickly.r.01", "slowly.r.01", 0.333333333333333, 0.5, -0.405465108108164},
        {"person.n.01", "artifact.n.01", 0.2, 0.666666666666667, 2.02814824729229},
        {"organism.n.01", "person.n.01", 0.5, 0.923076923076923, 2.94443897916644},
        {"person.n.01", "living_thing.n.01", 0.333333333333333, 0.833333333333333, 2.53897387105828},
        {"house.n.01", "home.n.01", 0.0833333333333333, 0.352941176470588, 1.15267950993839},
        {"apple.n.01", "fruit.n.01", 0.333333333333333, 0.9, 2.53897387105828},
        {"whale.n.02", "fish.n.01", 0.125, 0.72, 1.55814461804655},
        {"guitar.n.01", "piano.n.01", 0.333333333333333, 0.9, 2.53897387105828},
        {"doctor.n.01", "nurse.n.01", 0.25, 0.869565217391304, 2.2512917986065},
        {"bird.n.01", "airplane.n.01", 0.0666666666666667, 0.363636363636364, 0.929535958624176},
    };
    for (auto const& [a, b, path, wu_palmer, leacock_chodorow] : rows) {
        auto const first = real().find(a), second = real().find(b);
        BOOST_TEST_CONTEXT(a << ' ' << b) {
            BOOST_CHECK_SMALL(*path_similarity(real(), first, second) - path, 1e-12);
            BOOST_CHECK_SMALL(*wu_palmer_similarity(real(), first, second) - wu_palmer, 1e-12);
            BOOST_CHECK_SMALL(*leacock_chodorow_similarity(real(), first, second) - leacock_chodorow, 1e-12);
        }
    }
}

BOOST_AUTO_TEST_CASE(base_forms_are_those_of_nltk, *needs_wordnet()) {
    struct row {
        char const* form;
        part_of_speech pos;
        strings bases;
    };
    std::vector<row> const rows{
        {"dogs", part_of_speech::noun, {"dog"}},
        {"churches", part_of_speech::noun, {"church"}},
        {"aardwolves", part_of_speech::noun, {"aardwolf"}},
        {"abaci", part_of_speech::noun, {"abacus"}},
        {"book", part_of_speech::noun, {"book"}},
        {"glasses", part_of_speech::noun, {"glasses", "glass"}},
        {"geese", part_of_speech::noun, {"goose"}},
        {"men", part_of_speech::noun, {"men", "man"}},
        {"women", part_of_speech::noun, {"woman"}},
        {"data", part_of_speech::noun, {"data", "datum"}},
        {"axes", part_of_speech::noun, {"ax", "axis"}},
        {"leaves", part_of_speech::noun, {"leaf", "leave"}},
        {"feet", part_of_speech::noun, {"foot"}},
        {"mice", part_of_speech::noun, {"mouse"}},
        {"children", part_of_speech::noun, {"child"}},
        {"wives", part_of_speech::noun, {"wife"}},
        {"knives", part_of_speech::noun, {"knife"}},
        {"oxen", part_of_speech::noun, {"oxen", "ox"}},
        {"boxes", part_of_speech::noun, {"box"}},
        {"cities", part_of_speech::noun, {"city"}},
        {"buses", part_of_speech::noun, {"bus"}},
        {"lenses", part_of_speech::noun, {"lense", "lens"}},
        {"kings", part_of_speech::noun, {"king"}},
        {"ran", part_of_speech::verb, {"run"}},
        {"running", part_of_speech::verb, {"run"}},
        {"walked", part_of_speech::verb, {"walk"}},
        {"saw", part_of_speech::verb, {"saw", "see"}},
        {"was", part_of_speech::verb, {"be"}},
        {"is", part_of_speech::verb, {"be"}},
        {"lies", part_of_speech::verb, {"lie"}},
        {"found", part_of_speech::verb, {"found", "find"}},
        {"taking", part_of_speech::verb, {"take"}},
        {"stopped", part_of_speech::verb, {"stop"}},
        {"denied", part_of_speech::verb, {"deny"}},
        {"abode", part_of_speech::verb, {"abide"}},
        {"cut", part_of_speech::verb, {"cut"}},
        {"sees", part_of_speech::verb, {"see"}},
        {"does", part_of_speech::verb, {"do"}},
        {"going", part_of_speech::verb, {"go"}},
        {"better", part_of_speech::adjective, {"better", "good", "well"}},
        {"bigger", part_of_speech::adjective, {"bigger", "big"}},
        {"hotter", part_of_speech::adjective, {"hot"}},
        {"finest", part_of_speech::adjective, {"fine"}},
        {"nicest", part_of_speech::adjective, {"nice"}},
        {"further", part_of_speech::adjective, {"further"}},
        {"angriest", part_of_speech::adjective, {"angry"}},
        {"red", part_of_speech::adjective, {"red"}},
        {"better", part_of_speech::adverb, {"better", "well"}},
        {"best", part_of_speech::adverb, {"best", "well"}},
        {"quickly", part_of_speech::adverb, {"quickly"}},
        {"harder", part_of_speech::adverb, {"hard"}},
    };
    for (auto const& [form, pos, bases] : rows) BOOST_TEST_CONTEXT(form << ' ' << name_in(parts_of_speech, pos))
    BOOST_TEST(real().base_forms(form, pos) == bases, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_synset_is_read_and_found_by_its_name, *needs_wordnet()) {
    // The numbers of synsets in WordNet 3.0, and the largest depths.
    struct row {
        part_of_speech pos;
        std::size_t synsets;
        unsigned depth;
    };
    for (auto const& [pos, synsets, depth] : std::vector<row>{{part_of_speech::noun, 82115, 19},
                                                              {part_of_speech::verb, 13767, 12},
                                                              {part_of_speech::adjective, 18156, 0},
                                                              {part_of_speech::adverb, 3621, 0}}) {
        auto const all = real().all(pos);
        BOOST_TEST(all.size() == synsets);
        BOOST_TEST(real().max_depth(pos) == depth);
        std::size_t wrong = 0;
        for (auto const id : all) {
            auto const read = real().read(id);
            wrong += real().find(real().name(read)) != id || read.pointers != real().pointers(id);
        }
        BOOST_TEST(wrong == 0U);
    }
}

BOOST_AUTO_TEST_CASE(words_and_their_relations_are_those_of_nltk, *needs_wordnet()) {
    BOOST_TEST(names(real(), real().synsets("car"))
                   == (strings{"car.n.01", "car.n.02", "car.n.03", "car.n.04", "cable_car.n.01"}),
               boost::test_tools::per_element());
    BOOST_TEST(names(real(), real().synsets("fast", part_of_speech::adjective))
                   == (strings{"fast.a.01", "fast.a.02", "fast.a.03", "fast.s.01", "fast.s.02", "debauched.s.01",
                               "flying.s.02", "fast.s.05", "firm.s.10", "fast.s.07"}),
               boost::test_tools::per_element());
    BOOST_TEST(reachable(real(), real().find("dog.n.01"), {relation::hyponym, relation::instance_hyponym}).size()
               == 189U);
    BOOST_TEST(related(real(), real().find("car.n.01"), relation::part_meronym).size() == 29U);
    auto const car = real().read(real().find("car.n.01"));
    BOOST_TEST(car.definition
               == "a motor vehicle with four wheels; usually propelled by an internal combustion engine");
    BOOST_TEST(car.examples == strings{"he needs a car to get to work"}, boost::test_tools::per_element());
    strings lemmas;
    for (auto const& lemma : car.lemmas) lemmas.push_back(lemma.name);
    BOOST_TEST(lemmas == (strings{"car", "auto", "automobile", "machine", "motorcar"}),
               boost::test_tools::per_element());
    std::set<strings> paths;
    for (auto const& path : hypernym_paths(real(), car.id)) paths.insert(names(real(), path));
    BOOST_TEST(
        (paths
         == std::set<strings>{{"entity.n.01", "physical_entity.n.01", "object.n.01", "whole.n.02", "artifact.n.01",
                               "instrumentality.n.03", "container.n.01", "wheeled_vehicle.n.01",
                               "self-propelled_vehicle.n.01", "motor_vehicle.n.01", "car.n.01"},
                              {"entity.n.01", "physical_entity.n.01", "object.n.01", "whole.n.02", "artifact.n.01",
                               "instrumentality.n.03", "conveyance.n.03", "vehicle.n.01", "wheeled_vehicle.n.01",
                               "self-propelled_vehicle.n.01", "motor_vehicle.n.01", "car.n.01"}}));
}

BOOST_AUTO_TEST_SUITE_END()
