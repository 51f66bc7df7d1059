// Damaged rows are an error with their line, or left out and counted. Expected values are read off the files.
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;
using namespace std::string_literals;

namespace {
struct skipped {
    word_vectors vectors;
    tally counts;
};

skipped skipping(std::string const& text, load_vectors_options options = {}) {
    scratch_folder const folder;
    put_file(folder / "v", text);
    tally const counts;
    options.on_bad = bad_rows::skip;
    options.counts = counts;
    return {load_vectors(folder / "v", options), counts};
}

seen_failure strictly(std::string const& text, load_vectors_options const& options = {}) {
    scratch_folder const folder;
    put_file(folder / "v", text);
    return failure_of([&] { (void)load_vectors(folder / "v", options); });
}

std::string words_of(word_vectors const& vectors) {
    std::string text;
    for (std::size_t i = 0; i < vectors.size(); ++i) text += (i == 0 ? "" : "|") + std::string(vectors.word(id_at(i)));
    return text;
}

std::string bits(std::vector<float> const& values) {
    std::string text(values.size() * sizeof(float), '\0');
    std::memcpy(text.data(), values.data(), text.size());
    return text;
}
}

BOOST_AUTO_TEST_SUITE(damaged_rows)

BOOST_AUTO_TEST_CASE(damaged_rows_of_text_are_left_out_and_counted_by_reason) {
    struct fault {
        std::string row;
        std::string reason;
    };
    std::vector<fault> const faults{
        {"  1 2", "no word"},
        {"\t 1 2", "no word"},
        {" 1 2", "no word"},
        {"", "no word"},
        {"   ", "no word"},
        {"x", "too few numbers"},
        {"x 1", "too few numbers"},
        {"x 1 2 3", "too many numbers"},
        {"x 1,5 2", "a field that is no number"},
        {"x 1 y", "a field that is no number"},
        {"x 0x1 2", "a field that is no number"},
        {"x nan 2", "values that are not finite, or too large"},
        {"x 1 -inf", "values that are not finite, or too large"},
        {"x 1 1e39", "values that are not finite, or too large"},
        {"a 1 2", "the word came before"},
    };
    for (auto const& [row, reason] : faults)
        for (std::string const end : {"\n", "\r\n"})
            for (bool const header : {false, true}) {
                BOOST_TEST_CONTEXT("'" << row << "', header " << header) {
                    bool const empty = row.find_first_not_of(' ') == std::string::npos;
                    auto const text = (header ? (empty ? "3 2" : "4 2") + end : "") + "a 1 2" + end + row + end
                                      + "b 3 4" + end + "c 5 6" + end;
                    auto const seen = skipping(text);
                    BOOST_TEST(words_of(seen.vectors) == "a|b|c");
                    BOOST_TEST(seen.vectors.row(id_at(1))[1] == 4.0F);
                    BOOST_TEST(seen.counts.read_count("row") == 4);
                    BOOST_TEST(seen.counts.delivered_count("row") == 3);
                    BOOST_TEST(seen.counts.dropped_count("row", reason) == 1);
                    BOOST_TEST(seen.counts.balanced("row"));
                    BOOST_REQUIRE(seen.counts.drops().size() == 1);
                    BOOST_TEST(*seen.counts.drops()[0].first_places.at(0).line == (header ? 3u : 2u));
                    BOOST_TEST(seen.counts.notes().empty());
                    if (reason == "the word came before") continue;
                    auto const refused = strictly(text);
                    BOOST_TEST((refused == failure::bad_data));
                    BOOST_TEST(refused.says(header ? "line 3" : "line 2"), refused.text);
                }
            }
}

BOOST_AUTO_TEST_CASE(one_damaged_row_does_not_stop_a_large_file) {
    std::string text = "20001 2\n";
    for (int i = 0; i < 10000; ++i) text += "w" + std::to_string(i) + " 0.25 -1e-3\n";
    text += "\t 1 2\n";
    for (int i = 10000; i < 20000; ++i) text += "w" + std::to_string(i) + " 0.25 -1e-3\n";
    auto const seen = skipping(text);
    BOOST_TEST(seen.vectors.size() == 20000);
    BOOST_TEST(seen.counts.dropped_count("row") == 1);
    BOOST_TEST(strictly(text).says("line 10002: expected a word at the start of the line"));
}

