module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :files;
import :formats;
import :numbers;
import :row_log;
import :text_rows;
import :word_vectors;

namespace wordmill::detail {
namespace {
constexpr std::size_t full = std::size_t{64} << 10;

void write_when_full(output_file& out, std::string& text) {
    if (text.size() < full) return;
    out.write(text);
    text.clear();
}
}

std::string metadata_beside(std::string const& path) {
    return std::filesystem::path(path).replace_filename("metadata.tsv").string();
}

bool looks_like_projector(std::string_view first) {
    constexpr std::size_t most_lines = 16;
    std::size_t lines = 0;
    for (; lines < most_lines && !first.empty(); ++lines) {
        auto const newline = first.find('\n');
        if (newline == std::string_view::npos && lines > 0) break; // may be cut
        auto line = first.substr(0, newline);
        first.remove_prefix(newline == std::string_view::npos ? first.size() : newline + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        auto const fields = fields_of(line);
        if (fields.empty() || line.find(' ') != std::string_view::npos
            || !std::ranges::all_of(fields, looks_like_a_number))
            return false;
    }
    return lines > 0;
}

namespace {
/// The words of metadata.tsv: the first column; a second one with the heading "count" is read too.
class metadata_words {
public:
    explicit metadata_words(std::string const& path) : in_(path) {
        auto const first = in_.peek(longest_word);
        if (auto const heading = first.substr(0, first.find('\n')); heading.find('\t') != std::string_view::npos) {
            counts_ = heading.substr(heading.find('\t') + 1).substr(0, 5) == "count";
            (void)next();
            rows_ = 0;
        }
    }
    bool next() {
        auto line = in_.until('\n', longest_word, "a word", true);
        if (!line) return false;
        ++line_;
        ++rows_;
        if (line->ends_with('\r')) line->remove_suffix(1);
        auto const tab = line->find('\t');
        word = line->substr(0, tab);
        count = 0;
        if (!counts_ || tab == std::string_view::npos) return true;
        auto const second = line->substr(tab + 1);
        count = parse_size(second.substr(0, second.find('\t'))).value_or(0);
        return true;
    }
    /// Lines after the heading, which must be as many as there are vectors.
    void expect_rows(std::uint64_t vectors) {
        while (next()) {}
        if (rows_ != vectors)
            throw error(failure::bad_data,
                        "expected " + format_count(vectors) + " words for as many rows, found " + format_count(rows_),
                        {.file = in_.name(), .line = line_});
    }

    std::string word{};
    std::uint64_t count = 0;

private:
    byte_reader in_;
    bool counts_ = false;
    std::uint64_t line_ = 0;
    std::uint64_t rows_ = 0;
};
}

word_vectors read_projector(byte_reader& in, load_vectors_options const& options) {
    row_log log(options);
    text_lines lines(in, 0);
    auto const first = first_lines(in);
    auto const dimension = fields_of(first.substr(0, first.find('\n'))).size();
    if (!looks_like_projector(first) || dimension > most_dimensions)
        lines.refuse("expected rows of numbers between tabs, found something else", known_formats);
    word_vectors::builder made(dimension, options.memory_bytes);
    metadata_words words(options.words.empty() ? metadata_beside(in.name()) : options.words);
    std::uint64_t rows = 0;
    while (auto const line = lines.next(longest_word + dimension * longest_number, log)) {
        ++rows;
        if (!words.next()) {
            while (lines.next(longest_word + dimension * longest_number, log)) ++rows;
            break;
        }
        std::string_view none;
        if (auto const fault = parse_text_row("-\t" + std::string(*line), made.room(), none))
            log.leave_out(*fault, lines.here());
        else
            log.add(made, words.word, words.count, lines.here());
        if (options.max_words != 0 && made.size() == options.max_words) return log.finish(std::move(made), in.name());
    }
    words.expect_rows(rows);
    return log.finish(std::move(made), in.name());
}

void write_projector(word_vectors const& vectors, std::size_t first, output_file& out, output_file& metadata,
                     int digits) {
    // The projector wants a heading when there are several columns, and none when there is one.
    auto const counts = vectors.counts();
    std::string text = counts.empty() ? "" : "word\tcount\n";
    for (auto i = first; i < vectors.size(); ++i) {
        auto const word = vectors.word(id_at(i));
        if (!holds_word(vector_format::projector, word)) continue;
        text += word;
        if (!counts.empty()) {
            text += '\t';
            append_size(text, counts[i]);
        }
        text += '\n';
        write_when_full(metadata, text);
    }
    metadata.write(text);

    text.clear();
    for (auto i = first; i < vectors.size(); ++i) {
        if (!holds_word(vector_format::projector, vectors.word(id_at(i)))) continue;
        for (float const value : vectors.row(id_at(i))) {
            append_float(text, value, digits);
            text += '\t';
        }
        text.back() = '\n';
        write_when_full(out, text);
    }
    out.write(text);
}
}
