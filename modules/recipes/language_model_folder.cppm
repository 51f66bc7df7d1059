export module wordmill.recipes:language_model_folder;
import :language_text;
import :model_folder;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.standard;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
/// A language model in a folder: its vocabulary is "vocabulary.tsv". The model, written before the card, names the
/// vocabulary that it belongs to.
export struct language_model_folder : model_folder {
    /// `half`: weights of 16 bits. Errors are those of `save_language_model`.
    void save(language_model<float>& model, vocabulary const& words, language_text const& text, note_map notes = {},
              bool half = false) const;
    /// Bytes of a GPU that the saved model needs, at most, to read so many lanes for so many steps at a time; 0: as
    /// many as `evaluation_steps` says. Errors are those of `load_language_model_options`.
    [[nodiscard]] std::uint64_t device_bytes(std::size_t lanes, std::size_t steps) const;
};

/// A model, its vocabulary, how it reads text, and its notes.
export struct folder_model {
    language_model<float> model;
    note_map notes{};
    vocabulary words{};
    language_text text{};

    /// The rows of the embedding as word vectors.
    [[nodiscard]] word_vectors embedding();
};
/// `failure::bad_data` with both fingerprints when model and vocabulary are of different runs; `memory_bytes` (0 = any)
/// bounds weights and gradients; `memory_length` is that of `load_language_model`, whose errors are the others.
export [[nodiscard]] folder_model load_language_model_folder(std::string const& path,
                                                             std::shared_ptr<operations<float>> ops,
                                                             std::uint64_t memory_bytes = 0,
                                                             std::optional<std::size_t> memory_length = {});
}
