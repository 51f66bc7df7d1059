#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "reading.hpp"

namespace {
using wordmill::bad_data_policy;
using wordmill::failure;
using wordmill::jsonl_options;

corpus_reading read_jsonl(std::string_view bytes, jsonl_options options = {}) {
    scratch_folder const folder;
    put_file(folder / "a.jsonl", bytes);
    return read_all(wordmill::read_jsonl(inputs({folder / "a.jsonl"}), std::move(options)));
}

std::string record(std::string_view text) { return R"({"text": ")" + std::string(text) + "\"}\n"; }

/// A bad line and the expected message.
struct bad_line {
    std::string line;
    std::string says;
};

std::string repeated(std::string_view what, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += what;
    return out;
}

std::vector<bad_line> bad_lines() {
    return {
        {R"({"text": "a)", "ends inside the object"},
        {R"({"text": "a"} {"text": "b"})", "more than one object"},
        {R"({"text": "a"}{"text": "b"})", "more than one object"},
        {R"({"text": "a"} x)", "text after the object"},
        {R"([{"text": "a"}, {"text": "b"}])", "array"},
        {R"([)", "array"},
        {R"({"text": "a"},)", "array"},
        {R"({"body": "a"})", "'text' is missing"},
        {R"({})", "'text' is missing"},
        {R"({"text": null})", "found null"},
        {R"({"text": 7})", "found a number"},
        {R"({"text": -7.5e3})", "found a number"},
        {R"({"text": true})", "found true or false"},
        {R"({"text": ["a"]})", "found an array"},
        {R"({"text": {"a": "b"}})", "found an object"},
        {R"("text")", "found a string"},
        {R"(7)", "found a number"},
        {R"({"text": "a\q"})", "invalid escape"},
        {R"({"text": "\u12g4"})", "invalid escape"},
        {R"({"text": "\ud800"})", "lone surrogate"},
        {R"({"text": "\udc00"})", "lone surrogate"},
        {R"({"text": "\ud800\ud800"})", "lone surrogate"},
        {R"({"text": "\ud800x"})", "lone surrogate"},
        {R"({"text": "a\u0000b"})", "NUL byte"},
        {R"({"x": 1e999, "text": "a\u0000b"})", "NUL byte"},
        {R"({"text": "a", "x": NaN})", "NaN"},
        {R"({"text": "a", "x": -Infinity})", "NaN"},
        {R"({"text": "a", "x": 01})", "number"},
        {R"({"text": "a" "x": 1})", "not well-formed"},
        {R"({text: "a"})", "not well-formed"},
        {R"({'text': 'a'})", "not well-formed"},
        {"{\"text\": \"a\tb\"}", "control character"},
        {"{\"text\": \"a\xFF\"}", "invalid UTF-8"},
        {"{\"text\": \"\xED\xA0\x80\"}", "invalid UTF-8"},
        {R"(// a comment)", "comment"},
        {R"(# a comment)", "comment"},
        {R"({"text": "a"} // why)", "comment"},
        {R"({"text": "a", "x": )" + repeated("[", 1025) + repeated("]", 1025) + "}", "deeper than 1024"},
        {R"({"text": 12345678901234567890123})", "found a number"},
        {R"({"x": 1e999, "text": null})", "found null"},
        {R"({"x": 1e999, "body": "a"})", "'text' is missing"},
        {R"({"x": 1e999, "text": "\ud800"})", "lone surrogate"},
        // Releases of simdjson differ in what they call these: an invalid number, or not well-formed.
        {R"({"x": 123456789012345678901x, "text": "a"})", "JSON: "},
        {R"({"x": 1e, "text": "a"})", "number"},
        {R"({"x": 1., "text": "a"})", "number"},
        {R"({"x": .5, "text": "a"})", "JSON: "},
        {R"({"x": +1, "text": "a"})", "JSON: "},
        {R"({"x": "\q", "text": "a"})", "invalid escape"},
        {R"({"x": "\ud8", "text": "a"})", "invalid escape"},
        {R"({"x": "\ud800", "text": "a",})", "escape"},
        {R"({"x": "\ud800", "text": "a" "b": 1})", "escape"},
        {R"({"x": "\ud800", "y": tru, "text": "a"})", "escape"},
        {repeated("[", 100000), "array"},
        {repeated("{\"a\":", 100000) + "1" + repeated("}", 100000), "deeper than 1024"},
        {"hello", "expected an object"},
        {std::string("\0", 1), "expected an object"},
    };
}
}

