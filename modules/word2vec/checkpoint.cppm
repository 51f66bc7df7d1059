export module wordmill.word2vec:checkpoint;
import :model;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// What a run has to say about itself besides the weights: where it stands, with which options.
export using training_notes = std::map<std::string, std::string>;

/// Writes weights and notes to one file, atomically; an old one stays until the new one is complete. Little-endian:
///   "WMTRAIN\n", version u32 = 2, bytes of the notes u32, rows of input R u64, of output V u64, D u64, notes as "key
///   value" lines (escapes \\ and \n), input vectors f32 [R, D], output vectors f32 [V, D], XXH3-64 of all bytes before
/// Weights that are not finite are a `failure::bad_data`: a run that has diverged leaves its last good checkpoint.
export void save_checkpoint(word2vec_model const& model, training_notes const& notes, std::string const& path);

/// The notes alone, without a look at the weights.
export [[nodiscard]] training_notes load_checkpoint_notes(std::string const& path);
/// Reads the weights into a model of the same size. `failure::bad_data` for damage, another version and another size,
/// with what was expected and what was found; the model is then unchanged or must not be used.
export void load_checkpoint(word2vec_model& model, std::string const& path);
}
