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
    std::optional<token_id> stop{}; ///< a text ends with this token, if it comes
    monitor progress{};             ///< is asked whether to stop
};

/// Goes on with each prompt, all of them together: a prompt is fed through the state token by token, then what comes
/// out is. The result has the new tokens only, and does not depend on the other prompts. The model's state is as
/// before when done. `failure::usage` for an empty prompt, `failure::bad_data` for ids that are none of the model's.
export [[nodiscard]] std::vector<std::vector<token_id>> generate(language_model<float>& model,
                                                                 std::vector<std::vector<token_id>> const& prompts,
                                                                 generation_options const& options = {});
}
