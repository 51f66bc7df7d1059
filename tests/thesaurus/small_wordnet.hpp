#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// A small database in the format of wndb(5WN), of our own words: with every kind of pointer, collocations, markers,
// satellites, verbs without a common root, and exceptions. Synsets are listed by falling frequency of their senses; the
// data files hold them in the opposite order, so that numbers of senses cannot come from the order of the lines.

struct small_pointer {
    std::string symbol;
    std::string target; // "n:dog": part of speech and key
    std::string lemmas = "0000";
};

struct small_synset {
    char type; // n, v, a, s, r
    std::string key;
    std::vector<std::string> lemmas;
    std::string gloss;
    std::vector<small_pointer> pointers = {};
    std::string frames = {}; // of a verb
    unsigned tagged = 0;
};

//                        thing
//          being           |        object
//     animal |            |    belonging | tool    rubber  town  pack  heat  field
//        |  pet -----------+--------'     vehicle, wheel
//      dog, cat (of animal and pet)        car
inline std::vector<small_synset> const& small_synsets() {
    static std::vector<small_synset> const all{
        {'n', "thing", {"thing"}, "whatever there is", {{"~", "n:being"}, {"~", "n:object"}}, {}, 1},
        {'n', "being", {"being", "living_thing"}, "a thing that lives", {{"@", "n:thing"}}},
        {'n', "object", {"object"}, "a thing that can be seen", {{"@", "n:thing"}}, {}, 1},
        {'n', "belonging", {"belonging"}, "an object that somebody owns", {{"@", "n:object"}}},
        {'n', "animal", {"animal"}, "a being that moves", {{"@", "n:being"}, {"~", "n:dog"}, {"~", "n:cat"}}, {}, 1},
        {'n', "pet", {"pet"}, "an animal at home", {{"@", "n:being"}, {"@", "n:belonging"}}},
        {'n',
         "dog",
         {"dog", "hound"},
         "an animal that barks; \"the dog barked\"; \"walk the dog\"",
         {{"@", "n:animal"}, {"@", "n:pet"}, {"#m", "n:pack"}, {"+", "v:hound", "0201"}},
         {},
         1},
        {'n', "cat", {"cat"}, "an animal that purrs", {{"@", "n:animal"}, {"@", "n:pet"}}, {}, 1},
        {'n', "pack", {"pack"}, "a group of dogs", {{"@", "n:thing"}, {"%m", "n:dog"}}},
        {'n', "dog-2", {"dog"}, "a bad thing", {{"@", "n:thing"}, {";u", "n:slang"}}},
        {'n', "tool", {"tool"}, "an object for work", {{"@", "n:object"}}, {}, 1},
        {'n', "vehicle", {"vehicle"}, "a tool that carries", {{"@", "n:tool"}, {"~", "n:car"}}, {}, 1},
        {'n',
         "car",
         {"car", "Motor_car"},
         "a vehicle with four wheels; \"by car\"",
         {{"@", "n:vehicle"}, {"%p", "n:wheel"}},
         {},
         2},
        {'n', "wheel", {"wheel"}, "a round tool", {{"@", "n:tool"}, {"#p", "n:car"}, {"%s", "n:rubber"}}, {}, 1},
        {'n', "rubber", {"rubber"}, "what wheels are made of", {{"@", "n:thing"}, {"#s", "n:wheel"}}},
        {'n', "town", {"town"}, "a place of houses", {{"@", "n:thing"}, {"~i", "n:riverton"}}},
        {'n', "riverton", {"Riverton"}, "a town on a river", {{"@i", "n:town"}, {"-r", "n:barge"}}},
        {'n', "barge", {"barge"}, "a vehicle on a river", {{"@", "n:vehicle"}, {";r", "n:riverton"}}},
        {'n', "heat", {"heat"}, "how hot something is", {{"@", "n:thing"}, {"=", "a:hot"}, {"-c", "a:warm"}}},
        {'n', "slang", {"slang"}, "words that are not in books", {{"@", "n:thing"}, {"-u", "n:dog-2"}}},
        {'n', "goose", {"goose"}, "an animal that honks", {{"@", "n:animal"}}},
        {'n', "box", {"box"}, "an object to put things in", {{"@", "n:object"}}},
        {'n', "boxful", {"boxful"}, "what a box holds", {{"@", "n:thing"}}},
        {'v',
         "move",
         {"move", "go"},
         "change place",
         {{"~", "v:run"}, {"!", "v:rest", "0101"}},
         "02 + 01 00 + 02 01",
         1},
        {'v', "run", {"run"}, "move fast", {{"@", "v:move"}, {"*", "v:move"}, {"$", "v:walk"}}, "01 + 02 00", 1},
        {'v', "walk", {"walk"}, "move on foot", {{"@", "v:move"}, {"$", "v:run"}}, "01 + 02 00", 1},
        {'v', "rest", {"rest"}, "stay in a place", {{"!", "v:move", "0101"}}, "01 + 02 00"},
        {'v', "hound", {"hound"}, "run after", {{"@", "v:run"}, {"+", "n:dog", "0102"}, {">", "v:move"}}, "01 + 08 00"},
        {'v', "look", {"look"}, "use the eyes", {{"^", "v:look_up", "0101"}}, "01 + 02 00"},
        {'v', "look_up", {"look_up"}, "find in a book", {}, "01 + 08 00"},
        {'v', "wax", {"wax", "goose"}, "grow", {}, "00"},
        {'a', "hot", {"hot", "torrid(p)"}, "of much heat", {{"=", "n:heat"}, {"!", "a:cold", "0101"}, {"&", "a:warm"}}},
        {'a', "cold", {"cold"}, "of little heat", {{"!", "a:hot", "0101"}}},
        {'a', "mild", {"mild"}, "neither hot nor cold", {}},
        {'s', "warm", {"warm", "mild(a)"}, "of some heat", {{"&", "a:hot"}, {";c", "n:heat"}}},
        {'a', "rested", {"rested(ip)"}, "after a rest", {{"<", "v:rest", "0101"}, {"\\", "n:thing", "0101"}}},
        {'r', "hotly", {"hotly"}, "in a hot way", {{"\\", "a:hot", "0101"}}}};
    return all;
}

