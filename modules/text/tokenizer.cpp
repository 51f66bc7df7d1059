module;
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.stream;

namespace wordmill {
void tokenizer::operator()(text_block&& in, word_block& out) const {
    expect(method_ != nullptr, "a tokenizer needs a method");
    static_cast<block_header&>(out) = static_cast<block_header const&>(in);
    out.words.clear();
    out.sentence_ends.clear();
    out.document_ends.clear();
    method_->split(std::move(in), out);
}

note_map tokenizer::description() const { return method_->description(); }

std::string tokenizer::join(std::span<std::string_view const> words) const { return method_->join(words); }

std::string tokenizer::method::join(std::span<std::string_view const> words) const {
    std::string text;
    for (auto const word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

word_block tokenizer::operator()(text_block&& in) const {
    word_block out;
    (*this)(std::move(in), out);
    return out;
}

word_block tokenizer::operator()(text_block const& in) const { return (*this)(text_block(in)); }

std::vector<std::string> tokenizer_names() {
    return {"whitespace", "book", "unicode", "characters", "graphemes", "sentencepiece:PATH"};
}

tokenizer tokenizer_named(std::string_view name, tokenizer_options const& options) {
    constexpr std::string_view model = "sentencepiece:";
    if (name == "whitespace") return whitespace_tokenizer(options.limit);
    if (name == "book") return book_tokenizer(options.limit);
    if (name == "unicode") return unicode_words(options.unicode, options.limit);
    if (name == "characters") return characters(options.characters, options.limit);
    if (name == "graphemes") {
        auto graphemes = options.characters;
        graphemes.unit = character_unit::grapheme;
        return characters(graphemes, options.limit);
    }
    if (name.starts_with(model)) return sentencepiece(std::string(name.substr(model.size())), options.limit);
    std::string known;
    for (auto const& each : tokenizer_names()) known += (known.empty() ? "" : ", ") + each;
    throw error(failure::usage, "tokenizer: expected one of " + known + ", found '" + std::string(name) + "'");
}
}
