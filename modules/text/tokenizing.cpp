module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
module wordmill.text;
import wordmill.core;
import :tokenizing;

namespace wordmill::detail {
void append_document_ends(text_block const& in, std::vector<std::uint32_t>& ends) {
    std::uint32_t sentences = 0;
    std::size_t at = 0;
    for (auto const offset : in.document_ends) {
        auto const end = std::min<std::size_t>(offset, in.text.size());
        sentences += static_cast<std::uint32_t>(count_newlines(std::string_view(in.text).substr(at, end - at)));
        at = end;
        ends.push_back(sentences);
    }
}

std::size_t blank_length(std::string_view text) {
    if (text.empty()) return 0;
    if (is_ascii_blank(text[0]) || text[0] == '\n') return 1;
    auto const two = text.substr(0, 2);
    if (two == "\xC2\x85" || two == "\xC2\xA0") return 2; // next line, no-break space
    auto const three = text.substr(0, 3);
    if (three == "\xE1\x9A\x80" || three == "\xE2\x81\x9F" || three == "\xE3\x80\x80") return 3; // 1680, 205F, 3000
    if (three.size() < 3 || two != "\xE2\x80") return 0;
    auto const last = static_cast<unsigned char>(three[2]); // 2000..200A, 2028, 2029, 202F
    return last <= 0x8A || last == 0xA8 || last == 0xA9 || last == 0xAF ? 3 : 0;
}

void close_sentence(text_block const& in, word_block& out) {
    if (!in.continued && !out.text.empty() && out.text.back() != '\n')
        out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size()));
}

cut_tokens long_rest(text_block const& in, word_block const& out, token_limit const& limit) {
    return {in.inside_token && !out.words.empty() && out.words.front().begin == 0
                && out.words.front().size > limit.max_bytes,
            false};
}

namespace {
std::size_t longest_of(std::vector<word_span> const& words) {
    std::uint32_t longest = 0;
    for (auto const& word : words) longest = std::max(longest, word.size);
    return longest;
}

error too_long(word_block const& out, token_limit const& limit, std::size_t sentence, std::size_t size,
               std::string_view who) {
    auto const found = std::to_string(size) + (size > limit.max_bytes ? "" : " or more");
    return error(failure::bad_data,
                 std::string(who) + ": expected tokens of at most " + std::to_string(limit.max_bytes)
                     + " bytes, found one of " + found + " in sentence "
                     + std::to_string(out.first_sentence + sentence + 1),
                 {}, "raise the limit, or let long tokens be cut or dropped");
}
}

void limit_tokens(word_block& out, token_limit const& limit, cut_tokens cut, std::string_view who) {
    auto& words = out.words;
    auto counts = limit.counts; // a handle
    if (words.empty()) return;
    if (!cut.first_is_rest && !cut.last_goes_on && longest_of(words) <= limit.max_bytes) {
        counts.read("token", words.size());
        return;
    }
    std::size_t kept = 0;
    std::size_t sentence = 0;
    std::uint64_t cuts = 0;
    std::uint64_t drops = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (; sentence < out.sentence_ends.size() && out.sentence_ends[sentence] == i; ++sentence)
            out.sentence_ends[sentence] = static_cast<std::uint32_t>(kept);
        if (i == 0 && cut.first_is_rest) continue;
        auto word = words[i];
        bool const is_long = word.size > limit.max_bytes || (cut.last_goes_on && i + 1 == words.size());
        if (is_long && limit.on_long == long_token::error) throw too_long(out, limit, sentence, word.size, who);
        if (is_long && limit.on_long == long_token::drop) {
            ++drops;
            continue;
        }
        if (is_long && limit.on_long == long_token::cut) {
            word.size = static_cast<std::uint32_t>(character_border(out.word(i), limit.max_bytes));
            ++cuts;
        }
        words[kept++] = word;
    }
    for (; sentence < out.sentence_ends.size(); ++sentence)
        out.sentence_ends[sentence] = static_cast<std::uint32_t>(kept);
    words.resize(kept);
    counts.read("token", kept + drops);
    counts.drop("token", "too long", drops);
    counts.note("long token cut", cuts);
}
}
