module;
#include <memory>
#include <string>
#include <string_view>
module wordmill.io;
import :sink;
import wordmill.core;

namespace wordmill::detail {
void check_level(codec c, int level) {
    // Above 19 zstd makes windows that readers may refuse.
    int const highest = c == codec::none ? 0 : c == codec::zstd ? 19 : 9;
    if (level < 0 || level > highest)
        throw error(failure::usage, "compression level: expected at most " + std::to_string(highest) + ", found "
                                        + std::to_string(level));
}

std::unique_ptr<byte_sink> make_compressor(codec c, byte_sink& below, int level) {
    switch (c) {
    case codec::none: return nullptr;
    case codec::gzip: return make_gzip_sink(below, level);
    case codec::zstd: return make_zstd_sink(below, level);
    case codec::bzip2: return make_bzip2_sink(below, level);
    case codec::xz: return make_xz_sink(below, level);
    }
    return nullptr;
}
}

namespace wordmill {
codec codec_of_name(std::string_view name) noexcept {
    if (name.ends_with(".gz")) return codec::gzip;
    if (name.ends_with(".zst")) return codec::zstd;
    if (name.ends_with(".bz2")) return codec::bzip2;
    if (name.ends_with(".xz")) return codec::xz;
    return codec::none;
}
}
