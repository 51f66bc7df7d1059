export module wordmill.recipes:corpus;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// A corpus to train on: files, directories and glob patterns in any format and codec that is known, text or encoded
/// ids; formats are detected from content. `split` makes the tokenizer, by default `unicode_words`. Nothing is read
/// yet. Errors are those of `find_inputs` and `any_corpus`.
export [[nodiscard]] any_corpus read(std::vector<std::string> const& names, corpus_options how = {},
                                     tokenizer_maker split = {});
export [[nodiscard]] any_corpus read(std::string name, corpus_options how = {}, tokenizer_maker split = {});

/// The vocabulary of a recipe: counted in a pass over the corpus, or one that exists.
export struct vocabulary_recipe {
    std::optional<vocabulary> given{}; ///< instead of counting; needed for encoded corpora
    std::uint64_t min_count = 5;       ///< rarer words are left out
    std::uint64_t max_size = 0;        ///< most types; 0 = no limit
};
/// Passes over the corpus that it takes.
export [[nodiscard]] inline std::uint64_t passes_of(vocabulary_recipe const& recipe) noexcept {
    return recipe.given ? 0 : 1;
}
/// `failure::bad_data` when ids were encoded with another vocabulary, `failure::usage` when one is missing for them.
/// Counting uses half of `memory_bytes`.
export [[nodiscard]] vocabulary make_vocabulary(any_corpus const& corpus, vocabulary_recipe const& recipe,
                                                pass_options const& pass, std::uint64_t memory_bytes);
/// `failure::usage` when inputs that can be read only once, such as pipes, would be read `passes` times.
export void check_passes(std::vector<input_file> const& inputs, std::uint64_t passes);
export void check_passes(any_corpus const& corpus, std::uint64_t passes);
}
