// What damaged files say: the file, the byte, what was expected and what came.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.thesaurus;
#include "../io/failure_of.hpp"
#include "opened.hpp"

using namespace wordmill;

namespace {
/// The failure when everything about dogs and running is read, after `from` became `to` in a file.
seen_failure after(std::string const& file, std::string const& from, std::string const& to) {
    auto files = small_wordnet();
    auto const at = files.at(file).find(from);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    files.at(file).replace(at, from.size(), to);
    return failure_of([&] {
        auto const words = opened(files);
        for (std::string const word : {"dog", "run", "warm", "hotly"})
            for (auto const id : words.synsets(word)) {
                (void)words.name(id);
                (void)words.pointers(id);
            }
    });
}

std::size_t offset_of(std::string const& file, std::string const& text) { return small_wordnet().at(file).find(text); }
}

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(fields_that_are_wrong_are_named_with_file_and_byte) {
    auto const dog = offset_of("data.noun", " 03 n 02 dog") - 8;
    auto const seen = after("data.noun", "03 n 02 dog", "x3 n 02 dog");
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("small/data.noun, byte " + std::to_string(dog + 9)
                         + ": WordNet: expected the number of a lexicographer file, 2 digits, found 'x3'"));
    BOOST_TEST(after("data.noun", "03 n 02 dog", "03 v 02 dog").says("expected the part of speech n, found 'v'"));
    BOOST_TEST(after("data.noun", "03 n 02 dog", "03 s 02 dog").says("expected the part of speech n, found 's'"));
    BOOST_TEST(after("data.noun", "03 n 02 dog", "03 n 00 dog").says("one lemma or more"));
    BOOST_TEST(after("data.noun", "03 n 02 dog", "03 n 2g dog").says("2 hexadecimal digits"));
    BOOST_TEST(after("data.noun", "dog 0 hound 0", "dog z hound 0").says("hexadecimal number of a sense, found 'z'"));
    BOOST_TEST(after("data.noun", "hound 0 004", "hound 0 04x").says("number of pointers, 3 digits"));
    BOOST_TEST(after("data.noun", "hound 0 004 @ ", "hound 0 004 ? ").says("symbol of a pointer"));
    BOOST_TEST(after("data.noun", "v 0201", "x 0201").says("parts of speech n, v, a, s and r, found 'x'"));
    BOOST_TEST(after("data.noun", "v 0201", "v 0301").says("a pointer from one of 2 lemmas, found '0301'"));
    BOOST_TEST(after("data.noun", "v 0201 |", "v 0201 !").says("expected | and a definition"));
    BOOST_TEST(after("data.verb", "01 + 02 00 | move fast", "01 - 02 00 | move fast").says("the + of a verb frame"));
    BOOST_TEST(
        after("data.verb", "01 + 02 00 | move fast", "01 + 02 07 | move fast").says("a verb frame of one of 1 lemmas"));
    BOOST_TEST(
        after("data.verb", "01 + 02 00 | move fast", "| move fast").says("number of verb frames, 2 digits, found '|'"));
    BOOST_TEST(after("data.noun", "hound 0 004", "hound 0 009")
                   .says("expected the symbol of a pointer, as in wninput(5WN), found '|'"));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_cut_says_so) {
    auto files = small_wordnet();
    auto& nouns = files["data.noun"];
    auto const line = nouns.find(" 03 n 02 dog");
    for (std::size_t cut = line + 3; cut < nouns.find('|', line); ++cut) {
        auto damaged = files;
        auto& text = damaged["data.noun"];
        text[cut] = '\n';
        auto const seen = failure_of([&] { (void)opened(damaged).read(opened(damaged).find("dog.n.01")); });
        BOOST_TEST_CONTEXT(cut << seen.text) BOOST_TEST(seen.says("small/data.noun, byte "));
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_inside_a_line_is_refused_at_once) {
    for (std::string const name : {"data.noun", "index.verb", "adj.exc"}) {
        auto files = small_wordnet();
        files[name].pop_back();
        auto const seen = failure_of([&] { (void)opened(files); });
        BOOST_TEST((seen == failure::bad_data));
        BOOST_TEST(seen.says("small/" + name + ", byte " + std::to_string(files[name].size())));
        BOOST_TEST(seen.says("truncated"));
    }
}

BOOST_AUTO_TEST_CASE(an_offset_that_begins_no_line_points_to_another_version) {
    auto files = small_wordnet();
    auto const dog = files["data.noun"].find(" 03 n 02 dog") - 8;
    auto const first = [&](std::string const& digits) {
        return after("index.noun", std::to_string(dog).insert(0, 8 - std::to_string(dog).size(), '0'), digits);
    };
    auto const inside = first("00000200");
    BOOST_TEST(inside.says("small/data.noun, byte 200: "));
    BOOST_TEST(inside.says("found the middle of a line"));
    BOOST_TEST(inside.says("different versions"));
    BOOST_TEST(first("00000000").says("the number of a synset, 8 digits, found '1'")); // the licence
    BOOST_TEST(
        first("99999999").says("found the end of the file at byte " + std::to_string(files["data.noun"].size())));
    files["data.noun"].insert(files["data.noun"].find('\n') - 1, "."); // every line is a byte later
    BOOST_TEST(failure_of([&] {
                   (void)opened(files).read(opened(files).find("dog.n.01"));
               }).says("found the middle of a line"));
    auto other = small_wordnet(); // as long, with other numbers
    std::string const number = other["data.noun"].substr(dog, 8);
    other["data.noun"].replace(dog, 8, "00000001");
    BOOST_TEST(failure_of([&] {
                   (void)opened(other).read(opened(other).find("dog.n.01"));
               }).says("a synset with the number of its byte, found '00000001'"));
}

BOOST_AUTO_TEST_CASE(a_synset_that_the_index_does_not_list_is_found_out) {
    auto files = small_wordnet();
    auto& data = files["data.noun"];
    data.replace(data.find("01 cat"), 6, "01 car"); // its line is where it was, its lemma is another
    auto const seen = failure_of([&] { (void)opened(files).name(opened(files).find("cat.n.01")); });
    BOOST_TEST(seen.says("expected a synset that the index lists for 'car'"));
}

BOOST_AUTO_TEST_CASE(lines_of_an_index_that_are_wrong_are_named) {
    auto const index = small_wordnet().at("index.noun");
    auto const line =
        index.substr(index.find("\ndog n") + 1, index.find('\n', index.find("\ndog n") + 1) - index.find("\ndog n"));
    auto const changed = [&](std::string text, std::string const& from, std::string const& to) {
        text.replace(text.find(from), from.size(), to);
        return after("index.noun", "\n" + line, "\n" + text);
    };
    BOOST_TEST(changed(line, "dog n 2", "dog v 2").says("expected the part of speech n, found 'v'"));
    BOOST_TEST(changed(line, "dog n 2", "dog n 0").says("one synset or more"));
    BOOST_TEST(changed(line, "dog n 2", "dog n x").says("the number of synsets, found 'x'"));
    BOOST_TEST(changed(line, "dog n 2", "dog n 1").says("the end of the line after 1 synsets"));
    BOOST_TEST(changed(line, "dog n 2", "dog n 4294967295")
                   .says("expected the number of a synset, 8 digits, found the end of the line"));
    BOOST_TEST(changed(line, "@ ~ 2 1", "@ ~ 2 y").says("tagged senses, found 'y'"));
    BOOST_TEST(after("index.noun", "\n" + line, "\n" + line + line).says("expected one line for 'dog'"));
}

BOOST_AUTO_TEST_SUITE_END()
