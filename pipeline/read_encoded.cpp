module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
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
import :encoded_contents;
import :encoded_corpus;
import :encoded_format;

namespace wordmill {
namespace {
using file_list = std::vector<std::shared_ptr<encoded::contents const>>;
// About 1 MiB, so that reading the chunks at its ends twice costs little.
constexpr std::uint64_t tokens_of_part = std::uint64_t{1} << 18;
constexpr std::size_t blocks_of_part = 4096; // a bound for blocks that are empty

/// What precedes a block: entries are counted from the start of the file, everything else from the start of the stream.
struct place_in_stream {
    std::uint64_t file = 0;
    std::uint64_t entry = 0;
    encoded::block_entry before{};
    std::uint64_t blocks = 0;    ///< of all files before this one
    std::uint64_t sentences = 0; ///< of all files before this one
};

/// Some blocks of one file.
struct part {
    place_in_stream from{};
    std::vector<encoded::block_entry> blocks{};
};

/// The first block of the next file.
place_in_stream next_file(file_list const& files, place_in_stream at) {
    auto const& file = *files[at.file];
    auto const& counts = file.counts;
    if (counts.blocks == 0 && counts.tokens + counts.sentences + counts.documents > 0)
        file.refuse("the file has tokens and no blocks", file.at.blocks);
    if (counts.blocks > 0) at.blocks += encoded::section(file).block(counts.blocks - 1).index + 1;
    at.sentences += counts.sentences;
    return {.file = at.file + 1, .blocks = at.blocks, .sentences = at.sentences};
}

/// The place where a position resumes.
place_in_stream resume(file_list const& files, position const& from, std::uint64_t fingerprint) {
    place_in_stream at;
    if (from == position{}) return at;
    auto const refuse = [&](encoded::contents const& file, char const* what) {
        file.refuse(std::string("the position to resume from is ") + what, from.byte);
    };
    if (from.fingerprint != 0 && from.fingerprint != fingerprint) refuse(*files.front(), "of other files");
    if (from.file > files.size()) refuse(*files.back(), "behind the last file");
    while (at.file < from.file) at = next_file(files, at);
    if (at.file == files.size()) return at;
    auto const& file = *files[at.file];
    if (from.state > file.counts.blocks) refuse(file, "behind the last block");
    at.entry = from.state;
    if (at.entry > 0) at.before = encoded::section(file).block(at.entry - 1);
    if (from.byte != file.at.ids + sizeof(token_id) * at.before.tokens) refuse(file, "of no block of this file");
    return at;
}

generator<part> parts_of(file_list files, place_in_stream at) {
    while (at.file < files.size()) {
        auto const& file = *files[at.file];
        encoded::section table(file);
        while (at.entry < file.counts.blocks) {
            part next{.from = at};
            auto const size = [](encoded::block_entry const& e) { return e.tokens + e.sentences + e.documents; };
            auto const end = size(at.before) + tokens_of_part;
            while (at.entry < file.counts.blocks && size(at.before) < end && next.blocks.size() < blocks_of_part) {
                auto const entry = table.block(at.entry);
                if (entry.tokens < at.before.tokens || entry.sentences < at.before.sentences
                    || entry.documents < at.before.documents)
                    file.refuse("the ends of blocks do not rise", file.at.blocks + encoded::entry_bytes * at.entry);
                next.blocks.push_back(entry);
                at.before = entry;
                ++at.entry;
            }
            co_yield std::move(next);
        }
        at = next_file(files, at);
    }
}

/// A stage from a part to its blocks.
class read_part {
public:
    read_part(file_list files, std::uint64_t fingerprint) : files_(std::move(files)), fingerprint_(fingerprint) {}

