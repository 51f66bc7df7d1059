export module wordmill.seq2seq:model_file;
import :model;
import :options;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
export inline constexpr named_value<decoder_start> decoder_start_names[] = {
    {"hidden", decoder_start::hidden}, {"hidden-and-cells", decoder_start::hidden_and_cells}};
export inline constexpr named_value<attention_output> attention_output_names[] = {
    {"concatenated", attention_output::concatenated}, {"combined", attention_output::combined}};
export inline constexpr named_value<std::optional<attention_kind>> attention_names[] = {
    {"none", std::nullopt},
    {"dot", attention_kind::dot},
    {"scaled-dot", attention_kind::scaled_dot},
    {"general", attention_kind::general},
    {"additive", attention_kind::additive}};

/// Convert options to notes and back. `failure::bad_data` with the name of a note that is missing or not valid.
export [[nodiscard]] note_map notes_of(seq2seq_options const& options);
export [[nodiscard]] seq2seq_options seq2seq_options_of(note_map const& notes, std::string const& file = {});

/// Writes weights, options and notes to one safetensors file, atomically (see `save_tensors`). `half`: weights of 16
/// bits. A weight that is not finite is a `failure::bad_data`.
export void save_seq2seq(seq2seq_model<float>& model, std::string const& path, note_map const& notes = {},
                         bool half = false, output_options const& output = {});

/// The options of a saved model, without its weights. `failure::bad_data` for a file that is not such a model or whose
/// header is damaged.
export [[nodiscard]] seq2seq_options load_seq2seq_options(std::string const& path);

export struct loaded_seq2seq {
    seq2seq_model<float> model;
    note_map notes{}; ///< including those of the options
};
/// `failure::bad_data` for a file that is not such a model or is damaged, and, with names and shapes, for tensors that
/// do not match the options. A model whose weights and gradients need more than `memory_bytes` (0 = no limit) is
/// refused before they are allocated.
export [[nodiscard]] loaded_seq2seq load_seq2seq(std::string const& path, std::shared_ptr<operations<float>> ops,
                                                 std::uint64_t memory_bytes = 0);
}
