module wordmill.command:counting_arguments;
import :arguments;
import :command_line;
import :progress;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.compute;
import wordmill.io;
import wordmill.standard;
import wordmill.stats;
import wordmill.text;

namespace wordmill {
/// What co-occurrence is counted of, and how.
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
};

/// A corpus as the commands count it.
struct counted_corpus {
    vocabulary words;
    cooccurrence_counts counts;
    tally report; ///< what was read, delivered and dropped on the way
};

/// Counts words, unless there is a vocabulary, then pairs, showing progress; says what it found. Commands that need
/// memory beside it leave a `share` of --memory to it.
[[nodiscard]] counted_corpus count_corpus(std::string const& command, counting_arguments const& a,
                                          std::vector<input_file> const& inputs, monitor const& watch, double share,
                                          compute_device device);
}
