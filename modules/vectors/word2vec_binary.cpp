module;
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :files;
import :formats;
import :numbers;
import :word_vectors;

namespace wordmill::detail {
word_vectors read_word2vec_binary(byte_reader& in, load_vectors_options const& options) {
    auto const [claimed, dimension] = parse_word2vec_header(in);
    auto const rows = believed_rows(in, claimed, dimension, 4 * dimension + 2); // a letter and a blank
    auto made = builder_for(in, rows, dimension, options);
    auto const wanted = wanted_rows(rows, options);
    // word2vec.c ends each entry with a newline, gensim does not
    auto const skip_newline = [&in] {
        if (in.peek(1) == "\n") in.skip(1, "an entry");
    };
    std::string word;
    for (std::uint64_t row = 0; row < wanted; ++row) {
        skip_newline();
        auto where = in.here();
        where.record = row + 1;
        auto const text = in.until(' ', longest_word, "a word");
        if (!text)
            throw error(failure::bad_data,
                        "expected " + format_count(rows) + " words, as the first line says, found " + format_count(row),
                        where);
        word = *text;
        if (word.find('\n') != std::string::npos)
            throw error(failure::bad_data, "expected a word, found a newline in it", where, "read as word2vec-binary");
        auto const values = made.room();
        in.read(values.data(), values.size_bytes(), "a vector");
        made.add(word, 0, where);
    }
    if (wanted < rows) return std::move(made).finish();
    skip_newline();
    if (!in.ended())
        in.refuse("expected the end after " + format_count(rows) + " words, as the first line says, found more");
    return std::move(made).finish();
}

void write_word2vec_binary(word_vectors const& vectors, output_file& out) {
    std::string text;
    append_size(text, vectors.size());
    text += ' ';
    append_size(text, vectors.dimension());
    text += '\n';
    out.write(text);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        auto const word = vectors.word(id_at(i));
        expect_plain_word(word, vector_format::word2vec_binary);
        auto const values = vectors.row(id_at(i));
        text = word;
        text += ' ';
        text.append(reinterpret_cast<char const*>(values.data()), values.size_bytes());
        text += '\n';
        out.write(text);
    }
}
}
