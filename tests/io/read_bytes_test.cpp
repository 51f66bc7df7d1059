#include "child_process.hpp"
#include "scratch_folder.hpp"
#include "stored_files.hpp"
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.io;
#include "reading.hpp"

// Expected bytes are the text that was given to the codec's own encoder.
namespace {
using wordmill::failure;
namespace data = boost::unit_test::data;

std::string const codecs[] = {"none", "gzip", "zstd", "bzip2", "xz"};
std::string const compressing[] = {"gzip", "zstd", "bzip2", "xz"};
}

BOOST_AUTO_TEST_SUITE(read_bytes)

BOOST_AUTO_TEST_CASE(a_codec_is_known_by_its_first_bytes) {
    using wordmill::codec;
    using wordmill::recognise_codec;
    // The magic numbers of RFC 1952, RFC 8878, the bzip2 and the xz format.
    BOOST_TEST((recognise_codec("\x1f\x8b\x08\x00\x00\x00") == codec::gzip));
    BOOST_TEST((recognise_codec("\x28\xb5\x2f\xfd\x24\x00") == codec::zstd));
    BOOST_TEST((recognise_codec("BZh91AY&SY") == codec::bzip2));
    BOOST_TEST((recognise_codec(std::string_view("\xfd"
                                                 "7zXZ\x00\x00\x04",
                                                 8))
                == codec::xz));
    for (auto const* text : {"", "(", "B", "BZh", "BZhello", "BZh9 is not", "7zip", "hello world"})
        BOOST_TEST((recognise_codec(text) == codec::none), text);
}

BOOST_DATA_TEST_CASE(what_was_encoded_comes_back, data::make(codecs), codec) {
    scratch_folder folder;
    for (std::size_t size : {0u, 1u, 100u, 70'000u, 3'000'000u}) {
        auto const text = stored::prose(size);
        put_file(folder / "x", stored::with(codec, text));
        auto const got = read_all(folder / "x");
        BOOST_TEST(got.error == "");
        BOOST_TEST((got.bytes == text));
    }
}

BOOST_DATA_TEST_CASE(blocks_have_the_size_asked_for, data::make(codecs), codec) {
    scratch_folder folder;
    auto const text = stored::prose(1000);
    put_file(folder / "x", stored::with(codec, text));
    for (std::size_t size = 1; size <= 64; ++size) {
        auto const got = read_all(folder / "x", {.block_bytes = size});
        BOOST_TEST((got.bytes == text));
        BOOST_TEST_REQUIRE(got.blocks.size() == (1000 + size - 1) / size);
        for (std::size_t i = 0; i < got.blocks.size(); ++i) BOOST_TEST(got.blocks[i].byte == i * size);
    }
}

BOOST_DATA_TEST_CASE(members_are_joined_and_empty_ones_are_nothing, data::make(compressing), codec) {
    scratch_folder folder;
    auto const member = [&](std::string_view text) { return stored::with(codec, text); };
    put_file(folder / "x", member("") + member("one ") + member("") + member("") + member("two") + member(""));
    auto const got = read_all(folder / "x");
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.bytes == "one two");
    BOOST_TEST_REQUIRE(got.blocks.size() == 2);
    BOOST_TEST(got.blocks[1].restart_byte == 4);
}

BOOST_DATA_TEST_CASE(zero_padding_is_passed_over, data::make(compressing), codec) {
    scratch_folder folder;
    auto const zeros = std::string(512, '\0');
    put_file(folder / "x", stored::with(codec, "one ") + zeros + stored::with(codec, "two") + zeros + "\0");
    auto const got = read_all(folder / "x");
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.bytes == "one two");
}

BOOST_AUTO_TEST_CASE(skippable_frames_of_zstd_are_passed_over) {
    scratch_folder folder;
    put_file(folder / "x", stored::zstd_skippable("index") + stored::zstd("one ") + stored::zstd_skippable("")
                               + stored::zstd_skippable("more") + stored::zstd("two") + stored::zstd_skippable("end"));
    auto const got = read_all(folder / "x");
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.bytes == "one two");
}

