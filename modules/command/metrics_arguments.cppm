module wordmill.command:metrics_arguments;
import :command_line;
import wordmill.io;
import wordmill.metrics;
import wordmill.recipes;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Where a training run writes its metrics.
struct metrics_arguments {
    std::string file;
    std::string tensorboard; ///< a folder
    std::string every = "1";

    void add_to(command_line line);
    /// Seconds between two points.
    [[nodiscard]] double seconds() const;
    /// Refuses a file that cannot be written, is one of the inputs, or the `output`.
    void check(std::string const& output, std::vector<input_file> const& inputs, bool replaces) const;

    /// Empty when nobody asked for points.
    [[nodiscard]] std::vector<training_recorder::sink> sinks(begun_run const& run, bool overwrite) const;
};
}
