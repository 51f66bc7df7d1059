#include "scratch_folder.hpp"
#include "stored_files.hpp"
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.io;

// Files that are decoded ahead: their output is compared with that of `read_bytes` for each file in turn.
namespace {
constexpr unsigned thread_counts[] = {1, 2, 3, 7};
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// Bytes that hardly shrink, so that few of them make a file that is worth a thread.
std::string noise(std::size_t bytes, std::uint64_t seed) {
    std::string out(bytes, '\0');
    for (auto& c : out) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        c = static_cast<char>(seed >> 56);
    }
    return out;
}

/// Every codec, large and small files in turn, an empty one, one of several members, one with a wrong name.
std::vector<std::string> many_files(scratch_folder const& folder) {
    std::vector<std::string> names;
    auto const add = [&](std::string const& name, std::string const& bytes) {
        put_file(folder / name, bytes);
        names.push_back(folder / name);
    };
    add("0.txt", noise(300'000, 1));
    add("1.gz", stored::gzip(noise(2'500'000, 2)));
    add("2.zst", stored::zstd(noise(1'300'000, 3)));
    add("3.bz2", stored::bzip2(noise(400'000, 4)));
    add("4.txt", "small\n");
    add("5.xz", stored::xz(noise(700'000, 5), 200'000));
    add("6.gz", stored::gzip(noise(200'000, 6)) + stored::gzip(noise(10, 7)) + stored::gzip(noise(300'000, 8)));
    add("7.txt", "");
    add("8.gz", noise(500'000, 9));
    add("9.zst", stored::zstd(noise(1'048'576, 10)));
    return names;
}

std::string written(wordmill::tally const& counts) {
    std::string out;
    for (auto const& unit : counts.units()) out += unit + " " + std::to_string(counts.read_count(unit)) + "\n";
    for (auto const& list : {counts.drops(), counts.notes()})
        for (auto const& entry : list) {
            out += entry.unit + ": " + entry.reason + " " + std::to_string(entry.count);
            for (auto const& where : entry.first_places) out += " " + where.text();
            out += "\n";
        }
    return out;
}

/// A block: where it is and what is in it.
std::string written(wordmill::byte_block const& b) {
    return std::to_string(b.byte) + " " + std::to_string(b.restart) + " " + std::to_string(b.restart_byte) + " "
           + b.bytes;
}

/// All blocks, or the first `most`, with what had been counted by then; the error that ended it.
std::vector<std::string> read(std::vector<std::string> const& names, unsigned threads, std::size_t most = ~0ull,
                              wordmill::byte_options options = {}, std::size_t first = 0) {
    std::vector<std::string> out;
    options.threads = threads;
    options.counts = {};
    options.watch = {};
    auto const counts = options.counts;
    auto const inputs = wordmill::find_inputs(names);
    try {
        wordmill::decoded_files files(inputs, first, options);
        for (auto i = first; i < inputs.size(); ++i)
            for (auto&& block : files.read(i)) {
                out.push_back(std::to_string(i) + " " + written(block));
                if (out.size() == most) return out.push_back(written(counts)), out;
            }
    } catch (wordmill::error const& e) {
        out.emplace_back(e.what());
    }
    out.push_back(written(counts));
    return out;
}

std::vector<std::string> read_in_turn(std::vector<std::string> const& names, wordmill::byte_options options = {}) {
    std::vector<std::string> out;
    options.counts = {};
    auto const counts = options.counts;
    auto const inputs = wordmill::find_inputs(names);
    try {
        for (std::size_t i = 0; i < inputs.size(); ++i)
            for (auto&& block : wordmill::read_bytes(inputs[i], options))
                out.push_back(std::to_string(i) + " " + written(block));
    } catch (wordmill::error const& e) {
        out.emplace_back(e.what());
    }
    out.push_back(written(counts));
    return out;
}

void same(std::vector<std::string> const& got, std::vector<std::string> const& expected) {
    BOOST_REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i + 2 < got.size(); ++i) BOOST_REQUIRE((got[i] == expected[i]));
    for (std::size_t i = got.size() < 2 ? 0 : got.size() - 2; i < got.size(); ++i)
        BOOST_REQUIRE_MESSAGE(got[i] == expected[i], "found '" << got[i].substr(0, 500) << "', expected '"
                                                               << expected[i].substr(0, 500) << "'");
}
}

BOOST_AUTO_TEST_SUITE(files_decoded_ahead)

BOOST_AUTO_TEST_CASE(blocks_and_counts_are_those_of_files_read_in_turn) {
    scratch_folder const folder;
    auto const names = many_files(folder);
    auto const expected = read_in_turn(names);
    BOOST_TEST(expected.size() > names.size());
    for (auto threads : thread_counts) same(read(names, threads), expected);
    wordmill::byte_options little;
    for (std::uint64_t memory : {1u, 60u, 64u, 100u}) {
        little.memory_bytes = memory * mebibyte;
        same(read(names, 7, ~0ull, little), expected);
    }
}

BOOST_AUTO_TEST_CASE(abandoned_after_any_block_the_counts_are_those_of_one_thread) {
    scratch_folder const folder;
    auto const names = many_files(folder);
    auto const blocks = read_in_turn(names).size() - 1;
    for (std::size_t most = 1; most <= blocks; ++most) {
        auto const expected = read(names, 1, most);
        for (auto threads : {2u, 7u}) same(read(names, threads, most), expected);
    }
}

BOOST_AUTO_TEST_CASE(reading_goes_on_inside_a_later_file) {
    scratch_folder const folder;
    auto const names = many_files(folder);
    wordmill::byte_options from;
    from.byte = 123'456;
    auto const expected = read(names, 1, ~0ull, from, 2);
    BOOST_TEST(expected.front().starts_with("2 123456 "));
    for (auto threads : thread_counts) same(read(names, threads, ~0ull, from, 2), expected);
}

BOOST_AUTO_TEST_CASE(an_error_comes_after_the_blocks_before_it_and_reads_the_same) {
    scratch_folder const folder;
    auto names = many_files(folder);
    auto bad = stored::gzip(noise(300'000, 20)) + stored::gzip(noise(1'200'000, 21));
    bad[bad.size() - 100'000] ^= 4;
    put_file(folder / "bad.gz", bad);
    auto cut = stored::zstd(noise(2'000'000, 22));
    cut.resize(cut.size() - 1000);
    put_file(folder / "cut.zst", cut);
    for (char const* name : {"bad.gz", "cut.zst"}) {
        auto with = names;
        with.insert(with.begin() + 3, folder / name);
        auto const expected = read_in_turn(with);
        BOOST_TEST(expected[expected.size() - 2].find(name) != std::string::npos);
        for (auto threads : thread_counts) same(read(with, threads), expected);
    }
    wordmill::byte_options lenient;
    lenient.allow_truncated = true;
    names.insert(names.begin() + 1, folder / "cut.zst");
    for (auto threads : thread_counts) same(read(names, threads, ~0ull, lenient), read_in_turn(names, lenient));
}

BOOST_AUTO_TEST_CASE(a_window_too_large_to_be_decoded_ahead_is_decoded_in_turn) {
    scratch_folder const folder;
    put_file(folder / "a.gz", stored::gzip(noise(300'000, 30)));
    // The second frame needs 32 MiB: found out only after blocks of the first have gone through.
    put_file(folder / "b.zst", stored::zstd(noise(1'500'000, 31)) + stored::zstd(noise(33 << 20, 32), 1, 25));
    std::vector<std::string> const names{folder / "a.gz", folder / "b.zst"};
    wordmill::byte_options options;
    options.memory_bytes = 64 * mebibyte;
    auto const expected = read_in_turn(names, options);
    BOOST_TEST(expected.size() > 35u);
    same(read(names, 2, ~0ull, options), expected);
    options.limits.max_window_bytes = 16 * mebibyte;
    auto const refused = read_in_turn(names, options);
    BOOST_TEST(refused[refused.size() - 2].find("--max-window") != std::string::npos);
    same(read(names, 2, ~0ull, options), refused);
}

BOOST_AUTO_TEST_CASE(a_pipe_is_opened_in_its_turn_only) {
    scratch_folder const folder;
    put_file(folder / "a.txt", noise(300'000, 40));
    BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    std::vector<std::string> const names{folder / "a.txt", folder / "pipe"};
    // Opening the pipe would wait for a writer that never comes.
    BOOST_TEST(read(names, 4, 1).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_when_its_turn_comes_is_an_error_behind_the_others) {
    scratch_folder const folder;
    put_file(folder / "a.txt", noise(300'000, 50));
    put_file(folder / "b.txt", noise(300'000, 51));
    auto const inputs = wordmill::find_inputs(std::vector<std::string>{folder / "a.txt", folder / "b.txt"});
    std::filesystem::remove(folder / "b.txt");
    for (auto threads : thread_counts) {
        std::size_t bytes = 0;
        wordmill::byte_options options;
        options.threads = threads;
        wordmill::decoded_files files(inputs, 0, options);
        for (auto&& block : files.read(0)) bytes += block.bytes.size();
        BOOST_TEST(bytes == 300'000u);
        auto const open_second = [&] {
            for ([[maybe_unused]] auto&& block : files.read(1)) BOOST_TEST(false);
        };
        BOOST_CHECK_EXCEPTION(open_second(), wordmill::error,
                              [](auto const& e) { return e.kind() == wordmill::failure::no_input; });
    }
}

BOOST_AUTO_TEST_CASE(a_request_to_stop_is_obeyed) {
    scratch_folder const folder;
    auto const names = many_files(folder);
    for (auto threads : thread_counts) {
        wordmill::byte_options options;
        options.threads = threads;
        wordmill::decoded_files files(wordmill::find_inputs(names), 0, options);
        auto const read_second = [&] {
            for ([[maybe_unused]] auto&& block : files.read(1)) options.watch.request_stop();
        };
        for ([[maybe_unused]] auto&& block : files.read(0)) {}
        BOOST_CHECK_EXCEPTION(read_second(), wordmill::error,
                              [](auto const& e) { return e.kind() == wordmill::failure::interrupted; });
    }
}

BOOST_AUTO_TEST_SUITE_END()
