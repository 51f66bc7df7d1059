module wordmill.command:vector_arguments;
import :command_line;
import :progress;
import wordmill.core;
import wordmill.standard;
import wordmill.vectors;

namespace wordmill {
/// What a command does about damaged rows of word vectors.
struct row_arguments {
    std::string on_bad = "strict";

    /// `what`: what the option is about.
    void add_to(command_line line, std::string const& what = "Damaged rows");
    [[nodiscard]] bad_rows resolve() const;
    /// Reads word vectors and reports the rows that were left out.
    [[nodiscard]] word_vectors load(std::string const& file, load_vectors_options options = {}) const;
};

/// Reports on standard error which rows were left out and why, and the notes.
void report_rows(log_options const& log, tally const& counts);

/// Options of the subcommands that query word vectors.
struct vector_arguments {
    std::string vectors;
    std::string vocabulary;
    std::string max_words = "0";
    std::string threads = "0";
    std::string format = "text";
    row_arguments rows;

    /// `words`: what --max-words is for.
    void add_to(command_line line, std::string const& words);
    /// Whether the rows of a sparse matrix are queried.
    [[nodiscard]] bool are_sparse() const noexcept { return !vocabulary.empty(); }
    /// Its rows; `failure::bad_data` when they are not those of the vocabulary.
    [[nodiscard]] sparse_vectors load_sparse() const;
    /// Dense word vectors, read as the options say.
    [[nodiscard]] word_vectors load(std::vector<std::string> compose) const;
    [[nodiscard]] unsigned thread_count() const;
    [[nodiscard]] bool wants_json() const;
};

/// The method of answering analogies.
struct method_argument {
    std::string name = "add";

    void add_to(command_line line);
    [[nodiscard]] analogy_method resolve() const;
};

/// "none" when there is none.
[[nodiscard]] std::string decimal(std::optional<double> value, int digits = 4);
/// Writes to standard output.
void print(std::string const& text);
}