// Expected values follow from RFC 8259 and the docstring, by hand.
BOOST_AUTO_TEST_SUITE(jsonl)

BOOST_AUTO_TEST_CASE(a_record_is_a_document_and_its_lines_are_sentences) {
    auto const r =
        read_jsonl(record("One.\\nTwo.")
                   + "{\"id\": 1, \"text\": \"\\ud55c\\u00e9 \\\"q\\\"\\r\\nx\\n\", \"z\": [1, {}]}\n" + record(""));
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents == documents({"One.\nTwo.\n", "한é \"q\"\nx\n", ""}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(line_ends_blank_lines_a_mark_and_a_missing_last_line_end_are_accepted) {
    wordmill::tally counts;
    jsonl_options options;
    options.counts = counts;
    auto const bytes = "\xEF\xBB\xBF{\"text\": \"a\"}\r\n\r\n  \t\n\n {\"text\": \"b\"} \n\n{\"text\": \"c\"}";
    auto const r = read_jsonl(bytes, options);
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents == documents({"a\n", "b\n", "c\n"}), boost::test_tools::per_element());
    BOOST_TEST(counts.read_count("record") == 3U);
    BOOST_TEST(counts.dropped_count("byte", "between records") == 3U + 2 + 4 + 1 + 1);
    BOOST_TEST(counts.balanced("record"));
    BOOST_TEST(counts.balanced("byte"));
    BOOST_TEST(read_jsonl("").documents.empty());
    wordmill::tally only_mark;
    options.counts = only_mark;
    BOOST_TEST(read_jsonl("\xEF\xBB\xBF", options).documents.empty());
    BOOST_TEST(only_mark.balanced("byte"));
    BOOST_TEST(read_jsonl("\n\n").documents.empty());
}

BOOST_AUTO_TEST_CASE(fields_are_named_directly_by_a_path_or_by_a_pointer) {
    auto const line = R"({"a": {"b": "one", "c.d": "two"}, "b": "three", "": "four", "x/y": {"~": "five"}})";
    auto const text_in = [&](std::string field) {
        jsonl_options options;
        options.field = std::move(field);
        auto const r = read_jsonl(line, options);
        return r.documents.empty() ? r.error : r.documents.at(0);
    };
    BOOST_TEST(text_in("b") == "three\n");
    BOOST_TEST(text_in("a.b") == "one\n");
    BOOST_TEST(text_in("/a/c.d") == "two\n");
    BOOST_TEST(text_in("/") == "four\n");
    BOOST_TEST(text_in("/x~1y/~0") == "five\n");
    BOOST_TEST(text_in("a.z").find("'a.z' is missing") != std::string::npos);
    BOOST_TEST(text_in("b.z").find("on the way to field 'b.z', found a string") != std::string::npos);
    for (auto const* bad : {"", "a..b", "/a~2", "/a~"})
        BOOST_TEST(text_in(bad).find("field: expected") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_of_fields_with_one_name_counts_and_is_noted) {
    wordmill::tally counts;
    jsonl_options options;
    options.counts = counts;
    auto const r = read_jsonl(R"({"text": "first", "text": "second", "text": 3})", options);
    BOOST_TEST(r.documents == documents({"first\n"}), boost::test_tools::per_element());
    BOOST_TEST(counts.note_count("duplicate field, the first one taken") == 1U);
}

BOOST_AUTO_TEST_CASE(each_fault_is_refused_with_its_place_after_the_records_before_it) {
    for (auto const& bad : bad_lines()) {
        auto const r = read_jsonl(record("before") + "\n" + bad.line + "\n" + record("behind"));
        BOOST_TEST_CONTEXT(bad.line.substr(0, 60)) {
            BOOST_TEST(r.documents == documents({"before\n"}), boost::test_tools::per_element());
            BOOST_TEST((r.kind == failure::bad_data));
            BOOST_TEST(r.error.find(bad.says) != std::string::npos, r.error);
            BOOST_TEST(r.where.line.value_or(0) == 3U);
            BOOST_TEST(r.where.record.value_or(0) == 2U);
            BOOST_TEST(r.where.byte.value_or(0) == record("before").size() + 1);
            BOOST_TEST(r.where.file.ends_with("a.jsonl"));
        }
    }
}

BOOST_AUTO_TEST_CASE(skipping_leaves_the_neighbours_alone_and_counts) {
    for (auto const& bad : bad_lines()) {
        jsonl_options options;
        options.on_bad = bad_data_policy::skip;
        auto const r = read_jsonl(record("before") + bad.line + "\n" + record("behind"), options);
        BOOST_TEST_CONTEXT(bad.line.substr(0, 60)) {
            BOOST_TEST(r.error == "");
            BOOST_TEST(r.documents == documents({"before\n", "behind\n"}), boost::test_tools::per_element());
            BOOST_TEST(options.counts.read_count("record") == 3U);
            BOOST_TEST(options.counts.dropped_count("record") == 1U);
            BOOST_TEST(options.counts.balanced("record"));
            BOOST_TEST(options.counts.balanced("byte"));
        }
    }
}

BOOST_AUTO_TEST_CASE(quarantine_copies_bad_lines_with_their_place) {
    scratch_folder const folder;
    put_file(folder / "a.jsonl", record("a") + "nonsense\n" + record("b") + "{\"text\": 1}\n");
    jsonl_options options;
    options.on_bad = bad_data_policy::quarantine;
    options.quarantine_path = folder / "bad.txt";
    auto const r = read_all(wordmill::read_jsonl(inputs({folder / "a.jsonl"}), options));
    BOOST_TEST(r.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
    auto const name = folder / "a.jsonl";
    BOOST_TEST(file_bytes(folder / "bad.txt")
               == name + ", record 2, line 2, byte 14\tnonsense\n" + name
                      + ", record 4, line 4, byte 37\t{\"text\": 1}\n");
}

BOOST_AUTO_TEST_CASE(a_limit_on_bad_records_ends_the_run) {
    jsonl_options options;
    options.on_bad = bad_data_policy::skip;
    options.max_bad = 1;
    auto const r = read_jsonl(record("a") + "x\n" + record("b") + "y\n" + record("c"), options);
    BOOST_TEST(r.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
    BOOST_TEST((r.kind == failure::bad_data));
    BOOST_TEST(r.error.find("--max-bad") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_asked_for_has_to_be_json_by_its_syntax_only) {
    for (auto const* others :
         {R"("id": 12345678901234567890123)", R"("id": -123456789012345678901234567890.5e-7)", R"("x": 1e999)",
          R"("x": [1E400, -1e-400, 0.1e+5])", R"("x": "\ud800")", R"("x": "\udc00\ud800")", R"("\ud800": 1)",
          R"("x": {"a": {"text": "no"}}, "y": 1e999)", R"("x": 1, "x": 2, "x": 1e999)", R"("x": 100000000000000000000)",
          R"("x": [{}, [], "", null, true, false, 1e999])"}) {
        auto const before = "{" + std::string(others) + R"(, "text": "a \u00e9"})";
        auto const behind = R"({"text": "a \u00e9", )" + std::string(others) + "}";
        for (auto const& line : {before, behind}) {
            auto const r = read_jsonl(line);
            BOOST_TEST(r.error == "", line);
            BOOST_TEST(r.documents == documents({"a é\n"}), boost::test_tools::per_element());
        }
    }
    auto const deep = R"({"x": )" + repeated("[", 1000) + repeated("]", 1000) + R"(, "y": 1e999, "text": "a"})";
    BOOST_TEST(read_jsonl(deep).documents == documents({"a\n"}), boost::test_tools::per_element());
    jsonl_options nested;
    nested.field = "a.b";
    BOOST_TEST(read_jsonl(R"({"i": 1e999, "\u0061": {"b": "x", "b": 1}})", nested).documents == documents({"x\n"}),
               boost::test_tools::per_element());
    BOOST_TEST(nested.counts.note_count("duplicate field, the first one taken") == 1U);
    BOOST_TEST(read_jsonl(R"({"i": 1e999, "a": [1]})", nested).error.find("on the way to field 'a.b', found an array")
               != std::string::npos);
}

namespace {
/// The records of an array or of objects of several lines, in many layouts.
std::vector<std::string> two_records() {
    return {R"([{"text": "a"},{"text": "b"}])",
            "[{\"text\": \"a\"},\n{\"text\": \"b\"}]\n",
            "[\n  {\"text\": \"a\"},\n  {\"text\": \"b\"}\n]\n",
            "\xEF\xBB\xBF [\r\n{\"text\":\r\n\"a\"}\r\n,\r\n{\"text\": \"b\"}\r\n]\r\n",
            R"([{"x": [{"y": "]}\"[{"}], "text": "a"}, {"text": "b", "z": {"u": "\\"}}])",
            R"([{"text": "a"}][{"text": "b"}])",
            "[]\n[{\"text\": \"a\"}, {\"text\": \"b\"}] []",
            R"([{"text": "a", "id": 12345678901234567890123}, {"text": "b", "id": "\ud800"}])",
            "{\n  \"text\": \"a\"\n}\n{\n  \"text\": \"b\"\n}\n",
            "{\"x\": [\n{}\n], \"text\": \"a\"}\n{\"text\": \"b\"}",
            "{\"text\": \"a\"}\r{\"text\": \"b\"}\r"};
}
}

