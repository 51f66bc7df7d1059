#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "../skipped.hpp"
#include "reading.hpp"

namespace {
using wordmill::bad_data_policy;
using wordmill::failure;

/// The files of parquet_files.py, made once.
std::string made(std::string const& name) {
    static scratch_folder const folder;
    static int const status = std::system(
        (WORDMILL_ARROW_PYTHON " " WORDMILL_SOURCE_DIR "/tests/corpora/parquet_files.py " + folder.path.string())
            .c_str());
    BOOST_TEST_REQUIRE(status == 0);
    return folder / (name + ".parquet");
}

/// A small file of another program (tests/corpora/parquet).
std::string kept(std::string const& name) {
    return std::string(WORDMILL_SOURCE_DIR "/tests/corpora/parquet/") + name + ".parquet";
}

auto const with_arrow =
    skipped_if([] { return wordmill::parquet_available() ? "" : "this build has no Parquet reader"; });
auto const with_pyarrow = skipped_if([] {
    if (!wordmill::parquet_available()) return "this build has no Parquet reader";
    return std::system(WORDMILL_ARROW_PYTHON " -c 'import pyarrow' 2>/dev/null") == 0 ? "" : "pyarrow is not installed";
});

corpus_reading read_column(std::vector<std::string> const& names, wordmill::parquet_options options = {}) {
    return read_all(wordmill::read_parquet(inputs(names), std::move(options)));
}

wordmill::parquet_options skipping(std::string column = "text") {
    wordmill::parquet_options options;
    options.column = std::move(column);
    options.on_bad = bad_data_policy::skip;
    return options;
}

std::uint64_t bytes_this_process_read() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t bytes = 0;
    io >> name >> bytes; // rchar
    return bytes;
}

std::ptrdiff_t threads_of_this_process() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

// What parquet_files.py writes, less the null.
std::vector<std::string> const five_rows = documents({"the cat sat\n", "on the mat\n", "", "über\nzwei\n"});
}

BOOST_AUTO_TEST_SUITE(parquet)

BOOST_AUTO_TEST_CASE(a_file_that_is_no_parquet_is_refused_or_the_missing_reader_is_named) {
    scratch_folder const folder;
    for (std::string_view const bytes : {std::string_view("PAR1"), std::string_view("PAR1\xFF\xFF\xFF\x7FPAR1", 12),
                                         std::string_view("PAR1\0\0\0\0PAR1", 12), std::string_view("words"),
                                         std::string_view("PAR1xxxxxxxx\4\0\0\0PAR1", 20)}) {
        put_file(folder / "a", bytes);
        auto const r = read_all(wordmill::read_parquet(inputs({folder / "a"})));
        BOOST_TEST(r.documents.empty());
        BOOST_TEST(
            (r.kind == (wordmill::parquet_available() ? wordmill::failure::bad_data : wordmill::failure::unavailable)));
        BOOST_TEST(r.error.find("Parquet") != std::string::npos, r.error);
        BOOST_TEST(r.where.file == folder / "a");
        if (!wordmill::parquet_available())
            BOOST_TEST(r.error.find("setup.sh --parquet") != std::string::npos, r.error);
    }
}

BOOST_AUTO_TEST_CASE(the_name_of_the_library_has_a_version) {
    auto const name = std::string(wordmill::parquet_library());
    BOOST_TEST(wordmill::parquet_available() == name.starts_with("Apache Arrow "), name);
}

