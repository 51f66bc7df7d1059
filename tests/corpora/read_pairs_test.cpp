#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "reading.hpp"

namespace wm = wordmill;

namespace {
/// Writes a file and returns its name.
std::string written(scratch_folder const& folder, char const* name, std::string const& bytes) {
    put_file(folder / name, bytes);
    return folder / name;
}

struct pair_reading {
    std::vector<std::string> pairs; ///< "source|target"
    std::vector<std::string> blocks;
    std::vector<wm::position> starts, ends;
    std::string error;
};

pair_reading read(std::vector<std::string> const& files, wm::pair_options options) {
    pair_reading out;
    try {
        for (auto const& block : wm::read_pairs(inputs(files), std::move(options))) {
            std::string whole = to_text(block.start) + " " + to_text(block.next) + " " + std::to_string(block.index)
                                + " " + std::to_string(block.first_sentence);
            for (std::size_t i = 0; i < block.size(); ++i) {
                out.pairs.push_back(std::string(block.source(i)) + "|" + std::string(block.target(i)));
                whole += "\n" + out.pairs.back();
            }
            out.blocks.push_back(whole);
            out.starts.push_back(block.start);
            out.ends.push_back(block.next);
        }
    } catch (wm::error const& e) {
        out.error = e.what();
    }
    return out;
}

using list = std::vector<std::string>;

bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }
}

BOOST_AUTO_TEST_SUITE(reading_pairs)

BOOST_AUTO_TEST_CASE(a_separator_may_be_any_text_and_blanks_are_kept) {
    scratch_folder const folder;
    wm::tally counts;
    auto const book = written(folder, "book.txt", "71+118 _189 \n1+2    _3   ");
    BOOST_TEST(read({book}, {.separator = "_"}).pairs == (list{"71+118 |189 ", "1+2    |3   "}),
               boost::test_tools::per_element());
    auto const tabs = written(folder, "tabs.tsv",
                              "\xEF\xBB\xBF"
                              "a b\tx\r\n\n\ty\n");
    wm::pair_options options;
    options.counts = counts;
    BOOST_TEST(read({tabs}, options).pairs == (list{"a b|x", "|y"}), boost::test_tools::per_element());
    BOOST_TEST(counts.balanced("byte"));
    BOOST_TEST(counts.read_count("pair") == 2U);
    BOOST_TEST(read({written(folder, "empty", "")}, {}).pairs.empty());
}

BOOST_AUTO_TEST_CASE(lines_of_parallel_files_belong_together) {
    scratch_folder const folder;
    auto const de = written(folder, "a.de", "eins\n\ndrei");
    auto const en = written(folder, "a.en", "one\r\ntwo\nthree\n");
    BOOST_TEST(read({de, en}, {}).pairs == (list{"eins|one", "|two", "drei|three"}), boost::test_tools::per_element());
    // two files a side: sources first
    auto const more_de = written(folder, "b.de", "vier\n");
    auto const more_en = written(folder, "b.en", "four\n");
    BOOST_TEST(read({de, more_de, en, more_en}, {}).pairs.back() == "vier|four");
    BOOST_TEST(has(read({de}, {}).error, "found none of them"));
}

BOOST_AUTO_TEST_CASE(different_line_counts_are_an_error_with_both_after_the_pairs_before) {
    scratch_folder const folder;
    auto const five = written(folder, "five", "1\n2\n3\n4\n5\n");
    auto const three = written(folder, "three", "a\nb\nc");
    auto const found = read({five, three}, {});
    BOOST_TEST(found.pairs.size() == 3U);
    BOOST_TEST(has(found.error, three + ": parallel files: expected as many lines as in " + five + ", 5, found 3"));
    auto const other = read({three, five}, {});
    BOOST_TEST(has(other.error, three + ": parallel files: expected as many lines as in " + five + ", 5, found 3"));
}

BOOST_AUTO_TEST_CASE(bad_pairs_are_named_and_counted) {
    scratch_folder const folder;
    auto const file =
        written(folder, "bad.tsv",
                std::string("a\tx\nnone\nb\ty\tz\nc\t\xFF\nd\tq") + '\0' + "\n" + std::string(60, 'l') + "\tm\ne\tw\n");
    wm::pair_options options;
    options.max_record_bytes = 50;
    auto const strict = read({file}, options);
    BOOST_TEST(strict.pairs == (list{"a|x"}), boost::test_tools::per_element());
    BOOST_TEST(
        has(strict.error, "bad.tsv, record 2, line 2, byte 4: pair: expected the separator (a tab), found none"));
    options.on_bad = wm::bad_data_policy::skip;
    wm::tally counts;
    options.counts = counts;
    BOOST_TEST(read({file}, options).pairs == (list{"a|x", "e|w"}), boost::test_tools::per_element());
    BOOST_TEST(counts.read_count("pair") == 7U);
    BOOST_TEST(counts.dropped_count("pair") == 5U);
    BOOST_TEST(counts.dropped_count("pair", "pair: expected one separator (a tab), found two or more") == 1U);
    BOOST_TEST(counts.dropped_count("pair", "a line above the limit") == 1U);
    BOOST_TEST(counts.balanced("byte"));
    options.utf8 = wm::utf8_policy::replace;
    BOOST_TEST(read({file}, options).pairs.at(1) == "c|\xEF\xBF\xBD");
    options.utf8 = wm::utf8_policy::keep;
    BOOST_TEST(read({file}, options).pairs.at(1) == "c|\xFF");
    BOOST_TEST(has(read({file}, {.separator = ""}).error, "expected a separator"));
}

