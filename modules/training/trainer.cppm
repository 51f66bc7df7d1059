export module wordmill.training:trainer;
import :checkpoint;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How training went over some steps.
export struct training_report {
    std::uint64_t epoch = 0; ///< that of the last of them, from 1
    std::uint64_t steps = 0; ///< of the whole run, these included
    loss_sum loss{};
    [[nodiscard]] inline double perplexity() const noexcept { return std::exp(loss.mean()); }
};

/// Where a run stands: everything before it has been learnt from.
export struct training_standing {
    std::uint64_t epoch = 0; ///< that are over
    position at{};           ///< of the next batch
    loss_sum in_epoch{};
    loss_sum recent{};                                     ///< since the last point of the curve
    double best = std::numeric_limits<double>::infinity(); ///< score of an epoch
    std::uint64_t worse = 0;                               ///< epochs since then
    std::vector<training_report> curve{};

    [[nodiscard]] training_notes notes() const;
    /// `failure::bad_data` with the note that is missing or damaged.
    [[nodiscard]] static training_standing of(training_notes notes, std::string const& file);
};

export struct trainer_options {
    std::uint64_t evaluation_interval = 20; ///< steps between two points of the curve; 0: one an epoch
    std::function<void(training_report const&)> on_evaluation{}; ///< is told of each point
    /// At the end of each epoch, of which it is told: returns its score, which is better the less it is, for example
    /// a loss of other data. Without it, the mean loss of the epoch.
    std::function<double(training_report const&)> on_epoch{};
    std::uint64_t patience = 0;            ///< stops after so many epochs without a better score; 0: never
    std::string checkpoint{};              ///< file, written at the end of each epoch and when asked to stop; or empty
    std::uint64_t checkpoint_interval = 0; ///< and every so many steps
    /// An epoch begins where the one before ended, as lanes that wrap around do, and not at the start.
    bool epochs_continue = false;
    monitor watch{}; ///< is told of each step, and may ask to stop
};

/// The loop around a learner (`learner`, `language_trainer`: what has step(batch), steps(), learning_rate() and
/// checkpoints): epochs, a curve of losses, early stop, checkpoints. In contrast to the book's trainers, points of
/// the curve are as many steps apart within epochs as across their ends. The learner is borrowed. For one thread at a
/// time.
export template <class Learner> class trainer {
public:
    explicit trainer(Learner& of, trainer_options options = {}) : learner_(&of), options_(std::move(options)) {}

    /// So many epochs more; the rest of one that a resumed run stands in counts as one. `batches(epoch, from)` makes
    /// a generator of the batches of an epoch (from 0) behind the position `from`; a batch is a `block_header`. No more
    /// than `patience` allows. When the monitor asks to stop, writes the checkpoint and throws
    /// `failure::interrupted`. A loss that is not finite is a `failure::bad_data`: the last checkpoint stays.
    template <class Source> void fit(Source&& batches, std::uint64_t epochs) {
        for (; epochs > 0 && !out_of_patience(); --epochs) {
            try {
                learn_epoch(batches(standing_.epoch, standing_.at));
            } catch (error const& e) { // readers throw it too when their monitor asks to stop
                if (e.kind() != failure::interrupted) throw;
                stop();
            }
            end_epoch();
            if (options_.watch.stop_requested()) stop();
        }
    }
    /// Goes on where the run that wrote the checkpoint stood. Errors are those of the learner's `load_checkpoint`.
    void resume() {
        standing_ = training_standing::of(learner_->load_checkpoint(options_.checkpoint), options_.checkpoint);
    }

    [[nodiscard]] training_standing const& standing() const noexcept { return standing_; }
    [[nodiscard]] std::uint64_t epoch() const noexcept { return standing_.epoch; } ///< that are over
    /// The book's loss_list and ppl_list: means since the point before.
    [[nodiscard]] std::vector<training_report> const& curve() const noexcept { return standing_.curve; }

private:
    [[nodiscard]] bool out_of_patience() const noexcept {
        return options_.patience > 0 && standing_.worse >= options_.patience;
    }
    template <class Batches> void learn_epoch(Batches batches) {
        bool any = standing_.in_epoch.count > 0;
        for (auto&& batch : batches) {
            // Here and not behind a step: where a run goes on there is a batch, or the epoch is over.
            options_.watch.check();
            if (std::exchange(due_, false)) save();
            learn(batch);
            any = true;
        }
        if (!any)
            throw error(failure::bad_data,
                        "training: expected a batch in epoch " + std::to_string(standing_.epoch + 1) + ", found none");
    }
    void save() {
        if (!options_.checkpoint.empty()) learner_->save_checkpoint(options_.checkpoint, standing_.notes());
    }
    template <class Batch> void learn(Batch const& batch) {
        auto const loss = learner_->step(batch);
        standing_.at = batch.next;
        standing_.in_epoch += loss;
        standing_.recent += loss;
        options_.watch.add_tokens(loss.count);
        options_.watch.add_learnt(
            {.tokens = loss.count, .examples = loss.count, .loss = loss.sum, .rate = learner_->learning_rate()});
        auto const every = [this](std::uint64_t steps) { return steps > 0 && learner_->steps() % steps == 0; };
        if (every(options_.evaluation_interval)) evaluate();
        due_ = every(options_.checkpoint_interval);
    }
    void evaluate() {
        standing_.curve.push_back({standing_.epoch + 1, learner_->steps(), std::exchange(standing_.recent, {})});
        if (options_.on_evaluation) options_.on_evaluation(standing_.curve.back());
    }
    void end_epoch() {
        if (options_.evaluation_interval == 0) evaluate();
        auto const loss = std::exchange(standing_.in_epoch, {});
        auto const score =
            options_.on_epoch ? options_.on_epoch({standing_.epoch + 1, learner_->steps(), loss}) : loss.mean();
        if (std::isnan(score))
            throw error(failure::bad_data, "training: expected a number as the score of epoch "
                                               + std::to_string(standing_.epoch + 1) + ", found NaN");
        bool const better = score < standing_.best;
        if (better) standing_.best = score;
        standing_.worse = better ? 0 : standing_.worse + 1;
        ++standing_.epoch;
        if (!options_.epochs_continue) standing_.at = {};
        due_ = false;
        save();
    }
    [[noreturn]] void stop() {
        save();
        throw error(failure::interrupted,
                    "training: stopped on request after step " + std::to_string(learner_->steps()),
                    {.file = options_.checkpoint}, options_.checkpoint.empty() ? "" : "the checkpoint goes on there");
    }

    Learner* learner_;
    trainer_options options_;
    training_standing standing_{};
    bool due_ = false; // a checkpoint, before the next batch
};
}
