#include "scratch_folder.hpp"
#include "stored_files.hpp"
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <oneapi/tbb/task_arena.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.io;
#include "reading.hpp"

// Parts of a file decoded by several threads: the output is compared with that of a read on one thread.
namespace {
namespace data = boost::unit_test::data;
std::string const compressing[] = {"gzip", "zstd", "bzip2", "xz"};

/// Hexadecimal digits, which shrink by half only: small texts fill several stretches.
std::string digits(std::size_t bytes, std::uint64_t seed) {
    std::string out(bytes, '\0');
    for (auto& c : out) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        c = "0123456789abcdef"[seed >> 60];
    }
    return out;
}

std::string with_parts(std::string_view codec, std::string_view text) {
    if (codec == "bzip2") return stored::bzip2(text, 1);
    if (codec == "xz") return stored::xz(text, 300'000);
    return stored::with(codec, text);
}

/// Long and short and empty members, so that stretches end in all kinds of places.
std::string many_parts(std::string_view codec, std::string* text = nullptr) {
    std::string file;
    std::uint64_t seed = 0;
    for (std::size_t size : {600'000u, 10u, 0u, 900'000u, 1u, 700'000u, 20'000u}) {
        auto const part = digits(size, ++seed);
        file += with_parts(codec, part);
        if (text != nullptr) *text += part;
    }
    return file;
}

void same(reading const& got, reading const& expected) {
    BOOST_TEST(got.error == expected.error);
    BOOST_TEST((got.bytes == expected.bytes));
    BOOST_REQUIRE(got.blocks.size() == expected.blocks.size());
    for (std::size_t i = 0; i < got.blocks.size(); ++i) {
        BOOST_TEST(got.blocks[i].byte == expected.blocks[i].byte);
        BOOST_TEST(got.blocks[i].bytes.size() == expected.blocks[i].bytes.size());
        BOOST_TEST(got.blocks[i].restart == expected.blocks[i].restart);
        BOOST_TEST(got.blocks[i].restart_byte == expected.blocks[i].restart_byte);
    }
}
}

BOOST_AUTO_TEST_SUITE(parts)

BOOST_DATA_TEST_CASE(blocks_do_not_depend_on_the_number_of_threads, data::make(compressing), codec) {
    scratch_folder folder;
    std::string text;
    put_file(folder / "x", many_parts(codec, &text));
    for (std::size_t block_bytes : {std::size_t{65'537}, std::size_t{1} << 20}) {
        auto const expected = read_all(folder / "x", {.block_bytes = block_bytes});
        BOOST_TEST(expected.error == "");
        BOOST_TEST((expected.bytes == text));
        for (unsigned threads : {2u, 7u, 1000u})
            same(read_all(folder / "x", {.block_bytes = block_bytes, .threads = threads}), expected);
    }
}

BOOST_DATA_TEST_CASE(several_threads_resume_at_every_block, data::make(compressing), codec) {
    scratch_folder folder;
    put_file(folder / "x", many_parts(codec));
    auto const whole = read_all(folder / "x");
    for (auto const& block : whole.blocks) {
        auto const at = block.byte + block.bytes.size() / 2;
        auto const rest = read_all(
            folder / "x", {.restart = block.restart, .restart_byte = block.restart_byte, .byte = at, .threads = 3});
        BOOST_TEST(rest.error == "");
        BOOST_TEST((rest.bytes == whole.bytes.substr(at)));
    }
}

BOOST_DATA_TEST_CASE(damage_gives_the_error_of_one_thread, data::make(compressing), codec) {
    scratch_folder folder;
    auto const whole = many_parts(codec);
    for (std::size_t at = 1000; at < whole.size(); at += whole.size() / 3) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 4);
        put_file(folder / "x", damaged);
        same(read_all(folder / "x", {.threads = 3}), read_all(folder / "x"));
        put_file(folder / "x", whole.substr(0, at));
        same(read_all(folder / "x", {.threads = 3}), read_all(folder / "x"));
        same(read_all(folder / "x", {.threads = 3, .allow_truncated = true}),
             read_all(folder / "x", {.allow_truncated = true}));
    }
    put_file(folder / "x", whole + "rubbish");
    same(read_all(folder / "x", {.threads = 3}), read_all(folder / "x"));
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_gzip_member_inside_one_does_no_harm) {
    scratch_folder folder;
    auto text = digits(3'000'000, 5);
    for (std::size_t at = 100'000; at < text.size(); at += 150'000)
        text.replace(at, 10, std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\3", 10)); // a header (RFC 1952, 2.3)
    // Level 0 stores the text as it is, false headers and all.
    put_file(folder / "x", stored::gzip(text, 0) + stored::gzip("between") + stored::gzip(text, 0));
    auto const expected = read_all(folder / "x");
    BOOST_TEST((expected.bytes == text + "between" + text));
    same(read_all(folder / "x", {.threads = 4}), expected);
}

BOOST_DATA_TEST_CASE(parts_too_long_for_the_memory_are_streamed, data::make(compressing), codec) {
    scratch_folder folder;
    auto const zeros = stored::with(codec, std::string(std::size_t{17} << 20, '\0'));
    put_file(folder / "x", with_parts(codec, digits(800'000, 1)) + zeros + with_parts(codec, digits(800'000, 2)) + zeros
                               + zeros + with_parts(codec, digits(800'000, 3)));
    wordmill::byte_options options{.limits = {.max_expansion = 10'000'000}};
    auto const expected = read_all(folder / "x", options);
    BOOST_TEST(expected.error == "");
    options.threads = 3;
    for (unsigned mebibytes : {1u, 256u}) {
        options.memory_bytes = std::uint64_t{mebibytes} << 20;
        same(read_all(folder / "x", options), expected);
    }
}

BOOST_DATA_TEST_CASE(a_bomb_of_many_parts_stops_where_one_thread_stops, data::make(compressing), codec) {
    scratch_folder folder;
    auto const zeros = stored::with(codec, std::string(std::size_t{4} << 20, '\0'));
    std::string file;
    for (int i = 0; i < 40; ++i) file += zeros;
    put_file(folder / "x", file);
    auto const expected = read_all(folder / "x", {.limits = {.max_expansion = 500}});
    BOOST_TEST(expected.error.find("--max-expansion") != std::string::npos, expected.error);
    same(read_all(folder / "x", {.threads = 3, .limits = {.max_expansion = 500}}), expected);
}

BOOST_DATA_TEST_CASE(an_abandoned_read_joins_its_threads, data::make(compressing), codec) {
    scratch_folder folder;
    put_file(folder / "x", many_parts(codec));
    for (std::size_t blocks = 0; blocks < 3; ++blocks) {
        std::size_t seen = 0;
        for (auto const& block : wordmill::read_bytes({.name = folder / "x"}, {.threads = 4})) {
            BOOST_TEST(!block.bytes.empty());
            if (seen++ == blocks) break;
        }
    }
}

BOOST_DATA_TEST_CASE(a_read_inside_an_arena_of_one_thread_ends, data::make(compressing), codec) {
    scratch_folder folder;
    put_file(folder / "x", many_parts(codec));
    auto const expected = read_all(folder / "x");
    reading got;
    tbb::task_arena arena(1);
    arena.execute([&] { got = read_all(folder / "x", {.threads = 4}); });
    same(got, expected);
}
BOOST_AUTO_TEST_SUITE_END()
