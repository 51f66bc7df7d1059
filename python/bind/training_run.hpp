#pragma once
// The including file includes binding.hpp, imports wordmill.compute, core, nn, pipeline, recipes and training, and
// includes run.hpp and sources.hpp first.

/// A folder of checkpoints, and how a run starts in it.
struct checkpoint_arguments {
    nb::handle folder;
    nb::handle resume;
    bool overwrite;
    std::uint64_t tokens;
};

/// A path in the encoding of the file system; empty for None.
[[nodiscard]] std::string folder_of(nb::handle folder);

/// The device of a run. An error says how to get a device that is missing.
[[nodiscard]] wordmill::compute_device device_of(std::string const& name);
/// What computes a saved model that needs `bytes()` of a GPU. With "auto" that is the CPU where a GPU has less.
[[nodiscard]] std::shared_ptr<wordmill::operations<float>> arithmetic_of(wordmill::arithmetic_options const& options,
                                                                         std::function<std::uint64_t()> const& bytes);

/// Everything about a run that is not about its model.
struct python_run {
    run_progress progress{};
    nb::object close = nb::none();
    wordmill::run_options options{};

    python_run(unsigned threads, nb::handle memory, std::uint64_t seed, nb::handle listener, std::uint64_t epochs,
               checkpoint_arguments const& checkpoints);
    python_run(python_run const&) = delete;
    python_run& operator=(python_run const&) = delete;
    ~python_run();

    /// The corpus behind `given`; of an iterable, text of no more than an eighth of the budget stays in memory.
    [[nodiscard]] python_corpus corpus(nb::handle given, source_options how) const;
    /// Trains as `run_watched` says, and returns the result.
    template <class Train> auto operator()(Train const& train) {
        std::optional<decltype(train())> result;
        run_watched(progress, [&] { result.emplace(train()); });
        return std::move(*result);
    }
};

/// Where the best model of a run is kept while the run goes on: in "best" in the folder of its checkpoints, or without
/// checkpoints in a temporary folder that disappears.
class best_folder {
public:
    /// A run that begins removes what an older one left there.
    explicit best_folder(wordmill::run_options& run);
    best_folder(best_folder const&) = delete;
    best_folder& operator=(best_folder const&) = delete;
    ~best_folder();
    [[nodiscard]] std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
    bool temporary_;
};

/// What was read, and above all what was left out, as lines of the log.
void log_counts(wordmill::tally const& counts);
