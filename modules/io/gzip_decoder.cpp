module;
#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <zlib.h>
module wordmill.io;
import :byte_source;
import :decoder;

namespace wordmill {
namespace {
constexpr std::string_view magic = "\x1f\x8b\x08";
constexpr std::uint64_t inflate_bytes = 44 << 10; // zlib.h on its memory: 32 KiB and about 7 KiB, rounded up
constexpr int gzip_window_bits = 15 + 16;         // zlib's encoding of: gzip header and trailer, checked

/// A part is a gzip member (RFC 1952). zlib passes over the header's fields without keeping them.
class gzip_decoder final : public decoder {
public:
    explicit gzip_decoder(bool whole) {
        whole_ = whole;
        if (inflateInit2(&stream_, gzip_window_bits) != Z_OK) throw no_memory{inflate_bytes};
    }
    ~gzip_decoder() override { inflateEnd(&stream_); }

    bool begin_part(byte_source& in) override {
        if (!find_member(in, magic, members_ == 0, "gzip")) return false;
        ++members_;
        restart_ = begin_ = in.offset();
        inflateReset(&stream_);
        return true;
    }

    bool decode(byte_source& in, room& out) override {
        while (out.left > 0) {
            auto const bytes = in.peek(1);
            auto const given = static_cast<uInt>(std::min<std::size_t>(bytes.size(), UINT_MAX));
            auto const space = static_cast<uInt>(std::min<std::size_t>(out.left, UINT_MAX));
            stream_.next_in = const_cast<Bytef*>(bytes.data());
            stream_.avail_in = given;
            stream_.next_out = reinterpret_cast<Bytef*>(out.next);
            stream_.avail_out = space;
            auto const status = inflate(&stream_, Z_NO_FLUSH);
            in.consume(given - stream_.avail_in);
            out.fill(space - stream_.avail_out);
            if (status == Z_STREAM_END) {
                end_ = {.end = in.offset()};
                return true;
            }
            if (status == Z_MEM_ERROR) throw no_memory{inflate_bytes};
            if (status != Z_OK && status != Z_BUF_ERROR)
                throw damage{std::string("gzip: ") + (stream_.msg ? stream_.msg : "damaged data")
                             + " in the member at stored byte " + std::to_string(begin_)};
            if (given == 0 && stream_.avail_out == space) throw cut_short{};
        }
        return false;
    }

    void pass(byte_source& in, part_end const& done, std::uint64_t) override { in.seek(done.end); }

private:
    z_stream stream_{};
};
}

std::unique_ptr<decoder> make_gzip_decoder(bool whole) { return std::make_unique<gzip_decoder>(whole); }
}
