export module wordmill.vectors:vocabulary_vectors;
import :word_vectors;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// Vectors of the words of a vocabulary, in its order and with its counts; `write` fills the row [D] of each id.
export [[nodiscard]] word_vectors vectors_of(vocabulary const& words, std::size_t dimension,
                                             std::function<void(token_id, std::span<float>)> const& write,
                                             note_map const& notes);
}
