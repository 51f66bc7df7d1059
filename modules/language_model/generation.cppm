export module wordmill.language_model:generation;
import :model;
import :sampling;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct generation_options {
    std::size_t length = 100; ///< tokens for each prompt
    sampling_options sampling{};
    random_key key{};               ///< token n of prompt i is drawn with key.fold_in(i), word n
    std::optional<token_id> stop{}; ///< generating this token ends the text
    monitor progress{};             ///< may request a stop
};

/// Continues all prompts together. The tokens of a prompt are fed to the model one by one, then each generated token
/// is. Returns only the new tokens of each prompt; they do not depend on the other prompts. Restores the model's state
/// at the end. `failure::usage` for an empty prompt, `failure::bad_data` for ids outside the model's vocabulary.
export [[nodiscard]] std::vector<std::vector<token_id>> generate(language_model<float>& model,
                                                                 std::vector<std::vector<token_id>> const& prompts,
                                                                 generation_options const& options = {});

/// The natural logarithms of the probabilities of all tokens [V] as the next one of a text, which a model reads from
/// its first token. Restores the model's state at the end. `progress` may request a stop. Errors are those of
/// `generate`.
export [[nodiscard]] std::vector<double>
next_log_probabilities(language_model<float>& model, std::vector<token_id> const& text, monitor const& progress = {});
}
