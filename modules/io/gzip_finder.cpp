module;
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
module wordmill.io;
import :byte_source;
import :part_finder;

namespace wordmill {
namespace {
constexpr std::size_t header_bytes = 10;

/// A header as encoders write it (RFC 1952, 2.3): no reserved flags, known values for level and system.
bool looks_like_a_member(unsigned char const* b) {
    return b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 && (b[3] & 0xe0) == 0 && (b[8] == 0 || b[8] == 2 || b[8] == 4)
           && (b[9] <= 13 || b[9] == 255);
}

/// gzip members do not tell their length: the next begins where something looks like a header, or not.
class gzip_finder final : public part_finder {
public:
    explicit gzip_finder(std::shared_ptr<stored_file const> file) : in_(std::move(file)) {}

    void seek(std::uint64_t begin) override { at_ = begin; }

    std::optional<stretch> next() override {
        if (at_ == at_end) return {};
        auto const begin = at_;
        in_.seek(begin + least_bytes);
        while (in_.offset() < begin + most_bytes) {
            auto const bytes = in_.peek(header_bytes);
            if (bytes.size() < header_bytes) {
                at_ = at_end;
                return stretch{.begin = begin, .stop = at_end, .last = true};
            }
            if (auto const found = find(bytes)) {
                at_ = in_.offset() + *found;
                return stretch{.begin = begin, .stop = at_};
            }
            in_.consume(bytes.size() - header_bytes + 1);
        }
        return {};
    }

private:
    static constexpr auto at_end = std::numeric_limits<std::uint64_t>::max();

    static std::optional<std::size_t> find(std::span<unsigned char const> bytes) {
        auto const* const begin = bytes.data();
        auto const* const end = begin + bytes.size() - header_bytes + 1;
        for (auto const* p = begin; p < end; ++p) {
            p = static_cast<unsigned char const*>(std::memchr(p, 0x1f, static_cast<std::size_t>(end - p)));
            if (p == nullptr) return {};
            if (looks_like_a_member(p)) return static_cast<std::size_t>(p - begin);
        }
        return {};
    }

    byte_source in_;
    std::uint64_t at_ = at_end;
};
}

std::unique_ptr<part_finder> make_gzip_finder(std::shared_ptr<stored_file const> file) {
    return std::make_unique<gzip_finder>(std::move(file));
}
}
