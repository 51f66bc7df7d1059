module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :files;
import :formats;
import :row_log;
import :word_vectors;

namespace wordmill::detail {
namespace {
/// word2vec.c ends each entry with a newline, gensim does not.
void skip_newline(byte_reader& in) {
    if (in.peek(1) == "\n") in.skip(1, "an entry");
}

/// The entries that follow; nothing when the rest of the file is something else.
std::optional<std::uint64_t> count_entries(byte_reader& in, std::size_t vector_bytes) {
    for (std::uint64_t entries = 0;; ++entries) {
        skip_newline(in);
        if (in.ended()) return entries;
        auto const blank = in.peek(longest_word + 1).find(' ');
        if (blank == std::string_view::npos) return std::nullopt;
        in.skip(blank + 1, "a word");
        if (in.peek(vector_bytes).size() < vector_bytes) return std::nullopt;
        in.skip(vector_bytes, "a vector");
    }
}
}

word_vectors read_word2vec_binary(byte_reader& in, load_vectors_options const& options) {
    row_log log(options);
    auto const [claimed, dimension] = parse_word2vec_header(in);
    check_claim(in, claimed, dimension, log.skips());
    auto const vector_bytes = dimension * sizeof(float);
    auto made = builder_for(in, std::min(claimed, in.most_left() / (vector_bytes + 2)), dimension, options);
    std::string word;
    std::uint64_t found = 0;
    for (skip_newline(in); !in.ended(); skip_newline(in)) {
        auto where = in.here();
        where.record = ++found;
        if (found > claimed && !log.skips()) {
            auto const more = count_entries(in, vector_bytes);
            log.contradiction(more ? claimed_and_found(claimed, found - 1 + *more)
                                   : "expected the end after " + format_count(claimed)
                                         + " words, as the first line says, found more",
                              where);
        }
        word = in.until(' ', longest_word, "a word", log.skips()).value_or("");
        bool const cut = in.most_left() < vector_bytes || (log.skips() && in.peek(vector_bytes).size() < vector_bytes);
        if (cut) {
            log.leave_out(cut_row("a vector"), where);
            --found;
            break;
        }
        auto const values = made.room().first(dimension);
        bool const newline = word.find('\n') != std::string::npos;
        if (newline)
            log.leave_out({.reason = "a newline in the word",
                           .message = "expected a word, found a newline in it",
                           .hint = "read as word2vec-binary"},
                          where);
        in.read(values.data(), values.size_bytes(), "a vector");
        if (!newline) log.add(made, word, 0, where);
        if (options.max_words != 0 && made.size() == options.max_words) return log.finish(std::move(made), in.name());
    }
    if (found != claimed) log.contradiction(claimed_and_found(claimed, found), in.here());
    return log.finish(std::move(made), in.name());
}

void write_word2vec_binary(word_vectors const& vectors, std::uint64_t rows, output_file& out) {
    out.write(word2vec_first_line(rows, vectors.dimension()));
    std::string text;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        auto const word = vectors.word(id_at(i));
        if (!holds_word(vector_format::word2vec_binary, word)) continue;
        auto const values = vectors.row(id_at(i));
        text = word;
        text += ' ';
        text.append(reinterpret_cast<char const*>(values.data()), values.size_bytes());
        text += '\n';
        out.write(text);
    }
}
}
