module wordmill.command:device_arguments;
import :command_line;
import :progress;
import wordmill.compute;
import wordmill.standard;

namespace wordmill {
/// The device that a command computes on.
struct device_arguments {
    std::string device = "auto";

    void add_to(command_line line);
    /// Call it before any work. Reports which GPU is used, or why an existing one is not.
    /// `failure::unavailable` when a GPU is required and cannot be used.
    [[nodiscard]] compute_device resolve(log_options const& log, bool linear_algebra) const;
};
}
