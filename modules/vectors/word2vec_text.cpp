module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :files;
import :formats;
import :numbers;
import :word_vectors;

namespace wordmill::detail {
namespace {
constexpr std::size_t longest_first_line = std::size_t{64} << 20;
constexpr std::size_t longest_number = 64;
constexpr std::string_view blanks = " \t";

/// The lines of a text file, numbered, without what ends them.
class text_lines {
public:
    text_lines(byte_reader& in, std::uint64_t line) : in_(in), line_(line) {}

    std::optional<std::string_view> next(std::size_t longest) {
        auto text = in_.until('\n', longest, "a line", true);
        if (!text) return std::nullopt;
        ++line_;
        while (!text->empty() && (text->back() == '\r' || text->back() == ' ' || text->back() == '\t'))
            text->remove_suffix(1);
        return text;
    }
    [[nodiscard]] place here() const { return {.file = in_.name(), .line = line_}; }
    [[noreturn]] void refuse(std::string const& message, std::string_view hint = {}) const {
        throw error(failure::bad_data, message, here(), hint);
    }

private:
    byte_reader& in_;
    std::uint64_t line_;
};

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown = 32;
    return "'" + std::string(text.substr(0, shown)) + (text.size() > shown ? "...'" : "'");
}

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (auto at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
        auto const end = line.find_first_of(blanks, at);
        fields.push_back(line.substr(at, end - at));
        at = line.find_first_not_of(blanks, end);
    }
    return fields;
}

/// All of `numbers` into `row`; exactly as many.
void parse_row(std::string_view numbers, std::span<float> row, text_lines const& lines) {
    auto at = numbers.data();
    auto const end = at + numbers.size();
    for (std::size_t i = 0;; ++i) {
        while (at != end && (*at == ' ' || *at == '\t')) ++at;
        if (at == end && i == row.size()) return;
        if (at == end || i == row.size())
            lines.refuse("expected " + format_count(row.size()) + " numbers after the word, found "
                         + (at == end ? format_count(i) : std::string("more")));
        auto const [behind, problem] = std::from_chars(at, end, row[i]);
        if (problem == std::errc{} && (behind == end || *behind == ' ' || *behind == '\t')) {
            at = behind;
            continue;
        }
        auto const left = std::string_view(at, static_cast<std::size_t>(end - at));
        auto const field = left.substr(0, left.find_first_of(blanks));
        auto const value = parse_float(field);
        if (!value)
            lines.refuse("expected a number, found " + in_quotes(field),
                         field.find(',') == std::string_view::npos ? "" : "numbers have a decimal point, not a comma");
        row[i] = *value;
        at += field.size();
    }
}

void add_line(word_vectors::builder& made, std::size_t dimension, std::string_view line, text_lines const& lines) {
    auto const end = line.find_first_of(blanks);
    if (end == 0 || line.empty()) lines.refuse("expected a word at the start of the line, found none");
    parse_row(end == std::string_view::npos ? "" : line.substr(end), made.room().first(dimension), lines);
    made.add(line.substr(0, end), 0, lines.here());
}

/// Where the numbers of a line of GloVe begin: the last D fields are numbers, and the word may hold blanks.
std::size_t numbers_at(std::string_view line, std::size_t dimension, text_lines const& lines) {
    auto const first = line.find_first_of(blanks);
    std::size_t at = line.size();
    for (std::size_t i = 0; i < dimension && at != 0 && at != std::string_view::npos; ++i) {
        auto const last = line.find_last_not_of(blanks, at - 1);
        if (last == std::string_view::npos) break;
        auto const before = line.find_last_of(blanks, last);
        at = before == std::string_view::npos ? 0 : before;
    }
    if (at == 0 || at == std::string_view::npos || at <= first) return first;
    auto const last = line.find_last_not_of(blanks, at);
    auto const begin = line.find_last_of(blanks, last);
    auto const field = line.substr(begin + 1, last - begin);
    if (begin != std::string_view::npos && parse_float(field))
        lines.refuse("expected " + format_count(dimension) + " numbers as in the first line, found more");
    return last + 1;
}
}

