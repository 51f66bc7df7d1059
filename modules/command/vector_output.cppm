module wordmill.command:vector_output;
import :arguments;
import :command_line;
import :progress;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
/// Where the vectors of a command go.
struct vector_output_arguments {
    output_arguments output;
    std::string format = "auto";

    void add_to(command_line line);
    /// Refuses invalid outputs before the work begins; a `failure::usage` of `command` without an output.
    [[nodiscard]] save_vectors_options resolve(std::string const& command, std::vector<input_file> const& inputs) const;
};

/// The value of --vector-format; "auto" is what the name of the output says.
[[nodiscard]] vector_format resolve_vector_format(std::string const& format, std::string const& output);

/// Saves the result of a run and returns the number of rows. Words that the format cannot hold are left out with a
/// warning, also with --quiet, so that the run is not lost.
std::uint64_t save_result(word_vectors const& vectors, std::string const& path, save_vectors_options options,
                          log_options const& log);
}
