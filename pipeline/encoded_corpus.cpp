module;
#include <algorithm>
#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
import :encoded_corpus;
import :encoded_format;

namespace wordmill {
struct encoded_corpus::contents {
    seekable_file file;
    encoded::description counts{};
    encoded::layout at{};
    std::vector<char> checksums{};

    explicit contents(std::string path) : file(std::move(path)) {
        encoded::edge header{};
        encoded::edge footer{};
        if (file.bytes() < header.size() + footer.size()) refuse("the file is shorter than its header and footer", 0);
        read(0, header);
        read(file.bytes() - footer.size(), footer);
        counts = encoded::read_edges(header, footer, file.bytes(), file.name());
        at = encoded::layout_of(counts);
        checksums.resize(at.footer - at.checksums);
        read(at.checksums, checksums);
        if (checksum_of({checksums.data(), checksums.size()}) != encoded::table_checksum(footer))
            refuse("the table of checksums is damaged", at.checksums);
    }
    [[noreturn]] void refuse(std::string const& message, std::uint64_t byte) const {
        throw error(failure::bad_data, "encoded corpus: " + message, place{.file = file.name(), .byte = byte});
    }
    void read(std::uint64_t offset, std::span<char> into) const {
        if (file.read_at(offset, into) != into.size()) refuse("the file was cut while it was read", offset);
    }
    /// Reads and checks chunk `k` into `bytes`.
    void read_chunk(std::uint64_t k, std::vector<char>& bytes) const {
        auto const begin = at.ids + k * encoded::chunk_bytes;
        bytes.resize(std::min<std::uint64_t>(encoded::chunk_bytes, at.checksums - begin));
        read(begin, bytes);
        if (checksum_of({bytes.data(), bytes.size()}) != encoded::load64(checksums.data() + 8 * k))
            refuse("a checksum does not match: the bytes from here are damaged", begin);
    }
};

namespace {
/// Bytes of one section by their offset in the file, through the last checked chunk. Offsets usually rise.
template <class Contents> class section {
public:
    explicit section(Contents const& file) : file_(&file) {}

    /// As many bytes from `offset` as its chunk has, at most `most`.
    [[nodiscard]] std::span<char const> at(std::uint64_t offset, std::uint64_t most) {
        auto const k = (offset - file_->at.ids) / encoded::chunk_bytes;
        if (k != chunk_) file_->read_chunk(k, bytes_);
        chunk_ = k;
        auto const inside = (offset - file_->at.ids) % encoded::chunk_bytes;
        return std::span<char const>(bytes_).subspan(inside, std::min<std::uint64_t>(bytes_.size() - inside, most));
    }
    [[nodiscard]] std::uint64_t number(std::uint64_t offset) { return encoded::load64(at(offset, 8).data()); }

private:
    Contents const* file_;
    std::vector<char> bytes_;
    std::uint64_t chunk_ = std::numeric_limits<std::uint64_t>::max();
};

/// Takes the ends up to `last` of a section with `count` of them, relative to `base`.
template <class Contents> void take_ends(Contents const& file, section<Contents>& numbers, std::uint64_t begin,
                                         std::uint64_t count, std::uint64_t& done, std::uint64_t base,
                                         std::uint64_t last, std::vector<std::uint32_t>& out) {
    for (; done < count; ++done) {
        auto const end = numbers.number(begin + 8 * done);
        if (end > last) return;
        auto const least = base + (out.empty() ? 0 : out.back());
        if (end < least) file.refuse("the ends of sentences or documents do not rise", begin + 8 * done);
        out.push_back(static_cast<std::uint32_t>(end - base));
    }
}

/// Ids `first` .. `first + out.size()`, checked.
template <class Contents>
void take_ids(Contents const& file, section<Contents>& bytes, std::uint64_t first, std::span<token_id> out) {
    auto const begin = file.at.ids + 4 * first;
    for (std::size_t t = 0; t < out.size();) {
        auto const some = bytes.at(begin + 4 * t, 4 * (out.size() - t));
        std::memcpy(out.data() + t, some.data(), some.size());
        t += some.size() / 4;
    }
    for (auto const id : out)
        if (wordmill::index(id) >= file.counts.vocabulary_size) file.refuse("an id is beyond the vocabulary", begin);
}

template <class Contents>
generator<token_block> stream(std::shared_ptr<Contents const> file, encoded_read_options options) {
    auto const& counts = file->counts;
    auto const& layout = file->at;
    section ids(*file);
    section sentence_ends(*file);
    section document_ends(*file);
    auto token = options.from.byte == 0 ? 0 : (options.from.byte - layout.ids) / 4;
    auto sentence = options.from.line;
    auto document = options.from.record;
    auto const fingerprint = file->checksums.empty() ? counts.vocabulary_fingerprint
                                                     : checksum_of({file->checksums.data(), file->checksums.size()});
    if (options.from.fingerprint != 0 && options.from.fingerprint != fingerprint)
        file->refuse("the position to resume from is of another file", 0);
    if (token > counts.tokens || sentence > counts.sentences || document > counts.documents
        || token != std::min(options.from.block * options.block_tokens, counts.tokens))
        file->refuse("the position to resume from is none of this file and block size", options.from.byte);
    auto index = options.from.block;
    auto here = [&] {
        return position{.byte = layout.ids + 4 * token,
                        .line = sentence,
                        .record = document,
                        .block = index,
                        .fingerprint = fingerprint};
    };
    auto skip = options.from.skip;
    auto start = here();
    while (token < counts.tokens || sentence < counts.sentences || document < counts.documents) {
        token_block block;
        block.start = std::move(start);
        block.skip = std::exchange(skip, 0);
        block.index = index;
        block.first_sentence = sentence;
        auto const last = token + std::min<std::uint64_t>(options.block_tokens, counts.tokens - token);
        block.ids.resize(last - token);
        take_ids(*file, ids, token, block.ids);
        auto const first_sentence = sentence;
        take_ends(*file, sentence_ends, layout.sentence_ends, counts.sentences, sentence, token, last,
                  block.sentence_ends);
        take_ends(*file, document_ends, layout.document_ends, counts.documents, document, first_sentence, sentence,
                  block.document_ends);
        if (last == counts.tokens && (sentence != counts.sentences || document != counts.documents))
            file->refuse("sentences or documents end behind the last token", layout.sentence_ends);
        block.continued =
            last < counts.tokens
            && (block.sentence_ends.empty() ? !block.ids.empty() : block.sentence_ends.back() < block.ids.size());
        token = last;
        ++index;
        start = here();
        block.next = start;
        options.progress.check();
        options.progress.add_tokens(block.ids.size());
        co_yield std::move(block);
    }
}
}

encoded_corpus::encoded_corpus(std::string path) : contents_(std::make_shared<contents const>(std::move(path))) {}
std::uint64_t encoded_corpus::tokens() const noexcept { return contents_->counts.tokens; }
std::uint64_t encoded_corpus::sentences() const noexcept { return contents_->counts.sentences; }
std::uint64_t encoded_corpus::documents() const noexcept { return contents_->counts.documents; }
std::uint64_t encoded_corpus::vocabulary_size() const noexcept { return contents_->counts.vocabulary_size; }
std::uint64_t encoded_corpus::vocabulary_fingerprint() const noexcept {
    return contents_->counts.vocabulary_fingerprint;
}

void encoded_corpus::require(vocabulary const& words) const {
    if (words.fingerprint() == vocabulary_fingerprint() && words.size() == vocabulary_size()) return;
    throw error(failure::bad_data,
                "encoded corpus: encoded with vocabulary " + std::to_string(vocabulary_fingerprint()) + " of "
                    + std::to_string(vocabulary_size()) + " types, not with " + std::to_string(words.fingerprint())
                    + " of " + std::to_string(words.size()),
                place{.file = contents_->file.name()}, "encode the text again with this vocabulary");
}

generator<token_block> encoded_corpus::blocks(encoded_read_options options) const {
    expect(options.block_tokens > 0 && options.block_tokens < std::numeric_limits<std::uint32_t>::max(),
           "a block has at least one token and fewer than 2^32");
    return stream(contents_, std::move(options));
}

struct encoded_ids::state {
    std::shared_ptr<encoded_corpus::contents const> file;
    section<encoded_corpus::contents> bytes;
    explicit state(std::shared_ptr<encoded_corpus::contents const> f) : file(std::move(f)), bytes(*file) {}
};

encoded_ids::encoded_ids(encoded_corpus corpus) : state_(std::make_unique<state>(std::move(corpus.contents_))) {}
encoded_ids::encoded_ids(encoded_ids const& other) : state_(std::make_unique<state>(other.state_->file)) {}
encoded_ids::encoded_ids(encoded_ids&&) noexcept = default;
encoded_ids& encoded_ids::operator=(encoded_ids&&) noexcept = default;
encoded_ids::~encoded_ids() = default;
std::uint64_t encoded_ids::size() const noexcept { return state_->file->counts.tokens; }

void encoded_ids::read(std::uint64_t first, std::span<token_id> out) {
    expect(first <= size() && out.size() <= size() - first, "encoded ids: a range inside the corpus");
    take_ids(*state_->file, state_->bytes, first, out);
}

generator<token_block> read_encoded(std::string path, vocabulary const& words, encoded_read_options options) {
    encoded_corpus const corpus(std::move(path));
    corpus.require(words);
    return corpus.blocks(std::move(options));
}
}
