module wordmill.recipes:running;
import :run_options;
import wordmill.core;
import wordmill.metrics;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.training;

namespace wordmill::detail {
/// "key value, key value": what must be the same for a run to go on.
[[nodiscard]] std::string in_words(note_map const& notes);
void tell(std::function<void(std::string const&)> const& listener, std::string const& line);
/// As "%g" writes it.
[[nodiscard]] std::string short_number(double value);

/// The folder of a run, when there is one.
[[nodiscard]] std::optional<run_folder> open_folder(run_options const& run);
/// `failure::resource` with both numbers when a run of `what` needs more than the budget allows.
void check_budget(std::string const& what, std::uint64_t needed, std::uint64_t allowed, std::string const& hint);

/// The recorder of a run's metrics; does nothing without sinks.
class run_recorder {
public:
    run_recorder(run_options const& run, begun_run begun, std::uint64_t epoch);
    void end_epoch(double loss);
    void finish();
    /// For when a run was interrupted: a point that could not be written stops it, and that is the error to throw.
    void check();

private:
    std::optional<training_recorder> recorder_{};
};
}