BOOST_AUTO_TEST_CASE(arrays_and_objects_of_several_lines_are_read_record_by_record) {
    for (auto const& bytes : two_records()) {
        wordmill::tally counts;
        jsonl_options options;
        options.counts = counts;
        auto const r = read_jsonl(bytes, options);
        BOOST_TEST_CONTEXT(bytes) {
            BOOST_TEST(r.error == "");
            BOOST_TEST(r.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
            BOOST_TEST(counts.read_count("record") == 2U);
            BOOST_TEST(counts.balanced("record"));
            BOOST_TEST(counts.balanced("byte"));
        }
    }
    BOOST_TEST(read_jsonl("[]").error == "");
    BOOST_TEST(read_jsonl("[]").documents.empty());
}

BOOST_AUTO_TEST_CASE(damage_in_an_array_is_refused_with_its_place_or_skipped_without_its_neighbours) {
    struct damaged {
        std::string bytes;
        std::string says;
        std::uint64_t line;
        std::size_t bad; // records that skipping drops
    };
    std::vector<damaged> const cases{
        {"[{\"text\": \"a\"},\n7,\n{\"text\": \"b\"}]", "found a number", 2, 1},
        {"[{\"text\": \"a\"},\n\"x, [\",\n{\"text\": \"b\"}]", "found a string", 2, 1},
        {"[{\"text\": \"a\"},\n{\"text\": 1},\n{\"text\": \"b\"}]", "found a number", 2, 1},
        {"[{\"text\": \"a\"},\n{\"x\": [1},\n{\"text\": \"b\"}]", "ends inside the object", 2, 1},
        {"[{\"text\": \"a\"}\n{\"text\": \"b\"}]", "expected a comma", 2, 1},
        {"[{\"text\": \"a\"},\n,{\"text\": \"b\"}]", "found a comma", 2, 1},
        {"[{\"text\": \"a\"},{\"text\": \"b\"},\n]", "found the end of the array", 2, 1},
        {"[{\"text\": \"a\"},{\"text\": \"b\"}\n", "ends inside the array", 2, 1},
        {"[{\"text\": \"a\"},{\"text\": \"b\"}]\nx", "after its end", 2, 2},
        {"[{\"text\": \"a\"},{\"text\": \"b\"},\n{\"text\": \"c", "ends inside a record", 2, 1},
        {"[{\"text\": \"a\"},\n{\"text\": \"c},\n{\"text\": \"b\"}]", "ends inside the object", 2, 1},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.bytes) {
            auto const strict = read_jsonl(c.bytes);
            BOOST_TEST((strict.kind == failure::bad_data));
            BOOST_TEST(strict.error.find(c.says) != std::string::npos, strict.error);
            BOOST_TEST(strict.where.line.value_or(0) == c.line);
            jsonl_options options;
            options.on_bad = bad_data_policy::skip;
            auto const r = read_jsonl(c.bytes, options);
            BOOST_TEST(r.error == "");
            BOOST_TEST(r.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
            BOOST_TEST(options.counts.dropped_count("record") == c.bad);
            BOOST_TEST(options.counts.balanced("record"));
            BOOST_TEST(options.counts.balanced("byte"));
        }
    }
    jsonl_options cut;
    cut.allow_truncated = true;
    BOOST_TEST(read_jsonl("[{\"text\": \"a\"}, {\"te", cut).documents == documents({"a\n"}),
               boost::test_tools::per_element());
    BOOST_TEST(cut.counts.dropped_count("record", "cut short") == 1U);
}

// A carriage return cannot stand inside a string of JSON, so what it divides are lines; between tokens it is a blank.
BOOST_AUTO_TEST_CASE(lone_carriage_returns_divide_records_and_resume_between_them) {
    scratch_folder const folder;
    put_file(folder / "a",
             record("a") + "{\"text\": \"b\"}\r{\"text\":\r\"c\"}\r\r7\r{\"text\": \"d\"}\r\n" + record("e"));
    jsonl_options options;
    options.on_bad = bad_data_policy::skip;
    options.block_bytes = 1;
    auto const whole = read_all(wordmill::read_jsonl(inputs({folder / "a"}), options));
    BOOST_TEST(whole.documents == documents({"a\n", "b\n", "d\n", "e\n"}), boost::test_tools::per_element());
    BOOST_TEST(options.counts.dropped_count("record") == 3U); // {"text": and "c"} and 7
    BOOST_TEST(options.counts.balanced("byte"));
    for (std::size_t i = 0; i < whole.ends.size(); ++i) {
        options.from = whole.ends[i];
        auto const rest = read_all(wordmill::read_jsonl(inputs({folder / "a"}), options));
        std::vector<std::string> const expected(whole.blocks.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                whole.blocks.end());
        BOOST_TEST(rest.blocks == expected, boost::test_tools::per_element());
    }
    BOOST_TEST(read_jsonl(record("a") + "{\"text\":\r\"c\"}\n").documents == documents({"a\n", "c\n"}),
               boost::test_tools::per_element());
    auto const strict = read_jsonl(record("a") + "{\"text\": \"b\"}\r{\"text\": 1}\r\n");
    BOOST_TEST(strict.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
    BOOST_TEST(strict.where.byte.value_or(0) == record("a").size() + 14);
}

BOOST_AUTO_TEST_CASE(a_line_that_ends_early_is_damage_and_no_object_of_several_lines) {
    BOOST_TEST(read_jsonl("{\"text\": \"a\n{\"text\": \"b\"}\n").error.find("each object must be whole")
               != std::string::npos);
    jsonl_options options;
    options.on_bad = bad_data_policy::skip;
    BOOST_TEST(read_jsonl("{\"id\": 1,\n{\"text\": \"b\"}\n", options).documents == documents({"b\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(invalid_utf8_can_be_replaced) {
    jsonl_options options;
    options.utf8 = wordmill::utf8_policy::replace;
    auto const r = read_jsonl("{\"text\": \"a\xFF\xC3 b\"}\n{\"text\": 1\xFF}\n", options);
    BOOST_TEST(r.documents == documents({"a\uFFFD\uFFFD b\n"}), boost::test_tools::per_element());
    BOOST_TEST((r.kind == failure::bad_data));
    BOOST_TEST(options.counts.note_count("invalid UTF-8 replaced") == 1U);
    options.utf8 = wordmill::utf8_policy::keep;
    BOOST_TEST((read_jsonl("{}", options).kind == failure::usage));
    BOOST_TEST(read_jsonl(std::string_view("\xFF\xFE{\0", 4)).error.find("UTF-16") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_above_the_limit_are_refused_without_being_kept) {
    for (std::size_t const length : {101U, 4000U, 600000U, 5000000U}) {
        jsonl_options options;
        options.on_bad = bad_data_policy::skip;
        options.max_record_bytes = 100;
        auto const good = record("before") + record(std::string(80, 'x'));
        auto const r = read_jsonl(
            good + record(std::string(length, 'y')) + record("behind") + record(std::string(length, 'z')), options);
        BOOST_TEST(r.error == "");
        BOOST_TEST(r.documents.size() == 3U);
        BOOST_TEST(options.counts.dropped_count("record", "JSON: a line above the limit") == 2U);
        BOOST_TEST(options.counts.balanced("record"));
        BOOST_TEST(options.counts.balanced("byte"));
        options.on_bad = bad_data_policy::strict;
        auto const strict = read_jsonl(good + record(std::string(length, 'y')), options);
        BOOST_TEST(strict.error.find("--max-record") != std::string::npos);
        BOOST_TEST(strict.where.line.value_or(0) == 3U);
        BOOST_TEST(strict.documents.size() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(a_cut_last_line_goes_quietly_where_truncation_is_allowed) {
    jsonl_options options;
    options.allow_truncated = true;
    auto const r = read_jsonl(record("a") + R"({"text": "b)", options);
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents == documents({"a\n"}), boost::test_tools::per_element());
    BOOST_TEST(options.counts.dropped_count("record", "cut short") == 1U);
    BOOST_TEST(options.counts.balanced("record"));
}

namespace {
/// Files with records of many lengths, blank lines and bad lines.
std::vector<std::string> varied_files(scratch_folder const& folder, std::size_t records) {
    std::string a = "\xEF\xBB\xBF";
    std::string b = "\n\n";
    for (std::size_t i = 0; i < records; ++i) {
        auto& to = i % 3 == 0 ? b : a;
        if (i % 5 == 0) to += "\r\n";
        if (i % 7 == 0) to += "broken " + std::to_string(i) + "\n";
        to += record(repeated("word" + std::to_string(i) + (i % 4 == 0 ? "\\n" : " "), i * i % 23));
    }
    b.pop_back();
    put_file(folder / "a", a);
    put_file(folder / "b", b);
    put_file(folder / "empty", "");
    return {folder / "a", folder / "empty", folder / "b"};
}

/// Reads files in blocks of one and of several records, and again from the end of every block.
void resumes_at_every_block(std::vector<wordmill::input_file> const& files, std::size_t documents) {
    for (std::size_t const block_bytes : {1U, 200U}) {
        jsonl_options options;
        options.on_bad = bad_data_policy::skip;
        options.block_bytes = block_bytes;
        auto const whole = read_all(wordmill::read_jsonl(files, options));
        BOOST_TEST(whole.error == "");
        BOOST_TEST(whole.documents.size() == documents);
        for (std::size_t i = 0; i < whole.ends.size(); ++i) {
            auto resumed = options;
            resumed.from = wordmill::parse_position(to_text(whole.ends[i]));
            auto const rest = read_all(wordmill::read_jsonl(files, resumed));
            std::vector<std::string> const expected(whole.blocks.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                    whole.blocks.end());
            BOOST_TEST(rest.blocks == expected, boost::test_tools::per_element());
        }
    }
}
}

BOOST_AUTO_TEST_CASE(interrupted_and_resumed_at_every_record_is_uninterrupted) {
    scratch_folder const folder;
    auto const files = inputs(varied_files(folder, 60));
    resumes_at_every_block(files, 60);
}

namespace {
/// An array and a file of objects of several lines, with records of many lengths, some bad.
std::vector<std::string> varied_arrays(scratch_folder const& folder, std::size_t records) {
    std::string a = "[";
    std::string b;
    for (std::size_t i = 0; i < records; ++i) {
        auto const text = repeated("word" + std::to_string(i) + (i % 4 == 0 ? "\\n" : " "), i * i % 23);
        auto const object = "{\"id\": " + std::to_string(i) + ",\n\"x\": [{\"y\": \"}]\"}],"
                            + std::string(i % 7 == 0 ? "\n\"body\"" : "\"text\"") + ": \"" + text + "\"}";
        if (i % 2 == 0)
            a += (a.size() > 1 ? ",\n" : "") + object;
        else
            b += object + "\n";
    }
    put_file(folder / "a", a + "]\n");
    put_file(folder / "b", b);
    return {folder / "a", folder / "b"};
}
}

BOOST_AUTO_TEST_CASE(an_array_interrupted_and_resumed_at_every_record_is_uninterrupted) {
    scratch_folder const folder;
    auto const files = inputs(varied_arrays(folder, 60));
    resumes_at_every_block(files, 51); // 60 less the multiples of 7
}

BOOST_AUTO_TEST_CASE(blocks_of_an_array_do_not_depend_on_threads) {
    scratch_folder const folder;
    auto const files = inputs(varied_arrays(folder, 20000)); // several batches
    jsonl_options options;
    options.on_bad = bad_data_policy::skip;
    options.block_bytes = 3000;
    auto const one = read_all(wordmill::read_jsonl(files, options));
    options.threads = 7;
    BOOST_TEST((read_all(wordmill::read_jsonl(files, options)).blocks == one.blocks));
    BOOST_TEST(one.documents.size() == 20000U - 2858U); // multiples of 7 below 20000
}

BOOST_AUTO_TEST_CASE(records_of_an_array_above_the_limit_are_refused_without_being_kept) {
    for (std::size_t const length : {101U, 4000U, 600000U, 5000000U}) {
        jsonl_options options;
        options.on_bad = bad_data_policy::skip;
        options.max_record_bytes = 100;
        auto const object = [](std::string const& text) { return "{\"text\": \"" + text + "\"}"; };
        auto const bytes = "[" + object("a") + ", " + object(std::string(length, 'y')) + "," + object("b") + ","
                           + object(std::string(length, 'z')) + "]";
        auto const r = read_jsonl(bytes, options);
        BOOST_TEST(r.error == "");
        BOOST_TEST(r.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
        BOOST_TEST(options.counts.dropped_count("record", "JSON: a record above the limit") == 2U);
        BOOST_TEST(options.counts.balanced("byte"));
    }
}

BOOST_AUTO_TEST_CASE(the_element_view_resumes_behind_every_sentence) {
    scratch_folder const folder;
    auto const files = inputs(varied_files(folder, 30));
    jsonl_options options;
    options.on_bad = bad_data_policy::skip;
    options.block_bytes = 150;
    std::vector<std::string> all;
    std::vector<wordmill::position> ends;
    for (auto&& s : wordmill::sentences(wordmill::read_jsonl(files, options))) {
        all.emplace_back(s.text);
        ends.push_back(*s.next);
    }
    BOOST_TEST(all.size() > 50U);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        auto resumed = options;
        resumed.from = ends[i];
        std::vector<std::string> rest;
        for (auto&& s : wordmill::sentences(wordmill::read_jsonl(files, resumed))) rest.emplace_back(s.text);
        std::vector<std::string> const expected(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end());
        BOOST_TEST(rest == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(blocks_do_not_depend_on_threads) {
    scratch_folder const folder;
    auto const files = inputs(varied_files(folder, 20000)); // several batches of lines
    jsonl_options options;
    options.on_bad = bad_data_policy::skip;
    options.block_bytes = 3000;
    options.threads = 1;
    auto const one = read_all(wordmill::read_jsonl(files, options));
    for (unsigned const threads : {2U, 7U}) {
        options.threads = threads;
        BOOST_TEST((read_all(wordmill::read_jsonl(files, options)).blocks == one.blocks));
    }
    BOOST_TEST(one.documents.size() == 20000U);
}

BOOST_AUTO_TEST_CASE(a_position_of_other_inputs_is_refused) {
    scratch_folder const folder;
    put_file(folder / "a", record("a") + record("b"));
    jsonl_options options;
    options.block_bytes = 1;
    auto const r = read_all(wordmill::read_jsonl(inputs({folder / "a"}), options));
    options.from = r.ends.at(0);
    put_file(folder / "a", record("a") + record("b") + record("c"));
    BOOST_TEST((read_all(wordmill::read_jsonl(inputs({folder / "a"}), options)).kind == failure::bad_data));
}

BOOST_AUTO_TEST_SUITE_END()
