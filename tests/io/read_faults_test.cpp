#include "faulty_reads.hpp"
#include "scratch_folder.hpp"
#include "stored_files.hpp"
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.io;
#include "reading.hpp"

// Faults come from reads that the test program defines itself (faulty_reads.hpp), from FIFOs, and from files that
// change while they are read.
namespace {
using wordmill::failure;
namespace data = boost::unit_test::data;

std::string const codecs[] = {"none", "gzip", "zstd", "bzip2", "xz"};
std::string const compressing[] = {"gzip", "zstd", "bzip2", "xz"};

struct sound_again {
    ~sound_again() { faulty_reads::reset(); }
};

wordmill::input_file found(std::string const& name) { return wordmill::find_inputs(std::vector{name}).at(0); }

/// Reads a FIFO that another thread fills in pieces.
reading through_a_fifo(std::string_view bytes, std::size_t piece, wordmill::byte_options options = {}) {
    scratch_folder folder;
    auto const name = folder / "fifo";
    BOOST_REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
    std::thread writer([&] {
        int const fd = ::open(name.c_str(), O_WRONLY);
        for (auto rest = bytes; !rest.empty();) {
            auto const written = ::write(fd, rest.data(), std::min(piece, rest.size()));
            if (written <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        ::close(fd);
    });
    auto got = read_all(wordmill::input_file{.name = name, .type = wordmill::input_file::kind::fifo}, options);
    writer.join();
    return got;
}
}

BOOST_AUTO_TEST_SUITE(read_faults)

BOOST_DATA_TEST_CASE(interrupted_and_short_reads_are_invisible, data::make(codecs), codec) {
    sound_again const at_exit;
    scratch_folder folder;
    auto const text = stored::prose(2000);
    put_file(folder / "x", stored::with(codec, text) + (codec == "none" ? "" : stored::with(codec, text)));
    auto const expected = read_all(folder / "x");
    for (long size : {1, 2, 3, 7, 100}) {
        faulty_reads::short_reads(size);
        for (unsigned threads : {1u, 3u}) {
            auto const got = read_all(folder / "x", {.threads = threads});
            BOOST_TEST(got.error == "");
            BOOST_TEST((got.bytes == expected.bytes));
        }
    }
}

BOOST_DATA_TEST_CASE(what_comes_before_damage_does_not_depend_on_how_reads_are_cut, data::make(compressing), codec) {
    sound_again const at_exit;
    scratch_folder folder;
    auto const whole = stored::with(codec, stored::prose(3000));
    for (std::size_t at = 16; at < whole.size(); at += whole.size() / 16) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 16);
        put_file(folder / "x", damaged);
        auto const expected = read_all(folder / "x");
        faulty_reads::short_reads(5);
        auto const got = read_all(folder / "x");
        faulty_reads::reset();
        BOOST_TEST((got.bytes == expected.bytes));
        BOOST_TEST(got.error == expected.error);
    }
}

BOOST_DATA_TEST_CASE(a_read_error_names_its_offset_behind_what_came_before, data::make(codecs), codec) {
    sound_again const at_exit;
    scratch_folder folder;
    auto const text = stored::prose(1'500'000);
    auto const whole = stored::with(codec, text);
    put_file(folder / "x", whole);
    auto const at = whole.size() / 2;
    faulty_reads::fail_at(static_cast<std::int64_t>(at));
    for (unsigned threads : {1u, 3u}) {
        auto const got = read_all(folder / "x", {.threads = threads});
        BOOST_TEST((got.kind == failure::io));
        BOOST_TEST(got.error.find("stored byte " + std::to_string(at)) != std::string::npos, got.error);
        BOOST_TEST(got.bytes.size() > text.size() / 4);
        BOOST_TEST(text.starts_with(got.bytes));
    }
}

