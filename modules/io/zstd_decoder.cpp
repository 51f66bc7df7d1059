module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <zstd.h>
#include <zstd_errors.h>
module wordmill.io;
import :byte_source;
import :decoder;
import :zstd_frame;

namespace wordmill {
namespace {
/// A part is a zstd frame (RFC 8878); skippable frames between them are passed over.
class zstd_decoder final : public decoder {
public:
    zstd_decoder(bool whole, window_limits const& limits) : limits_(limits), context_(ZSTD_createDCtx()) {
        if (!context_) throw no_memory{std::uint64_t{128} << 10};
        whole_ = whole;
        // Ours is checked first; the library's default of 128 MiB must not get in the way of a higher one.
        auto const bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, bounds.upperBound);
    }

    bool begin_part(byte_source& in) override {
        bool first = members_ == 0;
        for (;; first = false) {
            if (!first) pass_padding(in);
            if (!is_zstd_skippable(in.peek(4))) break;
            pass_skippable(in);
        }
        if (!find_member(in, "\x28\xb5\x2f\xfd", first, "zstd")) return false;
        ++members_;
        restart_ = begin_ = in.offset();
        auto const header = parse_zstd_header(in.peek(zstd_frame_header::max_bytes));
        if (!header) throw cut_short{};
        window_ = header->window_bytes;
        check_window("zstd", window_, limits_);
        wished_ = header->bytes;
        flush_first_ = false;
        ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
        return true;
    }

    /// The output of a failing call is lost. So each call gets only the input that the call before asked for: the
    /// header, one block, or nothing while output is left. The bytes delivered before damage are then always the same.
    bool decode(byte_source& in, room& out) override {
        while (out.left > 0) {
            auto bytes = in.peek(wished_);
            bytes = bytes.first(flush_first_ ? 0 : std::min(wished_, bytes.size()));
            ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
            ZSTD_outBuffer output{out.next, out.left, 0};
            auto const wish = ZSTD_decompressStream(context_.get(), &output, &input);
            in.consume(input.pos);
            out.fill(output.pos);
            if (ZSTD_getErrorCode(wish) == ZSTD_error_memory_allocation) throw no_memory{window_};
            if (ZSTD_isError(wish))
                throw damage{std::string("zstd: ") + ZSTD_getErrorName(wish) + " in the frame at stored byte "
                             + std::to_string(begin_)};
            if (wish == 0) {
                end_ = {.end = in.offset()};
                return true;
            }
            if (bytes.empty() && output.pos == 0 && !flush_first_) throw cut_short{};
            flush_first_ = out.left == 0;
            wished_ = wish;
        }
        return false;
    }

    void pass(byte_source& in, part_end const& done, std::uint64_t) override { in.seek(done.end); }

private:
    static void pass_skippable(byte_source& in) {
        auto const bytes = in.peek(8);
        if (bytes.size() < 8) throw cut_short{};
        std::uint64_t size = 8;
        for (int i = 0; i < 4; ++i) size += std::uint64_t{bytes[4 + static_cast<std::size_t>(i)]} << 8 * i;
        while (size > 0) {
            auto const part = std::min<std::uint64_t>(size, in.peek(1).size());
            if (part == 0) throw cut_short{};
            in.consume(static_cast<std::size_t>(part));
            size -= part;
        }
    }

    struct free_context {
        void operator()(ZSTD_DCtx* c) const noexcept { ZSTD_freeDCtx(c); }
    };
    window_limits limits_;
    std::uint64_t window_ = 0; ///< of the frame
    std::unique_ptr<ZSTD_DCtx, free_context> context_;
    std::size_t wished_ = 0;
    bool flush_first_ = false; ///< the last call filled its room
};
}

std::unique_ptr<decoder> make_zstd_decoder(bool whole, window_limits const& limits) {
    return std::make_unique<zstd_decoder>(whole, limits);
}
}
