module wordmill.command:decoding_arguments;
import :arguments;
import :arithmetic_arguments;
import :command_line;
import wordmill.core;
import wordmill.io;
import wordmill.recipes;
import wordmill.seq2seq;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How targets are searched.
struct decoding_arguments {
    std::string beam = "1";
    std::string n_best = "1";
    std::string length_alpha = "0.6";
    std::string max_length = "0";
    std::string batch = "64";

    void add_to(command_line line, bool with_n_best);
    [[nodiscard]] translator_options resolve() const;
    /// Bytes of a GPU that the model in a folder needs for this search, where texts are not longer than most sentences.
    [[nodiscard]] std::uint64_t device_bytes(std::string const& folder) const;
};

/// A model and the sources that it reads, one a line. Line n of the text is source n, whatever it looks like.
struct source_arguments {
    std::string model;
    input_arguments input;
    decoding_arguments decoding;
    run_arguments run;
    arithmetic_arguments arithmetic;

    void add_to(command_line line, bool with_n_best);
    [[nodiscard]] folder_seq2seq load() const;
    [[nodiscard, clang::coro_wrapper]] generator<sentence> lines(std::vector<input_file> const& inputs,
                                                                 monitor const& watch, tally const& counts) const;
};
}
