module wordmill.command:pair_arguments;
import :arguments;
import :command_line;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.recipes;
import wordmill.standard;

namespace wordmill {
/// Files of pairs, and how they are read.
struct pair_arguments {
    input_arguments reading; ///< its inputs are the files
    std::string layout = "auto";
    std::string separator;
    std::string source_field = "source";
    std::string target_field = "target";

    void add_to(command_line line);
    [[nodiscard]] pair_options resolve(run_arguments const& run) const;
};

/// How the texts of both sides are split.
struct sequence_arguments {
    std::string tokenizer = "characters";
    std::string target_tokenizer; ///< empty: the same
    std::string letters = "keep";
    std::string normalize = "none";

    void add_to(command_line line);
    [[nodiscard]] sequence_text source() const;
    [[nodiscard]] sequence_text target() const;
};
}