bool looks_like_word2vec_header(std::string_view line) noexcept {
    std::size_t fields = 0;
    bool inside = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char const c = line[i];
        if (c == ' ' || c == '\t' || c == '\r') {
            inside = false;
            continue;
        }
        if (c == '-' ? inside : c < '0' || c > '9') return false;
        if (!inside) ++fields;
        inside = true;
    }
    return fields == 2;
}

word2vec_header parse_word2vec_header(byte_reader& in) {
    auto const line = in.until('\n', 256, "a first line");
    auto text = line.value_or("");
    if (text.ends_with('\r')) text.remove_suffix(1);
    auto const fields = fields_of(text);
    auto const rows = fields.size() == 2 ? parse_size(fields[0]) : std::nullopt;
    auto const dimension = fields.size() == 2 ? parse_size(fields[1]) : std::nullopt;
    if (!rows || !dimension)
        throw error(failure::bad_data,
                    "expected a first line with the number of words and of dimensions, found " + in_quotes(text),
                    {.file = in.name(), .line = 1});
    return {*rows, *dimension};
}

word_vectors read_word2vec_text(byte_reader& in, load_vectors_options const& options) {
    auto const [claimed, dimension] = parse_word2vec_header(in);
    // a row is at least a letter, and a blank and a digit for each number; the last newline may be missing
    auto const rows = believed_rows(in, claimed, dimension, 2 * dimension + 1);
    auto made = builder_for(in, rows, dimension, options);
    text_lines lines(in, 1);
    auto const wanted = wanted_rows(rows, options);
    auto const longest = longest_word + dimension * longest_number;
    for (std::uint64_t row = 0; row < wanted; ++row) {
        auto const line = lines.next(longest);
        if (!line)
            lines.refuse("expected " + format_count(rows) + " words, as the first line says, found "
                         + format_count(row));
        add_line(made, dimension, *line, lines);
    }
    while (wanted == rows) {
        auto const line = lines.next(longest);
        if (!line) break;
        if (!line->empty())
            lines.refuse("expected the end after " + format_count(rows) + " words, as the first line says, found more");
    }
    return std::move(made).finish();
}

word_vectors read_glove_text(byte_reader& in, load_vectors_options const& options) {
    text_lines lines(in, 0);
    std::optional<word_vectors::builder> made;
    std::size_t dimension = 0;
    while (auto const line =
               lines.next(dimension == 0 ? longest_first_line : longest_word + dimension * longest_number)) {
        if (!made) {
            auto const fields = fields_of(*line);
            while (dimension + 1 < fields.size() && parse_float(fields[fields.size() - 1 - dimension])) ++dimension;
            if (dimension == 0 || dimension > most_dimensions)
                lines.refuse("expected word vectors, found " + in_quotes(*line),
                             "formats: word2vec text and binary, GloVe text, .npy, safetensors, fastText .bin");
            made.emplace(dimension, options.memory_bytes);
        }
        if (line->empty() && in.ended()) break;
        if (line->empty() || blanks.find(line->front()) != std::string_view::npos)
            lines.refuse("expected a word at the start of the line, found none");
        auto const numbers = numbers_at(*line, dimension, lines);
        parse_row(numbers == std::string_view::npos ? "" : line->substr(numbers), made->room(), lines);
        made->add(line->substr(0, numbers), 0, lines.here());
        if (options.max_words != 0 && made->size() == options.max_words) break;
    }
    if (!made) lines.refuse("expected word vectors, found an empty file");
    return std::move(*made).finish();
}

void write_word2vec_text(word_vectors const& vectors, output_file& out, int digits, bool with_header) {
    constexpr std::size_t full = std::size_t{64} << 10;
    std::string text;
    if (with_header) {
        append_size(text, vectors.size());
        text += ' ';
        append_size(text, vectors.dimension());
        text += '\n';
    }
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        auto const word = vectors.word(id_at(i));
        expect_plain_word(word, with_header ? vector_format::word2vec_text : vector_format::glove_text);
        text += word;
        for (float const value : vectors.row(id_at(i))) {
            text += ' ';
            append_float(text, value, digits);
        }
        text += '\n';
        if (text.size() < full) continue;
        out.write(text);
        text.clear();
    }
    out.write(text);
}
}
