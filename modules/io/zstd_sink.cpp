module;
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <zstd.h>
module wordmill.io;
import :sink;
import wordmill.core;

namespace wordmill::detail {
namespace {
/// Frames of 4 MiB of input, each with its content size in front and a checksum after it.
class zstd_sink final : public member_sink {
public:
    zstd_sink(byte_sink& below, int level) : member_sink(frame_bytes), below_(below), context_(ZSTD_createCCtx()) {
        if (!context_) throw std::bad_alloc();
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level == 0 ? ZSTD_CLEVEL_DEFAULT : level);
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
        frame_.reserve(frame_bytes);
        out_.resize(ZSTD_compressBound(frame_bytes));
    }

private:
    static constexpr std::size_t frame_bytes = std::size_t{4} << 20;

    void compress(std::string_view bytes) override { frame_ += bytes; }
    void end_member() override {
        auto const n = ZSTD_compress2(context_.get(), out_.data(), out_.size(), frame_.data(), frame_.size());
        if (ZSTD_isError(n)) throw error(failure::resource, std::string("zstd: ") + ZSTD_getErrorName(n));
        frame_.clear();
        below_.write({out_.data(), n});
    }

    byte_sink& below_;
    std::unique_ptr<ZSTD_CCtx, decltype([](ZSTD_CCtx* c) { ZSTD_freeCCtx(c); })> context_;
    std::string frame_{};
    std::string out_{};
};
}

std::unique_ptr<byte_sink> make_zstd_sink(byte_sink& below, int level) {
    return std::make_unique<zstd_sink>(below, level);
}
}
