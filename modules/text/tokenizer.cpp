module;
#include <cstddef>
#include <memory>
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
    out.index = in.index;
    out.first_sentence = in.first_sentence;
    out.continued = in.continued;
    out.words.clear();
    out.sentence_ends.clear();
    out.document_ends.clear();
    method_->split(std::move(in), out);
}

word_block tokenizer::operator()(text_block&& in) const {
    word_block out;
    (*this)(std::move(in), out);
    return out;
}

word_block tokenizer::operator()(text_block const& in) const { return (*this)(text_block(in)); }

std::vector<std::string> tokenizer_names() { return {"whitespace"}; }

tokenizer tokenizer_named(std::string_view name, tokenizer_options const& options) {
    if (name == "whitespace") return whitespace_tokenizer(options.limit);
    std::string known;
    for (auto const& each : tokenizer_names()) known += (known.empty() ? "" : ", ") + each;
    throw error(failure::usage, "tokenizer: expected one of " + known + ", found '" + std::string(name) + "'");
}
}
