export module wordmill.language_model:model_file;
import :model;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
export inline constexpr named_value<softmax_kind> softmax_names[] = {
    {"full", softmax_kind::full}, {"sampled", softmax_kind::sampled}, {"adaptive", softmax_kind::adaptive}};

/// Convert options to notes and back. `failure::bad_data` with the name of a note that is missing or not valid.
export [[nodiscard]] note_map notes_of(language_model_options const& options);
export [[nodiscard]] language_model_options options_of(note_map const& notes, std::string const& file = {});

export struct save_model_options {
    bool half = false; ///< 16-bit weights: half the size
    output_options output{};
};

/// Writes weights, options and notes to one safetensors file, atomically (see `save_tensors`). Shared weights are
/// written once. A weight that is not finite is a `failure::bad_data`.
export void save_language_model(language_model<float>& model, std::string const& path, note_map const& notes = {},
                                save_model_options const& options = {});

/// The options of a saved model, without its weights. `failure::bad_data` for a file that is not a language model or
/// whose header is damaged.
export [[nodiscard]] language_model_options load_language_model_options(std::string const& path);

export struct loaded_language_model {
    language_model<float> model;
    note_map notes{}; ///< including those of the options
};
/// `failure::bad_data` for a file that is not a language model or is damaged, and, with names and shapes, for tensors
/// that do not match the options. A model whose weights and gradients need more than `memory_bytes` (0 = no limit) is
/// refused before they are allocated. `memory_length` is that of a Transformer, in place of its own; `failure::usage`
/// for other models, and for a Transformer that can have none.
export [[nodiscard]] loaded_language_model load_language_model(std::string const& path,
                                                               std::shared_ptr<operations<float>> ops,
                                                               std::uint64_t memory_bytes = 0,
                                                               std::optional<std::size_t> memory_length = {});
}
