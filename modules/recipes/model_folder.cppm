export module wordmill.recipes:model_folder;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The folder of a trained model: its weights in "model.safetensors", its vocabularies and, for people and scripts,
/// "card.json" with its notes. Each file is replaced atomically.
export struct model_folder {
    std::string path;

    [[nodiscard]] std::string file(std::string_view name) const { return path + "/" + std::string(name); }
    [[nodiscard]] std::string weights() const { return file("model.safetensors"); }
    [[nodiscard]] bool holds_model() const;
    /// Creates the folder if it is missing. `failure::cannot_create` when it holds a model that may not be replaced.
    void begin(bool overwrite) const;
    void save_card(note_map const& notes) const;
};
}
