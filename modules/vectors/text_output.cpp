module;
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

namespace wordmill::detail {
namespace {
void write_rows(word_vectors const& vectors, std::size_t first, output_file& out, int digits, std::string text) {
    constexpr std::size_t full = std::size_t{64} << 10;
    for (auto i = first; i < vectors.size(); ++i) {
        if (!holds_word(vector_format::word2vec_text, vectors.word(id_at(i)))) continue;
        append_text_row(text, vectors, id_at(i), digits);
        if (text.size() < full) continue;
        out.write(text);
        text.clear();
    }
    out.write(text);
}
}

std::string word2vec_first_line(std::uint64_t rows, std::uint64_t dimension) {
    std::string text;
    append_size(text, rows);
    text += ' ';
    append_size(text, dimension);
    return text += '\n';
}

void append_text_row(std::string& out, word_vectors const& vectors, token_id id, int digits) {
    out += vectors.word(id);
    for (float const value : vectors.row(id)) {
        out += ' ';
        append_float(out, value, digits);
    }
    out += '\n';
}

void write_word2vec_text(word_vectors const& vectors, std::uint64_t rows, output_file& out, int digits) {
    write_rows(vectors, 0, out, digits, word2vec_first_line(rows, vectors.dimension()));
}

void write_glove_text(word_vectors const& vectors, std::size_t first, output_file& out, int digits) {
    write_rows(vectors, first, out, digits, "");
}
}
