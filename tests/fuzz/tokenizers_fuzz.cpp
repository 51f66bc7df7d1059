// The first byte picks the tokenizer and its options, the second the length limit; the rest is text, in one block and
// cut after each space in two. Both must give the same words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.text;

namespace {
wordmill::tokenizer pick(std::uint8_t which, wordmill::token_limit const& limit) {
    auto const form = static_cast<wordmill::normal_form>((which >> 3) % 3);
    auto const letters = static_cast<wordmill::letter_case>((which >> 5) % 3);
    switch (which % 8) {
    case 0: return wordmill::whitespace_tokenizer(limit);
    case 1: return wordmill::book_tokenizer(limit);
    case 2:
    case 3: return wordmill::characters({.keep_blanks = which % 2 == 0, .form = form, .letters = letters}, limit);
    case 4:
    case 5:
        return wordmill::characters({.unit = wordmill::character_unit::grapheme,
                                     .keep_blanks = which % 2 == 0,
                                     .form = form,
                                     .letters = letters},
                                    limit);
    default:
        return wordmill::unicode_words(
            {.form = form, .letters = letters, .keep_numbers = which % 2 == 0, .keep_punctuation = which % 2 == 0},
            limit);
    }
}

void add_words(wordmill::word_block const& block, std::string& out) {
    std::size_t sentence = 0;
    for (std::size_t i = 0; i <= block.words.size(); ++i) {
        for (; sentence < block.sentence_ends.size() && block.sentence_ends[sentence] == i; ++sentence) out += '\n';
        if (i == block.words.size()) break;
        if (block.words[i].size == 0 || block.words[i].begin + block.words[i].size > block.text.size()) std::abort();
        out += std::to_string(block.words[i].size) + ":";
        out += block.word(i);
    }
    if (sentence != block.sentence_ends.size()) std::abort();
}
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    auto const tokenize = pick(data[0], {.max_bytes = 1U + data[1]});
    std::string const text(reinterpret_cast<char const*>(data + 2), size - 2);
    wordmill::text_block whole;
    whole.text = text;
    whole.document_ends = {0, static_cast<std::uint32_t>(text.size())};
    auto const block = tokenize(whole);
    if (block.document_ends.size() != 2 || block.document_ends[0] != 0) std::abort();
    std::string expected;
    add_words(block, expected);
    for (auto at = text.find(' '); at != std::string::npos && at < 64; at = text.find(' ', at + 1)) {
        wordmill::text_block head;
        head.text = text.substr(0, at + 1);
        head.continued = true;
        wordmill::text_block tail;
        tail.text = text.substr(at + 1);
        // A cut sentence whose rest is empty is only closed by its own newline.
        if (tail.text.empty()) break;
        std::string found;
        add_words(tokenize(head), found);
        add_words(tokenize(tail), found);
        if (found != expected) std::abort();
    }
    return 0;
}
