module;
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
module wordmill.io;
import :byte_source;
import :decoder;
import :part_finder;
import :zstd_frame;

namespace wordmill {
namespace {
/// Frames are walked by the sizes in their block headers (RFC 8878, 3.1.1.2), without decoding.
class zstd_finder final : public part_finder {
public:
    explicit zstd_finder(std::shared_ptr<stored_file const> file) : in_(std::move(file)) {}

    void seek(std::uint64_t begin) override {
        in_.seek(begin);
        at_end_ = false;
    }

    std::optional<stretch> next() override {
        if (at_end_) return {};
        stretch found{.begin = in_.offset()};
        bool all_known = true;
        while (in_.offset() - found.begin < least_bytes) {
            pass_padding(in_);
            if (in_.peek(4).size() < 4) {
                at_end_ = found.last = true;
                break;
            }
            if (is_zstd_skippable(in_.peek(4))) {
                auto const bytes = in_.peek(8);
                if (bytes.size() < 8) return {};
                std::uint64_t size = 8;
                for (unsigned i = 0; i < 4; ++i) size += std::uint64_t{bytes[4 + i]} << 8 * i;
                in_.seek(in_.offset() + size);
                continue;
            }
            if (!is_zstd_frame(in_.peek(4))) return {};
            auto const decoded = pass_frame();
            if (!decoded) return {};
            all_known = all_known && *decoded > 0;
            found.decoded += *decoded;
        }
        if (!all_known) found.decoded = 0;
        found.stop = at_end_ ? std::numeric_limits<std::uint64_t>::max() : in_.offset();
        return found;
    }

private:
    /// Skips the frame and returns its decoded size, 0 when unknown; nothing when it is too long or damaged.
    std::optional<std::uint64_t> pass_frame() {
        auto const begin = in_.offset();
        auto const header = parse_zstd_header(in_.peek(zstd_frame_header::max_bytes));
        if (!header) return {};
        std::uint64_t at = begin + header->bytes;
        for (bool last = false; !last;) {
            in_.seek(at);
            auto const bytes = in_.peek(3);
            if (bytes.size() < 3 || at - begin > most_bytes) return {};
            auto const block = std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16;
            last = (block & 1) != 0;
            auto const kind = block >> 1 & 3;
            if (kind == 3) return {};
            at += 3 + (kind == 1 ? 1 : block >> 3); // 1: one byte, repeated
        }
        in_.seek(at + (header->checksum ? 4 : 0));
        return header->content_bytes.value_or(0);
    }

    byte_source in_;
    bool at_end_ = true;
};
}

std::unique_ptr<part_finder> make_zstd_finder(std::shared_ptr<stored_file const> file) {
    return std::make_unique<zstd_finder>(std::move(file));
}
}
