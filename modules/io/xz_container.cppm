module;
#include <lzma.h>
module wordmill.io:xz_container;
import :byte_source;
import wordmill.standard;

namespace wordmill {
inline constexpr std::string_view xz_magic{"\xfd"
                                           "7zXZ\0",
                                           6};

/// The kinds of checksum that xz defines; two bits of a restart tell which one the stream has.
inline constexpr lzma_check xz_check_kinds[] = {LZMA_CHECK_NONE, LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256};
[[nodiscard]] constexpr int xz_check_code(lzma_check kind) noexcept {
    for (int i = 0; i < 4; ++i)
        if (xz_check_kinds[i] == kind) return i;
    return -1;
}

/// A digest of the sizes of all blocks of a stream, in constant memory, to compare with the index.
struct xz_block_list {
    std::uint64_t count = 0;
    std::uint64_t hash = 0;
    constexpr void add(std::uint64_t unpadded_size, std::uint64_t uncompressed_size) noexcept {
        ++count;
        hash = (hash ^ unpadded_size) * 0x9e3779b97f4a7c15u;
        hash = (hash ^ hash >> 29 ^ uncompressed_size) * 0xbf58476d1ce4e5b9u;
    }
    [[nodiscard]] bool operator==(xz_block_list const&) const = default;
};

/// Reads the index and the footer of a stream and compares them with its blocks, where known, and its header.
void pass_xz_index(byte_source& in, std::optional<xz_block_list> const& blocks, lzma_stream_flags const& header);
}