BOOST_DATA_TEST_CASE(a_fifo_reads_like_a_file, data::make(codecs), codec) {
    auto const text = stored::prose(5000);
    auto const bytes = stored::with(codec, text) + (codec == "none" ? "" : stored::with(codec, text));
    scratch_folder folder;
    put_file(folder / "x", bytes);
    auto const expected = read_all(folder / "x", {.block_bytes = 64});
    for (std::size_t piece : {1u, 10u, 100'000u}) {
        auto const got = through_a_fifo(bytes, piece, {.block_bytes = 64, .threads = 3});
        BOOST_TEST(got.error == "");
        BOOST_TEST((got.bytes == expected.bytes));
        BOOST_TEST(got.blocks.size() == expected.blocks.size());
    }
    auto const& middle = expected.blocks[expected.blocks.size() / 2];
    auto const rest = through_a_fifo(
        bytes, 1000, {.restart = middle.restart, .restart_byte = middle.restart_byte, .byte = middle.byte});
    BOOST_TEST((rest.bytes == expected.bytes.substr(middle.byte)));
}

BOOST_AUTO_TEST_CASE(standard_input_is_read_in_order) {
    scratch_folder folder;
    put_file(folder / "x", stored::gzip("hello"));
    int const before = ::dup(STDIN_FILENO);
    int const file = ::open((folder / "x").c_str(), O_RDONLY);
    ::dup2(file, STDIN_FILENO);
    auto const got =
        read_all(wordmill::input_file{.name = "-", .type = wordmill::input_file::kind::standard_input}, {.threads = 2});
    ::dup2(before, STDIN_FILENO);
    ::close(before);
    ::close(file);
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.bytes == "hello");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_or_may_not_be_read_is_missing_input) {
    scratch_folder folder;
    auto const got = read_all(folder / "absent");
    BOOST_TEST((got.kind == failure::no_input));
    BOOST_TEST(got.error.find("No such file") != std::string::npos, got.error);
}

BOOST_AUTO_TEST_CASE(offsets_beyond_32_bits_are_exact) {
    scratch_folder folder;
    constexpr std::uint64_t size = std::uint64_t{5'000'000'000};
    put_file(folder / "x", "begin");
    std::filesystem::resize_file(folder / "x", size);
    int const fd = ::open((folder / "x").c_str(), O_WRONLY);
    BOOST_REQUIRE(::pwrite(fd, "the end", 7, static_cast<off_t>(size - 7)) == 7);
    ::close(fd);
    auto const got = read_all(found(folder / "x"), {.byte = size - 8, .block_bytes = 1 << 16});
    BOOST_TEST(got.error == "");
    BOOST_TEST((got.bytes == std::string_view("\0the end", 8)));
    BOOST_TEST(got.blocks.front().byte == size - 8);
    // A member after the hole: zero padding of 5 GB would take long, so it is entered where it begins.
    auto const member = stored::gzip("packed");
    int const again = ::open((folder / "x").c_str(), O_WRONLY);
    BOOST_REQUIRE(::pwrite(again, member.data(), member.size(), size) == static_cast<ssize_t>(member.size()));
    BOOST_REQUIRE(::pwrite(again, member.data(), member.size(), 0) == static_cast<ssize_t>(member.size()));
    ::close(again);
    auto const packed = read_all(found(folder / "x"), {.restart = size, .restart_byte = 6, .byte = 6});
    BOOST_TEST(packed.error == "");
    BOOST_TEST(packed.bytes == "packed");
    BOOST_TEST(packed.blocks.at(0).restart == size);
}

BOOST_DATA_TEST_CASE(a_file_that_shrinks_is_truncated_while_reading, data::make(codecs), codec) {
    scratch_folder folder;
    auto const bytes = stored::with(codec, stored::prose(1'500'000));
    put_file(folder / "x", bytes);
    auto const input = found(folder / "x");
    for (unsigned threads : {1u, 3u}) {
        put_file(folder / "x", bytes);
        std::filesystem::resize_file(folder / "x", bytes.size() - 5);
        auto const got = read_all(input, {.threads = threads});
        BOOST_TEST((got.kind == failure::bad_data));
        BOOST_TEST(got.error.find("truncated while reading") != std::string::npos, got.error);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_is_read_as_it_was_found) {
    scratch_folder folder;
    put_file(folder / "x", "first");
    auto const input = found(folder / "x");
    put_file(folder / "x", "first and second");
    wordmill::tally counts;
    BOOST_TEST(read_all(input, {.counts = counts}).bytes == "first");
    BOOST_TEST(counts.notes().size() == 1);
    BOOST_TEST(counts.notes().at(0).reason.find("grew") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_replaced_or_deleted_is_noted) {
    scratch_folder folder;
    for (bool deleted : {false, true}) {
        put_file(folder / "x", "first");
        auto const input = found(folder / "x");
        wordmill::tally counts;
        std::string got;
        for (auto const& block : wordmill::read_bytes(input, {.block_bytes = 2, .counts = counts})) {
            if (got.empty()) {
                std::filesystem::rename(folder / "x", folder / "old");
                if (!deleted) put_file(folder / "x", "other");
            }
            got += block.bytes;
        }
        BOOST_TEST(got == "first");
        BOOST_TEST(
            counts.note_count(deleted ? "input was deleted while it was read" : "input was replaced while it was read")
            == 1);
    }
}
BOOST_AUTO_TEST_SUITE_END()
