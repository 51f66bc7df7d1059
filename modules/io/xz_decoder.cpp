module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <lzma.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
module wordmill.io;
import :byte_source;
import :decoder;
import :xz_container;

namespace wordmill {
namespace {
using namespace std::literals;

/// A part is a block (xz file format 1.1.0, 3). The container around them is walked here, with liblzma for headers
/// and footers, because its own stream decoder cannot start at a block.
class xz_decoder final : public decoder {
public:
    xz_decoder(std::uint64_t restart, window_limits const& limits) : limits_(limits), resume_check_(restart % 4) {
        whole_ = restart == 0;
    }
    ~xz_decoder() override { lzma_end(&stream_); }

    bool begin_part(byte_source& in) override {
        if (members_ == 0 && !whole_ && !starts_with_a_stream(in)) {
            members_ = 1;
            in_stream_ = true;
            blocks_.reset();
            flags_.check = xz_check_kinds[resume_check_];
        }
        for (;;) {
            if (!in_stream_ && !begin_stream(in)) return false;
            auto const size_byte = in.peek(1);
            if (size_byte.empty()) throw cut_short{};
            if (size_byte[0] != 0) break;
            pass_xz_index(in, blocks_, flags_);
            in_stream_ = false;
        }
        begin_ = in.offset() * 4 + static_cast<std::uint64_t>(xz_check_code(flags_.check));
        restart_ = first_in_stream_ ? stream_start_ : begin_;
        first_in_stream_ = false;
        begin_block(in);
        return true;
    }

    bool decode(byte_source& in, room& out) override {
        while (out.left > 0) {
            auto const bytes = in.peek(1);
            stream_.next_in = bytes.data();
            stream_.avail_in = bytes.size();
            stream_.next_out = reinterpret_cast<std::uint8_t*>(out.next);
            stream_.avail_out = out.left;
            auto const status = lzma_code(&stream_, LZMA_RUN);
            bool const progress = stream_.avail_in < bytes.size() || stream_.avail_out < out.left;
            in.consume(bytes.size() - stream_.avail_in);
            out.fill(out.left - stream_.avail_out);
            if (status == LZMA_STREAM_END) {
                finish({.end = in.offset() * 4, .check = lzma_block_unpadded_size(&block_)}, block_.uncompressed_size);
                return true;
            }
            if (status == LZMA_MEM_ERROR) throw no_memory{dictionary_};
            if (status != LZMA_OK && status != LZMA_BUF_ERROR) throw damage{"xz: damaged data" + where()};
            if (bytes.empty() && !progress) throw cut_short{};
        }
        return false;
    }

    void pass(byte_source& in, part_end const& done, std::uint64_t decoded) override {
        in.seek(done.end / 4);
        finish(done, decoded);
    }

private:
    static bool starts_with_a_stream(byte_source& in) {
        auto const bytes = in.peek(xz_magic.size());
        return bytes.size() >= xz_magic.size() && std::memcmp(bytes.data(), xz_magic.data(), xz_magic.size()) == 0;
    }
    std::string where() const { return " in the block at stored byte " + std::to_string(begin_ / 4); }

    bool begin_stream(byte_source& in) {
        if (!find_member(in, xz_magic, members_ == 0, "xz")) return false;
        ++members_;
        auto const header = in.peek(LZMA_STREAM_HEADER_SIZE);
        if (header.size() < LZMA_STREAM_HEADER_SIZE) throw cut_short{};
        if (lzma_stream_header_decode(&flags_, header.data()) != LZMA_OK || xz_check_code(flags_.check) < 0)
            throw damage{"xz: damaged or unsupported header of the stream at stored byte "
                         + std::to_string(in.offset())};
        stream_start_ = in.offset() * 4;
        in.consume(LZMA_STREAM_HEADER_SIZE);
        in_stream_ = first_in_stream_ = true;
        blocks_ = xz_block_list{};
        return true;
    }

    void begin_block(byte_source& in) {
        std::array<lzma_filter, LZMA_FILTERS_MAX + 1> filters;
        filters[0].id = LZMA_VLI_UNKNOWN;
        block_ = {};
        block_.version = 1;
        block_.check = flags_.check;
        block_.filters = filters.data();
        block_.header_size = lzma_block_header_size_decode(std::uint32_t{in.peek(1)[0]});
        auto const header = in.peek(block_.header_size);
        if (header.size() < block_.header_size) throw cut_short{};
        if (lzma_block_header_decode(&block_, nullptr, header.data()) != LZMA_OK)
            throw damage{"xz: damaged or unsupported header" + where()};
        struct free_options {
            lzma_filter* f;
            ~free_options() { lzma_filters_free(f, nullptr); }
        } const owner{filters.data()};
        for (auto const* f = filters.data(); f->id != LZMA_VLI_UNKNOWN; ++f) {
            if (f->id != LZMA_FILTER_LZMA2) continue;
            dictionary_ = static_cast<lzma_options_lzma const*>(f->options)->dict_size;
            check_window("xz", dictionary_, limits_);
        }
        auto const status = lzma_block_decoder(&stream_, &block_);
        if (status == LZMA_MEM_ERROR) throw no_memory{dictionary_};
        if (status != LZMA_OK) throw damage{"xz: unsupported filters" + where()};
        block_.filters = nullptr;
        in.consume(block_.header_size);
    }

    void finish(part_end const& done, std::uint64_t decoded) {
        end_ = done;
        if (blocks_) blocks_->add(done.check, decoded);
    }

    window_limits limits_;
    std::uint64_t dictionary_ = 0; ///< of the block
    std::uint64_t resume_check_;
    std::uint64_t stream_start_ = 0;
    lzma_stream stream_ = LZMA_STREAM_INIT;
    lzma_stream_flags flags_{};
    lzma_block block_{};
    std::optional<xz_block_list> blocks_; ///< of the stream so far; unknown when begun inside it
    bool in_stream_ = false;
    bool first_in_stream_ = false;
};
}

std::unique_ptr<decoder> make_xz_decoder(std::uint64_t restart, window_limits const& limits) {
    return std::make_unique<xz_decoder>(restart, limits);
}
}
