module wordmill.command:checkpoint_arguments;
import :command_line;
import wordmill.recipes;
import wordmill.standard;
import wordmill.training;

namespace wordmill {
/// Where a training command keeps its checkpoints, and how it begins.
struct checkpoint_arguments {
    std::string begin{};           ///< a folder
    std::string resume{};          ///< likewise
    std::string resume_or_begin{}; ///< likewise
    std::string every = "50M";

    void add_to(command_line training);
    /// `failure::usage` for more than one folder, and for --resume beside the `vocabulary` of the command line.
    void check(std::string const& vocabulary) const;
    [[nodiscard]] std::string const& folder() const;
    /// Whether the run goes on from a checkpoint that is there.
    [[nodiscard]] bool resumes() const;
    /// Sets folder, start and interval of a run.
    void apply(run_options& to) const;
};
}
