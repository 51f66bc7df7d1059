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
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
import :files;
import :formats;
import :row_log;
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
    row_log log(options);
    auto made = builder_for(in, rows, matrix.shape[1], options);
    auto const wanted = wanted_rows(rows, options);
    std::optional<word_list> words;
    if (!options.words.empty()) words = list_beside(in, options);
    for (auto const& t : header.tensors) {
        if (&t == &matrix) {
            read_matrix(in, t, wanted, made);
        } else if (t.name == "words" && t.type == "U8" && !words) {
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
    if (!in.ended())
        in.refuse("safetensors: expected the end " + format_count(in.position() - start)
                  + " bytes after the header, found more");
    if (!words) words = list_beside(in, options);
    name_rows(made, wanted, *words, rows, log);
    if (wanted == rows) expect_end(*words, rows);
    for (auto const& [key, value] : header.metadata)
        if (key != "format" || value != maker) made.note(key, value);
    return log.finish(std::move(made), in.name());
}

void write_safetensors(word_vectors const& vectors, output_file& out, bool half) {
    auto const words = format_word_list(vectors);
    auto notes = vectors.notes();
    notes["format"] = maker;
    tensor_entry const tensors[] = {
        {.name = "vectors", .type = half ? "F16" : "F32", .shape = {vectors.size(), vectors.dimension()}},
        {.name = "words", .type = "U8", .shape = {words.size()}}};
    write_safetensors_header(out, tensors, notes);
    write_values(vectors, out, half);
    out.write(words);
}
}
