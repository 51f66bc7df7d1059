module wordmill.command:vocabulary_arguments;
import :arguments;
import :command_line;
import wordmill.core;
import wordmill.io;
import wordmill.recipes;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// The source of the vocabulary of a command: a file, or a pass over the corpus.
struct vocabulary_arguments {
    std::string file;
    std::string min_count = "5";
    std::string max_size = "0";

    void add_to(command_line line);
    /// The number of passes over the corpus.
    [[nodiscard]] unsigned passes() const noexcept { return file.empty() ? 1 : 0; }
    /// For a recipe; reads the vocabulary if it is a file.
    [[nodiscard]] vocabulary_recipe recipe() const;
    /// `failure::usage` when words would have to be counted in ids, `failure::bad_data` when ids are of another one.
    [[nodiscard]] vocabulary resolve(any_corpus const& corpus, pass_options const& pass,
                                     run_arguments const& run) const;
};
}
