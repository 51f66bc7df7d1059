module wordmill.command:training_run;
import :arguments;
import :checkpoint_arguments;
import :metrics_arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.nn;
import wordmill.recipes;
import wordmill.standard;
import wordmill.training;

namespace wordmill {
/// Threads, memory, seed and messages of a run.
[[nodiscard]] run_options run_options_of(run_arguments const& run, std::string const& seed, monitor const& watch);
/// The same with checkpoints and metrics. `overwrite`: a run that begins may replace an older one and its metrics.
[[nodiscard]] run_options run_options_of(run_arguments const& run, std::string const& seed, monitor const& watch,
                                         checkpoint_arguments const& checkpoints, metrics_arguments const& metrics,
                                         std::string const& output, bool overwrite);

/// The options --optimizer, --lr, --clip and --betas of models that are trained with gradients. Empty texts: defaults.
[[nodiscard]] optimizer_options optimizer_of(std::string const& optimizer, std::string const& rate,
                                             std::string const& clip, std::string const& betas);

/// Trains, saves and reports: `work`, under a `signal_guard`. A run that was stopped and left a checkpoint is a
/// `failure::interrupted` with the option that resumes it.
template <class Work> void interruptible_run(log_options const& log, run_options const& run, Work work) {
    std::optional<error> stopped;
    interruptible(log, run.watch, [&] {
        try {
            work();
        } catch (error const& e) {
            if (e.kind() != failure::interrupted || !run_folder::holds_checkpoint(run.folder)) throw;
            stopped = e;
        }
    });
    if (stopped)
        throw error(failure::interrupted, "stopped on request; everything trained so far is in the checkpoint",
                    stopped->where(), "--resume goes on");
}
}