    std::vector<token_block> operator()(part const& what) const {
        auto const& file = *files_[what.from.file];
        encoded::section ids(file);
        encoded::section sentence_ends(file);
        encoded::section document_ends(file);
        std::vector<token_block> blocks;
        blocks.reserve(what.blocks.size());
        auto at = what.from;
        for (auto const& entry : what.blocks) {
            auto const& before = at.before;
            auto& block = blocks.emplace_back();
            block.start = position_of(at);
            block.index = at.blocks + entry.index;
            block.first_sentence = at.sentences + before.sentences;
            block.continued = entry.continued;
            block.ids.resize(size(file, entry.tokens - before.tokens));
            ids.ids(before.tokens, block.ids);
            take_ends(file, sentence_ends, file.at.sentence_ends, {before.sentences, entry.sentences},
                      {before.tokens, entry.tokens}, block.sentence_ends);
            take_ends(file, document_ends, file.at.document_ends, {before.documents, entry.documents},
                      {before.sentences, entry.sentences}, block.document_ends);
            at.before = entry;
            ++at.entry;
            block.next = position_of(at);
        }
        return blocks;
    }

private:
    struct range {
        std::uint64_t begin;
        std::uint64_t end;
    };

    [[nodiscard]] position position_of(place_in_stream const& at) const {
        auto const& file = *files_[at.file];
        auto const& counts = file.counts;
        return {.file = at.file,
                .byte = file.at.ids + sizeof(token_id) * at.before.tokens,
                .line = at.before.sentences,
                .record = at.sentences + at.before.sentences,
                .block = at.blocks + (at.entry == 0 || counts.blocks == 0 ? at.entry : at.before.index + 1),
                .state = at.entry,
                .fingerprint = fingerprint_};
    }
    static std::size_t size(encoded::contents const& file, std::uint64_t n) {
        if (n > std::numeric_limits<std::uint32_t>::max()) file.refuse("a block has 2^32 elements or more", 0);
        return n;
    }
    /// Reads the ends `which`, which lie inside `inside`, relative to its beginning.
    static void take_ends(encoded::contents const& file, encoded::section& numbers, std::uint64_t begin, range which,
                          range inside, std::vector<std::uint32_t>& out) {
        out.reserve(size(file, which.end - which.begin));
        auto least = inside.begin;
        for (auto k = which.begin; k < which.end; ++k) {
            auto const end = numbers.number(begin + 8 * k);
            if (end < least || end > inside.end)
                file.refuse("the ends of sentences or documents do not rise", begin + 8 * k);
            out.push_back(static_cast<std::uint32_t>(end - inside.begin));
            least = end;
        }
    }

    file_list files_;
    std::uint64_t fingerprint_;
};

generator<token_block> blocks_of(file_list files, encoded_read_options options) {
    if (files.empty()) co_return;
    random_key print(files.size());
    for (auto const& file : files) print = print.fold_in(file->fingerprint());
    auto const fingerprint = print.bits() | 1;
    auto const from = resume(files, options.from, fingerprint);
    auto skip = options.from.skip;
    for (auto&& part : parts_of(files, from) | parallel(read_part(files, fingerprint), {.threads = options.threads}))
        for (auto& block : part) {
            block.skip = std::exchange(skip, 0);
            options.watch.check();
            options.watch.add_stored(sizeof(token_id) * block.ids.size() + 8 * block.sentence_ends.size()
                                     + 8 * block.document_ends.size() + encoded::entry_bytes);
            options.counts.read("token", block.ids.size());
            options.counts.deliver("token", block.ids.size());
            co_yield std::move(block);
        }
}
}

generator<token_block> read_encoded(std::vector<encoded_corpus> files, encoded_read_options options) {
    file_list contents;
    for (auto const& file : files) contents.push_back(encoded::access::of(file));
    return blocks_of(std::move(contents), std::move(options));
}

generator<token_block> read_encoded(std::string path, vocabulary const& words, encoded_read_options options) {
    encoded_corpus const corpus(std::move(path));
    corpus.require(words);
    return corpus.blocks(std::move(options));
}
}
