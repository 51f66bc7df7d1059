module wordmill.command:device_arguments;
import :command_line;
import :progress;
import wordmill.compute;
import wordmill.standard;

namespace wordmill {
/// Where the arithmetic of a command runs.
struct device_arguments {
    std::string device = "auto";

    void add_to(command_line line);
    /// To be called before any work: says which GPU is used, or why one that is there is not.
    /// `failure::unavailable` when one is demanded and cannot be used.
    [[nodiscard]] compute_device resolve(log_options const& log, bool linear_algebra) const;
};
}
