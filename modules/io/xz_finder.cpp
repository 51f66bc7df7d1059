module;
#include <cstddef>
#include <cstdint>
#include <limits>
#include <lzma.h>
#include <memory>
#include <optional>
#include <span>
#include <utility>
module wordmill.io;
import :byte_source;
import :part_finder;
import :xz_container;

namespace wordmill {
namespace {
constexpr std::uint64_t most_index_memory = std::uint64_t{32} << 20;

struct free_index {
    void operator()(lzma_index* i) const noexcept { lzma_index_end(i, nullptr); }
};

/// The indexes of all streams of the file, from its end forward; nothing when they are damaged or too large.
std::unique_ptr<lzma_index, free_index> read_index(byte_source& in) {
    struct owned_stream { // reading may throw
        lzma_stream stream = LZMA_STREAM_INIT;
        ~owned_stream() { lzma_end(&stream); }
    } owner;
    auto& stream = owner.stream;
    lzma_index* index = nullptr;
    lzma_ret status = lzma_file_info_decoder(&stream, &index, most_index_memory, in.file().size());
    while (status == LZMA_OK || status == LZMA_SEEK_NEEDED) {
        if (status == LZMA_SEEK_NEEDED) in.seek(stream.seek_pos);
        auto const bytes = in.peek(1);
        stream.next_in = bytes.data();
        stream.avail_in = bytes.size();
        status = lzma_code(&stream, bytes.empty() ? LZMA_FINISH : LZMA_RUN);
        if (status != LZMA_SEEK_NEEDED) in.consume(bytes.size() - stream.avail_in);
    }
    return std::unique_ptr<lzma_index, free_index>(status == LZMA_STREAM_END ? index : nullptr);
}

/// The index tells where blocks are and what they decode to.
class xz_finder final : public part_finder {
public:
    explicit xz_finder(std::shared_ptr<stored_file const> file) : in_(std::move(file)), index_(read_index(in_)) {
        if (index_) lzma_index_iter_init(&at_, index_.get());
        more_ = index_ && !lzma_index_iter_next(&at_, LZMA_INDEX_ITER_BLOCK);
    }

    void seek(std::uint64_t begin) override {
        if (!index_) return;
        if (!more_ || key() > begin) {
            lzma_index_iter_rewind(&at_);
            more_ = !lzma_index_iter_next(&at_, LZMA_INDEX_ITER_BLOCK);
        }
        while (more_ && key() < begin) more_ = !lzma_index_iter_next(&at_, LZMA_INDEX_ITER_BLOCK);
    }

    std::optional<stretch> next() override {
        if (!more_) return {};
        stretch found{.begin = key()};
        std::uint64_t stored = 0;
        while (more_ && stored < least_bytes) {
            stored += at_.block.total_size;
            found.decoded += at_.block.uncompressed_size;
            more_ = !lzma_index_iter_next(&at_, LZMA_INDEX_ITER_BLOCK);
        }
        found.last = !more_;
        found.stop = more_ ? key() : std::numeric_limits<std::uint64_t>::max();
        return found;
    }

private:
    std::uint64_t key() const {
        auto const code = at_.stream.flags != nullptr ? xz_check_code(at_.stream.flags->check) : 0;
        return at_.block.compressed_file_offset * 4 + static_cast<std::uint64_t>(code < 0 ? 0 : code);
    }

    byte_source in_;
    std::unique_ptr<lzma_index, free_index> index_;
    lzma_index_iter at_{};
    bool more_ = false;
};
}

std::unique_ptr<part_finder> make_xz_finder(std::shared_ptr<stored_file const> file) {
    return std::make_unique<xz_finder>(std::move(file));
}
}
