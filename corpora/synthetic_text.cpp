module;
#include <algorithm>
#include <bit>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
module wordmill.corpora;
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
constexpr std::size_t usual_chapter_bytes = 10'000;

std::uint64_t fingerprint_of(language_options const& o, std::size_t block_bytes) {
    auto const key = random_key(o.seed)
                         .fold_in(o.types)
                         .fold_in(std::bit_cast<std::uint64_t>(o.zipf_exponent))
                         .fold_in(std::bit_cast<std::uint64_t>(o.one_use_share))
                         .fold_in(block_bytes);
    return std::max<std::uint64_t>(key.bits(), 1);
}

/// Moves the sentences after byte `cut` of `all` into a new block.
text_block split_off(text_block& all, std::size_t cut) {
    text_block rest;
    rest.text = all.text.substr(cut);
    all.text.resize(cut);
    auto const ends = std::upper_bound(all.document_ends.begin(), all.document_ends.end(), cut);
    for (auto end = ends; end != all.document_ends.end(); ++end)
        rest.document_ends.push_back(static_cast<std::uint32_t>(*end - cut));
    all.document_ends.erase(ends, all.document_ends.end());
    return rest;
}
}

generator<text_block> synthetic_text(synthetic_language language, synthetic_text_options options) {
    constexpr auto sentences = synthetic_language::chapter_sentences;
    constexpr auto chapter_tokens = synthetic_language::chapter_tokens;
    auto const print = fingerprint_of(language.options(), options.block_bytes);
    position at = std::move(options.from);
    if (at.fingerprint != 0 && at.fingerprint != print)
        throw error(failure::usage, "synthetic text: the position is of another language or block size", {},
                    "resume with the options that the run was started with");
    at.fingerprint = print;
    std::uint64_t skip = std::exchange(at.skip, 0);
    std::uint64_t const chapters = std::clamp<std::uint64_t>(options.block_bytes / usual_chapter_bytes, 1, 50'000);
    // Blocks of less than two chapters are cut at the first sentence end from `block_bytes` on.
    std::size_t const cut = chapters > 1 ? ~std::size_t{0} : options.block_bytes;

    std::uint64_t chapter = at.record / sentences;
    std::uint64_t skip_sentences = at.record % sentences;
    while (chapter <= (options.tokens - 1) / chapter_tokens && options.tokens > 0) {
        text_block rest;
        for (std::uint64_t i = 0; i < chapters && chapter <= (options.tokens - 1) / chapter_tokens; ++i, ++chapter) {
            language.append_chapter(rest, chapter, options.tokens - chapter * chapter_tokens, skip_sentences);
            skip_sentences = 0;
        }
        while (!rest.text.empty()) {
            text_block block = std::move(rest);
            rest = {};
            if (block.text.size() > cut) {
                auto const newline = block.text.find('\n', cut == 0 ? 0 : cut - 1);
                rest = split_off(block, newline + 1);
            }
            block.start = at;
            block.index = at.block;
            block.first_sentence = at.record;
            block.skip = std::exchange(skip, 0);
            at.record += count_newlines(block.text);
            ++at.block;
            block.next = at;
            co_yield std::move(block);
        }
    }
}

std::string plain_text(text_block const& block) {
    std::string text;
    text.reserve(block.text.size() + block.document_ends.size());
    std::size_t begin = 0;
    for (auto const end : block.document_ends) {
        text.append(block.text, begin, end - begin).push_back('\n');
        begin = end;
    }
    return text.append(block.text, begin);
}
}
