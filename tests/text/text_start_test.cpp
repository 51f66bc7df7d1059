// Files of words are read back although their first word begins like a compressed file.
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "../io/scratch_folder.hpp"

using namespace wordmill;
using namespace std::string_literals;

namespace {
// The first bytes of the codecs and archives, by their specifications.
std::vector<std::string> const marks{"\x1f\x8b\x08",
                                     "BZh9",
                                     "BZh91AY&SY",
                                     "\x28\xb5\x2f\xfd",
                                     "\x50\x2a\x4d\x18",
                                     "\xfd"
                                     "7zXZ\0"s,
                                     "PK\x03\x04",
                                     "7z\xbc\xaf\x27\x1c",
                                     "Rar!\x1a\x07",
                                     "\x04\x22\x4d\x18",
                                     "LZIP\x01",
                                     "\x1f\x9d",
                                     "\x89LZO\0\x0d\x0a\x1a\x0a"s,
                                     "\xff\x06\0\0sNaPpY"s,
                                     "MSCF\0\0\0\0"s,
                                     "xar!\0"s,
                                     "\x5d\0\0"s,
                                     "\x22\xb5\x2f\xfd",
                                     "\xfd\x2f\xb5\x1e"};
}

BOOST_AUTO_TEST_SUITE(text_start)

BOOST_AUTO_TEST_CASE(compressed_files_are_told_from_text) {
    for (auto const& mark : marks) BOOST_TEST(may_look_compressed(mark + "rest"));
    for (std::string const text : {"", "a", "the\t5\n", "한국어\t3\n", "BZ\t1\n", "\xEF\xBB\xBF", "PK\t2\n"})
        BOOST_TEST(!may_look_compressed(text), text);
}

BOOST_AUTO_TEST_CASE(a_vocabulary_is_read_back_whatever_its_first_word_is) {
    auto words = marks;
    words.insert(words.end(), {"a", "\t", "\\", "\r", "\0"s, "한국어", "\xFF", "\xEF\xBB\xBF", " ", "\f"});
    std::mt19937 random(3);
    for (int i = 0; i < 50; ++i) {
        std::string word;
        for (auto size = 1 + random() % 8; size > 0; --size) word += static_cast<char>(random());
        words.push_back(word);
    }
    scratch_folder const folder;
    for (auto const& word : words) {
        word_counter counter;
        counter.add(word);
        counter.add(word);
        counter.add("zz");
        vocabulary const made(std::move(counter).finish());
        save_vocabulary(made, folder / "v.tsv", {.overwrite = true});
        auto const read = load_vocabulary(folder / "v.tsv");
        BOOST_REQUIRE(read.size() == 2);
        BOOST_TEST(read.word(id_at(0)) == word);
        BOOST_TEST(read.fingerprint() == made.fingerprint());
    }
}

BOOST_AUTO_TEST_SUITE_END()
