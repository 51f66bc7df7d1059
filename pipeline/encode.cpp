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
    if (options_.sentence_end.empty()) return;
    sentence_end_ = words_.find(options_.sentence_end);
    if (!sentence_end_)
        throw error(failure::usage, "the vocabulary has no '" + options_.sentence_end + "' to put at sentence ends");
}

token_block word_encoder::operator()(word_block const& block) const {
    token_block out;
    static_cast<block_header&>(out) = block;
    out.document_ends = block.document_ends;
    auto& ids = out.ids;
    ids.resize(block.words.size());
    words_.look_up(block, ids);

    auto const put_ends = sentence_end_.has_value();
    std::uint64_t unknown = 0;
    if (!put_ends && unknown_) {
        for (auto& id : ids) {
            unknown += id == no_token ? 1 : 0;
            id = id == no_token ? *unknown_ : id;
        }
        out.sentence_ends = block.sentence_ends;
    } else {
        std::vector<token_id> kept;
        kept.reserve(ids.size() + (put_ends ? block.sentence_ends.size() : 0));
        out.sentence_ends.reserve(block.sentence_ends.size());
        std::size_t at = 0;
        auto take_until = [&](std::size_t end) {
            for (; at < end; ++at) {
                if (ids[at] != no_token) {
                    kept.push_back(ids[at]);
                    continue;
                }
                ++unknown;
                if (unknown_) kept.push_back(*unknown_);
            }
        };
        for (auto const end : block.sentence_ends) {
            take_until(end);
            if (put_ends) kept.push_back(*sentence_end_);
            out.sentence_ends.push_back(static_cast<std::uint32_t>(kept.size()));
        }
        take_until(ids.size());
        ids = std::move(kept);
    }
    auto counts = options_.counts;
    if (put_ends) counts.read("token", block.sentence_ends.size());
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
