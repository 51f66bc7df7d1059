#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
import wordmill.core;
import wordmill.io;
import wordmill.stream;
#include "file_of_bytes.hpp"

namespace {
struct outcome {
    std::string bytes{};
    std::string error{};
    bool operator==(outcome const&) const = default;
};

outcome decode(std::string const& name, wordmill::byte_options options) {
    constexpr std::size_t enough = std::size_t{1} << 20;
    outcome o;
    try {
        for (auto const& block : wordmill::read_bytes({.name = name}, options)) {
            if (block.byte != o.bytes.size() || block.restart_byte > block.byte) std::abort();
            o.bytes += block.bytes;
            if (o.bytes.size() > enough) break;
        }
    } catch (wordmill::error const& e) {
        o.error = e.what();
    }
    return o;
}
}

/// The first byte chooses options, the rest is a stored file: it decodes alike on one thread and on three.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    if (size == 0) return 0;
    file_of_bytes const file({reinterpret_cast<char const*>(bytes) + 1, size - 1});
    wordmill::byte_options options;
    options.allow_truncated = (bytes[0] & 1) != 0;
    options.allow_garbage = (bytes[0] & 2) != 0;
    options.block_bytes = std::size_t{1} << (bytes[0] >> 2 & 15);
    options.limits.max_window_bytes = std::uint64_t{16} << 20;
    auto const expected = decode(file.name, options);
    options.threads = 3;
    if (decode(file.name, options) != expected) std::abort();
    return 0;
}