BOOST_AUTO_TEST_CASE(a_text_that_ends_inside_a_row_loses_that_row) {
    auto const seen = skipping("2 2\na 1 2\nb 3");
    BOOST_TEST(words_of(seen.vectors) == "a");
    BOOST_TEST(seen.counts.dropped_count("row", "too few numbers") == 1);
    BOOST_TEST(words_of(skipping("2 2\na 1 2\nb 3 4").vectors) == "a|b");
    BOOST_TEST(words_of(skipping("2 2\na 1 2\nb 3 4\n\n \n\n").vectors) == "a|b"); // empty lines at the end are nothing
    BOOST_TEST(skipping("a 1 2\nb 3 4\n\n\n").counts.dropped_count("row") == 0);
}

BOOST_AUTO_TEST_CASE(the_word_of_a_text_may_hold_blanks_with_and_without_a_first_line) {
    for (std::string const header : {"", "5 2\n"}) {
        auto const seen = skipping(header + "the 1 2\n. . 3 4\nat name@domain.com 5 6\na\tb\f 7 8\nno  5a 9 1\n");
        BOOST_TEST(words_of(seen.vectors) == "the|. .|at name@domain.com|a\tb\f|no  5a");
        BOOST_TEST(seen.counts.dropped_count("row") == 0);
        BOOST_TEST(seen.vectors.row(id_at(3))[0] == 7.0F);
    }
}

