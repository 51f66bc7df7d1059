module;
#include <cstddef>
#include <string>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :files;
import :formats;
import :numbers;
import :word_vectors;

namespace wordmill::detail {
namespace {
constexpr std::size_t full = std::size_t{64} << 10;

void write_when_full(output_file& out, std::string& text) {
    if (text.size() < full) return;
    out.write(text);
    text.clear();
}
}

void write_projector(word_vectors const& vectors, output_file& out, output_file& metadata, int digits) {
    // The projector wants a heading when there are several columns, and none when there is one.
    auto const counts = vectors.counts();
    std::string text = counts.empty() ? "" : "word\tcount\n";
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        auto const word = vectors.word(id_at(i));
        if (!holds_word(vector_format::projector, word)) continue;
        text += word;
        if (!counts.empty()) {
            text += '\t';
            append_size(text, counts[i]);
        }
        text += '\n';
        write_when_full(metadata, text);
    }
    metadata.write(text);

    text.clear();
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        if (!holds_word(vector_format::projector, vectors.word(id_at(i)))) continue;
        for (float const value : vectors.row(id_at(i))) {
            append_float(text, value, digits);
            text += '\t';
        }
        text.back() = '\n';
        write_when_full(out, text);
    }
    out.write(text);
}
}
