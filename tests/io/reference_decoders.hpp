#pragma once
#include <bzlib.h>
#include <cstddef>
#include <cstdint>
#include <lzma.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <zlib.h>
#include <zstd.h>

/// One-shot decoding by the libraries' own simplest calls, and the number of parts that a reader can start at.
/// They throw for anything that is not whole.
namespace reference {
struct decoded {
    std::string bytes;
    std::size_t parts = 0;
};

inline void require(bool holds, char const* what) {
    if (!holds) throw std::runtime_error(what);
}

inline decoded gunzip(std::string stored) {
    decoded all;
    z_stream z{};
    z.next_in = reinterpret_cast<Bytef*>(stored.data());
    z.avail_in = static_cast<uInt>(stored.size());
    std::string buffer(1 << 20, '\0');
    while (z.avail_in > 0) {
        require(inflateInit2(&z, 15 + 16) == Z_OK, "gzip init");
        int result = Z_OK;
        while (result == Z_OK) {
            z.next_out = reinterpret_cast<Bytef*>(buffer.data());
            z.avail_out = static_cast<uInt>(buffer.size());
            result = inflate(&z, Z_NO_FLUSH);
            all.bytes.append(buffer, 0, buffer.size() - z.avail_out);
        }
        inflateEnd(&z);
        require(result == Z_STREAM_END, "gzip data");
        ++all.parts;
    }
    return all;
}

inline decoded unzstd(std::string const& stored) {
    decoded all;
    for (std::size_t at = 0; at < stored.size(); ++all.parts) {
        char const* const frame = stored.data() + at;
        auto const frame_bytes = ZSTD_findFrameCompressedSize(frame, stored.size() - at);
        require(!ZSTD_isError(frame_bytes), "zstd frame");
        auto const content_bytes = ZSTD_getFrameContentSize(frame, frame_bytes); // written, as a frame is not streamed
        require(content_bytes < ZSTD_CONTENTSIZE_ERROR, "zstd content size");
        std::string content(content_bytes, '\0');
        require(ZSTD_decompress(content.data(), content.size(), frame, frame_bytes) == content_bytes, "zstd data");
        all.bytes += content;
        at += frame_bytes;
    }
    return all;
}

inline decoded bunzip2(std::string stored, std::size_t expected_bytes) {
    decoded all{.bytes = std::string(expected_bytes + 1, '\0'), .parts = 1};
    unsigned n = static_cast<unsigned>(all.bytes.size());
    require(BZ2_bzBuffToBuffDecompress(all.bytes.data(), &n, stored.data(), static_cast<unsigned>(stored.size()), 0, 0)
                == BZ_OK,
            "bzip2 data");
    all.bytes.resize(n);
    return all;
}

inline std::size_t xz_blocks(std::string const& stored) {
    auto const* const bytes = reinterpret_cast<std::uint8_t const*>(stored.data());
    lzma_stream_flags footer{};
    require(lzma_stream_footer_decode(&footer, bytes + stored.size() - LZMA_STREAM_HEADER_SIZE) == LZMA_OK,
            "xz footer");
    std::size_t at = stored.size() - LZMA_STREAM_HEADER_SIZE - footer.backward_size;
    lzma_index* index = nullptr;
    std::uint64_t memory = UINT64_MAX;
    require(lzma_index_buffer_decode(&index, &memory, nullptr, bytes, &at, stored.size()) == LZMA_OK, "xz index");
    auto const blocks = lzma_index_block_count(index);
    lzma_index_end(index, nullptr);
    return blocks;
}

inline decoded unxz(std::string const& stored, std::size_t expected_bytes) {
    decoded all{.bytes = std::string(expected_bytes + 1, '\0'), .parts = xz_blocks(stored)};
    std::uint64_t memory = UINT64_MAX;
    std::size_t in = 0, out = 0;
    require(lzma_stream_buffer_decode(&memory, 0, nullptr, reinterpret_cast<std::uint8_t const*>(stored.data()), &in,
                                      stored.size(), reinterpret_cast<std::uint8_t*>(all.bytes.data()), &out,
                                      all.bytes.size())
                == LZMA_OK,
            "xz data");
    require(in == stored.size(), "xz: bytes behind the stream");
    all.bytes.resize(out);
    return all;
}
}
