export module wordmill.recipes:run_options;
import wordmill.core;
import wordmill.metrics;
import wordmill.standard;
import wordmill.training;

namespace wordmill {
/// What is known of a run when its training starts.
export struct begun_run {
    note_map notes{};                ///< model, options, inputs
    std::uint64_t tokens_before = 0; ///< trained on by the processes before, when it resumes
    bool resumes = false;
};

/// How a run of any recipe is carried out.
export struct run_options {
    unsigned threads = 0;           ///< 0 = as many as the machine allows
    std::uint64_t memory_bytes = 0; ///< bound on model and tables; 0 = most of what the machine allows
    std::uint64_t seed = 1;         ///< of all random numbers
    /// Keeps checkpoints in this folder, and goes on from the one that it holds: a run that was stopped and resumed
    /// ends with the result of an uninterrupted one, byte for byte where the recipe is deterministic. Everything that
    /// decides the result must be as it was, the content of the corpus included; threads, memory and the names of files
    /// may differ. Empty: no checkpoints.
    std::string folder{};
    run_start start = run_start::begin_or_resume;
    bool overwrite = false; ///< a run that begins may replace the checkpoint that the folder holds
    std::uint64_t checkpoint_tokens = 50'000'000; ///< between two checkpoints, besides those at the ends of epochs
    monitor watch{}; ///< shows progress; `request_stop` ends the run after a checkpoint with `failure::interrupted`
    tally counts{};  ///< of counting pairs: what was read, delivered and dropped
    std::function<void(std::string const&)> on_message{}; ///< is told of sizes and of each epoch, a line each
    std::function<void(std::string const&)> on_warning{}; ///< is told of what the user should know
    /// Makes the sinks for points of the run, such as a `metrics_log`; called once, before training starts.
    std::function<std::vector<training_recorder::sink>(begun_run const&)> metrics{};
    double metrics_seconds = 1; ///< between two points
};
}
