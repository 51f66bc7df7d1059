module wordmill.pipeline:encoded_format;
import wordmill.standard;

namespace wordmill::encoded {
inline constexpr std::string_view foot_magic{"\x1aWMIDEND", 8};
inline constexpr std::uint32_t version = 2;
inline constexpr std::size_t section_alignment = 64; ///< sections begin at multiples; header and footer are this long
inline constexpr std::size_t chunk_bytes = std::size_t{256} << 10; ///< bytes of the sections that share a checksum

/// The contents of header and footer; see `encoded_corpus` for the format.
struct description {
    std::uint64_t vocabulary_fingerprint = 0;
    std::uint64_t vocabulary_size = 0;
    std::uint64_t sentence_mark = 0; ///< 1 + the id at the end of every sentence; 0 = none
    std::uint64_t tokens = 0;
    std::uint64_t sentences = 0;
    std::uint64_t documents = 0;
    std::uint64_t blocks = 0;
};

/// Offsets that follow from the counts.
struct layout {
    std::uint64_t ids = 0;
    std::uint64_t sentence_ends = 0;
    std::uint64_t document_ends = 0;
    std::uint64_t blocks = 0;
    std::uint64_t checksums = 0;
    std::uint64_t chunks = 0;
    std::uint64_t footer = 0;
    std::uint64_t file_bytes = 0;
};

/// A block: how much lies before its end, and its header.
struct block_entry {
    std::uint64_t tokens = 0;
    std::uint64_t sentences = 0;
    std::uint64_t documents = 0;
    std::uint64_t index = 0; ///< `block_header::index`, below 2^63
    bool continued = false;
};
inline constexpr std::size_t entry_bytes = 32;
[[nodiscard]] std::array<char, entry_bytes> to_bytes(block_entry const& entry) noexcept;
[[nodiscard]] block_entry entry_of(std::span<char const> bytes) noexcept;

[[nodiscard]] constexpr std::uint64_t aligned(std::uint64_t bytes) noexcept {
    return (bytes + section_alignment - 1) / section_alignment * section_alignment;
}
/// Computes the layout. Counts that describe more than 2^60 bytes are a `failure::bad_data`.
[[nodiscard]] layout layout_of(description const& d);

[[nodiscard]] std::uint64_t load64(char const* at) noexcept;
void store32(char* at, std::uint32_t value) noexcept;
void store64(char* at, std::uint64_t value) noexcept;

using edge = std::array<char, section_alignment>; ///< header or footer
[[nodiscard]] edge make_header(description const& d) noexcept;
[[nodiscard]] edge make_footer(description const& d, edge const& header, std::uint64_t table_checksum) noexcept;

/// Reads header and footer of a file of `file_bytes` bytes and checks them against each other. A mismatch is a
/// `failure::bad_data` that names `file`.
[[nodiscard]] description read_edges(edge const& header, edge const& footer, std::uint64_t file_bytes,
                                     std::string const& file);
/// The checksum of the chunk table that the footer states.
[[nodiscard]] std::uint64_t table_checksum(edge const& footer) noexcept;
}
