// Files written by hand after the formats' own descriptions: word2vec.c 0.1c, the NPY format of NumPy (NEP 1), and
// the README of safetensors.
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.vectors;
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
// Little-endian floats: 1 = 3f800000, -2 = c0000000, 0.5 = 3f000000, 0.1 = 3dcccccd (to nearest).
#define ONE "\x00\x00\x80\x3f"
#define MINUS_TWO "\x00\x00\x00\xc0"
#define HALF "\x00\x00\x00\x3f"
#define TENTH "\xcd\xcc\xcc\x3d"

template <std::size_t N> std::string bytes(char const (&text)[N]) { return {text, N - 1}; }

word_vectors two_words() {
    matrix<float> rows(2, 2);
    rows.view()(0, 0) = 1;
    rows.view()(0, 1) = -2;
    rows.view()(1, 0) = 0.5F;
    rows.view()(1, 1) = 0.1F;
    return {std::vector<std::string>{"a", "\xc3\xa9t\xc3\xa9"}, rows.view()};
}

void check_two_words(word_vectors const& vectors) {
    BOOST_REQUIRE(vectors.size() == 2);
    BOOST_REQUIRE(vectors.dimension() == 2);
    BOOST_TEST(vectors.word(id_at(0)) == "a");
    BOOST_TEST(vectors.word(id_at(1)) == "\xc3\xa9t\xc3\xa9");
    BOOST_TEST(vectors.rows()(0, 0) == 1.0F);
    BOOST_TEST(vectors.rows()(0, 1) == -2.0F);
    BOOST_TEST(vectors.rows()(1, 0) == 0.5F);
    BOOST_TEST(vectors.rows()(1, 1) == 0.1F);
}

std::string npy_header(std::string const& dict, std::size_t size = 118) {
    std::string text = dict + std::string(size - 1 - dict.size(), ' ') + '\n';
    return bytes("\x93NUMPY\x01\x00") + static_cast<char>(size) + '\0' + text;
}
}

BOOST_AUTO_TEST_SUITE(golden_bytes)

BOOST_AUTO_TEST_CASE(word2vec_binary) {
    scratch_folder const folder;
    auto const golden = bytes("2 2\na " ONE MINUS_TWO "\n\xc3\xa9t\xc3\xa9 " HALF TENTH "\n");
    put_file(folder / "given.bin", golden);
    check_two_words(load_vectors(folder / "given.bin"));
    save_vectors(two_words(), folder / "made.bin");
    BOOST_TEST((file_bytes(folder / "made.bin") == golden));
    // gensim writes no newline after the floats
    put_file(folder / "gensim.bin", bytes("2 2\na " ONE MINUS_TWO "\xc3\xa9t\xc3\xa9 " HALF TENTH));
    check_two_words(load_vectors(folder / "gensim.bin"));
}

BOOST_AUTO_TEST_CASE(word2vec_text_with_the_shortest_digits) {
    scratch_folder const folder;
    std::string const golden = "2 2\na 1 -2\n\xc3\xa9t\xc3\xa9 0.5 0.1\n";
    save_vectors(two_words(), folder / "made.txt");
    BOOST_TEST(file_bytes(folder / "made.txt") == golden);
    save_vectors(two_words(), folder / "digits.vec", {.digits = 9}); // 0.1 as a float is 0.100000001490...
    BOOST_TEST(file_bytes(folder / "digits.vec") == "2 2\na 1 -2\n\xc3\xa9t\xc3\xa9 0.5 0.100000001\n");
    check_two_words(load_vectors(folder / "digits.vec"));
    save_vectors(two_words(), folder / "glove", {.format = vector_format::glove_text});
    BOOST_TEST(file_bytes(folder / "glove") == golden.substr(4));
}

