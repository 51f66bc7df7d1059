// What is written is read back, whatever bytes the words have.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;
using namespace std::string_literals;

namespace {
std::vector<std::string> const hostile{"\f",
                                       "\v",
                                       "a\fb",
                                       "\r",
                                       "a\r",
                                       "\0"s,
                                       "a\0b"s,
                                       "\x1b[31m",
                                       "\x7f",
                                       "\xC2\xA0",     // no-break space
                                       "\xC2\x85",     // next line
                                       "\xE2\x80\xA8", // line separator
                                       "\xEF\xBB\xBF", // byte order mark
                                       "\xEF\xBB\xBF"
                                       "a",
                                       "\"",
                                       "'",
                                       "\\",
                                       "\\t",
                                       "\\x41",
                                       "#",
                                       ":",
                                       "3",
                                       "1.5",
                                       "-1e-5",
                                       "nan",
                                       "inf",
                                       "\xFF\xFE",
                                       "\xC3",
                                       "\xED\xA0\x80",
                                       "</s>",
                                       "\x80\x02pickle",
                                       "\x93NUMPY",
                                       "\x89HDF",
                                       "\x1f\x8b\x08",
                                       "BZh91AY&SY",
                                       "\x28\xb5\x2f\xfd",
                                       "\xfd"
                                       "7zXZ\0"s,
                                       "PK\x03\x04",
                                       "LZIP\x01",
                                       "\xba\x16\x4f\x2f",
                                       "\0\0\0\0\0\0\0\0{"s,
                                       "WMMATRIX",
                                       "%%MatrixMarket",
                                       "{\"text\":1}",
                                       "한국어",
                                       std::string(100'000, 'x')};
/// Only some formats hold these.
std::vector<std::string> const with_blanks{" ", "\t", "\n", "a b", ". . .", "a\tb", "a\nb", "\n\n", " a", "a ", "3 4"};

word_vectors vectors_of(std::vector<std::string> const& words, std::size_t dimension, std::mt19937& random) {
    std::normal_distribution<float> draw;
    matrix<float> rows(words.size(), dimension);
    for (std::size_t r = 0; r < words.size(); ++r)
        for (auto& value : rows.view().row(r)) value = random() % 8 == 0 ? 4.0F : draw(random); // 4 looks whole
    return {words, rows.view()};
}

/// Each word once; `plain` ones hold neither blanks nor newlines.
std::vector<std::string> some_words(std::mt19937& random, bool plain) {
    std::set<std::string> seen;
    std::vector<std::string> words;
    for (auto left = 1 + random() % 12; left > 0; --left) {
        std::string word;
        switch (random() % 3) {
        case 0: word = hostile[random() % hostile.size()]; break;
        case 1: word = plain ? "w" : with_blanks[random() % with_blanks.size()]; break;
        default:
            for (auto size = 1 + random() % 12; size > 0; --size) word += static_cast<char>(random());
        }
        if (plain) std::erase_if(word, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
        if (!word.empty() && seen.insert(word).second) words.push_back(word);
    }
    if (words.empty()) words.emplace_back("x");
    return words;
}

void check_row(word_vectors const& a, std::size_t row, word_vectors const& b, std::size_t other) {
    BOOST_REQUIRE(a.word(id_at(row)) == b.word(id_at(other)));
    BOOST_REQUIRE(std::memcmp(a.row(id_at(row)).data(), b.row(id_at(other)).data(), a.dimension() * sizeof(float))
                  == 0);
}

bool holds(std::string_view format, std::string_view word) {
    auto const none_of = [word](std::string_view bytes) { return word.find_first_of(bytes) == std::string_view::npos; };
    if (format == "v.txt") return none_of(" \t\n");
    if (format == "v.bin") return none_of(" \n");
    return true;
}
}

BOOST_AUTO_TEST_SUITE(round_trip)

BOOST_AUTO_TEST_CASE(every_word_is_read_back_alone_and_first_and_last) {
    std::mt19937 random(5);
    for (auto const& word : hostile)
        for (auto const& words : {std::vector{word}, {word, "a"s, "b"s}, {"a"s, "b"s, word}})
            for (std::size_t const dimension : {1, 3})
                for (std::string const name : {"v.txt", "v.bin", "v.npy", "v.safetensors"}) {
                    BOOST_TEST_CONTEXT(name << ", " << dimension << " dimensions, '" << word.substr(0, 20) << "'") {
                        scratch_folder const folder;
                        auto const vectors = vectors_of(words, dimension, random);
                        save_vectors(vectors, folder / name);
                        auto const again = load_vectors(folder / name);
                        BOOST_REQUIRE(again.size() == words.size());
                        for (std::size_t i = 0; i < words.size(); ++i) check_row(again, i, vectors, i);
                    }
                }
}

BOOST_AUTO_TEST_CASE(any_bytes_are_read_back_from_every_format_that_can_hold_them) {
    for (unsigned seed = 0; seed < 150; ++seed) {
        std::mt19937 random(seed);
        auto const words = some_words(random, seed % 2 == 0);
        auto const vectors = vectors_of(words, 1 + random() % 4, random);
        for (std::string const name : {"v.txt", "v.bin", "v.npy", "v.safetensors"}) {
            BOOST_TEST_CONTEXT(name << ", seed " << seed) {
                scratch_folder const folder;
                std::vector<std::size_t> held;
                for (std::size_t i = 0; i < words.size(); ++i)
                    if (holds(name, words[i])) held.push_back(i);
                if (held.size() < words.size()) {
                    auto const seen = failure_of([&] { save_vectors(vectors, folder / name); });
                    BOOST_TEST((seen == failure::bad_data));
                    BOOST_TEST(seen.says("npy and safetensors hold any word"));
                    BOOST_TEST(folder.names().empty());
                }
                tally const counts;
                if (held.empty()) continue;
                save_vectors(vectors, folder / name, {.on_bad = bad_rows::skip, .counts = counts});
                BOOST_TEST(counts.read_count("row") == words.size());
                BOOST_TEST(counts.dropped_count("row") == words.size() - held.size());
                auto const again = load_vectors(folder / name);
                BOOST_REQUIRE(again.size() == held.size());
                for (std::size_t i = 0; i < held.size(); ++i) check_row(again, i, vectors, held[i]);
            }
        }
    }
}

// GloVe text has no first line: what its first row looks like, the file is taken for.
// So has the list of words of the projector.
BOOST_AUTO_TEST_CASE(glove_text_and_projector_files_are_never_written_that_are_read_as_something_else) {
    auto const check_format = [](std::vector<std::string> const& words, std::size_t dimension, std::mt19937& random,
                                 vector_format format) {
        scratch_folder const folder;
        auto const vectors = vectors_of(words, dimension, random);
        tally const counts;
        try {
            save_vectors(vectors, folder / "g", {.format = format, .on_bad = bad_rows::skip, .counts = counts});
        } catch (error const& e) {
            BOOST_TEST((e.kind() == failure::bad_data));
            BOOST_TEST(folder.names().empty());
            return;
        }
        auto const again = load_vectors(folder / "g");
        BOOST_REQUIRE(again.size() == counts.delivered_count("row"));
        std::size_t at = 0;
        for (std::size_t i = 0; i < again.size(); ++i, ++at) {
            while (at < words.size() && words[at] != again.word(id_at(i))) ++at;
            BOOST_REQUIRE(at < words.size());
            check_row(again, i, vectors, at);
        }
    };
    auto const check = [&](std::vector<std::string> const& words, std::size_t dimension, std::mt19937& random) {
        check_format(words, dimension, random, vector_format::glove_text);
        check_format(words, dimension, random, vector_format::projector);
    };
    std::mt19937 random(7);
    for (auto const& word : hostile)
        for (std::size_t const dimension : {1, 3}) BOOST_TEST_CONTEXT("'" << word.substr(0, 20) << "'") {
                check({word, "a", "b"}, dimension, random);
            }
    for (unsigned seed = 0; seed < 150; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
            check(some_words(random, seed % 2 == 0), 1 + random() % 4, random);
        }

    scratch_folder const folder; // "3 4" would be a first line of word2vec
    std::vector<float> const four{4};
    word_vectors const number(std::vector{"3"s}, matrix_view<float const>{four.data(), 1, 1, 1});
    auto const seen = failure_of([&] { save_vectors(number, folder / "g", {.format = vector_format::glove_text}); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("glove-text cannot hold the word '3'"));
}

BOOST_AUTO_TEST_CASE(projector_files_are_read_with_their_words_and_counts) {
    std::vector<std::string> const words{"a b", "\"", "word", "3", " ", "\xFF\f", "last "};
    matrix<float> rows(words.size(), 2);
    std::vector<std::uint64_t> counts;
    for (std::size_t r = 0; r < words.size(); ++r) {
        rows.view().row(r)[0] = static_cast<float>(r);
        rows.view().row(r)[1] = -1.5F;
        counts.push_back(100 - r);
    }
    for (bool const counted : {false, true}) {
        scratch_folder const folder;
        word_vectors const vectors(words, rows.view(), counted ? counts : std::vector<std::uint64_t>());
        save_vectors(vectors, folder / "v.tsv");
        auto const again = load_vectors(folder / "v.tsv");
        BOOST_REQUIRE(again.size() == words.size());
        for (std::size_t i = 0; i < words.size(); ++i) check_row(again, i, vectors, i);
        BOOST_TEST(again.counts().size() == (counted ? words.size() : 0));
        if (counted) BOOST_TEST(again.counts()[6] == 94);
        BOOST_TEST(load_vectors(folder / "v.tsv", {.max_words = 2}).size() == 2);
        put_file(folder / "v.tsv", file_bytes(folder / "v.tsv") + "1\t2\n");
        BOOST_TEST(failure_of([&] {
                       (void)load_vectors(folder / "v.tsv");
                   }).says("expected 8 words for as many rows, found 7"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
