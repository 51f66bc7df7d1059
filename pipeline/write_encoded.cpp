module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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
import :encoded_corpus;
import :encoded_format;

namespace wordmill {
struct encoded_writer::state {
    state(std::string path, output_options const& options) : file(std::move(path), options) {}

    output_file file;
    spill_file sentence_ends;
    spill_file document_ends;
    spill_file blocks;
    encoded::description counts;
    encoded::edge header{};
    std::string chunk; ///< bytes that no checksum covers yet
    std::vector<std::uint64_t> checksums;

    void append(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const n = std::min(bytes.size(), encoded::chunk_bytes - chunk.size());
            chunk += bytes.substr(0, n);
            bytes.remove_prefix(n);
            if (chunk.size() == encoded::chunk_bytes) close_chunk();
        }
    }
    void close_chunk() {
        if (chunk.empty()) return;
        checksums.push_back(checksum_of(chunk));
        file.write(chunk);
        chunk.clear();
    }
    void pad(std::uint64_t section_bytes) {
        append(std::string(encoded::aligned(section_bytes) - section_bytes, '\0'));
    }
    void append_spooled(spill_file& spool) {
        spool.finish();
        std::string buffer(std::size_t{64} << 10, '\0');
        while (auto const got = spool.read(std::span(buffer.data(), buffer.size()))) append({buffer.data(), got});
        pad(spool.bytes());
    }
    static void spool(spill_file& to, std::uint64_t value) {
        char bytes[8];
        encoded::store64(bytes, value);
        to.write({bytes, sizeof bytes});
    }
};

encoded_writer::encoded_writer(std::string path, vocabulary const& words, encoded_write_options options) {
    if (options.output.compression != codec::none)
        throw error(failure::usage, "an encoded corpus is not compressed: readers seek in it", {.file = path});
    std::optional<token_id> mark;
    if (!options.sentence_mark.empty()) {
        mark = words.find(options.sentence_mark);
        if (!mark)
            throw error(failure::usage,
                        "encoded corpus: the vocabulary has no '" + options.sentence_mark + "' to mark sentence ends",
                        {}, "count the words with the same mark");
    }
    state_ = std::make_unique<state>(std::move(path), options.output);
    state_->counts.vocabulary_fingerprint = words.fingerprint();
    state_->counts.vocabulary_size = words.size();
    state_->counts.sentence_mark = mark ? index(*mark) + std::uint64_t{1} : 0;
    state_->header = encoded::make_header(state_->counts);
    state_->chunk.reserve(encoded::chunk_bytes);
    state_->file.write({state_->header.data(), state_->header.size()});
}
encoded_writer::encoded_writer(encoded_writer&&) noexcept = default;
encoded_writer& encoded_writer::operator=(encoded_writer&&) noexcept = default;
encoded_writer::~encoded_writer() = default;

void encoded_writer::write(token_block const& block) {
    auto& s = *state_;
    for (auto const id : block.ids)
        expect(index(id) < s.counts.vocabulary_size, "an id is below the vocabulary's size");
    auto const first_token = s.counts.tokens;
    auto const first_sentence = s.counts.sentences;
    s.append({reinterpret_cast<char const*>(block.ids.data()), block.ids.size() * sizeof(token_id)});
    if (s.counts.sentence_mark != 0)
        for (std::uint32_t begin = 0; auto const end : block.sentence_ends) {
            expect(end > begin && index(block.ids[end - 1]) + 1 == s.counts.sentence_mark,
                   "a sentence ends with its mark");
            begin = end;
        }
    for (auto const end : block.sentence_ends) s.spool(s.sentence_ends, first_token + end);
    for (auto const end : block.document_ends) s.spool(s.document_ends, first_sentence + end);
    s.counts.tokens += block.ids.size();
    s.counts.sentences += block.sentence_ends.size();
    s.counts.documents += block.document_ends.size();
    ++s.counts.blocks;
    auto const entry = encoded::to_bytes({.tokens = s.counts.tokens,
                                          .sentences = s.counts.sentences,
                                          .documents = s.counts.documents,
                                          .index = block.index,
                                          .continued = block.continued});
    s.blocks.write({entry.data(), entry.size()});
}

written_ids encoded_writer::commit() {
    auto& s = *state_;
    s.pad(s.counts.tokens * sizeof(token_id));
    s.append_spooled(s.sentence_ends);
    s.append_spooled(s.document_ends);
    s.append_spooled(s.blocks);
    s.close_chunk();
    std::string table(s.checksums.size() * 8, '\0');
    for (std::size_t i = 0; i < s.checksums.size(); ++i) encoded::store64(table.data() + 8 * i, s.checksums[i]);
    table.resize(encoded::aligned(table.size()), '\0');
    auto const footer = encoded::make_footer(s.counts, s.header, checksum_of(table));
    s.file.write(table);
    s.file.write({footer.data(), footer.size()});
    s.file.commit();
    return {s.counts.tokens, s.counts.sentences, s.counts.documents};
}

written_ids write_encoded(generator<token_block> blocks, std::string path, vocabulary const& words,
                          encoded_write_options options) {
    encoded_writer writer(std::move(path), words, std::move(options));
    for (auto const& block : blocks) writer.write(block);
    return writer.commit();
}
}
