module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
module wordmill.text;
import wordmill.core;
import :vocabulary;
import :vocabulary_file;
import :vocabulary_text;

namespace wordmill {
namespace {
[[nodiscard]] std::string quoted(std::string_view text) {
    constexpr std::size_t shown = 64;
    return "'" + std::string(text.substr(0, shown)) + (text.size() > shown ? "...'" : "'");
}
}

void append_vocabulary_line(std::string& out, std::string_view word, std::uint64_t count) {
    append_escaped(out, word);
    char digits[20];
    auto const end = std::to_chars(digits, digits + sizeof digits, count).ptr;
    out += '\t';
    out.append(digits, end);
    out += '\n';
}

vocabulary_parser::vocabulary_parser(load_options options, std::string file)
    : options_(std::move(options)), file_(std::move(file)) {}

void vocabulary_parser::feed(std::string_view bytes) {
    for (;;) {
        auto const newline = bytes.find('\n');
        if (newline == std::string_view::npos) break;
        if (cut_.empty()) {
            line(bytes.substr(0, newline));
        } else {
            cut_ += bytes.substr(0, newline);
            line(cut_);
            cut_.clear();
        }
        bytes.remove_prefix(newline + 1);
    }
    cut_ += bytes;
}

vocabulary vocabulary_parser::finish() && {
    if (!cut_.empty()) line(cut_);
    if (line_ == 0) throw error(failure::bad_data, "expected a vocabulary, found an empty file", {.file = file_});
    return std::move(words_).finish(options_.specials, options_.unknown);
}

void vocabulary_parser::refuse(std::string const& message, std::string_view hint) const {
    throw error(failure::bad_data, "vocabulary: " + message, place{.file = file_, .line = line_}, hint);
}

void vocabulary_parser::line(std::string_view text) {
    ++line_;
    auto const tab = text.find('\t');
    if (tab == std::string_view::npos) refuse("expected word<TAB>count, found no tab in " + quoted(text));
    if (text.find('\t', tab + 1) != std::string_view::npos)
        refuse("expected word<TAB>count, found a second tab in " + quoted(text),
               text.find('\r') == std::string_view::npos
                   ? "a tab inside a word is written \\t"
                   : "the lines end in carriage returns; convert them: tr '\\r' '\\n'");
    auto const word = unescape(text.substr(0, tab));
    auto const count = number(text.substr(tab + 1));
    if (__builtin_add_overflow(tokens_, count, &tokens_)) refuse("the counts add up to more than 2^64 - 1");
    switch (words_.add(word, count)) {
    case vocabulary::builder::refusal::none: return;
    case vocabulary::builder::refusal::empty_word: refuse("expected a word before the tab, found none");
    case vocabulary::builder::refusal::duplicate: refuse("the word " + quoted(word) + " was there before");
    case vocabulary::builder::refusal::out_of_order:
        refuse("expected words by falling count, then bytes, found " + quoted(word) + " with " + std::to_string(count)
                   + " too late",
               "sort the file: LC_ALL=C sort -t '\t' -k2,2nr -k1,1");
    case vocabulary::builder::refusal::too_many: refuse("a vocabulary holds fewer than 2^32 types");
    }
}

std::string_view vocabulary_parser::unescape(std::string_view text) {
    if (text.find('\\') == std::string_view::npos) return text;
    word_.clear();
    if (auto const understood = append_unescaped(word_, text); understood < text.size())
        refuse("expected \\t, \\n, \\r, \\\\ or \\xHH after a backslash, found " + quoted(text.substr(understood)),
               "a backslash inside a word is written \\\\");
    return word_;
}

std::uint64_t vocabulary_parser::number(std::string_view text) const {
    std::uint64_t value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem == std::errc::result_out_of_range && end == text.data() + text.size())
        refuse("expected a count below 2^64, found " + quoted(text));
    if (problem != std::errc{} || end != text.data() + text.size())
        refuse("expected a count, found " + quoted(text), text.ends_with('\r') ? "the lines end in CRLF" : "");
    return value;
}

std::string format_vocabulary(vocabulary const& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) append_vocabulary_line(out, words.word(id_at(i)), words.counts()[i]);
    return out;
}

vocabulary parse_vocabulary(std::string_view text, load_options const& options, std::string file) {
    vocabulary_parser parser(options, std::move(file));
    parser.feed(text);
    return std::move(parser).finish();
}
}
