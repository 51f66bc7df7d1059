module wordmill.command:language_model_folder;
import :arguments;
import :command_line;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// A language model as the commands keep it: a folder with "vocabulary.tsv", "model.safetensors" and, for people and
/// scripts, "card.json" with the notes of the model. Each file is replaced atomically; the model comes last but for the
/// card and names the vocabulary that it belongs to.
struct language_model_folder {
    std::string path;

    [[nodiscard]] std::string file(char const* name) const { return path + "/" + name; }
    [[nodiscard]] bool holds_model() const;
    /// Creates the folder if it is missing. `failure::cannot_create` when it holds a model that may not be replaced.
    void begin(bool overwrite) const;
    void save(language_model<float>& model, vocabulary const& words, note_map notes, bool half) const;
};

/// The precision of the arithmetic of language models.
struct precision_arguments {
    std::string precision = "fp32";

    void add_to(command_line line);
    /// Warns when bf16 is emulated.
    [[nodiscard]] wordmill::precision resolve_precision(run_arguments const& run) const;
    [[nodiscard]] std::shared_ptr<operations<float>> resolve(run_arguments const& run) const;
};

struct folder_model {
    language_model<float> model;
    note_map notes;
    vocabulary words;
};
/// `failure::bad_data` with both fingerprints when model and vocabulary are of different runs.
[[nodiscard]] folder_model load_language_model_folder(std::string const& path, std::shared_ptr<operations<float>> ops,
                                                      std::uint64_t memory);
}
