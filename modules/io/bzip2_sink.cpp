module;
#include <algorithm>
#include <bzlib.h>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
module wordmill.io;
import :sink;
import wordmill.core;

namespace wordmill::detail {
namespace {
/// One stream; its blocks of `level` * 100 kB are parts enough for readers.
class bzip2_sink final : public byte_sink {
public:
    bzip2_sink(byte_sink& below, int level) : below_(below) {
        if (BZ2_bzCompressInit(&z_, level, 0, 0) != BZ_OK) throw std::bad_alloc();
    }
    ~bzip2_sink() override { BZ2_bzCompressEnd(&z_); }

    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            auto const piece = bytes.substr(0, std::size_t{1} << 30); // the library counts in 32 bits
            z_.next_in = const_cast<char*>(piece.data());
            z_.avail_in = static_cast<unsigned>(piece.size());
            while (z_.avail_in > 0) run(BZ_RUN);
            bytes.remove_prefix(piece.size());
        }
    }
    void finish() override {
        while (run(BZ_FINISH) != BZ_STREAM_END) {}
    }

private:
    int run(int action) {
        z_.next_out = out_.data();
        z_.avail_out = static_cast<unsigned>(out_.size());
        int const result = BZ2_bzCompress(&z_, action);
        expect(result >= 0, "bzip2: the compressor's state is broken");
        below_.write({out_.data(), out_.size() - z_.avail_out});
        return result;
    }

    byte_sink& below_;
    bz_stream z_{};
    std::string out_ = std::string(std::size_t{1} << 16, '\0');
};
}

std::unique_ptr<byte_sink> make_bzip2_sink(byte_sink& below, int level) {
    return std::make_unique<bzip2_sink>(below, level == 0 ? 9 : level);
}
}
