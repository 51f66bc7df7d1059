module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
module wordmill.io;
import :byte_source;
import :bzip2_bits;
import :part_finder;

namespace wordmill {
namespace {
/// Each block is a stretch: it begins with 48 known bits, anywhere in a byte.
class bzip2_finder final : public part_finder {
public:
    explicit bzip2_finder(std::shared_ptr<stored_file const> file) : in_(std::move(file)) {}

    void seek(std::uint64_t begin) override { at_ = begin; }

    std::optional<stretch> next() override {
        if (at_ == at_end) return {};
        static constexpr std::size_t overlap = 6;
        auto const begin = at_;
        in_.seek(begin / 8);
        for (auto from = static_cast<std::size_t>(begin % 8) + 1; in_.offset() * 8 < begin + 8 * most_bytes; from = 0) {
            auto const bytes = in_.peek(overlap + 1);
            if (auto const found = scanner_.find(bytes, from)) {
                at_ = in_.offset() * 8 + *found;
                return stretch{.begin = begin, .stop = at_};
            }
            if (bytes.size() <= overlap) {
                at_ = at_end;
                return stretch{.begin = begin, .stop = at_end, .last = true};
            }
            in_.consume(bytes.size() - overlap);
        }
        return {};
    }

private:
    static constexpr auto at_end = std::numeric_limits<std::uint64_t>::max();

    byte_source in_;
    bzip2_scanner scanner_{false};
    std::uint64_t at_ = at_end;
};
}

std::unique_ptr<part_finder> make_bzip2_finder(std::shared_ptr<stored_file const> file) {
    return std::make_unique<bzip2_finder>(std::move(file));
}
}
