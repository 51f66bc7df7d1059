module;
#include <cstddef>
#include <cstdint>
#include <lzma.h>
#include <memory>
#include <new>
#include <string>
#include <string_view>
module wordmill.io;
import :sink;
import wordmill.core;

namespace wordmill::detail {
namespace {
/// One stream of blocks of 8 MiB of input, with CRC64. The library's threaded encoder, on one thread: only it writes
/// the sizes in front of each block that let readers find the next one.
class xz_sink final : public byte_sink {
public:
    xz_sink(byte_sink& below, int level) : below_(below) {
        lzma_mt options{};
        options.threads = 1;
        options.block_size = std::uint64_t{8} << 20;
        options.preset = static_cast<std::uint32_t>(level);
        options.check = LZMA_CHECK_CRC64;
        check(lzma_stream_encoder_mt(&z_, &options));
    }
    ~xz_sink() override { lzma_end(&z_); }

    void write(std::string_view bytes) override {
        z_.next_in = reinterpret_cast<std::uint8_t const*>(bytes.data());
        z_.avail_in = bytes.size();
        while (z_.avail_in > 0) run(LZMA_RUN);
    }
    void finish() override {
        while (run(LZMA_FINISH) != LZMA_STREAM_END) {}
    }

private:
    static void check(lzma_ret result) {
        if (result == LZMA_MEM_ERROR) throw std::bad_alloc();
        if (result != LZMA_OK && result != LZMA_STREAM_END)
            throw error(failure::resource, "xz: the compressor failed with code " + std::to_string(result));
    }
    lzma_ret run(lzma_action action) {
        z_.next_out = reinterpret_cast<std::uint8_t*>(out_.data());
        z_.avail_out = out_.size();
        auto const result = lzma_code(&z_, action);
        check(result);
        below_.write({out_.data(), out_.size() - z_.avail_out});
        return result;
    }

    byte_sink& below_;
    lzma_stream z_ = LZMA_STREAM_INIT;
    std::string out_ = std::string(std::size_t{1} << 16, '\0');
};
}

std::unique_ptr<byte_sink> make_xz_sink(byte_sink& below, int level) {
    return std::make_unique<xz_sink>(below, level == 0 ? LZMA_PRESET_DEFAULT : level);
}
}
