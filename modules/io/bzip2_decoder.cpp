module;
#include <algorithm>
#include <bit>
#include <bzlib.h>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
module wordmill.io;
import :byte_source;
import :bzip2_bits;
import :decoder;

namespace wordmill {
namespace {
constexpr std::uint64_t bzip2_bytes = 3'700'000; // bzip2(1): 100 k + 4 blocks of 900 k

/// libbz2 for one stream held in memory.
class bzip2_stream {
public:
    explicit bzip2_stream(std::string const& stored) {
        if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw no_memory{bzip2_bytes};
        stream_.next_in = const_cast<char*>(stored.data());
        stream_.avail_in = static_cast<unsigned>(stored.size());
    }
    bzip2_stream(bzip2_stream const&) = delete;
    bzip2_stream& operator=(bzip2_stream const&) = delete;
    ~bzip2_stream() { BZ2_bzDecompressEnd(&stream_); }

    int decode(room& out) {
        auto const space = static_cast<unsigned>(std::min<std::size_t>(out.left, UINT_MAX));
        stream_.next_out = out.next;
        stream_.avail_out = space;
        auto const status = BZ2_bzDecompress(&stream_);
        out.fill(space - stream_.avail_out);
        started_ = started_ || stream_.avail_out < space;
        stuck_ = stream_.avail_out == space && stream_.avail_in == 0;
        if (status == BZ_MEM_ERROR) throw no_memory{bzip2_bytes};
        return status;
    }
    [[nodiscard]] bool started() const { return started_; } ///< some output has been made
    [[nodiscard]] bool stuck() const { return stuck_; }     ///< wants more input than there is

private:
    bz_stream stream_{};
    bool started_ = false;
    bool stuck_ = false;
};

/// A part is a block. libbz2 knows only streams, so the bits of a block, up to the next magic, are made a stream of
/// their own. So all blocks are alike, whether decoded in turn, by other threads, or first after a resume.
class bzip2_decoder final : public decoder {
public:
    explicit bzip2_decoder(std::uint64_t restart) : bit_(restart) { whole_ = restart == 0; }

    bool begin_part(byte_source& in) override {
        if (members_ == 0 && bit_ != 0 && starts_inside_a_stream(in)) {
            members_ = 1;
            in_stream_ = true;
            level_ = '9'; // as good as any: it only sets an upper bound
            checksum_.reset();
        }
        for (;;) {
            if (!in_stream_ && !begin_stream(in)) return false;
            in.seek(bit_ / 8);
            auto const bytes = in.peek(12);
            auto const magic = bits_at(bytes, bit_ % 8, 48);
            if (!magic) throw cut_short{};
            if (*magic == bzip2_block_magic) break;
            if (*magic != bzip2_end_magic)
                throw damage{"bzip2: expected a block or the end of the stream at stored bit " + std::to_string(bit_)};
            auto const expected = bits_at(bytes, bit_ % 8 + 48, 32);
            if (!expected) throw cut_short{};
            if (checksum_ && *checksum_ != *expected) throw damage{"bzip2: the checksum of the stream is wrong"};
            bit_ = (bit_ + 80 + 7) / 8 * 8;
            in.seek(bit_ / 8);
            in_stream_ = false;
        }
        begin_ = bit_;
        restart_ = first_in_stream_ ? stream_start_ : bit_;
        first_in_stream_ = false;
        stream_.reset();
        return true;
    }

    bool decode(byte_source& in, room& out) override {
        if (!stream_) prepare(in, 48 + 32);
        while (out.left > 0) {
            auto const status = stream_->decode(out);
            if (status == BZ_STREAM_END) {
                finish(in, {.end = begin_ + block_bits_, .check = block_crc_});
                return true;
            }
            if (cut_ && (status != BZ_OK || stream_->stuck())) throw cut_short{};
            if (status == BZ_OK && !stream_->stuck()) continue;
            // What looked like the end may be bits of the block itself, once in 2^48 bits.
            if (stream_->started() || ++attempts_ > 3)
                throw damage{"bzip2: damaged data in the block at stored bit " + std::to_string(begin_)};
            prepare(in, block_bits_ + 1);
            if (cut_) throw damage{"bzip2: damaged data in the block at stored bit " + std::to_string(begin_)};
        }
        return false;
    }

