module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :files;
import :formats;
import :numbers;
import :word_vectors;

namespace wordmill {
namespace {
constexpr std::size_t window = std::size_t{64} << 10;
constexpr std::int32_t fasttext_magic = 793712314;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

/// After "V D": no control characters, and a first line of ASCII after the first word. Floats of 32 bits have such
/// bytes but for very few.
bool is_text(std::string_view entries) {
    auto const blank = entries.find_first_of(" \t\n");
    if (blank == std::string_view::npos) return false;
    auto const line = entries.substr(blank, entries.find('\n', blank) - blank);
    return !line.empty() && std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x7f; })
           && std::ranges::none_of(entries, is_control);
}

constexpr std::string_view rows_of_matrices =
    "nearest, analogy and evaluate ask the rows of a sparse matrix with --vocabulary";

/// As it is stored: nothing is decoded that is a zip archive.
void refuse_zip(detail::byte_reader const& in) {
    if (!in.plain()) return;
    char first[4]{};
    auto const size = seekable_file(in.name()).read_at(0, first);
    if (std::string_view(first, size) == "PK\x03\x04")
        in.refuse("expected word vectors, found a zip archive",
                  "unpack .zip and .pt files first; " + std::string(rows_of_matrices));
}

/// What can be told apart from word vectors by its first bytes, and what to do with it.
void refuse_others(detail::byte_reader const& in, std::string_view first) {
    if (first.empty()) in.refuse("expected word vectors, found an empty file");
    if (first.starts_with('\x80') && first.size() > 1 && first[1] >= 2 && first[1] <= 5)
        in.refuse("expected word vectors, found a Python pickle, which is never loaded",
                  "gensim: save_word2vec_format(name, binary=True)");
    if (first.starts_with("WMMATRIX") || first.starts_with("%%MatrixMarket"))
        in.refuse("expected word vectors, found a sparse matrix", rows_of_matrices);
    if (first.starts_with("\x89HDF")) in.refuse("expected word vectors, found an HDF5 file");
    if (std::ranges::any_of(first, is_control))
        in.refuse("expected word vectors, found a binary file of another kind",
                  "formats: word2vec text and binary, GloVe text, .npy, safetensors, fastText .bin; "
                      + std::string(rows_of_matrices));
}

vector_format recognise(detail::byte_reader& in) {
    auto const first = in.peek(window);
    if (first.starts_with("\x93NUMPY")) return vector_format::npy;
    if (first.size() >= 8 && detail::value_at<std::int32_t>(first.data()) == fasttext_magic)
        return vector_format::fasttext;
    if (first.size() > 8 && first[8] == '{' && first.substr(0, 8).find('\0') != std::string_view::npos)
        return vector_format::safetensors;
    auto const line = first.substr(0, first.find('\n'));
    if (detail::looks_like_word2vec_header(line))
        return is_text(first.substr(std::min(first.size(), line.size() + 1))) ? vector_format::word2vec_text
                                                                              : vector_format::word2vec_binary;
    refuse_others(in, first);
    return vector_format::glove_text;
}
}

word_vectors load_vectors(std::string const& path, load_vectors_options const& options) {
    detail::byte_reader in(path);
    refuse_zip(in);
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (in.peek(mark.size()) == mark) in.skip(mark.size(), "a byte order mark");
    auto const format = options.format == vector_format::automatic ? recognise(in) : options.format;
    switch (format) {
    case vector_format::word2vec_text: return detail::read_word2vec_text(in, options);
    case vector_format::word2vec_binary: return detail::read_word2vec_binary(in, options);
    case vector_format::glove_text: return detail::read_glove_text(in, options);
    case vector_format::npy: return detail::read_npy(in, options);
    case vector_format::safetensors: return detail::read_safetensors(in, options);
    case vector_format::fasttext: return detail::read_fasttext(in, options);
    case vector_format::automatic:
    case vector_format::projector: break;
    }
    throw error(failure::usage, "vectors cannot be loaded as " + std::string(name(format)), {.file = path});
}
}
