module;
#include <array>
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
import wordmill.text;
import :fasttext_model;
import :files;
import :formats;
import :subword_vectors;
import :text_rows;
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

namespace {
/// A row of GloVe text is the first of a file only if the file is then read as one.
bool begins_glove_text(word_vectors const& vectors, token_id id, int digits) {
    std::string row;
    detail::append_text_row(row, vectors, id, digits);
    return !may_look_compressed(row) && !row.starts_with("\xef\xbb\xbf")
           && detail::recognised_format(row, true) == vector_format::glove_text;
}

struct held_rows {
    std::uint64_t count = 0;
    std::size_t first = 0;
};

/// The rows whose words the format can hold.
held_rows find_held_rows(word_vectors const& vectors, vector_format format, std::string const& path,
                         save_vectors_options const& options) {
    held_rows held;
    std::optional<std::size_t> refused;
    auto const reason = std::string(name(format)) + " cannot hold the word";
    auto counts = options.counts; // a handle
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        bool holds = detail::holds_word(format, vectors.word(id_at(i)));
        if (holds && format == vector_format::glove_text && held.count == 0)
            holds = begins_glove_text(vectors, id_at(i), options.digits);
        if (holds && format == vector_format::projector && held.count == 0 && vectors.counts().empty())
            holds = !may_look_compressed(vectors.word(id_at(i)));
        if (holds && held.count++ == 0) held.first = i;
        if (holds) continue;
        if (!refused) refused = i;
        if (options.on_bad == bad_rows::skip) counts.drop("row", reason, 1, {.record = i + 1});
    }
    counts.read("row", vectors.size());
    counts.deliver("row", held.count);
    if (!refused || (options.on_bad == bad_rows::skip && held.count > 0)) return held;
    std::string word;
    append_escaped(word, vectors.word(id_at(*refused)));
    auto const others = vectors.size() - held.count - 1;
    throw error(failure::bad_data,
                reason + " " + detail::in_quotes(word)
                    + (others == 0 ? "" : " and " + format_count(others) + (others == 1 ? " other" : " others")),
                {.file = path}, "npy and safetensors hold any word");
}
}

namespace {
void save_model(word_vectors const& vectors, std::string const& path, save_vectors_options const& options) {
    auto const* const model = vectors.subwords().model();
    if (model == nullptr)
        throw error(failure::usage, "expected vectors with the model that they were trained with, found vectors only",
                    {.file = path},
                    "a fastText model is saved after training with subwords; vectors are saved as safetensors");
    auto written = options.output;
    if (written.compression == codec::none) written.compression = codec_of_name(path);
    save_fasttext(*model, path, written);
    auto counts = options.counts; // a handle
    counts.read("row", vectors.size());
    counts.deliver("row", vectors.size());
}
}

void save_vectors(word_vectors const& vectors, std::string const& path, save_vectors_options const& options) {
    auto const format = options.format == vector_format::automatic ? vector_format_of(path) : options.format;
    check(options, format, path);
    if (format == vector_format::fasttext) return save_model(vectors, path, options);
    auto const held = find_held_rows(vectors, format, path, options);
    auto written = options.output;
    if (written.compression == codec::none) written.compression = codec_of_name(path);

    std::optional<output_file> beside; // before the vectors: these are there last
    if (format == vector_format::npy || format == vector_format::projector) {
        auto const default_name =
            format == vector_format::npy ? detail::word_list_beside(path) : detail::metadata_beside(path);
        auto const& name_beside = options.words.empty() ? default_name : options.words;
        beside.emplace(name_beside, output_options{written.overwrite, codec_of_name(name_beside), written.level});
    }
    output_file out(path, written);
    switch (format) {
    case vector_format::word2vec_text: detail::write_word2vec_text(vectors, held.count, out, options.digits); break;
    case vector_format::glove_text: detail::write_glove_text(vectors, held.first, out, options.digits); break;
    case vector_format::word2vec_binary: detail::write_word2vec_binary(vectors, held.count, out); break;
    case vector_format::npy:
        beside->write(detail::format_word_list(vectors));
        detail::write_npy(vectors, out, options.half);
        break;
    case vector_format::safetensors: detail::write_safetensors(vectors, out, options.half); break;
    case vector_format::projector: detail::write_projector(vectors, held.first, out, *beside, options.digits); break;
    case vector_format::automatic:
    case vector_format::fasttext:
        throw error(failure::usage, "vectors cannot be saved as " + std::string(name(format)), {.file = path});
    }
    if (beside) beside->commit();
    out.commit();
}
}
