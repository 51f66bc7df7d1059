#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
template <std::size_t N> std::string bytes(char const (&text)[N]) { return {text, N - 1}; }

/// 40 words of 5 dimensions, among them the borders of what a float holds.
word_vectors some_vectors() {
    auto rng = random_key(3).engine();
    matrix<float> rows(40, 5);
    std::vector<std::string> words;
    std::vector<std::uint64_t> counts;
    for (std::size_t r = 0; r < 40; ++r) {
        for (auto& value : rows.view().row(r)) value = static_cast<float>(rng.uniform() - 0.5);
        words.push_back("w" + std::to_string(r));
        counts.push_back(1000 - r);
    }
    auto const limits = rows.view().row(7);
    limits[0] = std::numeric_limits<float>::denorm_min();
    limits[1] = -std::numeric_limits<float>::min();
    limits[2] = 1e30F;
    limits[3] = -0.0F;
    words[3] = "\xea\xb0\x80\xeb\x82\x98";
    words[4] = "1.5";
    return {words, rows.view(), counts, {{"window", "5"}, {"quote \"\\\n", "caf\xc3\xa9"}}};
}

void check_same(word_vectors const& a, word_vectors const& b) {
    BOOST_REQUIRE(a.size() == b.size());
    BOOST_REQUIRE(a.dimension() == b.dimension());
    for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST(a.word(id_at(i)) == b.word(id_at(i)));
    BOOST_TEST(std::memcmp(a.rows().data, b.rows().data, a.size() * a.dimension() * sizeof(float)) == 0);
}

seen_failure loading(scratch_folder const& folder, std::string const& text, load_vectors_options const& options = {}) {
    put_file(folder / "case", text);
    return failure_of([&] { (void)load_vectors(folder / "case", options); });
}
word_vectors loaded(scratch_folder const& folder, std::string const& text, load_vectors_options const& options = {}) {
    put_file(folder / "case", text);
    return load_vectors(folder / "case", options);
}
}

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(every_format_reads_back_bit_for_bit_also_compressed) {
    auto const vectors = some_vectors();
    for (std::string const end : {".txt", ".vec", ".bin", ".npy", ".safetensors"})
        for (std::string const codec_end : {"", ".gz"}) {
            BOOST_TEST_CONTEXT(end << codec_end) {
                scratch_folder const folder;
                save_vectors(vectors, folder / ("v" + end + codec_end));
                check_same(load_vectors(folder / ("v" + end + codec_end)), vectors);
            }
        }
    scratch_folder const folder;
    save_vectors(vectors, folder / "glove", {.format = vector_format::glove_text});
    check_same(load_vectors(folder / "glove"), vectors);
}

BOOST_AUTO_TEST_CASE(word_lists_keep_counts_and_safetensors_notes_too) {
    scratch_folder const folder;
    auto const vectors = some_vectors();
    save_vectors(vectors, folder / "v.npy");
    BOOST_TEST(load_vectors(folder / "v.npy").counts()[39] == 961);
    save_vectors(vectors, folder / "v.safetensors");
    auto const again = load_vectors(folder / "v.safetensors");
    BOOST_TEST(again.counts()[39] == 961);
    BOOST_TEST((again.notes() == vectors.notes()));
}

BOOST_AUTO_TEST_CASE(only_the_first_words_are_read_when_asked) {
    auto const vectors = some_vectors();
    for (std::string const end : {".txt", ".bin", ".npy", ".safetensors"}) {
        scratch_folder const folder;
        save_vectors(vectors, folder / ("v" + end));
        auto const few = load_vectors(folder / ("v" + end), {.max_words = 6});
        BOOST_TEST(few.size() == 6);
        BOOST_TEST(few.rows()(5, 4) == vectors.rows()(5, 4));
    }
}

