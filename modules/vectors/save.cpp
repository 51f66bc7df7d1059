module;
#include <array>
#include <cstddef>
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
import :word_list;
import :word_vectors;

namespace wordmill {
namespace {
constexpr std::array<std::pair<vector_format, std::string_view>, 8> names{
    {{vector_format::automatic, "automatic"},
     {vector_format::word2vec_text, "word2vec-text"},
     {vector_format::word2vec_binary, "word2vec-binary"},
     {vector_format::glove_text, "glove-text"},
     {vector_format::npy, "npy"},
     {vector_format::safetensors, "safetensors"},
     {vector_format::projector, "projector"},
     {vector_format::fasttext, "fasttext"}}};

void check(save_vectors_options const& options, vector_format format, std::string const& path) {
    bool const binary = format == vector_format::npy || format == vector_format::safetensors;
    auto const refuse = [&](std::string_view what) {
        throw error(failure::usage, std::string(name(format)) + ": " + std::string(what), {.file = path});
    };
    if (options.half && !binary) refuse("floats of 16 bits are for npy and safetensors only");
    if (options.digits < 0 || options.digits > 9)
        refuse("expected 0 to 9 digits, found " + std::to_string(options.digits));
    if (options.digits != 0 && (binary || format == vector_format::word2vec_binary))
        refuse("digits are for text formats only");
    if (!options.words.empty() && format != vector_format::npy && format != vector_format::projector)
        refuse("a file of words is for npy and projector only");
}
}

std::string_view name(vector_format format) noexcept {
    for (auto const& [known, text] : names)
        if (known == format) return text;
    return "unknown";
}

vector_format vector_format_named(std::string_view wanted) {
    std::string all;
    for (auto const& [format, text] : names) {
        if (text == wanted) return format;
        all += (all.empty() ? "" : ", ") + std::string(text);
    }
    throw error(failure::usage, "expected a format of vectors (" + all + "), found '" + std::string(wanted) + "'");
}

vector_format vector_format_of(std::string const& path) {
    std::filesystem::path file(path); // the extension before that of a codec
    if (codec_of_name(path) != codec::none) file.replace_extension();
    auto const end = file.extension().string();
    if (end == ".txt" || end == ".vec") return vector_format::word2vec_text;
    if (end == ".bin") return vector_format::word2vec_binary;
    if (end == ".npy") return vector_format::npy;
    if (end == ".safetensors") return vector_format::safetensors;
    if (end == ".tsv") return vector_format::projector;
    throw error(failure::usage, "expected a name that ends in .txt, .vec, .bin, .npy, .safetensors or .tsv",
                {.file = path}, "or name the format");
}

void save_vectors(word_vectors const& vectors, std::string const& path, save_vectors_options const& options) {
    auto const format = options.format == vector_format::automatic ? vector_format_of(path) : options.format;
    check(options, format, path);
    auto written = options.output;
    if (written.compression == codec::none) written.compression = codec_of_name(path);

    std::optional<output_file> beside; // before the vectors: these are there last
    if (format == vector_format::npy || format == vector_format::projector) {
        auto const default_name = format == vector_format::npy
                                      ? detail::word_list_beside(path)
                                      : std::filesystem::path(path).replace_filename("metadata.tsv").string();
        auto const& name_beside = options.words.empty() ? default_name : options.words;
        beside.emplace(name_beside, output_options{written.overwrite, codec_of_name(name_beside), written.level});
    }
    output_file out(path, written);
    switch (format) {
    case vector_format::word2vec_text:
    case vector_format::glove_text:
        detail::write_word2vec_text(vectors, out, options.digits, format == vector_format::word2vec_text);
        break;
    case vector_format::word2vec_binary: detail::write_word2vec_binary(vectors, out); break;
    case vector_format::npy:
        beside->write(detail::format_word_list(vectors));
        detail::write_npy(vectors, out, options.half);
        break;
    case vector_format::safetensors: detail::write_safetensors(vectors, out, options.half); break;
    case vector_format::projector: detail::write_projector(vectors, out, *beside, options.digits); break;
    case vector_format::automatic:
    case vector_format::fasttext:
        throw error(failure::usage, "vectors cannot be saved as " + std::string(name(format)), {.file = path});
    }
    if (beside) beside->commit();
    out.commit();
}
}
