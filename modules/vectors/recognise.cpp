module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
module wordmill.vectors;
import wordmill.core;
import :files;
import :formats;
import :numbers;
import :text_rows;

namespace wordmill::detail {
namespace {
constexpr std::int32_t fasttext_magic = 793712314;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

/// Whether these bytes are exactly the entries of a binary file, as the first line says.
bool are_entries(std::string_view bytes, std::uint64_t rows, std::uint64_t dimension) {
    if (dimension > most_dimensions) return false;
    auto const skip_newline = [&bytes] {
        if (bytes.starts_with('\n')) bytes.remove_prefix(1);
    };
    std::uint64_t found = 0;
    for (skip_newline(); !bytes.empty(); skip_newline(), ++found) {
        auto const blank = bytes.find(' ');
        if (blank == std::string_view::npos || bytes.size() - blank - 1 < dimension * sizeof(float)) return false;
        bytes.remove_prefix(blank + 1 + dimension * sizeof(float));
    }
    return found == rows;
}

/// After "V D": rows of numbers, or, where they are all damaged, no control characters and a first line of ASCII after
/// the first word. Floats of 32 bits have such bytes but for very few.
bool is_text(std::string_view entries, bool whole, std::string_view header) {
    if (usual_numbers(entries) > 0) return true;
    auto const claimed = fields_of(header.substr(0, header.find('\r')));
    auto const rows = claimed.size() == 2 ? parse_size(claimed[0]) : std::nullopt;
    auto const dimension = claimed.size() == 2 ? parse_size(claimed[1]) : std::nullopt;
    if (whole && rows && dimension && are_entries(entries, *rows, *dimension)) return false;
    auto const blank = entries.find_first_of(" \t\n");
    if (blank == std::string_view::npos) return false;
    auto const line = entries.substr(blank, entries.find('\n', blank) - blank);
    return !line.empty() && std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x7f; })
           && std::ranges::none_of(entries, is_control);
}
}

bool is_of_another_kind(std::string_view first) noexcept {
    return is_pickle(first) || first.starts_with("WMMATRIX") || first.starts_with("%%MatrixMarket")
           || first.starts_with("\x89HDF");
}

bool is_pickle(std::string_view first) noexcept {
    return first.starts_with('\x80') && first.size() > 1 && first[1] >= 2 && first[1] <= 5;
}

std::optional<vector_format> recognised_format(std::string_view first, bool whole) {
    if (first.starts_with("\x93NUMPY")) return vector_format::npy;
    if (first.size() >= 8 && value_at<std::int32_t>(first.data()) == fasttext_magic) return vector_format::fasttext;
    if (first.size() > 8 && first[8] == '{' && first.substr(0, 8).find('\0') != std::string_view::npos)
        return vector_format::safetensors;
    auto const line = first.substr(0, first.find('\n'));
    if (looks_like_word2vec_header(line)) {
        auto const entries = first.substr(std::min(first.size(), line.size() + 1));
        return is_text(entries, whole, line) ? vector_format::word2vec_text : vector_format::word2vec_binary;
    }
    if (first.empty() || is_of_another_kind(first)) return std::nullopt;
    // What is text but has no numbers is refused with its first line.
    if (usual_numbers(first) > 0 || std::ranges::none_of(first, is_control)) return vector_format::glove_text;
    return std::nullopt;
}
}
