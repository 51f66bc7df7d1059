module;
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.stream;
import wordmill.text;
import :encode;

namespace wordmill {
word_encoder::word_encoder(vocabulary words, encode_options options)
    : words_(std::move(words)), options_(std::move(options)) {
    if (options_.unknown != unknown_words::drop) unknown_ = words_.unknown();
    if (options_.unknown == unknown_words::map && !unknown_)
        throw error(failure::usage, "unknown words cannot be mapped: the vocabulary has no unknown word", {},
                    "drop them, or make a vocabulary with one");
}

token_block word_encoder::operator()(word_block const& block) const {
    token_block out;
    static_cast<block_header&>(out) = block;
    out.document_ends = block.document_ends;
    auto& ids = out.ids;
    ids.resize(block.words.size());
    words_.look_up(block, ids);

    std::uint64_t unknown = 0;
    if (unknown_) {
        for (auto& id : ids) {
            unknown += id == no_token ? 1 : 0;
            id = id == no_token ? *unknown_ : id;
        }
        out.sentence_ends = block.sentence_ends;
    } else {
        std::size_t kept = 0;
        std::size_t at = 0;
        auto const keep_until = [&](std::size_t end) {
            for (; at < end; ++at)
                if (ids[at] != no_token) ids[kept++] = ids[at];
        };
        out.sentence_ends.reserve(block.sentence_ends.size());
        for (auto const end : block.sentence_ends) {
            keep_until(end);
            out.sentence_ends.push_back(static_cast<std::uint32_t>(kept));
        }
        keep_until(ids.size());
        unknown = ids.size() - kept;
        ids.resize(kept);
    }
    auto counts = options_.counts;
    counts.deliver("token", ids.size());
    if (unknown_)
        counts.note("unknown word mapped", unknown);
    else
        counts.drop("token", "unknown", unknown);
    return out;
}

text_encoder::text_encoder(tokenizer split, word_encoder encoder)
    : split_(std::move(split)), encoder_(std::move(encoder)) {}

token_block text_encoder::operator()(text_block&& block, scratch& space) const {
    split_(std::move(block), space.words);
    return encoder_(space.words);
}

word_encoder encode(vocabulary words, encode_options options) { return {std::move(words), std::move(options)}; }
text_encoder encode(tokenizer split, vocabulary words, encode_options options) {
    return {std::move(split), encode(std::move(words), std::move(options))};
}
}