BOOST_AUTO_TEST_CASE(a_first_line_with_another_number_of_rows_is_one_clear_message_or_a_note) {
    for (std::string const claim : {"2", "4", "1", "5000000000", "0"}) {
        BOOST_TEST_CONTEXT("claimed " << claim) {
            auto const message = "expected " + claim + " words, as the first line says, found 3";
            auto const text = claim + " 2\na 1 2\nb 3 4\nc 5 6\n";
            auto const binary = claim + " 2\na " + bits({1, 2}) + "\nb " + bits({3, 4}) + "\nc " + bits({5, 6}) + "\n";
            for (auto const& file : {text, binary}) {
                auto const seen = skipping(file);
                BOOST_TEST(words_of(seen.vectors) == "a|b|c");
                BOOST_TEST(seen.counts.notes().size() == 1);
                BOOST_TEST(seen.counts.dropped_count("row") == 0);
                if (claim == "5000000000" || claim == "0") continue; // refused for itself
                BOOST_TEST(seen.counts.note_count(message) == 1);
                auto const refused = strictly(file);
                BOOST_TEST((refused == failure::bad_data));
                BOOST_TEST(refused.says(message), refused.text);
                BOOST_TEST(refused.says("--on-bad skip"));
            }
        }
    }
    BOOST_TEST(skipping("9 2\na 1 2\nb 3 4\n", {.max_words = 1}).vectors.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_first_line_with_another_dimension_is_one_clear_message_or_a_note) {
    for (std::string const claim : {"1", "3", "300"}) {
        auto const text = "2 " + claim + "\na 1 2\nb 3 4\n";
        auto const message = "expected " + claim + " numbers after each word, as the first line says, found 2";
        BOOST_TEST(strictly(text).says("line 1: " + message));
        auto const seen = skipping(text);
        BOOST_TEST(words_of(seen.vectors) == "a|b");
        BOOST_TEST(seen.vectors.dimension() == 2);
        BOOST_TEST(seen.counts.note_count(message) == 1);
    }
}

BOOST_AUTO_TEST_CASE(damaged_rows_of_binary_files_are_left_out) {
    auto const nan = std::numeric_limits<float>::quiet_NaN();
    auto const seen = skipping("5 1\na " + bits({1}) + "\nb " + bits({nan}) + "\n " + bits({2}) + "\na " + bits({3})
                               + "\nc " + bits({4}) + "\n");
    BOOST_TEST(words_of(seen.vectors) == "a|c");
    BOOST_TEST(seen.vectors.row(id_at(1))[0] == 4.0F);
    BOOST_TEST(seen.counts.dropped_count("row", "no word") == 1);
    BOOST_TEST(seen.counts.dropped_count("row", "values that are not finite, or too large") == 1);
    BOOST_TEST(seen.counts.dropped_count("row", "the word came before") == 1);
    for (std::string const cut : {"b", "b ", "b \x01\x02", "b \x01\x02\x03\x04\x05"}) {
        auto const short_file = skipping("2 2\na " + bits({1, 2}) + "\n" + cut);
        BOOST_TEST(words_of(short_file.vectors) == "a");
        BOOST_TEST(short_file.counts.dropped_count("row", "the file ends inside a row") == 1);
        BOOST_TEST(strictly("2 2\na " + bits({1, 2}) + "\n" + cut).says("ends inside a"));
    }
}

BOOST_AUTO_TEST_CASE(damaged_rows_of_arrays_and_damaged_words_of_lists_are_left_out) {
    auto const nan = std::numeric_limits<float>::quiet_NaN();
    for (std::string const order : {"False", "True"}) {
        scratch_folder const folder;
        auto const dict = "{'descr': '<f4', 'fortran_order': " + order + ", 'shape': (6, 1), }\n";
        put_file(folder / "v.npy",
                 "\x93NUMPY\x01\x00"s + static_cast<char>(dict.size()) + '\0' + dict + bits({1, nan, 3, 4, 5, 6}));
        put_file(folder / "v.words", "a\nb\n\nc\tx\n\\q\nd\n");
        tally const counts;
        auto const vectors = load_vectors(folder / "v.npy", {.on_bad = bad_rows::skip, .counts = counts});
        BOOST_TEST(words_of(vectors) == "a|d");
        BOOST_TEST(vectors.row(id_at(1))[0] == 6.0F);
        BOOST_TEST(counts.dropped_count("row", "values that are not finite, or too large") == 1);
        BOOST_TEST(counts.dropped_count("row", "no word") == 1);
        BOOST_TEST(counts.dropped_count("row", "a count that is no number") == 1);
        BOOST_TEST(counts.dropped_count("row", "an invalid escape") == 1);
        // Which word belongs to which row cannot be known: never skipped.
        for (std::string const words : {"a\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\ng\n"}) {
            put_file(folder / "v.words", words);
            auto const seen = failure_of([&] { (void)load_vectors(folder / "v.npy", {.on_bad = bad_rows::skip}); });
            BOOST_TEST(seen.says("expected 6 words for as many rows, found "s + (words.size() == 10 ? "5" : "7")),
                       seen.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(control_characters_do_not_make_a_text_another_kind_of_file) {
    BOOST_TEST(words_of(skipping("2 2\na\fb 1 2\nc\v\x01 3 4\n").vectors) == "a\fb|c\v\x01");
    BOOST_TEST(words_of(skipping("a\fb 1 2\n\0 3 4\n"s).vectors) == "a\fb|\0"s);
    BOOST_TEST(words_of(skipping("\x85\xC2\x85 1 2\n\xC2\xA0 3 4\n").vectors) == "\x85\xC2\x85|\xC2\xA0");
}

BOOST_AUTO_TEST_CASE(the_dimension_of_a_text_without_a_first_line_is_that_of_most_rows) {
    auto const seen = skipping("a 1\nb 1 2\nc 3 4\nd 5 6\n");
    BOOST_TEST(words_of(seen.vectors) == "b|c|d");
    BOOST_TEST(strictly("a 1\nb 1 2\nc 3 4\nd 5 6\n").says("line 1: expected 2 numbers after the word, found 1"));
    BOOST_TEST(words_of(skipping("  1 2 3\nb 1 2\nc 3 4\n").vectors) == "b|c");
}

BOOST_AUTO_TEST_CASE(lines_that_end_in_carriage_returns_only_are_refused) {
    BOOST_TEST(strictly("a 1 2\rb 3 4\r").says("carriage returns only"));
    BOOST_TEST(strictly("2 2\ra 1 2\rb 3 4\r").says("carriage returns only"));
    BOOST_TEST(words_of(skipping("a\rb 1 2\n").vectors) == "a\rb");
    BOOST_TEST(words_of(skipping("a 1 2\r").vectors) == "a");
}

BOOST_AUTO_TEST_CASE(a_file_without_a_usable_row_is_refused) {
    scratch_folder const folder;
    put_file(folder / "v", "2 2\na 1 nan\nb 1 inf\n");
    auto const seen = failure_of([&] { (void)load_vectors(folder / "v", {.on_bad = bad_rows::skip}); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("found no usable row among 2"));
    put_file(folder / "v", "3 2\n");
    BOOST_TEST(failure_of([&] {
                   (void)load_vectors(folder / "v", {.on_bad = bad_rows::skip});
               }).says("found no usable row among 0"));
    put_file(folder / "v", "5 0\n");
    BOOST_TEST(failure_of([&] {
                   (void)load_vectors(folder / "v", {.on_bad = bad_rows::skip});
               }).says("found 5 words of 0 dimensions"));
}

BOOST_AUTO_TEST_SUITE_END()
