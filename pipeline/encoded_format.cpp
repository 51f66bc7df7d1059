module;
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
module wordmill.pipeline;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import :encoded_format;

namespace wordmill::encoded {
static_assert(std::endian::native == std::endian::little,
              "encoded corpora are read and written on little-endian machines");

namespace {
constexpr char const* encode_again = "encode the text again: wordmill encode";
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 60;

[[noreturn]] void refuse(std::string const& message, std::string const& file, std::string const& hint = {}) {
    throw error(failure::bad_data, "encoded corpus: " + message, place{.file = file}, hint);
}
std::uint32_t load32(char const* at) noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
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

std::array<char, entry_bytes> to_bytes(block_entry const& entry) noexcept {
    std::array<char, entry_bytes> bytes{};
    store64(bytes.data(), entry.tokens);
    store64(bytes.data() + 8, entry.sentences);
    store64(bytes.data() + 16, entry.documents);
    store64(bytes.data() + 24, entry.index << 1 | (entry.continued ? 1 : 0));
    return bytes;
}

block_entry entry_of(std::span<char const> bytes) noexcept {
    auto const last = load64(bytes.data() + 24);
    return {.tokens = load64(bytes.data()),
            .sentences = load64(bytes.data() + 8),
            .documents = load64(bytes.data() + 16),
            .index = last >> 1,
            .continued = last % 2 == 1};
}

layout layout_of(description const& d) {
    constexpr auto most = most_bytes / 128;
    if (d.tokens > most || d.sentences > most || d.documents > most || d.blocks > most)
        throw error(failure::bad_data, "encoded corpus: the counts describe more than 2^60 bytes");
    layout at;
    at.ids = section_alignment;
    at.sentence_ends = aligned(at.ids + 4 * d.tokens);
    at.document_ends = aligned(at.sentence_ends + 8 * d.sentences);
    at.blocks = aligned(at.document_ends + 8 * d.documents);
    at.checksums = aligned(at.blocks + entry_bytes * d.blocks);
    at.chunks = (at.checksums - at.ids + chunk_bytes - 1) / chunk_bytes;
    at.footer = aligned(at.checksums + 8 * at.chunks);
    at.file_bytes = at.footer + section_alignment;
    return at;
}

edge make_header(description const& d) noexcept {
    edge e{};
    std::memcpy(e.data(), encoded_corpus_magic.data(), encoded_corpus_magic.size());
    store32(e.data() + 8, version);
    store32(e.data() + 12, section_alignment);
    store64(e.data() + 16, d.vocabulary_fingerprint);
    store64(e.data() + 24, d.vocabulary_size);
    store64(e.data() + 32, d.sentence_mark);
    store64(e.data() + 56, checksum_of(bytes_of(e, 0, 56)));
    return e;
}

edge make_footer(description const& d, edge const& header, std::uint64_t table) noexcept {
    edge e{};
    store64(e.data(), d.tokens);
    store64(e.data() + 8, d.sentences);
    store64(e.data() + 16, d.documents);
    store64(e.data() + 24, table);
    store64(e.data() + 32, load64(header.data() + 56));
    store64(e.data() + 40, d.blocks);
    store64(e.data() + 48, checksum_of(bytes_of(e, 0, 48)));
    std::memcpy(e.data() + 56, foot_magic.data(), foot_magic.size());
    return e;
}

std::uint64_t table_checksum(edge const& footer) noexcept { return load64(footer.data() + 24); }

description read_edges(edge const& header, edge const& footer, std::uint64_t file_bytes, std::string const& file) {
    if (bytes_of(header, 0, 8) != encoded_corpus_magic) refuse("the file does not begin like one", file);
    if (load32(header.data() + 12) == std::uint32_t{section_alignment} << 24)
        refuse("expected little-endian numbers, found a file of a big-endian machine", file, encode_again);
    if (load64(header.data() + 56) != checksum_of(bytes_of(header, 0, 56))) refuse("the header is damaged", file);
    if (auto const found = load32(header.data() + 8); found != version)
        refuse("expected version " + std::to_string(version) + ", found version " + std::to_string(found), file,
               found < version ? encode_again : "read it with a newer wordmill");
    if (bytes_of(footer, 56, 8) != foot_magic) refuse("the file does not end like one: it was cut short", file);
    if (load64(footer.data() + 48) != checksum_of(bytes_of(footer, 0, 48))) refuse("the footer is damaged", file);
    if (load64(footer.data() + 32) != load64(header.data() + 56)) refuse("header and footer are of two files", file);
    description d;
    d.vocabulary_fingerprint = load64(header.data() + 16);
    d.vocabulary_size = load64(header.data() + 24);
    d.sentence_mark = load64(header.data() + 32);
    d.tokens = load64(footer.data());
    d.sentences = load64(footer.data() + 8);
    d.documents = load64(footer.data() + 16);
    d.blocks = load64(footer.data() + 40);
    if (d.sentence_mark > d.vocabulary_size) refuse("the mark of sentence ends is beyond the vocabulary", file);
    if (auto const expected = layout_of(d).file_bytes; expected != file_bytes)
        refuse("the counts need " + std::to_string(expected) + " bytes, the file has " + std::to_string(file_bytes),
               file);
    return d;
}
}