/// The files of the database by name.
inline std::map<std::string, std::string> small_wordnet() {
    constexpr std::array<std::string_view, 4> suffixes{"noun", "verb", "adj", "adv"};
    auto const part_of = [](char type) { return std::string_view("nvar").find(type == 's' ? 'a' : type); };
    auto const digits = [](char const* format, std::size_t value) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(value));
        return std::string(text.data());
    };
    std::string const licence = "  1 Made for tests.  \n  2 WordNet 9.1 Copyright nobody  \n";
    std::map<std::string, std::string> files{{"noun.exc", "dogs_of_war dog\ngeese goose\ngeese wax goose\n"},
                                             {"verb.exc", "ran run\nwaxed wax\nwent go unknown\n"},
                                             {"adj.exc", "hotter hot\n"},
                                             {"adv.exc", ""}};
    std::map<std::string, std::size_t> offsets;
    std::array<std::string, 4> data;
    for (int pass = 0; pass < 2; ++pass) // the first finds the offsets: they have 8 digits, known or not
        for (std::size_t part = 0; part < 4; ++part) {
            auto& text = data[part] = licence;
            auto const& all = small_synsets();
            for (auto synset = all.rbegin(); synset != all.rend(); ++synset) {
                if (part_of(synset->type) != part) continue;
                offsets[std::string(1, "nvar"[part]) + ':' + synset->key] = text.size();
                text +=
                    digits("%08u", text.size()) + " 03 " + synset->type + ' ' + digits("%02x", synset->lemmas.size());
                for (auto const& lemma : synset->lemmas) text += ' ' + lemma + " 0";
                text += ' ' + digits("%03u", synset->pointers.size());
                for (auto const& [symbol, target, lemmas] : synset->pointers)
                    text += ' ' + symbol + ' ' + digits("%08u", offsets[target]) + ' ' + target[0] + ' ' + lemmas;
                if (synset->type == 'v') text += ' ' + synset->frames;
                text += " | " + synset->gloss + "  \n";
            }
        }
    for (std::size_t part = 0; part < 4; ++part) {
        std::map<std::string, std::vector<small_synset const*>> senses;
        for (auto const& synset : small_synsets())
            if (part_of(synset.type) == part)
                for (auto lemma : synset.lemmas) {
                    std::ranges::transform(lemma, lemma.begin(),
                                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
                    senses[lemma.substr(0, lemma.find('('))].push_back(&synset);
                }
        std::string index = licence;
        for (auto const& [lemma, synsets] : senses) {
            std::size_t tagged = 0;
            for (auto const* synset : synsets) tagged += synset->tagged > 0;
            auto const count = std::to_string(synsets.size());
            index += lemma + ' ' + "nvar"[part] + ' ' + count + " 2 @ ~ " + count + ' ' + std::to_string(tagged);
            for (auto const* synset : synsets)
                index += ' ' + digits("%08u", offsets[std::string(1, "nvar"[part]) + ':' + synset->key]);
            index += "  \n";
        }
        files["data." + std::string(suffixes[part])] = data[part];
        files["index." + std::string(suffixes[part])] = index;
    }
    return files;
}

inline void write_small_wordnet(std::filesystem::path const& folder) {
    std::filesystem::create_directories(folder);
    for (auto const& [name, text] : small_wordnet()) std::ofstream(folder / name, std::ios::binary) << text;
}
