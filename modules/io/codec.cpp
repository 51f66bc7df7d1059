module;
#include <algorithm>
#include <string_view>
module wordmill.io;
import :decoder;

namespace wordmill {
using namespace std::literals;

namespace {
constexpr auto gzip_magic = "\x1f\x8b\x08"sv;
constexpr auto zstd_magic = "\x28\xb5\x2f\xfd"sv;
constexpr auto xz_magic = "\xfd"
                          "7zXZ\0"sv;
constexpr auto bzip2_block = "\x31\x41\x59\x26\x53\x59"sv;
constexpr auto bzip2_end = "\x17\x72\x45\x38\x50\x90"sv;

/// True also for a file too short for the whole magic, unless its bytes are plain text.
bool begins_with(std::string_view bytes, std::string_view magic) {
    if (bytes.size() >= magic.size()) return bytes.starts_with(magic);
    auto const text = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    return !text && magic.starts_with(bytes);
}

bool is_bzip2(std::string_view bytes) {
    if (bytes.size() < 4 || !bytes.starts_with("BZh"sv) || bytes[3] < '1' || bytes[3] > '9') return false;
    auto const rest = bytes.substr(4, bzip2_block.size());
    return bzip2_block.starts_with(rest) || bzip2_end.starts_with(rest);
}

bool is_skippable_zstd(std::string_view bytes) {
    return bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xf0) == 0x50
           && bytes.substr(1, 3) == "\x2a\x4d\x18"sv;
}

struct signature {
    std::string_view bytes;
    std::string_view name;
};
constexpr signature foreign[] = {
    {"7z\xbc\xaf\x27\x1c"sv, "7z"},
    {"Rar!\x1a\x07"sv, "rar"},
    {"PK\x03\x04"sv, "zip"},
    {"PK\x05\x06"sv, "zip"},
    {"PK\x07\x08"sv, "zip"},
    {"\x04\x22\x4d\x18"sv, "lz4"},
    {"\x02\x21\x4c\x18"sv, "lz4 (legacy)"},
    {"LZIP\x01"sv, "lzip"},
    {"LZIP\0"sv, "lzip"},
    {"LRZI\0"sv, "lrzip"},
    {"\x1f\x9d"sv, "compress (.Z)"},
    {"\x1f\xa0"sv, "compress (lzh)"},
    {"\x1f\x1e"sv, "pack (.z)"},
    {"\x89LZO\0\r\n\x1a\n"sv, "lzop"},
    {"\xff\x06\0\0sNaPpY"sv, "snappy"},
    {"MSCF\0\0\0\0"sv, "cabinet"},
    {"xar!\0"sv, "xar"},
    {"\x5d\0\0"sv, "lzma (alone)"},
    {"\x22\xb5\x2f\xfd"sv, "zstd before 1.0"},
    {"\x23\xb5\x2f\xfd"sv, "zstd before 1.0"},
    {"\x24\xb5\x2f\xfd"sv, "zstd before 1.0"},
    {"\x25\xb5\x2f\xfd"sv, "zstd before 1.0"},
    {"\x26\xb5\x2f\xfd"sv, "zstd before 1.0"},
    {"\x27\xb5\x2f\xfd"sv, "zstd before 1.0"},
    {"\xfd\x2f\xb5\x1e"sv, "zstd before 1.0"},
};
}

std::string_view name(codec c) noexcept {
    switch (c) {
    case codec::none: return "none";
    case codec::gzip: return "gzip";
    case codec::zstd: return "zstd";
    case codec::bzip2: return "bzip2";
    case codec::xz: return "xz";
    }
    return "unknown";
}

codec recognise_codec(std::string_view first_bytes) noexcept {
    if (first_bytes.empty()) return codec::none;
    if (begins_with(first_bytes, gzip_magic)) return codec::gzip;
    if (begins_with(first_bytes, zstd_magic) || is_skippable_zstd(first_bytes)) return codec::zstd;
    if (is_bzip2(first_bytes)) return codec::bzip2;
    if (begins_with(first_bytes, xz_magic)) return codec::xz;
    return codec::none;
}

std::string_view foreign_codec(std::string_view first_bytes) noexcept {
    for (auto const& s : foreign)
        if (first_bytes.starts_with(s.bytes)) return s.name;
    return {};
}
}