// The five rows as the scripts of polars 1, DuckDB 1 and fastparquet 2024 wrote them.
BOOST_AUTO_TEST_CASE(files_of_other_programs_are_read, *with_arrow) {
    auto const expected =
        documents({"the cat sat on the mat\n", "", "über den Wolken\nzweite Zeile\n", "the cat sat on the mat\n"});
    for (std::string const name : {"polars", "duckdb", "fastparquet"}) {
        auto const options = skipping();
        auto const r = read_column({kept(name)}, options);
        BOOST_TEST(r.error == "");
        BOOST_TEST(r.documents == expected, boost::test_tools::per_element());
        BOOST_TEST(options.counts.dropped_count("record", "Parquet: null") == 1);
        BOOST_TEST(options.counts.balanced("record"));
    }
    BOOST_TEST(read_column({kept("nested")}, skipping("meta.text")).documents == expected,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_contents_are_the_rows_the_row_groups_and_the_columns, *with_arrow) {
    auto const contents = wordmill::contents_of_parquet(inputs({kept("polars")}).front());
    BOOST_TEST(contents.rows == 5);
    BOOST_TEST(contents.row_groups == 3); // of two rows each
    BOOST_TEST(contents.columns == documents({"id (INT64)", "text (String)"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(strings_of_every_type_codec_page_and_encoding_are_read, *with_pyarrow) {
    std::vector<std::string> names{"string",           "large_string",           "string_view", "dictionary",
                                   "binary",           "large_binary",           "binary_view", "PLAIN",
                                   "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"};
    for (std::string const codec : {"none", "snappy", "gzip", "brotli", "lz4", "zstd"})
        for (auto const* page : {"-1.0", "-2.0"}) names.push_back(codec + page);
    for (auto const& name : names) {
        BOOST_TEST_CONTEXT(name) {
            auto const r = read_column({made(name)}, skipping());
            BOOST_TEST(r.error == "");
            BOOST_TEST(r.documents == five_rows, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_null_row_is_a_bad_record_with_its_row, *with_pyarrow) {
    auto const r = read_column({made("string")});
    BOOST_TEST((r.kind == failure::bad_data));
    BOOST_TEST(r.where.line.value_or(0) == 3U);
    BOOST_TEST(r.where.file == made("string"));
    BOOST_TEST(r.error.find("--on-bad skip") != std::string::npos, r.error);
    BOOST_TEST(r.documents == documents({"the cat sat\n", "on the mat\n"}), boost::test_tools::per_element());
}

// By hand from the rows that parquet_files.py writes; null rows are left out.
BOOST_AUTO_TEST_CASE(nested_columns_are_named_with_dots_and_lists_are_lines, *with_pyarrow) {
    struct nested {
        std::string column;
        std::vector<std::string> expected;
        std::uint64_t nulls;
        std::uint64_t left_out;
    };
    for (auto const& each : {
             nested{"list", documents({"a b\nc\n", "", "d\n", "e\n"}), 1, 1},
             nested{"lists", documents({"a\nb\nc\n", "", "", "x\n"}), 1, 2},
             nested{"meta.text", documents({"t1\n", "t4\n", "t5\n"}), 2, 0},
             nested{"meta.in.deep", documents({"d1\n", "d5\n"}), 3, 0},
             nested{"turns.text", documents({"hi\nyo\n", "", "", "end\n"}), 1, 1},
             nested{"turns.list.element.who", documents({"u\na\n", "", "u\n", "u\n"}), 1, 0},
             nested{"map.key", documents({"k\n", "", "a\nc\n", ""}), 1, 0},
             nested{"map.value", documents({"v\n", "", "b\n", ""}), 1, 1},
             nested{"pair", documents({"p\nq\n", "r\ns\n", "t\n", "u\nv\n"}), 1, 1},
         }) {
        BOOST_TEST_CONTEXT(each.column) {
            auto const options = skipping(each.column);
            auto const r = read_column({made("nested")}, options);
            BOOST_TEST(r.error == "");
            BOOST_TEST(r.documents == each.expected, boost::test_tools::per_element());
            BOOST_TEST(options.counts.dropped_count("record", "Parquet: null") == each.nulls);
            BOOST_TEST(options.counts.note_count("null string in a list left out") == each.left_out);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_column_that_is_missing_or_holds_no_strings_is_refused_with_what_there_is, *with_pyarrow) {
    auto const message = [](std::string const& column) {
        auto const r = read_column({made("nested")}, skipping(column));
        BOOST_TEST((r.kind == failure::bad_data));
        BOOST_TEST(r.where.file == made("nested"));
        return r.error;
    };
    auto const says = [&](std::string const& column, std::string const& part) {
        auto const text = message(column);
        BOOST_TEST(text.find(part) != std::string::npos, text);
    };
    says("text", "expected a column 'text', found list (String), lists (String), meta.text (String)");
    says("text", "--field");
    says("meta", "found 'meta' with the columns meta.text, meta.in.deep");
    says("number", "found 'number' of type INT64");
    says("time", "found 'time' of type Timestamp");
}

BOOST_AUTO_TEST_CASE(row_groups_in_parallel_give_the_blocks_of_one_thread, *with_pyarrow) {
    wordmill::parquet_options options;
    options.block_bytes = 300;
    auto const names = std::vector<std::string>{made("part-0"), made("no-groups"), made("part-1"), made("no-rows")};
    auto const expected = read_column(names, options);
    BOOST_TEST(expected.error == "");
    BOOST_TEST_REQUIRE(expected.documents.size() == 2000U);
    BOOST_TEST(expected.documents[1025] == "row 25 of file 1\nits second line\n");
    for (unsigned const threads : {2U, 8U}) {
        options.threads = threads;
        options.memory_bytes = 64 << 20;
        BOOST_TEST(read_column(names, options).blocks == expected.blocks);
        options.memory_bytes = 1 << 20; // little is parsed ahead
        BOOST_TEST(read_column(names, options).blocks == expected.blocks);
    }
}

BOOST_AUTO_TEST_CASE(reading_resumes_at_every_block, *with_pyarrow) {
    wordmill::parquet_options options;
    options.block_bytes = 2000;
    auto const names = std::vector<std::string>{made("part-0"), made("part-1")};
    auto const whole = read_column(names, options);
    BOOST_TEST_REQUIRE(whole.blocks.size() > 20U);
    for (std::size_t i = 0; i < whole.ends.size(); ++i) {
        options.from = whole.ends[i];
        options.threads = 1 + i % 3;
        auto const rest = read_column(names, options);
        std::vector<std::string> const expected(whole.blocks.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                whole.blocks.end());
        BOOST_TEST_REQUIRE(rest.blocks.size() == expected.size());
        for (std::size_t b = 0; b < expected.size(); ++b) // texts and positions; numbers of blocks go on
            BOOST_TEST(rest.blocks[b] == expected[b]);
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_resumes_reads_only_the_row_groups_that_are_left, *with_pyarrow) {
    wordmill::parquet_options options;
    options.block_bytes = 1000;
    auto const whole = read_column({made("part-0")}, options);
    options.from = whole.ends[whole.ends.size() - 2];
    auto const before = bytes_this_process_read();
    BOOST_TEST(read_column({made("part-0")}, options).blocks.size() == 1U);
    auto const resumed = bytes_this_process_read() - before;
    auto const file = std::filesystem::file_size(made("part-0"));
    BOOST_TEST(resumed < file + 20000); // the footer twice: its end is read with Arrow's 64 KiB
}

// The other two columns have 2.9 MB each, the text has 7 kB.
BOOST_AUTO_TEST_CASE(only_the_bytes_of_the_column_are_read, *with_pyarrow) {
    auto const name = made("wide");
    BOOST_TEST(std::filesystem::file_size(name) > 5'000'000U);
    for (unsigned const threads : {1U, 2U}) {
        wordmill::parquet_options options;
        options.threads = threads;
        auto const before = bytes_this_process_read();
        BOOST_TEST(read_column({name}, options).documents.size() == 1000U);
        BOOST_TEST(bytes_this_process_read() - before < 300'000U);
    }
}

BOOST_AUTO_TEST_CASE(arrow_starts_no_threads_to_read, *with_pyarrow) {
    (void)read_column({made("string")}, skipping()); // loading Arrow starts the thread of its allocator
    auto const before = threads_of_this_process();
    std::ptrdiff_t most = 0;
    for (auto&& block : wordmill::read_parquet(inputs({made("part-0"), made("wide")}))) {
        (void)block;
        most = std::max(most, threads_of_this_process());
    }
    BOOST_TEST(most == before);
}

BOOST_AUTO_TEST_CASE(every_truncated_file_is_refused_with_its_name, *with_arrow) {
    scratch_folder const folder;
    auto const whole = file_bytes(kept("duckdb"));
    for (std::size_t size = 1; size < whole.size(); ++size) {
        put_file(folder / "cut", whole.substr(0, size));
        auto const r = read_column({folder / "cut"}, skipping());
        BOOST_TEST((r.kind == failure::bad_data));
        BOOST_TEST(r.where.file == folder / "cut");
        BOOST_TEST(r.where.byte.has_value());
        BOOST_TEST(r.documents.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_file_without_rows_has_no_documents, *with_pyarrow) {
    for (std::string const name : {"no-rows", "no-groups"}) {
        auto const r = read_column({made(name)});
        BOOST_TEST(r.error == "");
        BOOST_TEST(r.documents.empty());
    }
}

BOOST_AUTO_TEST_CASE(an_empty_file_beside_others_is_noted, *with_arrow) {
    scratch_folder const folder;
    put_file(folder / "_SUCCESS", "");
    auto const options = skipping();
    auto const r = read_column({folder / "_SUCCESS", kept("duckdb")}, options);
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents.size() == 4U);
    BOOST_TEST(options.counts.note_count("empty file without a Parquet footer skipped") == 1U);
}

// fastparquet's _metadata beside part.0.parquet: a footer whose row groups lie in the other file.
BOOST_AUTO_TEST_CASE(a_footer_of_other_files_is_refused, *with_arrow) {
    auto const r = read_column({kept("metadata-of-others")});
    BOOST_TEST((r.kind == failure::bad_data));
    BOOST_TEST(r.error.find("found it in part.0.parquet") != std::string::npos, r.error);
}

BOOST_AUTO_TEST_CASE(damage_is_reported_with_its_row_group_after_the_rows_before_it, *with_pyarrow) {
    scratch_folder const folder;
    auto bytes = file_bytes(made("checked"));
    auto const at = bytes.find("row number 4");
    BOOST_TEST_REQUIRE(at != std::string::npos);
    bytes[at + 11] = '7'; // the text stays valid: only the checksum of the page tells
    put_file(folder / "damaged", bytes);
    for (unsigned const threads : {1U, 2U}) {
        wordmill::parquet_options options;
        options.threads = threads;
        auto const r = read_column({folder / "damaged"}, options);
        BOOST_TEST((r.kind == failure::bad_data));
        BOOST_TEST(r.where.file == folder / "damaged");
        BOOST_TEST(r.error.find("row group 1") != std::string::npos, r.error);
        BOOST_TEST(r.documents == documents({"row number 0\n", "row number 1\n", "row number 2\n"}),
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_page_above_the_memory_limit_is_a_failure_of_resources, *with_pyarrow) {
    wordmill::parquet_options options;
    options.memory_bytes = 500'000; // the page has a million bytes
    auto const r = read_column({made("big-page")}, options);
    BOOST_TEST((r.kind == failure::resource));
    BOOST_TEST(r.error.find("--memory") != std::string::npos, r.error);
    BOOST_TEST(read_column({made("big-page")}).documents.size() == 1U);
    options = skipping();
    options.max_record_bytes = 999'999;
    BOOST_TEST(read_column({made("big-page")}, options).documents.empty());
    BOOST_TEST(options.counts.dropped_count("record", "Parquet: a string above the limit") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
