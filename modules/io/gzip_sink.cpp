module;
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <zlib.h>
module wordmill.io;
import :sink;
import wordmill.core;

namespace wordmill::detail {
namespace {
/// RFC 1952 members of 16 MiB of input each, without name or time: the same bytes give the same file.
class gzip_sink final : public member_sink {
public:
    gzip_sink(byte_sink& below, int level) : member_sink(std::size_t{16} << 20), below_(below) {
        int const gzip_window = 15 + 16, best_memory = 8;
        if (deflateInit2(&z_, level, Z_DEFLATED, gzip_window, best_memory, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~gzip_sink() override { deflateEnd(&z_); }

private:
    void compress(std::string_view bytes) override {
        z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        z_.avail_in = static_cast<uInt>(bytes.size()); // at most a member
        run(Z_NO_FLUSH);
    }
    void end_member() override {
        run(Z_FINISH);
        deflateReset(&z_);
    }
    void run(int flush) {
        do {
            z_.next_out = reinterpret_cast<Bytef*>(out_.data());
            z_.avail_out = static_cast<uInt>(out_.size());
            expect(deflate(&z_, flush) != Z_STREAM_ERROR, "gzip: the compressor's state is broken");
            below_.write({out_.data(), out_.size() - z_.avail_out});
        } while (z_.avail_out == 0);
    }

    byte_sink& below_;
    z_stream z_{};
    std::string out_ = std::string(std::size_t{1} << 16, '\0');
};
}

std::unique_ptr<byte_sink> make_gzip_sink(byte_sink& below, int level) {
    return std::make_unique<gzip_sink>(below, level == 0 ? Z_DEFAULT_COMPRESSION : level);
}
}
