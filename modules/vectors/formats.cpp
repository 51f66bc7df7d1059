module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
import :files;
import :formats;
import :numbers;
import :word_vectors;

namespace wordmill::detail {
std::uint64_t believed_rows(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension,
                            std::uint64_t least_row_bytes) {
    auto const claim = format_count(rows) + " words of " + format_count(dimension) + " dimensions";
    if (rows == 0 || dimension == 0) in.refuse("expected at least one word and one dimension, found " + claim);
    if (rows > 0xffffffff || dimension > most_dimensions)
        in.refuse("expected fewer than 2^32 words and at most 2^24 dimensions, found " + claim);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(rows, least_row_bytes, &bytes) || bytes > in.most_left())
        in.refuse("expected " + claim + ", but " + in.left_in_words());
    return rows;
}

word_vectors::builder builder_for(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension,
                                  load_vectors_options const& options) {
    word_vectors::builder made(dimension, options.memory_bytes);
    auto const wanted = wanted_rows(rows, options);
    made.check(wanted);
    if (in.plain()) made.reserve(wanted);
    return made;
}

void expect_plain_word(std::string_view word, vector_format format) {
    if (word.find_first_of(" \t\r\n") == std::string_view::npos) return;
    throw error(failure::bad_data,
                "the word '" + std::string(word) + "' holds a blank, a tab or a newline: it cannot be written as "
                    + std::string(name(format)),
                {}, "npy and safetensors hold any word");
}

void write_values(word_vectors const& vectors, output_file& out, bool half) {
    auto const rows = vectors.rows();
    std::span const values(rows.data, rows.rows * rows.columns);
    if (!half) {
        out.write({reinterpret_cast<char const*>(values.data()), values.size_bytes()});
        return;
    }
    constexpr std::size_t at_once = 1 << 16;
    std::vector<std::uint16_t> halves;
    for (std::size_t at = 0; at < values.size(); at += at_once) {
        auto const some = values.subspan(at, std::min(at_once, values.size() - at));
        halves.resize(some.size());
        for (std::size_t i = 0; i < some.size(); ++i) {
            halves[i] = float_to_half(some[i]);
            if ((halves[i] & 0x7fff) == 0x7c00)
                throw error(failure::bad_data, "the vector of '"
                                                   + std::string(vectors.word(id_at((at + i) / rows.columns)))
                                                   + "' has a value above 65504: too large for 16 bits");
        }
        out.write({reinterpret_cast<char const*>(halves.data()), halves.size() * sizeof(std::uint16_t)});
    }
}
}
