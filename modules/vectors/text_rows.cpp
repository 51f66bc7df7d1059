module;
#include <algorithm>
#include <array>
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
import :formats;
import :numbers;
import :row_log;
import :text_rows;

namespace wordmill::detail {
std::optional<std::string_view> text_lines::next(std::size_t longest, row_log& log) {
    for (std::uint64_t empty = 0;; ++empty) {
        auto text = in_.until('\n', longest, "a line", true);
        if (!text) return std::nullopt;
        ++line_;
        while (!text->empty() && (text->back() == '\r' || blanks.find(text->back()) != std::string_view::npos))
            text->remove_suffix(1);
        if (text->empty()) continue;
        for (; empty > 0; --empty)
            log.leave_out(
                {.reason = "no word", .message = "expected a word at the start of the line, found an empty line"},
                {.file = in_.name(), .line = line_ - empty});
        return text;
    }
}

void text_lines::refuse(std::string const& message, std::string_view hint) const {
    throw error(failure::bad_data, message, here(), hint);
}

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

namespace {
/// True when `numbers` are as many numbers as `row` has, which are then in it.
bool parse_numbers(std::string_view numbers, std::span<float> row) {
    auto at = numbers.data();
    auto const end = at + numbers.size();
    for (std::size_t i = 0;; ++i) {
        while (at != end && (*at == ' ' || *at == '\t')) ++at;
        if (at == end || i == row.size()) return at == end && i == row.size();
        auto const [behind, problem] = std::from_chars(at, end, row[i]);
        if (problem == std::errc{} && (behind == end || *behind == ' ' || *behind == '\t')) {
            at = behind;
            continue;
        }
        auto const left = std::string_view(at, static_cast<std::size_t>(end - at));
        auto const field = left.substr(0, left.find_first_of(blanks));
        auto const value = parse_float(field);
        if (!value) return false;
        row[i] = *value;
        at += field.size();
    }
}

row_fault other_count(std::size_t expected, std::string const& found, bool more) {
    return {.reason = more ? "too many numbers" : "too few numbers",
            .message = "expected " + format_count(expected) + " numbers after the word, found " + found};
}

/// The fields of a line from its last one on; calls `take` until it returns false.
template <class Take> void from_the_end(std::string_view line, Take take) {
    for (;;) {
        auto const last = line.find_last_not_of(blanks);
        if (last == std::string_view::npos) return;
        auto const before = line.find_last_of(blanks, last);
        auto const begin = before == std::string_view::npos ? 0 : before + 1;
        if (!take(begin, line.substr(begin, last + 1 - begin))) return;
        line = line.substr(0, begin);
    }
}
}

bool looks_like_a_number(std::string_view field) {
    if (field == "nan" || field == "inf" || field == "-nan" || field == "-inf") return true;
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    constexpr std::string_view first = "+-.", later = "+-.,eExXabcdfABCDF_";
    return !field.empty() && (is_digit(field[0]) || first.find(field[0]) != std::string_view::npos)
           && std::ranges::any_of(field, is_digit) && std::ranges::all_of(field, [&](char c) {
                  return is_digit(c) || later.find(c) != std::string_view::npos;
              });
}

std::optional<row_fault> parse_text_row(std::string_view line, std::span<float> row, std::string_view& word) {
    auto const end = line.find_first_of(blanks);
    if (end == 0)
        return row_fault{.reason = "no word", .message = "expected a word at the start of the line, found a blank"};
    auto const after = end == std::string_view::npos ? std::string_view() : line.substr(end);
    word = line.substr(0, end);
    if (parse_numbers(after, row)) return std::nullopt;

    std::size_t fields = 0, numbers_at = 0; // the word may hold blanks
    std::string_view bad, before;
    from_the_end(line, [&](std::size_t begin, std::string_view field) {
        if (begin == 0 || fields == row.size()) {
            before = field;
            return false;
        }
        if (!parse_float(field)) bad = field;
        numbers_at = begin;
        ++fields;
        return true;
    });
    if (fields < row.size()) return other_count(row.size(), format_count(fields), false);
    if (!bad.empty())
        return row_fault{.reason = "a field that is no number",
                         .message = "expected a number, found " + in_quotes(bad),
                         .hint = bad.find(',') != std::string_view::npos ? "numbers have a decimal point, not a comma"
                                                                         : ""};
    word = line.substr(0, numbers_at);
    word = word.substr(0, word.find_last_not_of(blanks) + 1);
    if (before.size() < word.size() && parse_float(before)) return other_count(row.size(), "more", true);
    (void)parse_numbers(line.substr(numbers_at), row);
    return std::nullopt;
}

std::string_view first_lines(byte_reader& in) {
    for (auto size = std::size_t{64} << 10;; size *= 2) {
        auto const text = in.peek(size);
        if (text.size() < size || size >= longest_first_line || text.find('\n') != std::string_view::npos) return text;
    }
}

std::size_t usual_numbers(std::string_view lines) {
    constexpr std::size_t most_lines = 16;
    std::array<std::pair<std::size_t, std::size_t>, most_lines> counts{}; // numbers, lines
    std::size_t kinds = 0;
    for (std::size_t line = 0; line < most_lines && !lines.empty();) {
        auto const newline = lines.find('\n');
        if (newline == std::string_view::npos && line > 0) break; // may be cut
        auto text = lines.substr(0, newline);
        lines.remove_prefix(newline == std::string_view::npos ? lines.size() : newline + 1);
        if (text.ends_with('\r')) text.remove_suffix(1);
        auto const begin = text.find_first_not_of(blanks);
        if (begin == std::string_view::npos || begin > 0) continue; // damaged: it has no word
        std::size_t numbers = 0;
        from_the_end(text, [&](std::size_t at, std::string_view field) {
            if (at == 0 || !looks_like_a_number(field)) return false;
            ++numbers;
            return true;
        });
        auto const known = std::ranges::find(counts.begin(), counts.begin() + kinds, numbers,
                                             &std::pair<std::size_t, std::size_t>::first);
        if (known == counts.begin() + kinds) counts[kinds++] = {numbers, 0};
        ++known->second;
        ++line;
    }
    auto const most = std::ranges::max_element(counts, {}, &std::pair<std::size_t, std::size_t>::second);
    return most->first;
}
}
