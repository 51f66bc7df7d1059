module wordmill.command:vector_output;
import :arguments;
import :command_line;
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
}
