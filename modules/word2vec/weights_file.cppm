export module wordmill.word2vec:weights_file;
import :model;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Writes the weights of a model and notes to a safetensors file with a checksum, atomically: "input" [R, D] and
/// "output" [V, D], floats of 32 bits. Weights that are not finite are a `failure::bad_data`, so a run that diverges
/// keeps its last good checkpoint.
export void save_weights(word2vec_model const& model, note_map const& notes, std::string const& path);
/// Reads the weights into a model of the same size, without a second copy in memory, and returns the notes. A damaged
/// file, a file without a checksum, a model of another size and a file of an earlier version are a `failure::bad_data`
/// that says what was expected and what was found. After an error the model must not be used.
export note_map load_weights(word2vec_model& model, std::string const& path);
}
