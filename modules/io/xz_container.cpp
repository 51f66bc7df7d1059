module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <lzma.h>
#include <optional>
#include <span>
module wordmill.io;
import :byte_source;
import :decoder;
import :xz_container;

namespace wordmill {
namespace {
/// Reads the fields of an index and keeps its size and CRC32.
class index_reader {
public:
    explicit index_reader(byte_source& in) : in_(in) {}

    std::uint8_t byte() {
        auto const bytes = in_.peek(1);
        if (bytes.empty()) throw cut_short{};
        auto const value = bytes[0];
        crc_ = lzma_crc32(&value, 1, crc_);
        in_.consume(1);
        ++size_;
        return value;
    }
    /// A variable-length integer of at most 63 bits (1.2 of the file format).
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 63; shift += 7) {
            auto const b = byte();
            value |= std::uint64_t{b & 0x7fu} << shift;
            if ((b & 0x80) == 0) {
                if (b == 0 && shift > 0) break;
                return value;
            }
        }
        throw damage{"xz: damaged number in the index"};
    }
    [[nodiscard]] std::uint32_t crc() const { return crc_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }

private:
    byte_source& in_;
    std::uint32_t crc_ = 0;
    std::uint64_t size_ = 0;
};
}

void pass_xz_index(byte_source& in, std::optional<xz_block_list> const& blocks, lzma_stream_flags const& header) {
    index_reader index(in);
    static_cast<void>(index.byte()); // the indicator, 0
    xz_block_list listed;
    for (auto left = index.number(); left > 0; --left) {
        auto const unpadded = index.number();
        listed.add(unpadded, index.number());
    }
    while (index.size() % 4 != 0)
        if (index.byte() != 0) throw damage{"xz: damaged padding of the index"};
    auto const crc = index.crc();
    for (unsigned shift = 0; shift < 32; shift += 8)
        if (index.byte() != (crc >> shift & 255)) throw damage{"xz: the checksum of the index is wrong"};
    if (blocks && *blocks != listed) throw damage{"xz: the index does not fit the blocks"};

    auto const bytes = in.peek(LZMA_STREAM_HEADER_SIZE);
    if (bytes.size() < LZMA_STREAM_HEADER_SIZE) throw cut_short{};
    lzma_stream_flags footer{};
    if (lzma_stream_footer_decode(&footer, bytes.data()) != LZMA_OK) throw damage{"xz: damaged footer"};
    if (footer.backward_size != index.size() || footer.check != header.check)
        throw damage{"xz: the footer does not fit the stream"};
    in.consume(LZMA_STREAM_HEADER_SIZE);
}
}
