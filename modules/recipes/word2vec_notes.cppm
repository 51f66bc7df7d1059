module wordmill.recipes:word2vec_notes;
import :word2vec;
import wordmill.core;
import wordmill.word2vec;

namespace wordmill::detail {
/// The options with learning rates settled; `failure::usage` with name and range for what no run can use.
[[nodiscard]] word2vec_recipe settled(architecture what, word2vec_recipe how);
/// What is saved with the vectors, and tells runs apart.
[[nodiscard]] note_map notes_of(architecture what, word2vec_recipe const& how);
}
