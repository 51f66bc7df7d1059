module wordmill.io:zstd_frame;
import wordmill.standard;

namespace wordmill {
/// The header of a zstd frame (RFC 8878, 3.1.1.1).
struct zstd_frame_header {
    static constexpr std::size_t max_bytes = 18;
    std::size_t bytes = 0;                        ///< of the header itself, magic included
    std::uint64_t window_bytes = 0;               ///< what a decoder must keep
    std::optional<std::uint64_t> content_bytes{}; ///< decoded size, where the frame states it
    bool checksum = false;
};

/// Nothing when `bytes` end inside the header. `bytes` begin with the magic.
[[nodiscard]] inline std::optional<zstd_frame_header> parse_zstd_header(std::span<unsigned char const> bytes) {
    if (bytes.size() < 5) return {};
    static constexpr std::size_t dictionary_sizes[] = {0, 1, 2, 4};
    static constexpr std::size_t content_sizes[] = {0, 2, 4, 8};
    auto const descriptor = bytes[4];
    bool const single_segment = (descriptor & 0x20) != 0;
    auto const window_at = std::size_t{5};
    auto const content_at = window_at + (single_segment ? 0 : 1) + dictionary_sizes[descriptor & 3];
    auto content_size = content_sizes[descriptor >> 6];
    if (content_size == 0 && single_segment) content_size = 1;
    zstd_frame_header header{.bytes = content_at + content_size, .checksum = (descriptor & 4) != 0};
    if (bytes.size() < header.bytes) return {};
    if (content_size > 0) {
        std::uint64_t size = 0;
        for (std::size_t i = content_size; i-- > 0;) size = size << 8 | bytes[content_at + i];
        header.content_bytes = size + (content_size == 2 ? 256 : 0);
    }
    if (single_segment) {
        header.window_bytes = *header.content_bytes;
    } else {
        auto const base = std::uint64_t{1} << (10 + (bytes[window_at] >> 3));
        header.window_bytes = base + base / 8 * (bytes[window_at] & 7);
    }
    return header;
}

[[nodiscard]] inline bool is_zstd_skippable(std::span<unsigned char const> bytes) {
    return bytes.size() >= 4 && (bytes[0] & 0xf0) == 0x50 && bytes[1] == 0x2a && bytes[2] == 0x4d && bytes[3] == 0x18;
}
[[nodiscard]] inline bool is_zstd_frame(std::span<unsigned char const> bytes) {
    return bytes.size() >= 4 && bytes[0] == 0x28 && bytes[1] == 0xb5 && bytes[2] == 0x2f && bytes[3] == 0xfd;
}
}
