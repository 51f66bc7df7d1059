#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

using wordmill::failure;
using namespace std::string_literals;

namespace {
/// A folder of its own for every case.
struct folder {
    folder() { std::filesystem::create_directories(root); }
    ~folder() { std::filesystem::remove_all(root); }
    std::string write(std::string const& name, std::string const& content) const {
        std::ofstream(root / name, std::ios::binary) << content;
        return root / name;
    }
    std::filesystem::path root =
        std::filesystem::temp_directory_path() / ("wordmill-lines-test-" + std::to_string(getpid()));
};

std::vector<wordmill::input_file> inputs(std::vector<std::string> const& names) { return wordmill::find_inputs(names); }

struct text_and_ends {
    std::string text;
    std::vector<std::uint64_t> document_ends;
    std::uint64_t blocks = 0;
};

text_and_ends read_all(std::vector<std::string> const& names, wordmill::line_options options = {}) {
    text_and_ends all;
    for (auto&& block : wordmill::read_lines(inputs(names), options)) {
        BOOST_TEST(block.index == all.blocks);
        for (auto end : block.document_ends) all.document_ends.push_back(all.text.size() + end);
        BOOST_TEST(block.text.ends_with('\n') == !block.continued);
        all.text += block.text;
        ++all.blocks;
    }
    return all;
}

std::vector<std::string> sentences_of(std::vector<std::string> const& names, wordmill::line_options options = {}) {
    std::vector<std::string> all;
    for (auto const& s : wordmill::sentences(wordmill::read_lines(inputs(names), options))) all.emplace_back(s.text);
    return all;
}

/// The sentences, and the position after each.
struct sentence_places {
    std::vector<std::string> sentences;
    std::vector<wordmill::position> after;
};
sentence_places places_of(std::vector<std::string> const& names, wordmill::line_options const& options) {
    sentence_places found;
    for (auto const& s : wordmill::sentences(wordmill::read_lines(inputs(names), options))) {
        found.sentences.emplace_back(s.text);
        found.after.push_back(*s.next);
    }
    return found;
}

bool is_bad_data(wordmill::error const& e) { return e.kind() == failure::bad_data; }
}

BOOST_AUTO_TEST_SUITE(lines)

