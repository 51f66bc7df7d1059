module wordmill.command:lm_text;
import :arguments;
import :command_line;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// Text for a language model: a corpus, how it is split, and the word that marks the ends of sentences.
struct text_arguments {
    input_arguments input;
    token_arguments tokens{.sentence_end = "<eos>"};
    std::string temporary{}; ///< a folder

    void add_to(command_line line);
    /// How text is split, as notes of a model, and taken from them: a model reads as it learnt to.
    void describe(note_map& notes) const;
    void obey(note_map const& notes);
    [[nodiscard]] any_corpus open(std::vector<input_file> const& inputs, run_arguments const& run) const;
    /// The ids of a corpus, in a temporary file.
    [[nodiscard]] stored_ids ids_of(any_corpus const& corpus, vocabulary const& words, run_arguments const& run,
                                    monitor const& watch, tally const& counts) const;
};

[[nodiscard]] std::string note_or(note_map const& notes, std::string const& key, std::string const& otherwise);
}
