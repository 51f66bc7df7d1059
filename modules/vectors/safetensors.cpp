module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
import wordmill.text;
import :files;
import :formats;
import :numbers;
import :row_log;
import :subword_room;
import :subword_vectors;
import :word_list;
import :word_vectors;

namespace wordmill::detail {
namespace {
constexpr std::string_view maker = "wordmill word vectors"; // "format" in the metadata of files of ours

bool is_matrix(tensor_entry const& t) {
    constexpr std::array<std::string_view, 4> floats{"F16", "BF16", "F32", "F64"};
    return t.shape.size() == 2 && std::ranges::find(floats, t.type) != floats.end();
}

tensor_entry const& find_matrix(safetensors_header const& header, std::string const& wanted, byte_reader const& in) {
    tensor_entry const* only = nullptr;
    std::size_t matrices = 0;
    for (auto const& t : header.tensors) {
        bool const named = t.name == (wanted.empty() ? "vectors" : wanted);
        if (named && is_matrix(t)) return t;
        if (named && !wanted.empty())
            in.refuse("safetensors: expected a matrix of floats, found '" + wanted + "' of type " + t.type + " and "
                      + std::to_string(t.shape.size()) + " dimensions");
        if (!is_matrix(t)) continue;
        only = &t;
        ++matrices;
    }
    if (!wanted.empty()) in.refuse("safetensors: there is no tensor '" + wanted + "'");
    if (matrices == 1) return *only;
    in.refuse("safetensors: expected a tensor 'vectors' or a single matrix of floats, found "
                  + std::to_string(matrices),
              "name the tensor");
}

/// The first `wanted` rows, then to the end of the tensor. Room grows with the bytes that come.
void read_matrix(byte_reader& in, tensor_entry const& t, std::size_t wanted, word_vectors::builder& made) {
    auto const dimension = t.shape[1];
    std::string raw((t.end - t.begin) / t.shape[0], '\0');
    for (std::size_t row = 0; row < wanted; ++row) {
        in.read(raw.data(), raw.size(), "the matrix");
        convert_floats(raw.data(), t.type, made.room(row + 1).subspan(row * dimension));
    }
    in.skip((t.shape[0] - wanted) * raw.size(), "the matrix");
}

constexpr std::string_view subwords_name = "subwords"; // a tensor, and its note: "3 6" for 3 to 6 letters

/// The tensor with the vectors of n-grams, when the file has one of ours.
struct subword_tensor {
    tensor_entry const* entry = nullptr;
    subword_options options{};
};
subword_tensor find_subwords(safetensors_header const& header, std::uint64_t dimension, byte_reader const& in) {
    auto const note = header.metadata.find(std::string(subwords_name));
    auto const found = std::ranges::find(header.tensors, subwords_name, &tensor_entry::name);
    if (note == header.metadata.end() || found == header.tensors.end()) return {};
    auto const blank = note->second.find(' ');
    auto const least = parse_size(note->second.substr(0, blank));
    auto const most = blank == std::string::npos ? std::nullopt : parse_size(note->second.substr(blank + 1));
    if (!is_matrix(*found) || found->shape[1] != dimension || found->shape[0] == 0 || found->shape[0] > most_buckets
        || !least || *least > most_subword_letters || !most || *most == 0 || *most > most_subword_letters)
        in.refuse("safetensors: expected in 'subwords' a row of " + format_count(dimension)
                      + " floats for each bucket, and in the metadata the fewest and the most letters, up to "
                      + std::to_string(most_subword_letters) + "; found '" + note->second + "' and " + found->type
                      + " of another shape or number",
                  "load the file without subwords");
    return {.entry = &*found,
            .options = {.least_letters = static_cast<std::uint32_t>(*least),
                        .most_letters = static_cast<std::uint32_t>(*most),
                        .buckets = static_cast<std::uint32_t>(found->shape[0])}};
}

shared_matrix read_subwords(byte_reader& in, tensor_entry const& t, load_vectors_options const& options) {
    subword_room room(t.shape[0], t.shape[1], options.memory_bytes, in.here());
    std::string raw((t.end - t.begin) / t.shape[0], '\0');
    for (std::size_t row = 0; row < t.shape[0]; ++row) {
        in.read(raw.data(), raw.size(), "the vectors of n-grams");
        convert_floats(raw.data(), t.type, room.row(row));
    }
    return std::move(room).finish();
}

/// The rows of a tensor where they lie in the mapped file; the tensors begin at `start`.
shared_matrix mapped_rows(mapped_file const& file, std::uint64_t start, tensor_entry const& t, std::uint64_t rows) {
    auto const* const data = file.bytes().data() + start + t.begin;
    bool const aligned = reinterpret_cast<std::uintptr_t>(data) % sizeof(float) == 0;
    if (t.type != "F32" || !aligned)
        throw error(failure::usage,
                    "expected 32-bit floats on a border of 4 bytes to map as '" + t.name + "', found "
                        + (aligned ? t.type : "another border"),
                    {}, "load the file without mapping it");
    return {.view = {reinterpret_cast<float const*>(data), rows, t.shape[1], t.shape[1]}, .owner = file.owner()};
}

word_list list_beside(byte_reader const& in, load_vectors_options const& options) {
    byte_reader words(options.words.empty() ? word_list_beside(in.name()) : options.words);
    return {words.rest(most_word_list_bytes, "a word list"), words.name()};
}
}

word_vectors read_safetensors(byte_reader& in, load_vectors_options const& options) {
    auto const header = read_safetensors_header(in);
    auto const& matrix = find_matrix(header, options.tensor, in);
    auto const start = in.position();
    auto const rows = believed_rows(in, matrix.shape[0], matrix.shape[1],
                                    (matrix.end - matrix.begin) / std::max<std::uint64_t>(1, matrix.shape[0]));
    auto const n_grams = options.subwords ? find_subwords(header, matrix.shape[1], in) : subword_tensor();
    auto const file = options.map ? std::optional<mapped_file>(in.name()) : std::nullopt;
    if (file && file->bytes().size() != start + header.tensors.back().end)
        in.refuse("safetensors: expected " + format_count(header.tensors.back().end) + " bytes after the header, found "
                  + format_count(file->bytes().size() - start));
    row_log log(options);
    auto made = options.map ? word_vectors::builder(matrix.shape[1], options.memory_bytes)
                            : builder_for(in, rows, matrix.shape[1], options);
    shared_matrix subword_rows;
    auto const wanted = wanted_rows(rows, options);
    std::optional<word_list> words;
    if (!options.words.empty()) words = list_beside(in, options);
    for (auto const& t : header.tensors) {
        bool const names_rows = t.name == "words" && t.type == "U8" && !words;
        if (file) { // the matrices are not read
            if (&t == &matrix) made.map(mapped_rows(*file, start, t, wanted));
            if (&t == n_grams.entry) subword_rows = mapped_rows(*file, start, t, t.shape[0]);
            if (names_rows)
                words.emplace(std::string(file->bytes().substr(start + t.begin, t.end - t.begin)),
                              in.name() + " (words)");
        } else if (&t == &matrix) {
            read_matrix(in, t, wanted, made);
        } else if (&t == n_grams.entry) {
            subword_rows = read_subwords(in, t, options);
        } else if (names_rows) {
            std::string text;
            while (text.size() < t.end - t.begin) {
                auto const old = text.size();
                text.resize(old + std::min<std::size_t>(t.end - t.begin - old, std::size_t{1} << 20));
                in.read(text.data() + old, text.size() - old, "the word list");
            }
            words.emplace(std::move(text), in.name() + " (words)");
        } else {
            in.skip(t.end - t.begin, "a tensor");
        }
    }
    if (!file && !in.ended())
        in.refuse("safetensors: expected the end " + format_count(in.position() - start)
                  + " bytes after the header, found more");
    if (!words) words = list_beside(in, options);
    name_rows(made, wanted, *words, rows, log);
    if (wanted == rows) expect_end(*words, rows);
    for (auto const& [key, value] : header.metadata)
        if ((key != "format" || value != maker) && key != subwords_name) made.note(key, value);
    auto vectors = log.finish(std::move(made), in.name());
    if (!n_grams.entry) return vectors;
    return vectors.with_subwords(subword_vectors(n_grams.options, std::move(subword_rows)));
}

void write_safetensors(word_vectors const& vectors, output_file& out, bool half) {
    auto const words = format_word_list(vectors);
    auto notes = vectors.notes();
    notes["format"] = maker;
    std::string const type = half ? "F16" : "F32";
    std::vector<tensor_entry> tensors{
        {.name = "vectors", .type = type, .shape = {vectors.size(), vectors.dimension()}}};
    auto const& subwords = vectors.subwords();
    if (subwords.any()) { // before the words, so that they are aligned
        auto const& [least, most, buckets] = subwords.options();
        tensors.push_back({.name = std::string(subwords_name), .type = type, .shape = {buckets, vectors.dimension()}});
        notes[std::string(subwords_name)] = std::to_string(least) + " " + std::to_string(most);
    }
    tensors.push_back({.name = "words", .type = "U8", .shape = {words.size()}});
    write_safetensors_header(out, tensors, notes);
    write_values(vectors, out, half);
    write_values(subwords.rows(), out, half,
                 [](std::size_t row) { return "the vector of n-gram bucket " + std::to_string(row); });
    out.write(words);
}
}
