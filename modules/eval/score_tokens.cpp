module;
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>
module wordmill.eval;
import :score_tokens;
import wordmill.text;

namespace wordmill::detail {
namespace {
/// The length of the white space that begins at `at`: the characters of Python's `str.isspace`; 0 for others.
std::size_t space_length(std::string_view text, std::size_t at) {
    auto const byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    auto const first = byte(0), second = byte(1), third = byte(2);
    if (first == ' ' || (first >= 0x09 && first <= 0x0D) || (first >= 0x1C && first <= 0x1F)) return 1;
    if (first == 0xC2) return second == 0x85 || second == 0xA0 ? 2 : 0;
    if (first == 0xE1) return second == 0x9A && third == 0x80 ? 3 : 0; // U+1680
    if (first == 0xE3) return second == 0x80 && third == 0x80 ? 3 : 0; // U+3000
    if (first != 0xE2) return 0;
    if (second == 0x81) return third == 0x9F ? 3 : 0; // U+205F
    auto const found = second == 0x80 && (third <= 0x8A || third == 0xA8 || third == 0xA9 || third == 0xAF);
    return found ? 3 : 0; // U+2000 to U+200A, U+2028, U+2029, U+202F
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    for (auto at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
        out += text.substr(0, at);
        out += to;
        text.remove_prefix(at + from.size());
    }
    return out += text;
}

bool digit(char c) { return c >= '0' && c <= '9'; }
bool period_or_comma(char c) { return c == '.' || c == ','; }
/// ASCII punctuation and symbols but ' , - .
bool symbol(char c) {
    return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+')
           || (c >= ':' && c <= '@') || c == '/';
}

/// Copies the text with "a b" made of the two bytes of each match; a byte belongs to one match at most, as in the
/// substitution of a regular expression. All that is matched with meaning is ASCII, so that bytes do for characters.
template <class Matches>
std::string spaced(std::string_view text, Matches matches, bool before, bool between, bool after) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i + 1 == text.size() || !matches(text[i], text[i + 1])) {
            out += text[i];
            continue;
        }
        if (before) out += ' ';
        out += text[i];
        if (between) out += ' ';
        out += text[++i];
        if (after) out += ' ';
    }
    return out;
}
}

std::string whole(std::string_view bytes, bool lower_case) {
    if (lower_case) return to_lower_case(bytes);
    std::string text;
    append_repaired(text, bytes);
    return text;
}

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size();) {
        auto const space = space_length(text, i);
        if (space > 0 && i > begin) words.push_back(text.substr(begin, i - begin));
        i += space > 0 ? space : 1;
        if (space > 0) begin = i;
    }
    if (begin < text.size()) words.push_back(text.substr(begin));
    return words;
}

std::string_view without_trailing_space(std::string_view text) {
    auto const words = split_words(text);
    if (words.empty()) return {};
    return text.substr(0, static_cast<std::size_t>(words.back().data() - text.data()) + words.back().size());
}

std::vector<std::string_view> split_characters(std::string_view text) {
    std::vector<std::string_view> characters;
    for (std::size_t i = 0; i < text.size();) {
        auto const space = space_length(text, i);
        auto const length = space > 0 ? space : character_length(text, i);
        if (space == 0) characters.push_back(text.substr(i, length));
        i += length;
    }
    return characters;
}

std::string separated_13a(std::string_view text) {
    std::string line(text);
    for (auto const& [from, to] : std::array<std::pair<std::string_view, std::string_view>, 7>{{{"<skipped>", ""},
                                                                                                {"-\n", ""},
                                                                                                {"\n", " "},
                                                                                                {"&quot;", "\""},
                                                                                                {"&amp;", "&"},
                                                                                                {"&lt;", "<"},
                                                                                                {"&gt;", ">"}}})
        line = replaced(line, from, to);
    std::string symbols = " ";
    for (char const c : line) {
        if (symbol(c)) symbols += ' ';
        symbols += c;
        if (symbol(c)) symbols += ' ';
    }
    symbols += ' ';
    auto const before =
        spaced(symbols, [](char a, char b) { return !digit(a) && period_or_comma(b); }, false, true, true);
    auto const after =
        spaced(before, [](char a, char b) { return period_or_comma(a) && !digit(b); }, true, true, false);
    return spaced(after, [](char a, char b) { return digit(a) && b == '-'; }, false, true, true);
}

struct word_numbers::table {
    std::unordered_map<std::string_view, std::uint32_t> numbers;
};
word_numbers::word_numbers() : table_(std::make_unique<table>()) {}
word_numbers::~word_numbers() = default;

std::vector<std::uint32_t> word_numbers::operator()(std::vector<std::string_view> const& words) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(words.size());
    auto& known = table_->numbers;
    for (auto const word : words)
        numbers.push_back(known.try_emplace(word, static_cast<std::uint32_t>(known.size())).first->second);
    return numbers;
}
}
