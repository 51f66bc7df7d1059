module wordmill.command:lm_text;
import :arguments;
import :command_line;
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.standard;

namespace wordmill {
/// Text for a language model: a corpus, how it is split, and the word that marks the ends of sentences.
struct text_arguments {
    input_arguments input;
    token_arguments tokens{.sentence_end = "<eos>"};
    std::string temporary{}; ///< a folder

    void add_to(command_line line);
    /// The files, split as the options of the command line or as a model says.
    [[nodiscard]] any_corpus open(std::vector<input_file> inputs, language_text const& text,
                                  run_arguments const& run) const;
};
}
