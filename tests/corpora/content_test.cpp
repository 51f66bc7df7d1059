#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "reading.hpp"

using wordmill::corpus_format;
using wordmill::failure;
using namespace std::string_literals;

namespace {
corpus_reading read(std::vector<std::string> const& names, wordmill::corpus_options options = {}) {
    return read_all(wordmill::read_corpus(inputs(names), std::move(options)));
}

/// A header of a tar archive, by the ustar standard (POSIX.1-1988) or as before it, and a file of 5 bytes.
std::string tar(bool ustar) {
    std::string header(512, '\0');
    header.replace(0, 5, "a.txt");
    header.replace(100, 7, "0000644");
    header.replace(124, 11, "00000000005");
    header.replace(148, 8, "        ");
    header[156] = '0';
    if (ustar) header.replace(257, 8, "ustar\00000"s);
    unsigned sum = 0;
    for (auto const c : header) sum += static_cast<unsigned char>(c);
    std::array<char, 8> octal{};
    std::snprintf(octal.data(), octal.size(), "%06o", sum);
    header.replace(148, 7, octal.data(), 7);
    return header + "words"s + std::string(507 + 1024, '\0');
}

std::string wide(std::string_view text, std::size_t width, bool big_endian) {
    std::string out;
    for (char const c : text) {
        std::string unit(width, '\0');
        unit[big_endian ? width - 1 : 0] = c;
        out += unit;
    }
    return out;
}

std::string const dump = "<mediawiki version=\"0.11\">\n<page><title>A</title><ns>0</ns><revision><text>page "
                         "one</text></revision></page>\n<page><title>B</title><ns>0</ns><revision><text>page "
                         "two</text></revision></page>\n</mediawiki>\n";
}

BOOST_AUTO_TEST_SUITE(content)

BOOST_AUTO_TEST_CASE(content_and_not_the_name_says_what_a_file_is) {
    scratch_folder const folder;
    struct known {
        std::string bytes;
        corpus_format format;
        std::string reason;
    };
    std::vector<known> const cases{
        {"", corpus_format::lines, "empty"},
        {"\xEF\xBB\xBF", corpus_format::lines, "blank"},
        {"some words\n", corpus_format::lines, "text"},
        {"{not json}\n", corpus_format::lines, "text"},
        {"[1] Smith, Words.\n", corpus_format::lines, "text"},
        {"2 3\nfour 5 6\n", corpus_format::lines, "text"},
        {"[[Link]] and text\n", corpus_format::lines, "text"},
        {"[\"Quoted,\" he said, and left\n", corpus_format::lines, "text"},
        {"{\"text\": \"a\"}\n{\"text\": \"b\"}\n", corpus_format::jsonl, "JSON lines"},
        {"\xEF\xBB\xBF\n{}\n", corpus_format::jsonl, "JSON lines"},
        {"{\n  \"text\": \"a\"\n}\n", corpus_format::jsonl, "several lines"},
        {"[{\"text\": \"a\"}]", corpus_format::jsonl, "array"},
        {"[\n\n  {\n  \"text\": \"a\"}]", corpus_format::jsonl, "array"},
        {"[\"a\", \"b\"]", corpus_format::jsonl, "array"},
        {"[[1, 2], [3, 4]]", corpus_format::jsonl, "array"},
        {dump, corpus_format::wikipedia, "<mediawiki>"},
        {"<?xml version=\"1.0\"?>\n" + dump, corpus_format::wikipedia, "<mediawiki>"},
        {"PAR1....", corpus_format::parquet, "PAR1"},
    };
    for (auto const& c : cases) {
        put_file(folder / "x.txt", c.bytes);
        auto const found = wordmill::recognise(inputs({folder / "x.txt"})[0]);
        BOOST_TEST(name(found.format) == name(c.format), c.bytes);
        BOOST_TEST(found.reason.find(c.reason) != std::string::npos, found.reason);
    }
}

BOOST_AUTO_TEST_CASE(archives_documents_and_other_encodings_are_refused_with_a_hint) {
    scratch_folder const folder;
    std::vector<std::pair<std::string, std::string>> const cases{
        {tar(true), "a tar archive"},
        {tar(false), "a tar archive"},
        {"PK\x03\x04....", "zip"},
        {"7z\xbc\xaf\x27\x1c..", "7z"},
        {"Rar!\x1a\x07\x01", "rar"},
        {"%PDF-1.5\n%\xe2\xe3", "a PDF document"},
        {"\x89PNG\r\n\x1a\n....", "a PNG image"},
        {"\x7f"
         "ELF\x02\x01\x01",
         "a program (ELF)"},
        {"SQLite format 3\0...."s, "an SQLite database"},
        {"\x93NUMPY\x01\0v\0{'descr'"s, "a NumPy array"},
        {"\x08\0\0\0\0\0\0\0{\"a\":{}}...."s, "a safetensors file"},
        {"WMIDS\r\n\x1a....", "an encoded corpus"},
        {"\x80\x04\x95....", "a Python pickle"},
        {"<!DOCTYPE html>\n<html><body>x</body></html>\n", "an HTML page"},
        {"\n<HTML lang=en>", "an HTML page"},
        {"<?xml version=\"1.0\"?>\n<rss/>\n", "another XML document"},
        {"{\\rtf1\\ansi words}", "an RTF document"},
        {"2 3\nthe 0.5 -1e-3 2\nof 1 2 3\n", "word vectors"},
        {"\xFF\xFE"s + wide("words\n", 2, false), "UTF-16"},
        {wide("some words\n", 2, false), "UTF-16LE"},
        {wide("some words\n", 2, true), "UTF-16BE"},
        {wide("some words\n", 4, false), "UTF-32LE"},
        {wide("some words\n", 4, true), "UTF-32BE"},
        {"some\0words\n"s, "a NUL byte"},
    };
    for (auto const& [bytes, says] : cases) {
        put_file(folder / "x.txt", bytes);
        for (auto const format : {corpus_format::automatic, corpus_format::lines}) {
            bool const markup = bytes.find("<") < 2 || bytes.starts_with("{\\rtf") || bytes.starts_with("2 3");
            if (markup && format == corpus_format::lines) continue; // can be asked for
            wordmill::corpus_options options;
            options.format = format;
            auto const r = read({folder / "x.txt"}, options);
            BOOST_TEST((r.kind == failure::bad_data), says);
            BOOST_TEST(r.error.find(says) != std::string::npos, r.error);
            BOOST_TEST(r.error.find("x.txt") != std::string::npos, r.error);
            BOOST_TEST(r.error.find("(") != std::string::npos, r.error); // a hint
            BOOST_TEST(r.documents.empty());
        }
    }
    put_file(folder / "x.txt", "<html><b>bold</b></html>\n");
    wordmill::corpus_options lines;
    lines.format = corpus_format::lines;
    BOOST_TEST(read({folder / "x.txt"}, lines).error == "");
}