BOOST_DATA_TEST_CASE(trailing_garbage_is_refused_or_counted, data::make(compressing), codec) {
    scratch_folder folder;
    put_file(folder / "x", stored::with(codec, "one ") + stored::with(codec, "two") + "rubbish");
    auto const refused = read_all(folder / "x");
    BOOST_TEST(refused.bytes == "one two");
    BOOST_TEST((refused.kind == failure::bad_data));
    BOOST_TEST(refused.error.find("trailing garbage") != std::string::npos, refused.error);
    BOOST_TEST(refused.error.find("--allow-garbage") != std::string::npos, refused.error);

    wordmill::tally counts;
    auto const allowed = read_all(folder / "x", {.allow_garbage = true, .counts = counts});
    BOOST_TEST(allowed.error == "");
    BOOST_TEST(allowed.bytes == "one two");
    BOOST_TEST(counts.dropped_count("stored byte") == 7);
    BOOST_TEST(counts.read_count("byte") == 7);
    BOOST_TEST(counts.balanced("stored byte"));
}

BOOST_DATA_TEST_CASE(a_file_cut_at_any_byte_is_refused_behind_what_it_holds, data::make(compressing), codec) {
    scratch_folder folder;
    auto const text = stored::prose(300), more = stored::prose(300, 2);
    auto const first = stored::with(codec, text);
    auto const whole = first + stored::with(codec, more);
    for (std::size_t size = 4; size < whole.size(); ++size) { // shorter ones may be text: "BZh"
        put_file(folder / "x", whole.substr(0, size));
        auto const got = read_all(folder / "x");
        BOOST_TEST((text + more).starts_with(got.bytes));
        if (size == first.size()) {
            BOOST_TEST(got.error == "");
            continue;
        }
        BOOST_TEST((got.kind == failure::bad_data), codec << " cut at " << size);
        BOOST_TEST(got.error.find("truncated after " + std::to_string(got.bytes.size()) + " bytes of output")
                       != std::string::npos,
                   got.error);
        if (size > first.size()) BOOST_TEST(got.bytes.size() >= text.size());
        if (size > first.size() + 6) BOOST_TEST((got.where.member == 2u));

        wordmill::tally counts;
        auto const allowed = read_all(folder / "x", {.allow_truncated = true, .counts = counts});
        BOOST_TEST(allowed.error == "");
        BOOST_TEST((allowed.bytes == got.bytes));
        BOOST_TEST(counts.note_count("truncated input") == 1);
    }
}

