module;
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
module wordmill.vectors;
import :vocabulary_vectors;
import :word_vectors;
import wordmill.core;
import wordmill.text;

namespace wordmill {
word_vectors vectors_of(vocabulary const& words, std::size_t dimension,
                        std::function<void(token_id, std::span<float>)> const& write, note_map const& notes) {
    word_vectors::builder builder(dimension);
    builder.reserve(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
        write(id_at(i), builder.room());
        (void)builder.add(words.word(id_at(i)), words.counts()[i], {.record = i + 1});
    }
    for (auto const& [key, value] : notes) builder.note(key, value);
    return std::move(builder).finish();
}
}
