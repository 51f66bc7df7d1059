module wordmill.recipes:running;
import :corpus;
import :run_options;
import wordmill.core;
import wordmill.metrics;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;
import wordmill.training;

namespace wordmill::detail {
/// "key value, key value", to show.
[[nodiscard]] std::string in_words(note_map const& notes);
void tell(std::function<void(std::string const&)> const& listener, std::string const& line);
/// As `format_short` where that is the number, else with all digits.
[[nodiscard]] std::string exact_number(double value);

/// The folder of a run, when there is one.
[[nodiscard]] std::optional<run_folder> open_folder(run_options const& run);
/// `failure::resource` with both numbers when a run of `what` needs more than the budget allows.
void check_budget(std::string const& what, std::uint64_t needed, std::uint64_t allowed, std::string const& hint);

/// The options of a run that decide its result, as notes.
void describe(run_options const& run, note_map& notes);
/// All that decides the result of a run: the options of its recipe, the corpus and the vocabulary: `words`, unless
/// `recipe` has another one. Nothing without a folder. `failure::bad_data` when the run of the folder was begun with
/// another description.
[[nodiscard]] note_map describe_run(std::optional<run_folder> const& folder, note_map options, any_corpus const& corpus,
                                    vocabulary_recipe const& recipe, vocabulary const& words);

/// A step learner whose loss is watched, and whose learning rate follows a curve if there is one.
template <class Learner> class watched_learner {
public:
    watched_learner(Learner& of, divergence_guard& guard, std::function<double(std::uint64_t step)> rate = {})
        : of_(&of), guard_(&guard), rate_(std::move(rate)) {}

    template <class Batch> loss_sum step(Batch const& batch) {
        if (rate_) of_->set_learning_rate(rate_(of_->steps()));
        auto const loss = of_->step(batch);
        guard_->saw(loss, of_->steps(), of_->learning_rate());
        return loss;
    }
    [[nodiscard]] std::uint64_t steps() const noexcept { return of_->steps(); }
    [[nodiscard]] double learning_rate() const noexcept { return of_->learning_rate(); }
    void save_checkpoint(std::string const& path, note_map const& notes) const { of_->save_checkpoint(path, notes); }
    note_map load_checkpoint(std::string const& path) { return of_->load_checkpoint(path); }

private:
    Learner* of_;
    divergence_guard* guard_;
    std::function<double(std::uint64_t)> rate_;
};

/// What every run tells while it trains: a line for each epoch, and its metrics. Records nothing without sinks.
class run_reporter {
public:
    run_reporter(run_options const& run, std::uint64_t epochs) : run_(&run), epochs_(epochs) {}

    /// `epoch` is the first one to train, from 1.
    void begin(begun_run begun, std::uint64_t epoch);
    /// Ends an epoch, records its mean loss and further results, and returns the mean loss.
    double end_epoch(training_report const& report, std::map<std::string, double> scores = {});
    /// "epoch N of M: RESULT".
    void tell_epoch(training_report const& report, std::string const& result) const;

    /// Trains the epochs that are left. When the run is interrupted, a point that could not be written is the error.
    template <class Learner, class Source> void fit(trainer<Learner>& training, Source&& source) {
        try {
            training.fit(std::forward<Source>(source), epochs_ - std::min(training.epoch(), epochs_));
        } catch (error const& e) {
            if (e.kind() == failure::interrupted && recorder_) recorder_->check();
            throw;
        }
        if (recorder_) recorder_->finish();
    }

private:
    run_options const* run_;
    std::uint64_t epochs_;
    std::optional<training_recorder> recorder_{};
};
}
