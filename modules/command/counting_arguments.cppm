module wordmill.command:counting_arguments;
import :arguments;
import :command_line;
import :progress;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.compute;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.standard;
import wordmill.stats;
import wordmill.text;

namespace wordmill {
/// Options of counting co-occurrences.
struct counting_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
    vocabulary_arguments words;
    std::string window = "5";
    std::string left;
    std::string right;
    std::string weights = "flat";
    std::string sample = "0";
    std::string seed = "1";
    std::string temporary;
    bool shrink = false;
    bool cross_sentences = false;

    void add_to(command_line line);
    [[nodiscard]] cooccurrence_recipe recipe(compute_device device) const;
    /// The corpus; refuses options that would be ignored.
    [[nodiscard]] any_corpus open(std::vector<input_file> files) const;
};

}
