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

/// Compressed fixtures, made with the codecs' own libraries.
namespace stored {
inline std::string gzip(std::string_view text, int level = 6) {
    z_stream s{};
    if (deflateInit2(&s, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
    std::string out(deflateBound(&s, text.size()) + 64, '\0');
    s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    s.avail_in = static_cast<uInt>(text.size());
    s.next_out = reinterpret_cast<Bytef*>(out.data());
    s.avail_out = static_cast<uInt>(out.size());
    if (deflate(&s, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib");
    out.resize(s.total_out);
    deflateEnd(&s);
    return out;
}

inline std::string zstd(std::string_view text, int level = 3, int window_log = 0) {
    auto* c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    if (window_log != 0) {
        ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log);
        ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
    }
    std::string out(ZSTD_compressBound(text.size()), '\0');
    ZSTD_outBuffer o{out.data(), out.size(), 0};
    // In two steps, so that the frame is not told its size when a window is asked for.
    ZSTD_inBuffer i{text.data(), window_log != 0 ? text.size() / 2 : 0, 0};
    if (window_log != 0) ZSTD_compressStream2(c, &o, &i, ZSTD_e_flush);
    i = {text.data(), text.size(), i.pos};
    if (ZSTD_compressStream2(c, &o, &i, ZSTD_e_end) != 0) throw std::runtime_error("zstd");
    ZSTD_freeCCtx(c);
    out.resize(o.pos);
    return out;
}

/// A frame that decoders pass over.
inline std::string zstd_skippable(std::string_view content) {
    std::string out("\x53\x2a\x4d\x18", 4);
    for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(content.size() >> shift & 255);
    return out.append(content);
}

inline std::string bzip2(std::string_view text, int level = 1) {
    std::string out(text.size() + text.size() / 50 + 700, '\0');
    auto size = static_cast<unsigned>(out.size());
    if (BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()), static_cast<unsigned>(text.size()),
                                 level, 0, 0)
        != BZ_OK)
        throw std::runtime_error("bzip2");
    out.resize(size);
    return out;
}

/// One stream; a block ends after each `block_bytes` bytes (0 = one block).
inline std::string xz(std::string_view text, std::size_t block_bytes = 0, unsigned preset = 1,
                      lzma_check check = LZMA_CHECK_CRC64) {
    lzma_stream s = LZMA_STREAM_INIT;
    if (lzma_easy_encoder(&s, preset, check) != LZMA_OK) throw std::runtime_error("lzma");
    std::string out(text.size() * 2 + 4096 + (block_bytes ? text.size() / block_bytes * 128 : 0), '\0');
    s.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    s.avail_out = out.size();
    while (block_bytes != 0 && text.size() > block_bytes) {
        s.next_in = reinterpret_cast<std::uint8_t const*>(text.data());
        s.avail_in = block_bytes;
        if (lzma_code(&s, LZMA_FULL_FLUSH) != LZMA_STREAM_END) throw std::runtime_error("lzma");
        text.remove_prefix(block_bytes);
    }
    s.next_in = reinterpret_cast<std::uint8_t const*>(text.data());
    s.avail_in = text.size();
    if (lzma_code(&s, LZMA_FINISH) != LZMA_STREAM_END) throw std::runtime_error("lzma");
    out.resize(s.total_out);
    lzma_end(&s);
    return out;
}

inline std::string with(std::string_view codec, std::string_view text) {
    if (codec == "gzip") return gzip(text);
    if (codec == "zstd") return zstd(text);
    if (codec == "bzip2") return bzip2(text);
    if (codec == "xz") return xz(text);
    return std::string(text);
}

/// English-like text, different at every place; a linear congruential generator picks the words.
inline std::string prose(std::size_t bytes, std::uint64_t seed = 1) {
    static constexpr std::string_view words[] = {"the",    "of",    "river",  "and",   "mill",  "turns",
                                                 "slowly", "under", "grey",   "skies", "while", "nobody",
                                                 "counts", "its",   "stones", "today"};
    std::string out;
    while (out.size() < bytes) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        out += words[seed >> 60];
        out += (seed >> 40 & 15) == 0 ? '\n' : ' ';
    }
    out.resize(bytes);
    return out;
}
}