BOOST_AUTO_TEST_CASE(npy_with_a_word_list_beside_it) {
    scratch_folder const folder;
    auto const golden =
        npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }") + bytes(ONE MINUS_TWO HALF TENTH);
    put_file(folder / "given.npy", golden);
    put_file(folder / "given.words", "a\n\xc3\xa9t\xc3\xa9\n");
    check_two_words(load_vectors(folder / "given.npy"));
    save_vectors(two_words(), folder / "made.npy");
    BOOST_TEST((file_bytes(folder / "made.npy") == golden));
    BOOST_TEST(file_bytes(folder / "made.words") == "a\n\xc3\xa9t\xc3\xa9\n");
}

BOOST_AUTO_TEST_CASE(npy_in_fortran_order_of_half_and_double_floats_and_version_3) {
    scratch_folder const folder;
    put_file(folder / "w", "a\n\xc3\xa9t\xc3\xa9\n");
    put_file(folder / "fortran.npy", npy_header("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }")
                                         + bytes(ONE HALF MINUS_TWO TENTH));
    check_two_words(load_vectors(folder / "fortran.npy", {.words = folder / "w"}));
    // binary16: 1 = 3c00, -2 = c000, 0.5 = 3800, 0.1 = 2e66 = 0.0999755859375
    put_file(folder / "half.npy", npy_header("{'shape': (2L, 2L,), 'fortran_order': False, \"descr\": '<f2'}", 70)
                                      + bytes("\x00\x3c\x00\xc0\x00\x38\x66\x2e"));
    auto const half = load_vectors(folder / "half.npy", {.words = folder / "w"});
    BOOST_TEST(half.rows()(0, 1) == -2.0F);
    BOOST_TEST(half.rows()(1, 1) == 0.0999755859375F);
    // version 3: four bytes of size; doubles 1 = 3ff0..., -2 = c000...
    std::string const dict = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }\n";
    put_file(folder / "double.npy", bytes("\x93NUMPY\x03\x00") + static_cast<char>(dict.size()) + bytes("\0\0\0") + dict
                                        + bytes("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0"));
    put_file(folder / "one", "a\t12\n");
    auto const doubles = load_vectors(folder / "double.npy", {.words = folder / "one"});
    BOOST_TEST(doubles.rows()(0, 0) == 1.0F);
    BOOST_TEST(doubles.rows()(0, 1) == -2.0F);
    BOOST_TEST(doubles.counts()[0] == 12);
}

BOOST_AUTO_TEST_CASE(safetensors_with_a_word_list_as_a_tensor) {
    scratch_folder const folder;
    std::string header = R"({"__metadata__":{"format":"wordmill word vectors"},)"
                         R"("vectors":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                         R"("words":{"dtype":"U8","shape":[8],"data_offsets":[16,24]}})";
    header.append(184 - header.size(), ' '); // 8 + 184 = 3 * 64
    auto const golden = static_cast<char>(184) + bytes("\0\0\0\0\0\0\0") + header + bytes(ONE MINUS_TWO HALF TENTH)
                        + "a\n\xc3\xa9t\xc3\xa9\n";
    put_file(folder / "given", golden);
    check_two_words(load_vectors(folder / "given"));
    save_vectors(two_words(), folder / "made.safetensors");
    BOOST_TEST((file_bytes(folder / "made.safetensors") == golden));
}

BOOST_AUTO_TEST_CASE(projector_files_have_a_heading_only_beside_counts) {
    scratch_folder const folder;
    save_vectors(two_words(), folder / "vectors.tsv");
    BOOST_TEST(file_bytes(folder / "vectors.tsv") == "1\t-2\n0.5\t0.1\n");
    BOOST_TEST(file_bytes(folder / "metadata.tsv") == "a\n\xc3\xa9t\xc3\xa9\n");
    std::vector<std::uint64_t> const counts{5, 3};
    auto const plain = two_words();
    word_vectors const counted(std::vector<std::string>{"a", "b"}, plain.rows(), counts);
    save_vectors(counted, folder / "v.tsv", {.words = folder / "m.tsv"});
    BOOST_TEST(file_bytes(folder / "m.tsv") == "word\tcount\na\t5\nb\t3\n");
}

BOOST_AUTO_TEST_SUITE_END()
