module;
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
module wordmill.pipeline;
import wordmill.core;
import wordmill.io;
import :encoded_format;

namespace wordmill::encoded {
static_assert(std::endian::native == std::endian::little,
              "encoded corpora are read and written on little-endian machines");

namespace {
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 60;

[[noreturn]] void refuse(std::string const& message, std::string const& file) {
    throw error(failure::bad_data, "encoded corpus: " + message, place{.file = file});
}
std::string_view bytes_of(edge const& e, std::size_t from, std::size_t size) noexcept {
    return {e.data() + from, size};
}
}

std::uint64_t load64(char const* at) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}
void store32(char* at, std::uint32_t value) noexcept { std::memcpy(at, &value, sizeof value); }
void store64(char* at, std::uint64_t value) noexcept { std::memcpy(at, &value, sizeof value); }

layout layout_of(description const& d) {
    if (d.tokens > most_bytes / 16 || d.sentences > most_bytes / 16 || d.documents > most_bytes / 16)
        throw error(failure::bad_data, "encoded corpus: the counts describe more than 2^60 bytes");
    layout at;
    at.ids = section_alignment;
    at.sentence_ends = aligned(at.ids + 4 * d.tokens);
    at.document_ends = aligned(at.sentence_ends + 8 * d.sentences);
    at.checksums = aligned(at.document_ends + 8 * d.documents);
    at.chunks = (at.checksums - at.ids + chunk_bytes - 1) / chunk_bytes;
    at.footer = aligned(at.checksums + 8 * at.chunks);
    at.file_bytes = at.footer + section_alignment;
    return at;
}

edge make_header(description const& d) noexcept {
    edge e{};
    std::memcpy(e.data(), head_magic.data(), head_magic.size());
    store32(e.data() + 8, version);
    store32(e.data() + 12, section_alignment);
    store64(e.data() + 16, d.vocabulary_fingerprint);
    store64(e.data() + 24, d.vocabulary_size);
    store64(e.data() + 56, checksum_of(bytes_of(e, 0, 56)));
    return e;
}

edge make_footer(description const& d, edge const& header, std::uint64_t table) {
    edge e{};
    store64(e.data(), d.tokens);
    store64(e.data() + 8, d.sentences);
    store64(e.data() + 16, d.documents);
    store64(e.data() + 24, table);
    store64(e.data() + 32, load64(header.data() + 56));
    store64(e.data() + 40, layout_of(d).file_bytes);
    store64(e.data() + 48, checksum_of(bytes_of(e, 0, 48)));
    std::memcpy(e.data() + 56, foot_magic.data(), foot_magic.size());
    return e;
}

std::uint64_t table_checksum(edge const& footer) noexcept { return load64(footer.data() + 24); }

description read_edges(edge const& header, edge const& footer, std::uint64_t file_bytes, std::string const& file) {
    if (bytes_of(header, 0, 8) != head_magic) refuse("the file does not begin like one", file);
    if (load64(header.data() + 56) != checksum_of(bytes_of(header, 0, 56))) refuse("the header is damaged", file);
    std::uint32_t found = 0;
    std::memcpy(&found, header.data() + 8, sizeof found);
    if (found != version)
        refuse("expected version " + std::to_string(version) + ", found " + std::to_string(found), file);
    if (bytes_of(footer, 56, 8) != foot_magic) refuse("the file does not end like one: it was cut short", file);
    if (load64(footer.data() + 48) != checksum_of(bytes_of(footer, 0, 48))) refuse("the footer is damaged", file);
    if (load64(footer.data() + 32) != load64(header.data() + 56)) refuse("header and footer are of two files", file);
    description d;
    d.vocabulary_fingerprint = load64(header.data() + 16);
    d.vocabulary_size = load64(header.data() + 24);
    d.tokens = load64(footer.data());
    d.sentences = load64(footer.data() + 8);
    d.documents = load64(footer.data() + 16);
    auto const expected = layout_of(d).file_bytes;
    if (expected != file_bytes || load64(footer.data() + 40) != expected)
        refuse("the counts need " + std::to_string(expected) + " bytes, the file has " + std::to_string(file_bytes),
               file);
    return d;
}
}
