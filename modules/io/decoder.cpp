module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
module wordmill.io;
import :byte_source;
import :decoder;
import wordmill.core;

namespace wordmill {
std::unique_ptr<decoder> make_decoder(codec c, byte_source& in, std::uint64_t restart, window_limits const& limits) {
    switch (c) {
    case codec::none: break;
    case codec::gzip: in.seek(restart); return make_gzip_decoder(restart == 0);
    case codec::zstd: in.seek(restart); return make_zstd_decoder(restart == 0, limits);
    case codec::bzip2: in.seek(restart / 8); return make_bzip2_decoder(restart);
    case codec::xz: in.seek(restart / 4); return make_xz_decoder(restart, limits);
    }
    throw error(failure::internal, "no decoder for stored bytes");
}

void pass_padding(byte_source& in) {
    for (;;) {
        auto const bytes = in.peek(1);
        auto const zeros = std::find_if(bytes.begin(), bytes.end(), [](unsigned char b) { return b != 0; });
        in.consume(static_cast<std::size_t>(zeros - bytes.begin()));
        if (bytes.empty() || zeros != bytes.end()) return;
    }
}

bool find_member(byte_source& in, std::string_view magic, bool first, char const* codec_name) {
    if (!first) pass_padding(in);
    auto const bytes = in.peek(magic.size());
    if (bytes.empty()) return false;
    auto const size = std::min(bytes.size(), magic.size());
    if (std::memcmp(bytes.data(), magic.data(), size) == 0) {
        if (size < magic.size()) throw cut_short{};
        return true;
    }
    if (!first) throw garbage{in.offset(), hex(in, magic.size())};
    throw damage{std::string(codec_name) + ": expected the start of a member at stored byte "
                     + std::to_string(in.offset()) + ", found " + hex(in, magic.size()),
                 "the position to resume from does not fit this file"};
}

std::string hex(byte_source& in, std::size_t size) {
    static constexpr char digits[] = "0123456789abcdef";
    auto const bytes = in.peek(size);
    std::string out;
    for (unsigned char b : bytes.first(std::min(size, bytes.size()))) {
        if (!out.empty()) out += ' ';
        out += digits[b >> 4];
        out += digits[b & 15];
    }
    return out.empty() ? "nothing" : out;
}

void check_window(char const* codec_name, std::uint64_t needed, window_limits const& limits) {
    auto const what = std::string(codec_name) + ": needs a window of " + format_bytes(needed);
    if (needed > limits.option)
        throw damage{what + ", the limit is " + format_bytes(limits.option), "--max-window raises the limit"};
    if (needed > limits.memory)
        throw error(failure::resource, what + ", the memory budget is " + format_bytes(limits.memory), {},
                    "--memory raises the budget");
}
}
