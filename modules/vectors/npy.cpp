module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
import :files;
import :formats;
import :numbers;
import :row_log;
import :word_list;
import :word_vectors;

namespace wordmill::detail {
namespace {
std::size_t value_bytes(std::string const& type, byte_reader const& in) {
    if (type == "<f4") return 4;
    if (type == "<f2") return 2;
    if (type == "<f8") return 8;
    if (type.find('O') != std::string::npos)
        in.refuse("npy: expected floats, found Python objects", "pickled objects are never loaded");
    in.refuse("npy: expected little-endian floats ('<f2', '<f4' or '<f8'), found '" + type + "'",
              "numpy.save(name, array.astype('<f4'))");
}

void convert(char const* from, std::size_t bytes, std::span<float> to) {
    for (auto& value : to) {
        value = bytes == 4   ? value_at<float>(from)
                : bytes == 2 ? half_to_float(value_at<std::uint16_t>(from))
                             : static_cast<float>(value_at<double>(from));
        from += bytes;
    }
}

/// Column by column, a few at once for the sake of the cache.
void read_columns(byte_reader& in, std::size_t bytes, std::size_t rows, std::size_t columns, std::size_t kept,
                  std::span<float> to) {
    constexpr std::size_t at_once = 16;
    std::string raw;
    for (std::size_t c = 0; c < columns; c += at_once) {
        auto const some = std::min(at_once, columns - c);
        raw.resize(some * rows * bytes);
        in.read(raw.data(), raw.size(), "the array");
        for (std::size_t r = 0; r < kept; ++r)
            for (std::size_t i = 0; i < some; ++i)
                convert(raw.data() + (i * rows + r) * bytes, bytes, to.subspan(r * columns + c + i, 1));
    }
}
}

word_vectors read_npy(byte_reader& in, load_vectors_options const& options) {
    auto const header = read_npy_header([&](char* into, std::size_t bytes) { in.read(into, bytes, "the header"); },
                                        [&](std::string const& message) { in.refuse("npy: " + message); });
    auto const bytes = value_bytes(header.type, in);
    if (header.shape.size() != 2)
        in.refuse("npy: expected an array of 2 dimensions, words and values, found "
                  + std::to_string(header.shape.size()));
    auto const dimension = header.shape[1];
    auto const rows = believed_rows(in, header.shape[0], dimension, std::min(dimension, most_dimensions) * bytes);
    if (in.plain() && in.most_left() != rows * dimension * bytes)
        in.refuse("npy: expected " + format_count(rows * dimension * bytes) + " bytes after the header, found "
                  + format_count(in.most_left()));
    row_log log(options);
    auto made = builder_for(in, rows, dimension, options);
    auto const wanted = wanted_rows(rows, options);

    byte_reader words_in(options.words.empty() ? word_list_beside(in.name()) : options.words);
    auto const words_name = words_in.name();
    word_list words(words_in.rest(most_word_list_bytes, "a word list"), words_name);
    if (header.fortran_order) {
        read_columns(in, bytes, rows, dimension, wanted, made.room(wanted));
        name_rows(made, wanted, words, rows, log);
    } else {
        std::string raw(dimension * bytes, '\0');
        for (std::uint64_t row = 0; row < wanted; ++row) {
            in.read(raw.data(), raw.size(), "the array");
            convert(raw.data(), bytes, made.room());
            name_rows(made, 1, words, rows, log);
        }
    }
    if (wanted == rows) expect_end(words, rows);
    if (wanted == rows && !in.ended()) in.refuse("npy: expected the end after the array, found more");
    return log.finish(std::move(made), in.name());
}

void write_npy(word_vectors const& vectors, output_file& out, bool half) {
    out.write(npy_header_text(half ? "<f2" : "<f4", std::array<std::uint64_t, 2>{vectors.size(), vectors.dimension()}));
    write_values(vectors, out, half);
}
}