BOOST_AUTO_TEST_CASE(objects_are_pairs_of_two_fields) {
    scratch_folder const folder;
    std::string const objects = R"({"source":"a\nb","target":"x"})"
                                "\n"
                                R"({"target":"y \u00e9","id":1e400,"source":""})"
                                "\n"
                                R"({"source":"no target"})"
                                "\n";
    auto const spaced = written(folder, "spaced.json", objects);
    wm::pair_options options;
    options.on_bad = wm::bad_data_policy::skip;
    wm::tally counts;
    options.counts = counts;
    BOOST_TEST(read({spaced}, options).pairs == (list{"a b|x", "|y \xC3\xA9"}), boost::test_tools::per_element());
    BOOST_TEST(counts.dropped_count("pair") == 1U);
    BOOST_TEST(counts.balanced("byte"));
    auto const lines = written(folder, "nested.jsonl", "{\"t\":{\"de\":\"eins\",\"en\":\"one\"}}\n");
    auto const nested = read({lines}, {.source_field = "t.de", .target_field = "t.en"});
    BOOST_TEST(nested.pairs == (list{"eins|one"}), boost::test_tools::per_element());
    BOOST_TEST(has(read({spaced}, {}).error, "field 'target' is missing"));
}

// Line n of one file belongs to line n of the other, whatever is wrong with a line.
BOOST_AUTO_TEST_CASE(a_bad_side_of_parallel_files_drops_no_other_pair) {
    scratch_folder const folder;
    auto const de = written(folder, "de", "eins\nz\xFFwei\n" + std::string(60, 'l') + "\nvier\nf\rnf\n");
    auto const en = written(folder, "en", std::string("one\ntwo\nthree\nfo") + '\0' + "ur\nfive\n");
    wm::pair_options options;
    options.max_record_bytes = 50;
    options.on_bad = wm::bad_data_policy::skip;
    wm::tally counts;
    options.counts = counts;
    BOOST_TEST(read({de, en}, options).pairs == (list{"eins|one", "f nf|five"}), boost::test_tools::per_element());
    BOOST_TEST(counts.read_count("pair") == 5U);
    BOOST_TEST(counts.dropped_count("pair") == 3U);
    options.on_bad = wm::bad_data_policy::strict;
    auto const strict = read({de, en}, options);
    BOOST_TEST(strict.pairs.size() == 1U);
    BOOST_TEST(has(strict.error, "de, line 2: expected UTF-8, found invalid byte"));
}

BOOST_AUTO_TEST_CASE(codecs_threads_and_resuming_give_the_same_blocks) {
    scratch_folder const folder;
    std::string lines, sources, targets;
    auto random = wm::random_key(2).engine();
    for (int i = 0; i < 400; ++i) {
        std::string const source(random.below(30), 's'), target(random.below(30), 't');
        lines += std::to_string(i) + source + "\t" + target + "\n";
        sources += std::to_string(i) + source + "\n";
        targets += target + "\n";
    }
    list const plain{written(folder, "l", lines), written(folder, "s", sources), written(folder, "t", targets)};
    for (std::string const program : {"", "gzip", "zstd"}) {
        list files = plain;
        for (auto& file : files) {
            if (program.empty()) continue;
            BOOST_REQUIRE(std::system((program + " -q -c " + file + " > " + file + "." + program).c_str()) == 0);
            file += "." + program;
        }
        for (list const& input : {list{files[0], files[0]}, list{files[1], files[2]}}) {
            wm::pair_options options;
            options.block_bytes = 300;
            if (input[0] == files[0]) options.layout = wm::pair_layout::separated;
            auto const all = read(input, options);
            BOOST_TEST(all.error == "");
            BOOST_TEST(all.pairs.size() == (input[0] == files[0] ? 800U : 400U));
            for (unsigned threads : {2U, 8U}) {
                auto more = options;
                more.threads = threads;
                BOOST_TEST((read(input, more).blocks == all.blocks));
            }
            for (std::size_t i = 0; i < all.ends.size(); ++i) {
                auto rest = options;
                rest.from = wm::parse_position(to_text(all.ends[i]));
                auto const found = read(input, rest).blocks;
                auto const expected = std::span(all.blocks).subspan(i + 1);
                BOOST_TEST((list(expected.begin(), expected.end()) == found));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_file_delivers_the_whole_pairs_and_then_its_error) {
    scratch_folder const folder;
    std::string lines;
    for (int i = 0; i < 2000; ++i) lines += std::to_string(i * 7919) + "\tx" + std::to_string(i * 104729) + "\n";
    auto const file = written(folder, "l", lines);
    BOOST_REQUIRE(std::system(("gzip -c " + file + " | head -c 5000 > " + file + ".gz").c_str()) == 0);
    auto const found = read({file + ".gz"}, {});
    BOOST_TEST(has(found.error, "truncated"));
    BOOST_TEST(found.pairs.size() > 100U);
    for (std::size_t i = 0; i < found.pairs.size(); ++i)
        BOOST_TEST(found.pairs[i]
                   == std::to_string(static_cast<int>(i) * 7919) + "|x" + std::to_string(static_cast<int>(i) * 104729));
}

BOOST_AUTO_TEST_SUITE_END()