    void pass(byte_source& in, part_end const& done, std::uint64_t) override { finish(in, done); }

private:
    static constexpr std::size_t max_block_bytes = std::size_t{4} << 20; // 900 000 codes of 20 bits take 2.25 MB

    bool starts_inside_a_stream(byte_source& in) const {
        return bits_at(in.peek(7), bit_ % 8, 48) == bzip2_block_magic;
    }

    bool begin_stream(byte_source& in) {
        if (!find_member(in, "BZh", members_ == 0, "bzip2")) return false;
        auto const header = in.peek(4);
        if (header.size() < 4) throw cut_short{};
        level_ = static_cast<char>(header[3]);
        if (level_ < '1' || level_ > '9') {
            if (members_ > 0) throw garbage{in.offset(), hex(in, 4)};
            throw damage{"bzip2: expected a block size of 1 to 9, found " + hex(in, 4)};
        }
        ++members_;
        stream_start_ = in.offset() * 8;
        bit_ = stream_start_ + 32;
        checksum_ = 0;
        in_stream_ = first_in_stream_ = true;
        return true;
    }

    /// Finds the end of the block, at least `least_bits` after its begin, and makes a stream of it.
    void prepare(byte_source& in, std::size_t least_bits) {
        static bzip2_scanner const scanner;
        auto const first = static_cast<std::size_t>(begin_ % 8);
        std::optional<std::size_t> end;
        std::size_t from = first + least_bits;
        for (std::size_t size = 1;;) {
            auto const bytes = in.peek(size);
            end = scanner.find(bytes, from);
            if (end || bytes.size() < size) break;
            if (bytes.size() >= max_block_bytes)
                throw damage{"bzip2: no end of the block at stored bit " + std::to_string(begin_) + " within 4 MiB"};
            from = std::max(from, bytes.size() * 8 - std::min<std::size_t>(bytes.size() * 8, 47));
            size = bytes.size() + 1; // what is there first: reading on may fail
        }
        auto const bytes = in.peek(1);
        cut_ = !end;
        block_bits_ = end.value_or(bytes.size() * 8) - first;
        block_crc_ = bits_at(bytes, first + 48, 32).value_or(0);
        stored_.assign({'B', 'Z', 'h', level_});
        append_bits(stored_, bytes, first, block_bits_);
        if (!cut_) {
            auto const used = append_value(stored_, block_bits_ % 8, bzip2_end_magic, 48);
            append_value(stored_, used, block_crc_, 32);
        }
        stream_.emplace(stored_);
    }

    void finish(byte_source& in, part_end const& done) {
        stream_.reset();
        end_ = done;
        bit_ = done.end;
        attempts_ = 0;
        if (checksum_) checksum_ = std::rotl(*checksum_, 1) ^ static_cast<std::uint32_t>(done.check);
        in.seek(bit_ / 8);
    }

    std::uint64_t bit_;
    std::uint64_t stream_start_ = 0;
    std::uint64_t block_crc_ = 0;
    std::size_t block_bits_ = 0;
    std::optional<std::uint32_t> checksum_; ///< of the stream so far; unknown when begun inside it
    std::string stored_;                    ///< the block as a stream; the capacity is kept
    std::optional<bzip2_stream> stream_;
    int attempts_ = 0;
    char level_ = '9';
    bool in_stream_ = false;
    bool first_in_stream_ = false;
    bool cut_ = false;
};
}

std::unique_ptr<decoder> make_bzip2_decoder(std::uint64_t restart) { return std::make_unique<bzip2_decoder>(restart); }
}
