export module wordmill.recipes:language_generation;
import :language_model_folder;
import :language_text;
import wordmill.core;
import wordmill.language_model;
import wordmill.standard;

namespace wordmill {
/// How a model continues texts, in words.
export struct language_generation_options {
    generation_options sampling{};      ///< the words below are added to its skipped tokens, and set its stop
    std::uint64_t count = 1;            ///< texts for each prompt
    std::vector<std::string> skipped{}; ///< words that are never generated
    std::string stop{};                 ///< a text ends after this word; empty: none
    bool unknown = false;               ///< the unknown word is generated too
    std::function<void(std::string const&)> on_warning{}; ///< is told of words that the vocabulary lacks
};

/// Continues each prompt `count` times and returns the new words of each text, in the order of the prompts.
/// `failure::bad_data` for a stop that the vocabulary lacks; other errors are those of `generate`.
export [[nodiscard]] std::vector<std::vector<std::string>> generate_words(folder_model& loaded,
                                                                          std::span<language_prompt const> prompts,
                                                                          language_generation_options const& options);
}