BOOST_DATA_TEST_CASE(a_changed_bit_never_gives_other_bytes_in_silence, data::make(compressing), codec) {
    scratch_folder folder;
    auto const text = stored::prose(400);
    auto const whole = stored::with(codec, text) + stored::with(codec, text);
    for (std::size_t bit = 0; bit < whole.size() * 8; bit += 7) {
        auto damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        if (wordmill::recognise_codec(damaged) == wordmill::codec::none) continue; // no longer a compressed file
        put_file(folder / "x", damaged);
        auto const got = read_all(folder / "x");
        if (got.error.empty()) { // fields that carry no data, such as gzip's time
            BOOST_TEST((got.bytes == text + text), codec << " bit " << bit);
        } else {
            BOOST_TEST((got.kind == failure::bad_data), got.error);
            BOOST_TEST(got.where.file == folder / "x");
            BOOST_TEST(got.where.byte.value() == got.bytes.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(content_decides_and_not_the_name) {
    scratch_folder folder;
    put_file(folder / "x.txt", stored::gzip("hello"));
    put_file(folder / "x.gz", "hello");
    put_file(folder / "x.zst", stored::bzip2("hello"));
    for (auto const* name : {"x.txt", "x.gz", "x.zst"}) BOOST_TEST(read_all(folder / name).bytes == "hello");
}

BOOST_AUTO_TEST_CASE(a_codec_that_is_not_built_in_is_named) {
    using namespace std::literals;
    scratch_folder folder;
    std::pair<std::string_view, std::string> const files[] = {
        {"7z\xbc\xaf\x27\x1c\0\4"sv, "7z"},  {"Rar!\x1a\x07\x01\0"sv, "rar"}, {"PK\3\4\x14\0\1\0"sv, "zip"},
        {"\4\x22\x4d\x18\x64\x40"sv, "lz4"}, {"LZIP\1\x0c"sv, "lzip"},        {"\x1f\x9d\x90"sv, "compress"},
    };
    for (auto const& [bytes, name] : files) {
        put_file(folder / "x", bytes);
        auto const got = read_all(folder / "x");
        BOOST_TEST((got.kind == failure::bad_data));
        BOOST_TEST(got.error.find(name) != std::string::npos, got.error);
        BOOST_TEST(got.error.find("gzip, zstd, bzip2 and xz") != std::string::npos, got.error);
    }
}

BOOST_DATA_TEST_CASE(a_bomb_stops_at_the_expansion_limit, data::make(compressing), codec) {
    scratch_folder folder;
    auto const zeros = stored::with(codec, std::string(std::size_t{33} << 20, '\0'));
    put_file(folder / "x", zeros + zeros + zeros);
    auto const got = read_all(folder / "x", {.limits = {.max_expansion = 500}});
    BOOST_TEST((got.kind == failure::bad_data));
    BOOST_TEST(got.error.find("--max-expansion") != std::string::npos, got.error);
    BOOST_TEST(got.bytes.size() < std::size_t{99} << 20);
    BOOST_TEST(read_all(folder / "x", {.limits = {.max_expansion = 10'000'000}}).error == "");
}

BOOST_AUTO_TEST_CASE(a_window_beyond_the_limit_is_refused_by_name) {
    scratch_folder folder;
    put_file(folder / "a", stored::zstd(stored::prose(1000), 3, 22)); // 4 MiB
    put_file(folder / "b", stored::xz(stored::prose(1000), 0, 6));    // 8 MiB, see xz(1)
    for (auto const* name : {"a", "b"}) {
        auto const got = read_all(folder / name, {.limits = {.max_window_bytes = 1 << 21}});
        BOOST_TEST((got.kind == failure::bad_data));
        BOOST_TEST(got.error.find("--max-window") != std::string::npos, got.error);
        BOOST_TEST(read_all(folder / name, {.limits = {.max_window_bytes = 1 << 23}}).error == "");
    }
}

BOOST_AUTO_TEST_CASE(a_window_beyond_the_memory_budget_is_a_lack_of_memory) {
    scratch_folder folder;
    put_file(folder / "a", stored::zstd(stored::prose(1000), 3, 26)); // 64 MiB
    put_file(folder / "b", stored::xz(stored::prose(1000), 0, 9));    // 64 MiB, see xz(1)
    for (auto const* name : {"a", "b"}) {
        auto const got = read_all(folder / name, {.memory_bytes = 1 << 25});
        BOOST_TEST((got.kind == failure::resource));
        BOOST_TEST(got.error.find("needs a window of 64.0 MiB, the memory budget is 32.0 MiB") != std::string::npos,
                   got.error);
        BOOST_TEST(got.error.find("--memory") != std::string::npos, got.error);
        BOOST_TEST(read_all(folder / name, {.memory_bytes = 1 << 26}).error == "");
    }
    put_file(folder / "c", stored::zstd(stored::prose(1000), 3, 22)); // 4 MiB, which any budget has
    BOOST_TEST(read_all(folder / "c", {.memory_bytes = 1 << 20}).error == "");
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
BOOST_DATA_TEST_CASE(memory_that_the_system_refuses_is_a_lack_of_memory_for_every_codec, data::make(compressing),
                     codec) {
    scratch_folder folder;
    auto const big = codec == "zstd" ? stored::zstd(stored::prose(1000), 3, 27)
                     : codec == "xz" ? stored::xz(stored::prose(1000), 0, 9)
                                     : stored::with(codec, stored::prose(1000));
    put_file(folder / "x", big);
    int const status = in_child([&] {
        auto const got = [&](std::uint64_t more) {
            std::ifstream statm("/proc/self/statm");
            std::uint64_t pages = 0;
            statm >> pages;
            rlimit const limit{pages * 4096 + more, RLIM_INFINITY};
            ::setrlimit(RLIMIT_AS, &limit);
            auto const result = read_all(folder / "x", {.limits = {.max_window_bytes = 1 << 30}});
            rlimit const none{RLIM_INFINITY, RLIM_INFINITY};
            ::setrlimit(RLIMIT_AS, &none);
            return result;
        };
        for (std::uint64_t more = 0; more < (std::uint64_t{1} << 28); more += std::uint64_t{1} << 20) {
            try {
                auto const result = got(more);
                if (result.error.empty()) return 0;
                if (result.kind != failure::resource) return 1;
            } catch (std::bad_alloc const&) {} // before the decoder
        }
        return 2;
    });
    BOOST_TEST(status == 0);
}
#endif

BOOST_AUTO_TEST_CASE(huge_fields_in_a_gzip_header_are_passed_over) {
    scratch_folder folder;
    auto const member = stored::gzip("hello");
    auto const fixed = std::string("\x1f\x8b\x08\x1c\0\0\0\0\0\3", 10); // extra, name, comment (RFC 1952, 2.3.1)
    auto const fields = std::string("\xff\xff", 2) + std::string(65535, 'e') + std::string(3'000'000, 'n') + '\0'
                        + std::string(3'000'000, 'c') + '\0';
    put_file(folder / "x", fixed + fields + member.substr(10));
    BOOST_TEST(read_all(folder / "x").bytes == "hello");
}

BOOST_DATA_TEST_CASE(reading_resumes_at_every_byte, data::make(codecs), codec) {
    scratch_folder folder;
    std::string const parts[] = {stored::prose(150, 1), "", stored::prose(1, 2), stored::prose(170, 3)};
    std::string file, text;
    for (auto const& part : parts) {
        file += stored::with(codec, part);
        text += part;
    }
    if (codec == "xz") {
        auto const part = stored::prose(100, 4);
        file += stored::xz(part, 30);
        text += part;
    }
    put_file(folder / "x", file);
    for (std::size_t block_bytes : {std::size_t{16}, std::size_t{1000}}) {
        auto const whole = read_all(folder / "x", {.block_bytes = block_bytes});
        BOOST_REQUIRE(whole.bytes == text);
        for (auto const& block : whole.blocks) {
            for (std::size_t i = 0; i <= block.bytes.size(); ++i) {
                auto const at = block.byte + i;
                auto const rest = read_all(folder / "x", {.restart = block.restart,
                                                          .restart_byte = block.restart_byte,
                                                          .byte = at,
                                                          .block_bytes = block_bytes});
                BOOST_TEST(rest.error == "");
                BOOST_TEST((rest.bytes == text.substr(at)), codec << " from " << at);
                if (rest.blocks.size() < 2) continue;
                BOOST_TEST(rest.blocks.back().byte == whole.blocks.back().byte);
                BOOST_TEST(rest.blocks.back().restart == whole.blocks.back().restart);
                BOOST_TEST(rest.blocks.back().restart_byte == whole.blocks.back().restart_byte);
            }
        }
    }
}

BOOST_DATA_TEST_CASE(a_position_behind_the_end_is_refused, data::make(codecs), codec) {
    scratch_folder folder;
    put_file(folder / "x", stored::with(codec, "hello"));
    BOOST_TEST(read_all(folder / "x", {.byte = 5}).error == "");
    auto const got = read_all(folder / "x", {.byte = 6});
    BOOST_TEST((got.kind == failure::bad_data));
    BOOST_TEST(got.error.find("before the position to resume from") != std::string::npos, got.error);
}

BOOST_AUTO_TEST_CASE(blocks_of_bzip2_and_xz_are_places_to_restart_at) {
    scratch_folder folder;
    auto const text = stored::prose(350'000);
    put_file(folder / "a", stored::bzip2(text, 1)); // blocks of 100 000 bytes, before run-length coding
    put_file(folder / "b", stored::xz(text, 100'000));
    for (auto const* name : {"a", "b"}) {
        auto const whole = read_all(folder / name);
        BOOST_TEST((whole.bytes == text));
        BOOST_TEST(whole.blocks.size() == 4);
        for (auto const& block : whole.blocks) {
            BOOST_TEST(block.byte == block.restart_byte);
            auto const rest = read_all(
                folder / name, {.restart = block.restart, .restart_byte = block.restart_byte, .byte = block.byte});
            BOOST_TEST((rest.bytes == text.substr(block.byte)));
            BOOST_TEST(rest.error == "");
        }
    }
}
BOOST_AUTO_TEST_SUITE_END()