BOOST_AUTO_TEST_CASE(halves_are_rounded_to_nearest) {
    scratch_folder const folder;
    // 1 + 2^-11 is halfway between 1 and 1 + 2^-10: to even; 2^-25 is halfway between 0 and 2^-24.
    std::vector<float> const values{1.0F + 0x1p-11F, 1.0F + 0x1.8p-10F, 0x1p-25F, 0x1.8p-25F, 65504.0F, -0.1F};
    std::vector<float> const expected{1.0F, 1.0F + 0x1p-9F, 0.0F, 0x1p-24F, 65504.0F, -0.0999755859375F};
    word_vectors const vectors(std::vector<std::string>{"x"}, matrix_view<float const>{values.data(), 1, 6, 6});
    for (std::string const end : {".npy", ".safetensors"}) {
        save_vectors(vectors, folder / ("v" + end), {.half = true});
        auto const again = load_vectors(folder / ("v" + end));
        for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(again.rows()(0, i) == expected[i]);
    }
    std::vector<float> const large{65520.0F};
    word_vectors const too_large(std::vector<std::string>{"x"}, matrix_view<float const>{large.data(), 1, 1, 1});
    BOOST_TEST((failure_of([&] { save_vectors(too_large, folder / "l.npy", {.half = true}); }) == failure::bad_data));
    BOOST_TEST(!std::filesystem::exists(folder / "l.npy"));
}

BOOST_AUTO_TEST_CASE(every_half_is_a_float_that_rounds_back_to_it) {
    scratch_folder const folder;
    std::string array;
    std::string words;
    for (unsigned half = 0; half < 65536; ++half) {
        if ((half & 0x7c00) == 0x7c00) continue; // not finite
        array += static_cast<char>(half & 0xff);
        array += static_cast<char>(half >> 8);
        words += std::to_string(half) + '\n';
    }
    std::string const dict =
        "{'descr': '<f2', 'fortran_order': False, 'shape': (" + std::to_string(array.size() / 2) + ", 1), }\n";
    put_file(folder / "all.npy", bytes("\x93NUMPY\x01\x00") + static_cast<char>(dict.size()) + '\0' + dict + array);
    put_file(folder / "all.words", words);
    save_vectors(load_vectors(folder / "all.npy"), folder / "again.npy", {.half = true});
    BOOST_TEST(file_bytes(folder / "again.npy").ends_with(array));
}

BOOST_AUTO_TEST_CASE(text_with_blanks_and_carriage_returns_loads) {
    scratch_folder const folder;
    auto const vectors = loaded(folder, "\xef\xbb\xbf"
                                        "2\t2 \r\nthe 1 +2.5e-1 \r\nof\t-.5  1E2\r\n\r\n");
    BOOST_TEST(vectors.rows()(0, 1) == 0.25F);
    BOOST_TEST(vectors.rows()(1, 0) == -0.5F);
    BOOST_TEST(vectors.rows()(1, 1) == 100.0F);
    BOOST_TEST(loaded(folder, "1 1\nx 1e-60").rows()(0, 0) == 0.0F);
    BOOST_TEST(loaded(folder, "1 1\nx 1e-400").rows()(0, 0) == 0.0F);
}

BOOST_AUTO_TEST_CASE(glove_words_may_hold_blanks_but_numbers_may_not_be_too_many) {
    scratch_folder const folder;
    auto const vectors = loaded(folder, "the 1 2\n. . 3 4\nat name@x.org 5 6\n7 8 9\n");
    BOOST_TEST(vectors.dimension() == 2);
    BOOST_TEST(vectors.word(id_at(1)) == ". .");
    BOOST_TEST(vectors.word(id_at(2)) == "at name@x.org");
    BOOST_TEST(vectors.word(id_at(3)) == "7");
    auto const seen = loading(folder, "the 1 2\nof 1 2 3\n");
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("line 2"));
}

