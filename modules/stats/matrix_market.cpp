module;
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :cooccurrence;
import :matrix_entries;
import :matrix_files;

namespace wordmill::detail {
namespace {
constexpr std::size_t longest_line = std::size_t{1} << 16;
constexpr std::uint64_t least_entry_bytes = 6; ///< "1 1 1\n"
constexpr std::string_view blanks = " \t\r";

/// The next field of a line; empty at its end.
std::string_view next_field(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    auto const field = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(field.size());
    return field;
}

template <class T> std::optional<T> parsed(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    return parse_number<T>(text);
}

bool set_number(cooccurrence& e, std::string_view text, std::uint64_t unit) {
    if (auto const whole = parsed<std::uint64_t>(text)) return detail::set_number(e, *whole, unit);
    auto const real = parsed<double>(text);
    return real && detail::set_number(e, *real, unit, double_rounding);
}
bool set_number(matrix_value& e, std::string_view text, std::uint64_t) {
    auto const real = parsed<float>(text);
    e.value = real.value_or(0);
    return real && detail::set_number(e, static_cast<double>(*real), 1, 0);
}

std::string shown(std::string_view text) {
    std::string all;
    append_escaped(all, text.substr(0, 100));
    return all;
}

struct lines {
    std::unique_ptr<byte_reader> in;
    std::uint64_t number = 0; ///< number of the line that was read last, from 1

    std::optional<std::string_view> next() {
        ++number;
        return in->until('\n', longest_line, "a line of Matrix Market text", true);
    }
    /// The next line that is not blank.
    std::optional<std::string_view> next_filled() {
        for (auto line = next(); line; line = next())
            if (line->find_first_not_of(blanks) != std::string_view::npos) return line;
        return std::nullopt;
    }
    [[noreturn]] void refuse(std::string const& message) const {
        throw error(failure::bad_data, "Matrix Market: " + message, {.file = in->name(), .line = number});
    }
};

/// Parses the first line; returns true when the matrix is symmetric.
bool parse_banner(lines& from) {
    auto const line = from.next().value_or("");
    std::string text(line);
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view rest = text;
    std::array<std::string_view, 5> fields;
    for (auto& field : fields) field = next_field(rest);
    if (fields[0] != "%%matrixmarket" || fields[1] != "matrix" || fields[2] != "coordinate"
        || (fields[3] != "integer" && fields[3] != "unsigned-integer" && fields[3] != "real")
        || (fields[4] != "general" && fields[4] != "symmetric") || !next_field(rest).empty())
        from.refuse("expected '%%MatrixMarket matrix coordinate', then integer or real, then general or symmetric, "
                    "found '"
                    + shown(line) + "'");
    return fields[4] == "symmetric";
}

struct sizes {
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::uint64_t entries = 0;
};

sizes parse_sizes(lines& from) {
    auto line = from.next_filled();
    while (line && line->starts_with('%')) line = from.next_filled();
    auto rest = line.value_or("");
    auto const rows = parsed<std::uint64_t>(next_field(rest));
    auto const columns = parsed<std::uint64_t>(next_field(rest));
    auto const entries = parsed<std::uint64_t>(next_field(rest));
    if (!rows || !columns || !entries || !next_field(rest).empty())
        from.refuse("expected the numbers of rows, columns and entries, found '" + shown(line.value_or("")) + "'");
    expect_numberable(*rows, *columns, {.file = from.in->name(), .line = from.number});
    // the last line may end without a newline
    if (*entries > (from.in->most_left() + 1) / least_entry_bytes)
        from.refuse("expected " + format_count(*entries) + " entries, but " + from.in->left_in_words());
    return {*rows, *columns, *entries};
}

template <class Entry>
entry_blocks<Entry> listed_entries(lines from, sizes claimed, bool symmetric, std::uint64_t unit) {
    std::vector<Entry> block;
    block.reserve(entries_at_once);
    for (std::uint64_t i = 0; i < claimed.entries; ++i) {
        auto const line = from.next_filled();
        if (!line) from.refuse("expected " + format_count(claimed.entries) + " entries, found " + format_count(i));
        auto rest = *line;
        auto const row = parsed<std::uint64_t>(next_field(rest));
        auto const column = parsed<std::uint64_t>(next_field(rest));
        auto const number = next_field(rest);
        if (!row || !column || *row < 1 || *row > claimed.rows || *column < 1 || *column > claimed.columns
            || !next_field(rest).empty())
            from.refuse("expected a row from 1 to " + std::to_string(claimed.rows) + ", a column from 1 to "
                        + std::to_string(claimed.columns) + " and a number, found '" + shown(*line) + "'");
        Entry e{.row = id_at(*row - 1), .column = id_at(*column - 1)};
        if (!set_number(e, number, unit))
            from.refuse("expected " + number_in_words<Entry>(unit) + ", found '" + shown(number) + "'");
        if (is_zero(e)) continue;
        block.push_back(e);
        if (symmetric && e.row != e.column) {
            std::swap(e.row, e.column);
            block.push_back(e);
        }
        if (block.size() + 1 < entries_at_once) continue;
        co_yield std::span<Entry const>(block);
        block.clear();
    }
    if (from.next_filled())
        from.refuse("expected the end after " + format_count(claimed.entries) + " entries, found more");
    if (!block.empty()) co_yield std::span<Entry const>(block);
}

template <class Number> void append(std::string& text, Number number, char end) {
    char digits[32];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    text += end;
}
}

template <class Matrix> void write_matrix_market(Matrix const& matrix, output_file& out) {
    constexpr bool weights = std::is_same_v<typename Matrix::entry, cooccurrence>;
    bool const whole = weights && matrix.unit() == 1;
    std::string text = "%%MatrixMarket matrix coordinate ";
    text += whole ? "integer general\n" : "real general\n";
    append(text, matrix.rows(), ' ');
    append(text, matrix.columns(), ' ');
    append(text, matrix.nonzeros(), '\n');
    for (auto const entries : matrix.entries()) {
        for (auto const& e : entries) {
            append(text, index(e.row) + 1, ' ');
            append(text, index(e.column) + 1, ' ');
            if constexpr (!weights) {
                append(text, e.value, '\n');
            } else if (whole) {
                append(text, e.weight, '\n');
            } else {
                append(text, real_of(e.weight, matrix.unit()), '\n');
            }
        }
        out.write(text);
        text.clear();
    }
    out.write(text);
}

template <class Entry>
matrix_to_read<Entry> read_matrix_market(std::unique_ptr<byte_reader> in, load_matrix_options const& options) {
    lines from{std::move(in)};
    bool const symmetric = parse_banner(from);
    auto const claimed = parse_sizes(from);
    if (symmetric && claimed.rows != claimed.columns)
        from.refuse("expected as many rows as columns of a symmetric matrix, found " + format_count(claimed.rows)
                    + " and " + format_count(claimed.columns));
    matrix_to_read<Entry> found{.rows = claimed.rows, .columns = claimed.columns, .unit = options.unit};
    if (from.in->plain()) found.most_entries = claimed.entries * (symmetric ? 2 : 1);
    found.blocks = listed_entries<Entry>(std::move(from), claimed, symmetric, options.unit);
    return found;
}

template void write_matrix_market(weights_to_write const&, output_file&);
template void write_matrix_market(values_to_write const&, output_file&);
template matrix_to_read<cooccurrence> read_matrix_market(std::unique_ptr<byte_reader>, load_matrix_options const&);
template matrix_to_read<matrix_value> read_matrix_market(std::unique_ptr<byte_reader>, load_matrix_options const&);
}
