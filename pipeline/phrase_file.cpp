module;
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
import :phrases;

namespace wordmill {
namespace {
constexpr std::size_t columns = 8;

template <class Number, class... How> void append_number(std::string& out, Number number, How... how) {
    std::array<char, 32> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number, how...).ptr;
    out.append(digits.data(), end);
}

class line_parser {
public:
    line_parser(std::string_view line, place const& where) : where_(where) {
        for (std::size_t column = 0;; ++column) {
            auto const tab = line.find('\t');
            if (column < columns) fields_[column] = line.substr(0, tab);
            if (tab == std::string_view::npos) {
                if (column + 1 == columns) return;
                refuse("expected " + std::to_string(columns) + " columns between tabs, found "
                       + std::to_string(column + 1));
            }
            if (column + 1 >= columns) refuse("expected " + std::to_string(columns) + " columns, found more");
            line.remove_prefix(tab + 1);
        }
    }

    [[nodiscard]] phrase read(std::optional<std::string>& delimiter) const {
        phrase p{.first = word(1),
                 .second = word(2),
                 .score = number<double>(3),
                 .count = number<std::uint64_t>(4),
                 .first_count = number<std::uint64_t>(5),
                 .second_count = number<std::uint64_t>(6),
                 .pass = number<std::uint32_t>(7)};
        auto const whole = word(0);
        auto const words = p.first.size() + p.second.size();
        if (p.first.empty() || p.second.empty() || whole.size() < words || !whole.starts_with(p.first)
            || !whole.ends_with(p.second))
            refuse("expected a phrase and its two words, found '" + std::string(fields_[0]) + "', '"
                   + std::string(fields_[1]) + "' and '" + std::string(fields_[2]) + "'");
        auto const between = whole.substr(p.first.size(), whole.size() - words);
        if (delimiter && *delimiter != between)
            refuse("expected '" + *delimiter + "' between the words of a phrase, as before, found '" + between + "'");
        delimiter = between;
        if (!std::isfinite(p.score)) refuse("expected a score, found '" + std::string(fields_[3]) + "'");
        return p;
    }

private:
    [[noreturn]] void refuse(std::string const& message) const {
        throw error(failure::bad_data, "phrases: " + message, where_, "'wordmill phrases' makes such files");
    }
    [[nodiscard]] std::string word(std::size_t column) const {
        std::string out;
        auto const text = fields_[column];
        if (append_unescaped(out, text) < text.size())
            refuse("expected \\t, \\n, \\r, \\\\ or \\xHH after a backslash, found '" + std::string(text) + "'");
        return out;
    }
    template <class Number> [[nodiscard]] Number number(std::size_t column) const {
        auto const text = fields_[column];
        if (auto const value = parse_number<Number>(text)) return *value;
        refuse("expected a number in column " + std::to_string(column + 1) + ", found '" + std::string(text) + "'");
    }

    place where_;
    std::array<std::string_view, columns> fields_{};
};
}

std::string format_phrases(phrase_table const& table) {
    std::string out;
    for (auto const& p : table.phrases()) {
        append_escaped(out, p.first + std::string(table.delimiter()) + p.second);
        append_escaped(out += '\t', p.first);
        append_escaped(out += '\t', p.second);
        append_number(out += '\t', p.score, std::chars_format::general, 6);
        for (auto const count : {p.count, p.first_count, p.second_count}) append_number(out += '\t', count);
        append_number(out += '\t', p.pass);
        out += '\n';
    }
    escape_start(out);
    return out;
}

phrase_table parse_phrases(std::string_view text, std::string const& file) {
    std::vector<phrase> phrases;
    std::optional<std::string> delimiter;
    for (std::uint64_t line = 1; !text.empty(); ++line) {
        auto const end = text.find('\n');
        phrases.push_back(line_parser(text.substr(0, end), {.file = file, .line = line}).read(delimiter));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    try {
        return phrase_table(std::move(phrases), delimiter.value_or("_"));
    } catch (error const& e) {
        throw error(e.kind(), "phrases: " + e.message(), {.file = file});
    }
}

void save_phrases(phrase_table const& table, std::string const& path, output_options const& options) {
    output_file file(path, options);
    file.write(format_phrases(table));
    file.commit();
}

phrase_table load_phrases(std::string const& path) {
    std::string text;
    for (auto const& file : find_inputs(std::vector{path}))
        for (auto const& block : read_bytes(file)) text += block.bytes;
    return parse_phrases(text, path);
}

std::uint64_t fingerprint(phrase_table const& table) {
    auto const hash = checksum_of(format_phrases(table));
    return hash != 0 ? hash : 1;
}
}