BOOST_FIXTURE_TEST_CASE(a_line_is_a_sentence_and_the_last_one_needs_no_newline, folder) {
    auto const all = read_all({write("a.txt", "one two\nthree\n\nfour")});
    BOOST_TEST(all.text == "one two\nthree\n\nfour\n");
    BOOST_TEST(all.document_ends == (std::vector<std::uint64_t>{20}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(files_are_read_in_order_and_end_documents, folder) {
    auto const all = read_all({write("a.txt", "one\n"), write("empty.txt", ""), write("b.txt", "two")});
    BOOST_TEST(all.text == "one\ntwo\n");
    BOOST_TEST(all.document_ends == (std::vector<std::uint64_t>{4, 8}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_blank_line_may_end_a_document, folder) {
    wordmill::line_options options;
    options.blank_line_ends_document = true;
    auto const all = read_all({write("a.txt", "one\ntwo\n\nthree\n")}, options);
    BOOST_TEST(all.text == "one\ntwo\nthree\n");
    BOOST_TEST(all.document_ends == (std::vector<std::uint64_t>{8, 14}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(carriage_returns_before_newlines_vanish_and_are_counted, folder) {
    wordmill::line_options options;
    auto const path = write("a.txt", "one\r\ntwo\r\nthr\ree\r\n");
    BOOST_TEST(read_all({path}, options).text == "one\ntwo\nthr\nee\n");
    BOOST_TEST(options.counts.read_count("line") == 4u);
    BOOST_TEST(options.counts.dropped_count("byte", "carriage return") == 3u);
    BOOST_TEST(options.counts.note_count("carriage return without a newline, taken as a line end") == 1u);
    BOOST_TEST(options.counts.balanced("byte"));
    BOOST_TEST(options.counts.balanced("line"));
    wordmill::line_options kept;
    kept.lone_cr_ends_line = false;
    BOOST_TEST(read_all({path}, kept).text == "one\ntwo\nthr\ree\n");
    BOOST_TEST(kept.counts.read_count("line") == 3u);
}

// Every mixture of three line ends, in blocks of every size, and resumed after every sentence.
BOOST_FIXTURE_TEST_CASE(lone_carriage_returns_end_lines_across_all_borders, folder) {
    std::string text;
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < 60; ++i) {
        expected.push_back("w" + std::to_string(i) + std::string(i * 7 % 11, i % 2 ? ' ' : 'x'));
        text += expected.back() + (i % 3 == 0 ? "\r" : i * i % 5 == 1 ? "\r\n" : i % 7 == 2 ? "\n" : "\r");
    }
    auto const names = std::vector{write("a.txt", text), write("b.txt", "one\rtwo\rthree")};
    for (auto const* more : {"one", "two", "three"}) expected.emplace_back(more);
    for (std::size_t size = 1; size <= 40; ++size) {
        wordmill::line_options options;
        options.block_bytes = size;
        auto const [whole, after] = places_of(names, options);
        BOOST_TEST(whole == expected, boost::test_tools::per_element());
        for (std::size_t k = 0; k < after.size(); k += 7) {
            auto resumed = options;
            resumed.from = after[k];
            BOOST_TEST(sentences_of(names, resumed)
                           == std::vector(whole.begin() + static_cast<std::ptrdiff_t>(k) + 1, whole.end()),
                       boost::test_tools::per_element());
        }
    }
    wordmill::line_options counted;
    (void)read_all({names[1]}, counted);
    BOOST_TEST(counted.counts.note_count("carriage return without a newline, taken as a line end") == 2u);
    BOOST_TEST(counted.counts.balanced("byte"));
}

BOOST_FIXTURE_TEST_CASE(a_byte_order_mark_is_dropped_once_and_kept_elsewhere, folder) {
    wordmill::line_options options;
    auto const all = read_all({write("a.txt", "\xEF\xBB\xBFone\n\xEF\xBB\xBFtwo\n")}, options);
    BOOST_TEST(all.text == "one\n\xEF\xBB\xBFtwo\n");
    BOOST_TEST(options.counts.dropped_count("byte", "byte-order mark") == 3u);
    BOOST_TEST(options.counts.balanced("byte"));
}

BOOST_FIXTURE_TEST_CASE(other_encodings_are_refused_with_a_hint, folder) {
    std::vector<std::pair<std::string, std::string>> const cases{{"UTF-16", "\xFF\xFEo\0n\0"s},
                                                                 {"UTF-16", "\xFE\xFF\0o\0n"s},
                                                                 {"UTF-32", "\xFF\xFE\0\0o\0\0\0"s},
                                                                 {"UTF-32", "\0\0\xFE\xFF\0\0\0o"s}};
    for (auto const& [name, bytes] : cases) {
        auto const hint = "convert it first: iconv -f " + name + " -t UTF-8";
        BOOST_CHECK_EXCEPTION((void)read_all({write("a.txt", bytes)}), wordmill::error,
                              [&](auto const& e) { return is_bad_data(e) && e.hint() == hint; });
    }
}

BOOST_FIXTURE_TEST_CASE(control_bytes_are_data, folder) {
    auto const text = "a\x01 b \x1b[31m\nc\x7f\n"s;
    BOOST_TEST(read_all({write("a.txt", text)}).text == text);
}

BOOST_FIXTURE_TEST_CASE(a_nul_byte_is_refused_with_its_place_wherever_it_is, folder) {
    std::string text;
    while (text.size() < 3'000'000) text += "word\n";
    auto const late = text.size() + 2;
    auto const path = write("a.txt", text + "ab\0cd\nlast\n"s);
    for (auto policy : {wordmill::utf8_policy::strict, wordmill::utf8_policy::replace, wordmill::utf8_policy::keep}) {
        wordmill::line_options options;
        options.utf8 = policy;
        BOOST_CHECK_EXCEPTION((void)read_all({path}, options), wordmill::error, [&](auto const& e) {
            return is_bad_data(e) && *e.where().byte == late && *e.where().line == 600'001
                   && e.message().find("a NUL byte") != std::string::npos && !e.hint().empty();
        });
    }
    wordmill::line_options skip;
    skip.on_bad = wordmill::bad_data_policy::skip;
    BOOST_TEST((read_all({path}, skip).text == text + "last\n"));
    BOOST_TEST(skip.counts.dropped_count("line", "expected text, found a NUL byte") == 1u);
    BOOST_TEST(skip.counts.dropped_count("byte", "NUL byte") == 6u); // "ab\0cd\n"
    BOOST_TEST(skip.counts.balanced("byte"));
    BOOST_TEST(skip.counts.balanced("line"));
}

BOOST_FIXTURE_TEST_CASE(strict_utf8_names_line_and_byte, folder) {
    // line 2 starts at byte 5, the lone continuation byte is its third
    BOOST_CHECK_EXCEPTION((void)read_all({write("a.txt", "fine\nno\x80\nfine\n")}), wordmill::error,
                          [](auto const& e) { return is_bad_data(e) && *e.where().line == 2 && *e.where().byte == 7; });
}

BOOST_FIXTURE_TEST_CASE(invalid_utf8_is_replaced_kept_skipped_or_quarantined, folder) {
    auto const path = write("a.txt", "fine\nno\x80\nfin\xC3\xA9\nbad\xFF\n");
    wordmill::line_options replace;
    replace.utf8 = wordmill::utf8_policy::replace;
    BOOST_TEST(read_all({path}, replace).text == "fine\nno\xEF\xBF\xBD\nfin\xC3\xA9\nbad\xEF\xBF\xBD\n");
    BOOST_TEST(replace.counts.note_count("invalid UTF-8 replaced") == 2u);
    BOOST_TEST(replace.counts.balanced("byte"));
    wordmill::line_options keep;
    keep.utf8 = wordmill::utf8_policy::keep;
    BOOST_TEST(read_all({path}, keep).text == "fine\nno\x80\nfin\xC3\xA9\nbad\xFF\n");
    wordmill::line_options skip;
    skip.on_bad = wordmill::bad_data_policy::skip;
    BOOST_TEST(read_all({path}, skip).text == "fine\nfin\xC3\xA9\n");
    BOOST_TEST(skip.counts.dropped_count("line") == 2u);
    BOOST_TEST(skip.counts.dropped_count("byte", "invalid UTF-8") == 9u); // "no\x80\n" and "bad\xFF\n"
    BOOST_TEST(skip.counts.balanced("line"));
    BOOST_TEST(skip.counts.balanced("byte"));
    wordmill::line_options quarantine;
    quarantine.on_bad = wordmill::bad_data_policy::quarantine;
    quarantine.quarantine_path = root / "bad.txt";
    BOOST_TEST(read_all({path}, quarantine).text == "fine\nfin\xC3\xA9\n");
    std::ifstream side(root / "bad.txt");
    std::string first;
    std::getline(side, first);
    BOOST_TEST(first == path + ", line 2, byte 7\tno\x80");
}

BOOST_FIXTURE_TEST_CASE(too_many_bad_lines_end_the_run, folder) {
    auto const path = write("a.txt", "\x80\n\x80\n\x80\nfine\n");
    wordmill::line_options options;
    options.on_bad = wordmill::bad_data_policy::skip;
    options.max_bad = 3;
    BOOST_TEST(read_all({path}, options).text == "fine\n");
    options.max_bad = 2;
    BOOST_CHECK_EXCEPTION((void)read_all({path}, options), wordmill::error, is_bad_data);
}

BOOST_FIXTURE_TEST_CASE(any_block_size_gives_the_same_text, folder) {
    std::string text;
    for (std::size_t i = 0; i < 60; ++i)
        text += std::string(i * 7 % 23, static_cast<char>('a' + i % 26)) + (i % 5 == 0 ? "\n" : " \xED\x95\x9C ");
    auto const path = write("a.txt", text);
    for (std::size_t size = 1; size <= 64; ++size) {
        wordmill::line_options options;
        options.block_bytes = size;
        BOOST_TEST(read_all({path}, options).text == text + "\n");
    }
}

BOOST_FIXTURE_TEST_CASE(a_long_line_is_cut_at_blanks_and_joined_by_the_element_view, folder) {
    std::string line;
    for (int i = 0; i < 1000; ++i) line += "word" + std::to_string(i) + " ";
    wordmill::line_options options;
    options.block_bytes = 100;
    auto const path = write("a.txt", "short\n" + line + "\nlast\n");
    for (auto&& block : wordmill::read_lines(inputs({path}), options)) {
        BOOST_TEST(block.text.size() <= 100u);
        BOOST_TEST(!block.cut_token);
        if (block.continued) BOOST_TEST(block.text.back() == ' ');
    }
    BOOST_TEST(sentences_of({path}, options) == (std::vector<std::string>{"short", line, "last"}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_run_without_blanks_is_cut_at_a_character_border_and_says_so, folder) {
    std::string run;
    while (run.size() < 3 * wordmill::max_unbroken_bytes) run += "\xED\x95\x9C"; // a Hangul syllable of three bytes
    auto const path = write("a.txt", run + " end\n");
    std::string joined;
    std::size_t cut = 0;
    bool inside = false;
    for (auto&& block : wordmill::read_lines(inputs({path}))) {
        BOOST_TEST(wordmill::valid_utf8(block.text));
        BOOST_TEST(block.text.size() <= wordmill::max_unbroken_bytes);
        BOOST_TEST(block.inside_token == inside);
        inside = block.cut_token;
        cut += block.cut_token;
        joined += block.text;
    }
    BOOST_TEST((joined == run + " end\n"));
    BOOST_TEST(cut >= 2u);
}

// "Every record": reading on from the position after any sentence gives the rest, whatever the block size.
BOOST_FIXTURE_TEST_CASE(interrupted_and_resumed_equals_uninterrupted_at_every_sentence, folder) {
    std::string first = "\xEF\xBB\xBF", second;
    for (std::size_t i = 0; i < 40; ++i)
        first += "a" + std::string(i % 9, 'x') + " " + std::to_string(i) + (i % 3 ? "\n" : "\r\n");
    for (std::size_t i = 0; i < 30; ++i) second += std::to_string(i) + (i % 4 ? " " : " end\n");
    auto const names = std::vector{write("a.txt", first), write("b.txt", second)};
    for (std::size_t size : {1, 7, 40, 1000}) {
        wordmill::line_options options;
        options.block_bytes = size;
        auto const [whole, after] = places_of(names, options);
        for (std::size_t k = 0; k < after.size(); ++k) {
            auto resumed = options;
            resumed.from = wordmill::parse_position(wordmill::to_text(after[k]));
            BOOST_TEST(sentences_of(names, resumed)
                           == std::vector(whole.begin() + static_cast<std::ptrdiff_t>(k) + 1, whole.end()),
                       boost::test_tools::per_element());
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_resumed_block_is_the_block_of_the_whole_run, folder) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "line " + std::to_string(i) + "\n";
    auto const names = std::vector{write("a.txt", text)};
    wordmill::line_options options;
    options.block_bytes = 100;
    std::vector<wordmill::text_block> blocks;
    for (auto&& block : wordmill::read_lines(inputs(names), options)) blocks.push_back(block);
    for (std::size_t k = 0; k < blocks.size(); ++k) {
        options.from = blocks[k].start;
        auto resumed = wordmill::read_lines(inputs(names), options);
        auto const again = *resumed.begin();
        BOOST_TEST(again.text == blocks[k].text);
        BOOST_TEST(again.index == k);
        BOOST_TEST(again.first_sentence == blocks[k].first_sentence);
        BOOST_TEST((again.next == blocks[k].next));
    }
}

// Files of this size are decoded ahead of their turn when there are threads.
BOOST_FIXTURE_TEST_CASE(files_decoded_ahead_give_the_blocks_of_one_thread_from_any_position, folder) {
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < 4; ++i) {
        std::string text;
        for (std::uint64_t seed = i + 1; text.size() < 500'000;
             seed = seed * 6364136223846793005u + 1442695040888963407u)
            text += std::to_string(seed) + (seed >> 62 == 0 ? "\n" : " ");
        names.push_back(write(std::to_string(i) + ".txt", text));
    }
    auto const blocks_of = [&](wordmill::position const& from, unsigned threads) {
        wordmill::line_options options;
        options.from = from;
        options.threads = threads;
        std::vector<std::string> all;
        for (auto&& block : wordmill::read_lines(inputs(names), options))
            all.push_back(to_text(block.start) + to_text(block.next) + block.text);
        return all;
    };
    auto const whole = blocks_of({}, 1);
    std::vector<wordmill::position> starts;
    for (auto&& block : wordmill::read_lines(inputs(names))) starts.push_back(block.start);
    BOOST_REQUIRE(starts.size() > 20u);
    for (std::size_t k = 0; k < starts.size(); k += 3)
        for (unsigned threads : {1u, 2u, 7u})
            BOOST_TEST((blocks_of(starts[k], threads)
                        == std::vector(whole.begin() + static_cast<std::ptrdiff_t>(k), whole.end())));
}

BOOST_FIXTURE_TEST_CASE(a_position_of_other_inputs_is_refused, folder) {
    auto const path = write("a.txt", "one\ntwo\n");
    wordmill::line_options options;
    for (auto const& s : wordmill::sentences(wordmill::read_lines(inputs({path}), options))) options.from = *s.next;
    write("a.txt", "one\ntwo\nthree\n");
    BOOST_CHECK_EXCEPTION((void)read_all({path}, options), wordmill::error, is_bad_data);
}

BOOST_FIXTURE_TEST_CASE(an_endless_line_through_a_pipe_needs_constant_memory, folder) {
    auto const pipe = (root / "pipe").string();
    BOOST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    std::jthread const writer([&] {
        std::FILE* out = std::fopen(pipe.c_str(), "wb");
        std::string piece;
        for (int i = 0; i < 50000; ++i) piece += "some words of text8 ";
        for (int i = 0; i < 64; ++i) std::fwrite(piece.data(), 1, piece.size(), out);
        std::fclose(out);
    });
    std::uint64_t bytes = 0, longest = 0, capacity = 0;
    for (auto&& block : wordmill::read_lines(inputs({pipe}))) {
        bytes += block.text.size();
        longest = std::max<std::uint64_t>(longest, block.text.size());
        capacity = std::max<std::uint64_t>(capacity, block.text.capacity());
    }
    BOOST_TEST(bytes == 64'000'001u); // and the newline that closes the sentence
    BOOST_TEST(longest <= (1u << 16) + 1);
    BOOST_TEST(capacity <= 1u << 18);
}

BOOST_AUTO_TEST_SUITE_END()
