export module wordmill.language_model:model_file;
import :model;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
/// The options as notes, and the reverse; `failure::bad_data` with the note that is missing or no option.
export [[nodiscard]] note_map notes_of(language_model_options const& options);
export [[nodiscard]] language_model_options options_of(note_map const& notes, std::string const& file = {});

export struct save_model_options {
    bool half = false; ///< weights of 16 bits: half the size
    output_options output{};
};

/// Writes weights, options and notes to one safetensors file, atomically (see `save_tensors`). Shared weights are
/// written once. Weights that are not finite are a `failure::bad_data`.
export void save_language_model(language_model<float>& model, std::string const& path, note_map const& notes = {},
                                save_model_options const& options = {});

export struct loaded_language_model {
    language_model<float> model;
    note_map notes{}; ///< the options' too
};
/// `failure::bad_data` for what is no such model, for damage, and with the names and shapes of tensors that do not fit
/// the options; `memory_bytes` (0 = any) bounds weights and gradients, refused before they are made.
export [[nodiscard]] loaded_language_model
load_language_model(std::string const& path, std::shared_ptr<operations<float>> ops, std::uint64_t memory_bytes = 0);
}
