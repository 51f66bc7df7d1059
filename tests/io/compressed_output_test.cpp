#include "reference_decoders.hpp"
#include "scratch_folder.hpp"
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.io;
#include "failure_of.hpp"

namespace {
using wordmill::codec;
constexpr std::array codecs{codec::gzip, codec::zstd, codec::bzip2, codec::xz};

/// Lines of numbers that come back after `period` of them: the longer, the slower to compress.
std::string lines(std::size_t bytes, std::uint64_t period = 3'000) {
    std::string text;
    text.reserve(bytes + 32);
    for (std::uint64_t i = 0; text.size() < bytes; ++i) {
        text += std::to_string(i % period * 0x9e3779b97f4a7c15u >> 40);
        text += i % 10 == 9 ? '\n' : ' ';
    }
    text.resize(bytes);
    return text;
}

reference::decoded decode(codec c, std::string const& stored, std::size_t expected_bytes) {
    switch (c) {
    case codec::gzip: return reference::gunzip(stored);
    case codec::zstd: return reference::unzstd(stored);
    case codec::bzip2: return reference::bunzip2(stored, expected_bytes);
    case codec::xz: return reference::unxz(stored, expected_bytes);
    default: return {stored, 1};
    }
}

std::string stored(codec c, int level, std::string_view text, std::size_t piece) {
    scratch_folder const folder;
    wordmill::output_file out(folder / "out", {.compression = c, .level = level});
    for (std::size_t at = 0; at < text.size(); at += piece) out.write(text.substr(at, piece));
    BOOST_TEST(out.bytes_written() == text.size());
    out.commit();
    return file_bytes(folder / "out");
}
}

BOOST_AUTO_TEST_SUITE(compressed_outputs)

BOOST_AUTO_TEST_CASE(the_libraries_own_decoders_read_them_back) {
    for (auto const c : codecs)
        for (std::size_t bytes : {0u, 1u, 1'000u, 1'000'000u}) {
            auto const text = lines(bytes);
            auto const back = decode(c, stored(c, 0, text, 70'000), bytes);
            BOOST_TEST((back.bytes == text), "codec " << int(c) << ", " << bytes << " bytes");
            BOOST_TEST(back.parts == (c == codec::xz && bytes == 0 ? 0u : 1u));
        }
}

BOOST_AUTO_TEST_CASE(parts_have_a_fixed_size_of_text_so_that_readers_can_start_inside) {
    constexpr std::size_t mebibyte = std::size_t{1} << 20;
    struct row {
        codec c;
        std::size_t part_bytes;
    };
    for (auto const& [c, part_bytes] :
         {row{codec::gzip, 16 * mebibyte}, row{codec::zstd, 4 * mebibyte}, row{codec::xz, 8 * mebibyte}})
        for (std::size_t bytes : {part_bytes, part_bytes + 1}) {
            auto const text = lines(bytes);
            auto const back = decode(c, stored(c, 1, text, mebibyte + 7), bytes);
            BOOST_TEST((back.bytes == text));
            BOOST_TEST(back.parts == (bytes == part_bytes ? 1u : 2u), "codec " << int(c) << ", " << bytes << " bytes");
        }
}

BOOST_AUTO_TEST_CASE(the_same_bytes_give_the_same_file_however_they_are_handed_in) {
    auto const text = lines(300'000);
    for (auto const c : codecs) BOOST_TEST((stored(c, 1, text, 999) == stored(c, 1, text, text.size())), int(c));
}

BOOST_AUTO_TEST_CASE(a_higher_level_gives_fewer_bytes) {
    auto const text = lines(1'000'000, 30'000); // repeats come after 250 kB: farther than bzip2's smallest block
    for (auto const c : {codec::gzip, codec::zstd, codec::bzip2})
        BOOST_TEST(stored(c, 9, text, text.size()).size() < stored(c, 1, text, text.size()).size(), int(c));
}

BOOST_AUTO_TEST_CASE(a_level_that_the_codec_lacks_is_refused_before_anything_is_created) {
    scratch_folder const folder;
    for (auto const& [c, level] : {std::pair{codec::none, 1}, std::pair{codec::gzip, 10}, std::pair{codec::zstd, 20},
                                   std::pair{codec::bzip2, -1}, std::pair{codec::xz, 10}})
        BOOST_TEST((failure_of([&] { wordmill::output_file out(folder / "out", {.compression = c, .level = level}); })
                    == wordmill::failure::usage));
    BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_CASE(an_abandoned_compressed_output_leaves_nothing) {
    scratch_folder const folder;
    for (auto const c : codecs) {
        wordmill::output_file out(folder / "out", {.compression = c});
        out.write(lines(100'000));
    }
    BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_CASE(the_name_of_an_output_tells_its_codec) {
    BOOST_TEST((wordmill::codec_of_name("a/corpus.txt.gz") == codec::gzip));
    BOOST_TEST((wordmill::codec_of_name("corpus.txt.zst") == codec::zstd));
    BOOST_TEST((wordmill::codec_of_name("corpus.bz2") == codec::bzip2));
    BOOST_TEST((wordmill::codec_of_name("corpus.xz") == codec::xz));
    for (auto const* name : {"corpus.txt", "gz", "corpus.gz.txt", "", "corpus.GZ"})
        BOOST_TEST((wordmill::codec_of_name(name) == codec::none), name);
}

BOOST_AUTO_TEST_SUITE_END()