BOOST_AUTO_TEST_CASE(faults_of_text_are_named_with_their_line) {
    struct fault {
        std::string text;
        std::string message;
    };
    std::vector<fault> const faults{
        {"3 2\naaaaa 1 2\nbbbbb 1 2\n", "line 3: expected 3 words, as the first line says, found 2"},
        {"1 2\na 1 2\nb 1 2\n", "line 3: expected 1 words, as the first line says, found 2"},
        {"2 2\na 1 2\nb 1\n", "line 3: expected 2 numbers after the word, found 1"},
        {"2 2\na 1 2\nb 1 2 3\n", "line 3: expected 2 numbers after the word, found more"},
        {"2 2\na 1,5 2\nb 1 2\n", "line 2: expected a number, found '1,5' (numbers have a decimal point"},
        {"2 2\na 1 nan\nb 1 2\n", "line 2: the vector of 'a' holds values that are not finite"},
        {"2 2\na 1 2\nb inf 2\n", "line 3: the vector of 'b' holds values that are not finite"},
        {"1 2\na 1 1e39\n", "not finite, or too large"},
        {"2 2\na 1 2\nb c 1\n", "line 3: expected a number, found 'c'"},
        {"2 2\na 1 2\n 1 2\n", "line 3: expected a word"},
        {"2 2\na 1 2\n\nb 1 2\n", "line 3: expected a word"},
        {"2 2\na 1 0x10\nb 1 2\n", "line 2: expected a number, found '0x10'"},
        {"", "found an empty file"},
        {"what is this\n", "line 1: expected word vectors, found 'what is this'"},
    };
    scratch_folder const folder;
    for (auto const& [text, message] : faults) {
        auto const seen = loading(folder, text);
        BOOST_TEST((seen == failure::bad_data));
        BOOST_TEST(seen.says(message), seen.text << " lacks " << message);
    }
}

BOOST_AUTO_TEST_CASE(sizes_in_headers_are_held_against_the_bytes_there_are) {
    scratch_folder const folder;
    for (std::string const size :
         {"0", "-1", "2147483647", "1099511627776", "4611686018427387904", "18446744073709551616"})
        for (auto const& header : {size + " 2", "2 " + size, size + " " + size}) {
            BOOST_TEST_CONTEXT(header) {
                BOOST_TEST((loading(folder, header + "\na 1 2\nb 3 4\n") == failure::bad_data));
                BOOST_TEST((loading(folder, header + bytes("\na \0\0\0\0\0\0\0\0\n")) == failure::bad_data));
                if (size == "-1") continue; // no Python tuple of sizes
                auto const shape = header.substr(0, header.find(' ')) + ", " + header.substr(header.find(' ') + 1);
                auto const dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }\n";
                BOOST_TEST(
                    (loading(folder, bytes("\x93NUMPY\x01\x00") + static_cast<char>(dict.size()) + '\0' + dict + "1234")
                     == failure::bad_data));
            }
        }
    BOOST_TEST((loading(folder, "2 2\na 1 2\nb 3 4\n", {.memory_bytes = 10}) == failure::resource));
}

BOOST_AUTO_TEST_CASE(faults_of_binary_files_are_refused) {
    scratch_folder const folder;
    auto const entry = bytes("a \0\0\x80\x3f");
    BOOST_TEST(loading(folder, "2 1\n" + entry).says("2 words"));
    BOOST_TEST(loading(folder, "1 1\n" + entry + "\nmore").says("found more"));
    BOOST_TEST(loading(folder, "2 1\n" + entry + bytes("b\nc \0\0\x80\x3f")).says("newline in it"));
    BOOST_TEST(loading(folder, bytes("1 1\na \0\0\x80\x7f")).says("not finite"));
    BOOST_TEST(loading(folder, bytes("\x80\x04\x95\0\0\0")).says("pickle"));
    BOOST_TEST(loading(folder, bytes("PK\x03\x04\0\0\0\0")).says("zip"));
    BOOST_TEST(loading(folder, "WMMATRIX").says("a sparse matrix"));
    BOOST_TEST(loading(folder, "%%MatrixMarket matrix coordinate real general\n2 2 0\n").says("--vocabulary"));
    BOOST_TEST(loaded(folder, "2 1\n" + entry + entry).repeated() == 1);
}

