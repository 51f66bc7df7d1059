module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
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

namespace {
void take_row(std::string_view line, std::size_t dimension, text_lines const& lines, word_vectors::builder& made,
              row_log& log) {
    std::string_view word;
    if (auto const fault = parse_text_row(line, made.room().first(dimension), word))
        log.leave_out(*fault, lines.here());
    else
        log.add(made, word, 0, lines.here());
}
}

word_vectors read_word2vec_text(byte_reader& in, load_vectors_options const& options) {
    row_log log(options);
    auto [claimed, dimension] = parse_word2vec_header(in);
    text_lines lines(in, 1);
    check_claim(in, claimed, dimension, log.skips());
    if (auto const usual = usual_numbers(first_lines(in)); usual != 0 && usual != dimension) {
        log.contradiction("expected " + format_count(dimension)
                              + " numbers after each word, as the first line says, found " + format_count(usual),
                          lines.here());
        dimension = usual;
    }
    // a row is at least a letter, and a blank and a digit for each number
    auto made = builder_for(in, std::min(claimed, in.most_left() / (2 * dimension + 1) + 1), dimension, options);
    auto const longest = longest_word + dimension * longest_number;
    std::uint64_t found = 0;
    while (auto const line = lines.next(longest, log)) {
        if (++found > claimed && !log.skips()) {
            auto const first = lines.here();
            while (lines.next(longest, log)) ++found;
            log.contradiction(claimed_and_found(claimed, found), first);
        }
        take_row(*line, dimension, lines, made, log);
        if (options.max_words != 0 && made.size() == options.max_words) return log.finish(std::move(made), in.name());
    }
    if (found != claimed) log.contradiction(claimed_and_found(claimed, found), lines.here());
    return log.finish(std::move(made), in.name());
}

word_vectors read_glove_text(byte_reader& in, load_vectors_options const& options) {
    row_log log(options);
    text_lines lines(in, 0);
    auto const dimension = usual_numbers(first_lines(in));
    if (dimension == 0 || dimension > most_dimensions) {
        auto const line = lines.next(longest_first_line, log);
        lines.refuse(line ? "expected word vectors, found " + in_quotes(*line)
                          : std::string("expected word vectors, found an empty file"),
                     known_formats);
    }
    word_vectors::builder made(dimension, options.memory_bytes);
    auto const longest = longest_word + dimension * longest_number;
    while (auto const line = lines.next(longest, log)) {
        take_row(*line, dimension, lines, made, log);
        if (options.max_words != 0 && made.size() == options.max_words) break;
    }
    return log.finish(std::move(made), in.name());
}
}
