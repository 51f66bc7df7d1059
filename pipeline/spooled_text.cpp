module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
#include <xxhash.h>
module wordmill.pipeline;
import :any_corpus;
import :spooled_text;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
struct spooled_text::contents {
    struct block {
        std::uint64_t begin;
        std::uint64_t first_sentence;
        std::uint32_t bytes;
        std::uint32_t documents; ///< their ends come after the text
        bool continued;
        bool cut_token;
        bool inside_token;
    };
    spill_file file;
    std::vector<block> blocks{};
    std::uint64_t fingerprint = 0;
};

spooled_text::spooled_text(generator<text_block> once, std::string name, std::filesystem::path const& folder)
    : name_(std::move(name)) {
    auto const kept = std::make_shared<contents>(contents{.file = spill_file(folder)});
    for (auto&& block : once) {
        auto const ends = std::as_bytes(std::span(block.document_ends));
        kept->blocks.push_back({.begin = kept->file.bytes(),
                                .first_sentence = block.first_sentence,
                                .bytes = static_cast<std::uint32_t>(block.text.size()),
                                .documents = static_cast<std::uint32_t>(block.document_ends.size()),
                                .continued = block.continued,
                                .cut_token = block.cut_token,
                                .inside_token = block.inside_token});
        kept->file.write(block.text);
        kept->file.write({reinterpret_cast<char const*>(ends.data()), ends.size()});
        kept->fingerprint = XXH3_64bits_withSeed(block.text.data(), block.text.size(), kept->fingerprint);
    }
    kept->file.finish();
    contents_ = kept;
}

namespace {
void read_whole(spill_file const& file, std::uint64_t at, std::span<char> into) {
    if (file.read_at(at, into) != into.size()) throw error(failure::io, "a temporary file ends too early");
}

template <class Contents>
generator<text_block> read_spooled(std::shared_ptr<Contents const> kept, std::uint64_t from, monitor watch) {
    for (std::uint64_t i = from; i < kept->blocks.size(); ++i) {
        watch.check();
        auto const& stored = kept->blocks[i];
        text_block block;
        block.text.resize(stored.bytes);
        read_whole(kept->file, stored.begin, block.text);
        block.document_ends.resize(stored.documents);
        auto const ends = std::as_writable_bytes(std::span(block.document_ends));
        read_whole(kept->file, stored.begin + stored.bytes, {reinterpret_cast<char*>(ends.data()), ends.size()});
        block.index = block.start.block = i;
        block.next.block = i + 1;
        block.first_sentence = stored.first_sentence;
        block.continued = stored.continued;
        block.cut_token = stored.cut_token;
        block.inside_token = stored.inside_token;
        co_yield std::move(block);
    }
}
}

generator<text_block> spooled_text::blocks(pass_options const& pass) const {
    return read_spooled(contents_, pass.from.block, pass.watch);
}

note_map spooled_text::description() const {
    return {{"input text", format_count(bytes()) + " bytes, fingerprint " + std::to_string(contents_->fingerprint)}};
}

std::uint64_t spooled_text::bytes() const noexcept { return contents_->file.bytes(); }
}
