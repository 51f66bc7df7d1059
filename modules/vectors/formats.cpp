module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
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
namespace {
std::string claim_of(std::uint64_t rows, std::uint64_t dimension) {
    return format_count(rows) + " words of " + format_count(dimension) + " dimensions";
}
}

void check_claim(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension, bool any_rows) {
    if ((rows == 0 && !any_rows) || dimension == 0)
        in.refuse("expected at least one word and one dimension, found " + claim_of(rows, dimension));
    if ((rows > 0xffffffff && !any_rows) || dimension > most_dimensions)
        in.refuse("expected fewer than 2^32 words and at most 2^24 dimensions, found " + claim_of(rows, dimension));
}

std::uint64_t believed_rows(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension,
                            std::uint64_t least_row_bytes) {
    check_claim(in, rows, dimension);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(rows, least_row_bytes, &bytes) || bytes > in.most_left())
        in.refuse("expected " + claim_of(rows, dimension) + ", but " + in.left_in_words());
    return rows;
}

std::string claimed_and_found(std::uint64_t claimed, std::uint64_t found) {
    return "expected " + format_count(claimed) + " words, as the first line says, found " + format_count(found);
}

word_vectors::builder builder_for(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension,
                                  load_vectors_options const& options) {
    word_vectors::builder made(dimension, options.memory_bytes);
    auto const wanted = wanted_rows(rows, options);
    made.check(wanted);
    if (in.plain()) made.reserve(wanted);
    return made;
}

bool holds_word(vector_format format, std::string_view word) {
    auto const has = [word](std::string_view bytes) { return word.find_first_of(bytes) != std::string_view::npos; };
    switch (format) {
    case vector_format::word2vec_text:
    case vector_format::glove_text: return word.size() <= longest_word && !has(" \t\n");
    case vector_format::word2vec_binary: return word.size() <= longest_word && !has(" \n");
    case vector_format::projector: return word.size() <= longest_word && !has("\t\r\n");
    default: return true;
    }
}

void write_values(matrix_view<float const> rows, output_file& out, bool half,
                  std::function<std::string(std::size_t row)> const& whose) {
    std::vector<std::uint16_t> halves(rows.columns);
    for (std::size_t r = 0; r < rows.rows; ++r) {
        auto const row = rows.row(r);
        if (!half) {
            out.write({reinterpret_cast<char const*>(row.data()), row.size_bytes()});
            continue;
        }
        std::ranges::transform(row, halves.begin(), float_to_half);
        if (std::ranges::any_of(halves, [](auto value) { return (value & 0x7fff) == 0x7c00; }))
            throw error(failure::bad_data, whose(r) + " has a value above 65504: too large for 16 bits");
        out.write({reinterpret_cast<char const*>(halves.data()), halves.size() * sizeof(std::uint16_t)});
    }
}

void write_values(word_vectors const& vectors, output_file& out, bool half) {
    write_values(vectors.rows(), out, half,
                 [&](std::size_t row) { return "the vector of '" + std::string(vectors.word(id_at(row))) + "'"; });
}
}
