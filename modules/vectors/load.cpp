module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :files;
import :formats;
import :text_rows;
import :word_vectors;

namespace wordmill {
namespace {
constexpr std::size_t window = std::size_t{64} << 10;
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

[[noreturn]] void refuse(detail::byte_reader const& in, std::string_view first) {
    if (first.empty()) in.refuse("expected word vectors, found an empty file");
    if (detail::is_pickle(first))
        in.refuse("expected word vectors, found a Python pickle, which is never loaded",
                  "gensim: save_word2vec_format(name, binary=True)");
    if (first.starts_with("\x89HDF")) in.refuse("expected word vectors, found an HDF5 file");
    if (detail::is_of_another_kind(first)) in.refuse("expected word vectors, found a sparse matrix", rows_of_matrices);
    in.refuse("expected word vectors, found a binary file of another kind",
              std::string(detail::known_formats) + "; " + std::string(rows_of_matrices));
}

/// Text whose lines end as those of old Macintosh files.
bool has_only_carriage_returns(std::string_view first) {
    auto const lines = first.substr(0, first.find_last_not_of('\r') + 1);
    return first.find('\n') == std::string_view::npos && lines.find('\r') != std::string_view::npos
           && detail::usual_numbers(first) > 0;
}

vector_format recognise(detail::byte_reader& in, load_vectors_options const& options) {
    auto size = window;
    auto first = in.peek(size);
    // Two lines, of which the first may be a heading, or enough to see the numbers after a very long word.
    while (first.size() == size && size < 4 * detail::longest_word && std::ranges::count(first, '\n') < 2)
        first = in.peek(size *= 2);
    if (has_only_carriage_returns(first))
        in.refuse("expected lines that end in a newline, found carriage returns only", "convert them: tr '\\r' '\\n'");
    std::error_code not_there;
    if (detail::looks_like_projector(first)
        && (!options.words.empty() || std::filesystem::exists(detail::metadata_beside(in.name()), not_there)))
        return vector_format::projector;
    if (auto const format = detail::recognised_format(first, first.size() < size)) return *format;
    refuse(in, first);
}
}

namespace {
void check_mapping(detail::byte_reader const& in, vector_format format) {
    char const* const hint = "only safetensors with 32-bit floats can be mapped: load the file, and save it as such";
    if (format != vector_format::safetensors)
        throw error(failure::usage, "expected safetensors to map, found " + std::string(name(format)),
                    {.file = in.name()}, hint);
    if (!in.plain())
        throw error(failure::usage, "expected a plain file to map, found a compressed one or a pipe",
                    {.file = in.name()}, hint);
}
}

word_vectors load_vectors(std::string const& path, load_vectors_options const& options) {
    detail::byte_reader in(path);
    refuse_zip(in);
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (in.peek(mark.size()) == mark) in.skip(mark.size(), "a byte order mark");
    auto const format = options.format == vector_format::automatic ? recognise(in, options) : options.format;
    if (options.map) check_mapping(in, format);
    switch (format) {
    case vector_format::word2vec_text: return detail::read_word2vec_text(in, options);
    case vector_format::word2vec_binary: return detail::read_word2vec_binary(in, options);
    case vector_format::glove_text: return detail::read_glove_text(in, options);
    case vector_format::npy: return detail::read_npy(in, options);
    case vector_format::safetensors: return detail::read_safetensors(in, options);
    case vector_format::fasttext: return detail::read_fasttext(in, options);
    case vector_format::projector: return detail::read_projector(in, options);
    case vector_format::automatic: break;
    }
    throw error(failure::usage, "vectors cannot be loaded as " + std::string(name(format)), {.file = path});
}
}