BOOST_AUTO_TEST_CASE(faults_of_npy_are_refused) {
    scratch_folder const folder;
    put_file(folder / "case.words", "a\n");
    auto const npy = [](std::string dict, std::string const& array = "1234") {
        dict += '\n';
        return bytes("\x93NUMPY\x01\x00") + static_cast<char>(dict.size()) + '\0' + dict + array;
    };
    BOOST_TEST(loading(folder, npy("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }")).says("never loaded"));
    BOOST_TEST(
        loading(folder, npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1), }")).says("little-endian"));
    BOOST_TEST(loading(folder, npy("{'descr': '<i4', 'fortran_order': False, 'shape': (1, 1), }")).says("'<i4'"));
    BOOST_TEST(
        loading(folder, npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1), }")).says("records"));
    BOOST_TEST(loading(folder, npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }")).says("2 dimensions"));
    BOOST_TEST(loading(folder, npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }"))
                   .says("once each"));
    BOOST_TEST(loading(folder, npy("{'descr': '<f4', 'shape': (1, 1), }")).says("the keys"));
    BOOST_TEST(
        loading(folder, npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", "12345")).says("4 bytes"));
    BOOST_TEST(loading(folder, bytes("\x93NUMPY\x04\x00\x01\x00\n")).says("version"));
    auto const good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }");
    put_file(folder / "case.words", "a\nb\n");
    BOOST_TEST(loading(folder, good).says("expected 1 words for as many rows, found 2"));
    put_file(folder / "case.words", "");
    BOOST_TEST(loading(folder, good).says("expected 1 words"));
    put_file(folder / "case.words", "a\tx\n");
    BOOST_TEST(loading(folder, good).says("line 1"));
    std::filesystem::remove(folder / "case.words");
    BOOST_TEST((loading(folder, good) == failure::no_input));
}

BOOST_AUTO_TEST_CASE(faults_of_safetensors_are_refused) {
    scratch_folder const folder;
    auto const file = [](std::string const& header, std::size_t data) {
        std::string text(8, '\0');
        auto const size = static_cast<std::uint64_t>(header.size());
        std::memcpy(text.data(), &size, sizeof size);
        return text + header + std::string(data, 'a');
    };
    std::string const v = R"("v":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]})";
    auto const words = [](std::string const& from, std::string const& to) {
        return R"("words":{"dtype":"U8","shape":[1],"data_offsets":[)" + from + "," + to + "]}";
    };
    auto const good = loaded(folder, file("{" + v + "," + words("4", "5") + "}", 5));
    BOOST_TEST(good.word(id_at(0)) == "a");
    struct fault {
        std::string bytes;
        std::string message;
    };
    std::vector<fault> const faults{
        {bytes("\0\0\0\0\0\0\0\x80{}"), "header of at most 100 MB"},
        {bytes("\x03\0\0\0\0\0\0\0{}"), "header of at most"},
        {file("{]", 5), "JSON"},
        {file("{\"v\xff\":1}", 5), "JSON"},
        {file("{" + v + "," + v + "}", 4), "there twice"},
        {file("{" + v + "," + words("3", "4") + "}", 4), "overlaps"},
        {file("{" + v + "," + words("5", "6") + "}", 6), "hole"},
        {file("{" + v + "," + words("4", "5") + "}", 6), "6 B are left"},
        {file("{" + v + "," + words("4", "5") + "}", 4), "4 B are left"},
        {file("{" + v + "," + words("5", "4") + "}", 5), "begins and ends"},
        {file("{" + v + "," + words("-1", "5") + "}", 5), "whole numbers"},
        {file(R"({"v":{"dtype":"F32","shape":[1,2],"data_offsets":[0,4]}})", 4), "type and shape say 8"},
        {file(R"({"v":{"dtype":"F31","shape":[1,1],"data_offsets":[0,4]}})", 4), "unknown type 'F31'"},
        {file(R"({"v":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})", 4), "overflows"},
        {file(R"({"v":{"dtype":"F32","shape":[0,4],"data_offsets":[0,0]}})", 0), "at least one word"},
        {file(R"({"v":{"dtype":"I32","shape":[1,1],"data_offsets":[0,4]}})", 4), "single matrix of floats, found 0"},
        {file(R"({"__metadata__":[1],)" + v + "}", 4), "__metadata__"},
        {file(R"({"__metadata__":{"a":1},)" + v + "}", 4), "__metadata__"},
    };
    for (auto const& [text, message] : faults) {
        auto const seen = loading(folder, text, {.format = vector_format::safetensors});
        BOOST_TEST((seen == failure::bad_data));
        BOOST_TEST(seen.says(message), seen.text << " lacks " << message);
    }
}

BOOST_AUTO_TEST_CASE(words_that_a_format_cannot_hold_are_refused_and_leave_no_file) {
    scratch_folder const folder;
    std::vector<float> const row{1};
    for (std::string const word : {"a b", "a\tb", "a\nb"}) {
        word_vectors const vectors(std::vector{word}, matrix_view<float const>{row.data(), 1, 1, 1});
        for (std::string const name : {"v.txt", "v.bin"}) {
            if (word == "a\tb" && name == "v.bin") continue; // binary holds tabs
            auto const seen = failure_of([&] { save_vectors(vectors, folder / name); });
            BOOST_TEST((seen == failure::bad_data));
            BOOST_TEST(seen.says("npy and safetensors hold any word"));
        }
        BOOST_TEST(folder.names().empty());
        scratch_folder const other;
        for (std::string const name : {"v.npy", "v.safetensors"}) {
            save_vectors(vectors, other / name);
            BOOST_TEST(load_vectors(other / name).word(id_at(0)) == word);
        }
    }
}

BOOST_AUTO_TEST_CASE(options_that_a_format_does_not_know_are_refused) {
    scratch_folder const folder;
    auto const vectors = some_vectors();
    auto const saving = [&](std::string const& name, save_vectors_options const& options) {
        return failure_of([&] { save_vectors(vectors, folder / name, options); });
    };
    BOOST_TEST((saving("v.txt", {.half = true}) == failure::usage));
    BOOST_TEST((saving("v.npy", {.digits = 3}) == failure::usage));
    BOOST_TEST((saving("v.txt", {.digits = 10}) == failure::usage));
    BOOST_TEST((saving("v.bin", {.words = "x"}) == failure::usage));
    BOOST_TEST((saving("v.what", {}) == failure::usage));
    BOOST_TEST(folder.names().empty());
    BOOST_TEST((vector_format_named("npy") == vector_format::npy));
    BOOST_TEST(failure_of([] { (void)vector_format_named("nyp"); }).says("word2vec-text"));
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_changed_byte_of_every_format_loads_or_is_refused) {
    std::vector<float> const values{1, -2, 0.5F, 0.25F};
    word_vectors const vectors(std::vector<std::string>{"a", "bc"}, matrix_view<float const>{values.data(), 2, 2, 2});
    for (std::string const end : {".txt", ".bin", ".npy", ".safetensors", ".txt.gz", ".bin.zst"}) {
        scratch_folder const folder;
        save_vectors(vectors, folder / ("v" + end));
        auto const whole = file_bytes(folder / ("v" + end));
        std::size_t refused = 0;
        auto const attempt = [&](std::string const& text) {
            put_file(folder / ("v" + end), text);
            try {
                auto const seen = load_vectors(folder / ("v" + end), {.memory_bytes = 1 << 20});
                for (float const norm : seen.norms()) BOOST_REQUIRE(norm < std::numeric_limits<float>::infinity());
            } catch (error const& e) {
                ++refused;
            }
        };
        for (std::size_t size = 0; size < whole.size(); ++size) attempt(whole.substr(0, size));
        BOOST_TEST(refused + 4 >= whole.size(), end); // text may lose the newline or digits at its end
        for (std::size_t at = 0; at < whole.size(); ++at)
            for (int const change : {1, 0x80, 0xff, 0x20}) {
                auto text = whole;
                text[at] = static_cast<char>(text[at] ^ change);
                attempt(text);
            }
    }
}

BOOST_AUTO_TEST_SUITE_END()
