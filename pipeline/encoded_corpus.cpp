module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
import :encoded_contents;
import :encoded_corpus;
import :encoded_format;

namespace wordmill {
namespace encoded {
contents::contents(std::string path) : file(std::move(path)) {
    edge header{};
    edge footer{};
    if (file.bytes() < header.size() + footer.size()) refuse("the file is shorter than its header and footer", 0);
    read(0, header);
    read(file.bytes() - footer.size(), footer);
    counts = read_edges(header, footer, file.bytes(), file.name());
    at = layout_of(counts);
    checksums.resize(at.footer - at.checksums);
    read(at.checksums, checksums);
    if (checksum_of({checksums.data(), checksums.size()}) != table_checksum(footer))
        refuse("the table of checksums is damaged", at.checksums);
}

void contents::refuse(std::string const& message, std::uint64_t byte) const {
    throw error(failure::bad_data, "encoded corpus: " + message, place{.file = file.name(), .byte = byte});
}

void contents::read(std::uint64_t offset, std::span<char> into) const {
    if (file.read_at(offset, into) != into.size()) refuse("the file was cut while it was read", offset);
}

void contents::read_chunk(std::uint64_t k, std::vector<char>& bytes) const {
    auto const begin = at.ids + k * chunk_bytes;
    bytes.resize(std::min<std::uint64_t>(chunk_bytes, at.checksums - begin));
    read(begin, bytes);
    if (checksum_of({bytes.data(), bytes.size()}) != load64(checksums.data() + 8 * k))
        refuse("a checksum does not match: the bytes from here are damaged", begin);
}

std::uint64_t contents::fingerprint() const noexcept {
    return random_key(checksum_of({checksums.data(), checksums.size()})).fold_in(counts.vocabulary_fingerprint).bits()
           | 1;
}

std::span<char const> section::at(std::uint64_t offset, std::uint64_t most) {
    auto const k = (offset - file_->at.ids) / chunk_bytes;
    if (k != chunk_) {
        chunk_ = std::numeric_limits<std::uint64_t>::max(); // no chunk, in case the read fails
        file_->read_chunk(k, bytes_);
        chunk_ = k;
    }
    auto const inside = (offset - file_->at.ids) % chunk_bytes;
    return std::span<char const>(bytes_).subspan(inside, std::min<std::uint64_t>(bytes_.size() - inside, most));
}

block_entry section::block(std::uint64_t k) {
    auto const offset = file_->at.blocks + entry_bytes * k;
    auto const entry = entry_of(at(offset, entry_bytes));
    auto const& all = file_->counts;
    bool const last = k + 1 == all.blocks;
    if (entry.tokens > all.tokens || entry.sentences > all.sentences || entry.documents > all.documents
        || (last
            && (entry.tokens != all.tokens || entry.sentences != all.sentences || entry.documents != all.documents)))
        file_->refuse("the blocks do not hold what the file does", offset);
    return entry;
}

void section::ids(std::uint64_t first, std::span<token_id> out) {
    auto const begin = file_->at.ids + sizeof(token_id) * first;
    for (std::size_t t = 0; t < out.size();) {
        auto const some = at(begin + sizeof(token_id) * t, sizeof(token_id) * (out.size() - t));
        std::memcpy(out.data() + t, some.data(), some.size());
        t += some.size() / sizeof(token_id);
    }
    for (auto const id : out)
        if (index(id) >= file_->counts.vocabulary_size) file_->refuse("an id is beyond the vocabulary", begin);
}
}

encoded_corpus::encoded_corpus(std::string path)
    : contents_(std::make_shared<encoded::contents const>(std::move(path))) {}
std::string const& encoded_corpus::name() const noexcept { return contents_->file.name(); }
std::uint64_t encoded_corpus::tokens() const noexcept { return contents_->counts.tokens; }
std::uint64_t encoded_corpus::sentences() const noexcept { return contents_->counts.sentences; }
std::uint64_t encoded_corpus::documents() const noexcept { return contents_->counts.documents; }
std::uint64_t encoded_corpus::vocabulary_size() const noexcept { return contents_->counts.vocabulary_size; }
std::uint64_t encoded_corpus::fingerprint() const noexcept { return contents_->fingerprint(); }
std::uint64_t encoded_corpus::vocabulary_fingerprint() const noexcept {
    return contents_->counts.vocabulary_fingerprint;
}
std::optional<token_id> encoded_corpus::sentence_mark() const noexcept {
    auto const mark = contents_->counts.sentence_mark;
    return mark == 0 ? std::nullopt : std::optional(id_at(mark - 1));
}

void encoded_corpus::require(vocabulary const& words) const {
    if (words.fingerprint() == vocabulary_fingerprint() && words.size() == vocabulary_size()) return;
    throw error(failure::bad_data,
                "encoded corpus: expected ids of vocabulary " + std::to_string(words.fingerprint()) + " of "
                    + format_count(words.size()) + " types, found ids of vocabulary "
                    + std::to_string(vocabulary_fingerprint()) + " of " + format_count(vocabulary_size()) + " types",
                place{.file = name()},
                "give the vocabulary it was encoded with, or encode the text again with this one");
}

void encoded_corpus::require_sentence_mark(vocabulary const& words, std::string_view word) const {
    auto const found = sentence_mark();
    if (word.empty() ? !found : found && words.word(*found) == word) return;
    auto const quoted = [](std::string_view w) { return w.empty() ? "no word" : "'" + std::string(w) + "'"; };
    throw error(failure::bad_data,
                "encoded corpus: expected " + quoted(word) + " at the ends of sentences, found "
                    + quoted(found ? words.word(*found) : ""),
                place{.file = name()}, "encode the text again with --sentence-end '" + std::string(word) + "'");
}

generator<token_block> encoded_corpus::blocks(encoded_read_options options) const {
    return read_encoded(std::vector{*this}, std::move(options));
}

struct encoded_ids::state {
    std::shared_ptr<encoded::contents const> file;
    encoded::section bytes;
    explicit state(std::shared_ptr<encoded::contents const> f) : file(std::move(f)), bytes(*file) {}
};

encoded_ids::encoded_ids(encoded_corpus corpus) : state_(std::make_unique<state>(std::move(corpus.contents_))) {}
encoded_ids::encoded_ids(encoded_ids const& other) : state_(std::make_unique<state>(other.state_->file)) {}
encoded_ids::encoded_ids(encoded_ids&&) noexcept = default;
encoded_ids& encoded_ids::operator=(encoded_ids&&) noexcept = default;
encoded_ids::~encoded_ids() = default;
std::uint64_t encoded_ids::size() const noexcept { return state_->file->counts.tokens; }

void encoded_ids::read(std::uint64_t first, std::span<token_id> out) {
    expect(first <= size() && out.size() <= size() - first, "encoded ids: a range inside the corpus");
    state_->bytes.ids(first, out);
}
}