BOOST_AUTO_TEST_CASE(a_mixture_is_read_file_by_file_and_noted) {
    scratch_folder const folder;
    put_file(folder / "README.md", "# The corpus\nof words\n");
    put_file(folder / "a.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\\nthree\"}\n");
    put_file(folder / "b.json", "[{\"text\": \"four\"}]");
    put_file(folder / "empty", "");
    put_file(folder / "mark", "\xEF\xBB\xBF");
    put_file(folder / "wiki.xml", dump);
    put_file(folder / "z.txt", "last");
    wordmill::tally counts;
    wordmill::corpus_options options;
    options.counts = counts;
    auto const r = read_all(wordmill::read_text(folder / "", options));
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents
                   == documents({"# The corpus\nof words\n", "one\n", "two\nthree\n", "four\n", "page one\n",
                                 "page two\n", "last\n"}),
               boost::test_tools::per_element());
    BOOST_TEST(counts.note_count("formats are mixed: read as lines") == 2U);
    BOOST_TEST(counts.note_count("formats are mixed: read as wikipedia") == 1U);
    BOOST_TEST(counts.note_count("formats are mixed: read as jsonl") >= 2U);
    BOOST_TEST(counts.balanced("byte"));
    BOOST_TEST(counts.balanced("record"));
    BOOST_TEST(counts.balanced("line"));
    wordmill::tally alone;
    options.counts = alone;
    (void)read({folder / "a.jsonl", folder / "b.json"}, options);
    BOOST_TEST(alone.notes().empty());
}

BOOST_AUTO_TEST_CASE(a_mixture_resumes_at_every_block_on_any_number_of_threads) {
    scratch_folder const folder;
    std::string lines, records, array = "[";
    for (int i = 0; i < 30; ++i) {
        lines += "line " + std::to_string(i) + (i % 4 == 0 ? "\r\n" : "\n");
        records += "{\"text\": \"record " + std::to_string(i) + "\\nsecond\"}\n";
        array += (i > 0 ? ",\n" : "") + "{\"text\": \"element "s + std::to_string(i) + "\"}";
    }
    std::vector<std::string> names;
    for (auto const& bytes : {lines, records, ""s, dump, array + "]", lines, records, lines, "\xEF\xBB\xBF"s, dump})
        put_file(names.emplace_back(folder / std::to_string(names.size())), bytes);
    for (std::size_t const block_bytes : {1U, 50U, 300U}) {
        wordmill::corpus_options options;
        options.block_bytes = block_bytes;
        auto const whole = read(names, options);
        BOOST_TEST(whole.error == "");
        BOOST_TEST(whole.documents.size() == 3U + 2 * 30 + 2 * 2 + 30);
        for (std::size_t i = 0; i < whole.ends.size(); ++i) {
            options.from = wordmill::parse_position(to_text(whole.ends[i]));
            options.threads = i % 3 == 0 ? 4 : 1;
            auto const rest = read(names, options);
            std::vector<std::string> const expected(whole.blocks.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                    whole.blocks.end());
            BOOST_TEST(rest.blocks == expected, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_pipe_is_recognised_by_its_first_bytes) {
    scratch_folder const folder;
    auto const pipe = folder / "pipe";
    BOOST_TEST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    put_file(folder / "a.txt", "words\n");
    for (auto const& [bytes, expected] : {std::pair("{\"text\": \"one\"}\n"s, "one\n"s),
                                          {"[{\"text\": \"two\"}]"s, "two\n"s},
                                          {"three\n"s, "three\n"s},
                                          {tar(true), ""s}}) {
        std::jthread const writer([&] { std::ofstream(pipe, std::ios::binary) << bytes; });
        auto const r = read({folder / "a.txt", pipe});
        BOOST_TEST(r.documents.size() == (expected.empty() ? 1U : 2U));
        if (!expected.empty()) BOOST_TEST(r.documents.at(1) == expected);
        if (expected.empty()) BOOST_TEST(r.error.find("a tar archive") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_refused_file_is_named_after_what_was_before_it) {
    scratch_folder const folder;
    put_file(folder / "a.txt", "words\n");
    put_file(folder / "b.tar", tar(true));
    auto const r = read({folder / "a.txt", folder / "b.tar"});
    BOOST_TEST(r.documents == documents({"words\n"}), boost::test_tools::per_element());
    BOOST_TEST(r.error.find("b.tar") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
