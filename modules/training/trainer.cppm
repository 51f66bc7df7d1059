export module wordmill.training:trainer;
import :checkpoint;
import :learner;
import :run_description;
import :run_folder;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// The loss of training over some steps.
export struct training_report {
    std::uint64_t epoch = 0; ///< that of the last of them, from 1
    std::uint64_t steps = 0; ///< of the whole run, including these
    loss_sum loss{};
    [[nodiscard]] inline double perplexity() const noexcept { return std::exp(loss.mean()); }
};

/// The progress of a run: it has been trained on everything before this point. Further state of the learner is in the
/// learner's own notes.
export struct training_standing {
    std::uint64_t epoch = 0; ///< completed epochs
    position at{};           ///< of the next batch
    loss_sum in_epoch{};
    loss_sum recent{};                                     ///< since the last point of the curve
    double best = std::numeric_limits<double>::infinity(); ///< best score of an epoch
    std::uint64_t worse = 0;                               ///< epochs since the best
    std::vector<training_report> curve{};

    [[nodiscard]] note_map to_notes() const;
    /// Removes from `notes` what `to_notes` wrote and returns it. `failure::bad_data` with the note that is missing or
    /// damaged.
    [[nodiscard]] static training_standing of(note_map& notes, std::string const& file);
};

export struct trainer_options {
    std::uint64_t evaluation_interval = 20; ///< steps between two points of the curve; 0: one point per epoch
    std::function<void(training_report const&)> on_evaluation{}; ///< is called with each point
    /// Is called at the end of each epoch with its report, and returns the score of the epoch, for example a validation
    /// loss; lower is better. Without it, the score is the mean loss of the epoch.
    std::function<double(training_report const&)> on_epoch{};
    std::uint64_t patience = 0; ///< stops after this many epochs without a better score; 0: never
    /// Where checkpoints are written: at the end of each epoch, on a request to stop, and every `checkpoint_interval`
    /// tokens. Empty: no checkpoints.
    std::optional<run_folder> folder{};
    std::uint64_t checkpoint_interval = 0; ///< tokens, or other units that losses count; 0: only at the ends of epochs
    note_map description{};                ///< of the run: it resumes only with the one that it was begun with
    std::function<void(std::string const&)> on_warning{}; ///< is called when a damaged checkpoint was skipped
    /// An epoch begins where the previous one ended, as with lanes that wrap around, and not at the start of the data.
    bool epochs_continue = false;
    monitor watch{}; ///< receives the progress of each step, and may request a stop
};

namespace detail {
/// A source that is consumed in legs.
template <class Block> struct leg_source {
    generator<Block> blocks;
    std::optional<typename generator<Block>::iterator> next{};
    bool ended = false;
    bool stopped = false; ///< on request: the run ends after training on the blocks already delivered
};
/// Yields blocks until `passed` has counted about `tokens` tokens.
template <class Block, class Passed>
generator<Block> next_leg(leg_source<Block>* source, std::uint64_t tokens, Passed passed) {
    for (std::uint64_t done = 0; done < tokens;) {
        try {
            if (source->next)
                ++*source->next;
            else
                source->next.emplace(source->blocks.begin());
            source->ended = *source->next == source->blocks.end();
        } catch (error const& e) {
            if (e.kind() != failure::interrupted) throw;
            source->stopped = true;
        }
        if (source->ended || source->stopped) co_return;
        auto&& block = **source->next;
        done += passed(block);
        co_yield std::move(block);
    }
}
}

/// A training run: the loop around a learner, with epochs, a curve of losses, early stopping and checkpoints. Points
/// of the curve are evenly spaced, also across the ends of epochs (the book's trainers start a new interval in each
/// epoch). The learner is borrowed. For one thread at a time.
export template <class Learner> class trainer {
    static_assert(learner<Learner>, "a trainer needs a learner: see the concept `learner`");

public:
    explicit trainer(Learner& of, trainer_options options = {}) : learner_(&of), options_(std::move(options)) {}

    /// Trains `epochs` more epochs, or fewer if `patience` runs out. The rest of an epoch that a resumed run is in
    /// counts as one. `batches(epoch, from)` makes a generator of the blocks of an epoch (from 0) after the position
    /// `from`; a block is a `block_header`. When the monitor requests a stop, writes a checkpoint and throws
    /// `failure::interrupted`. A loss that is not finite is a `failure::bad_data`; the last checkpoint is kept.
    template <class Source> void fit(Source&& batches, std::uint64_t epochs) {
        for (; epochs > 0 && !out_of_patience(); --epochs) {
            if constexpr (requires { learner_->begin_epoch(standing_.epoch); }) learner_->begin_epoch(standing_.epoch);
            try {
                learn_epoch(batches(standing_.epoch, standing_.at));
            } catch (error const& e) { // readers throw it too when their monitor requests a stop
                if (e.kind() != failure::interrupted || stopping_) throw;
                stop();
            }
            end_epoch();
            if (options_.watch.stop_requested()) stop();
        }
    }
    /// Continues from the checkpoint of the folder. Does nothing when there is no folder, or the run does not resume
    /// from a checkpoint. Returns whether the run continues. `failure::bad_data` with each option that differs when
    /// the run was begun with others; other errors are those of the learner's `load_checkpoint`.
    bool resume() {
        if (!options_.folder || !options_.folder->resumes()) return false;
        check_description(*options_.folder, options_.description); // before a learner finds other sizes
        options_.folder->load([this](std::string const& path) { load(path); }, options_.on_warning);
        return true;
    }

    [[nodiscard]] training_standing const& standing() const noexcept { return standing_; }
    [[nodiscard]] std::uint64_t epoch() const noexcept { return standing_.epoch; } ///< completed epochs
    /// The book's loss_list and ppl_list: each point holds the mean since the previous one.
    [[nodiscard]] std::vector<training_report> const& curve() const noexcept { return standing_.curve; }

private:
    [[nodiscard]] bool out_of_patience() const noexcept {
        return options_.patience > 0 && standing_.worse >= options_.patience;
    }
    template <class Block> void learn_epoch(generator<Block> blocks) {
        if constexpr (leg_learner<Learner, Block>)
            learn_legs(std::move(blocks));
        else
            learn_steps(std::move(blocks));
    }
    template <class Batch> void learn_steps(generator<Batch> batches) {
        static_assert(step_learner<Learner, Batch>, "the learner has neither step(batch) nor learn(blocks) for these");
        bool any = standing_.in_epoch.count > 0;
        for (auto&& batch : batches) {
            // Here and not after a step: a run that resumes then has a batch left, or the epoch is complete.
            options_.watch.check();
            if (std::exchange(due_, false)) save();
            step(batch);
            any = true;
        }
        if (!any)
            throw error(failure::bad_data,
                        "training: expected a batch in epoch " + std::to_string(standing_.epoch + 1) + ", found none");
    }
    template <class Batch> void step(Batch const& batch) {
        auto const loss = learner_->step(batch);
        standing_.at = batch.next;
        standing_.in_epoch += loss;
        standing_.recent += loss;
        if constexpr (!requires { Learner::reports_progress; }) {
            options_.watch.add_tokens(loss.count);
            options_.watch.add_learnt(
                {.tokens = loss.count, .examples = loss.count, .loss = loss.sum, .rate = learner_->learning_rate()});
        }
        if (options_.evaluation_interval > 0 && learner_->steps() % options_.evaluation_interval == 0) evaluate();
        since_checkpoint_ += loss.count;
        due_ = options_.checkpoint_interval > 0 && since_checkpoint_ >= options_.checkpoint_interval;
    }
    template <class Block> void learn_legs(generator<Block> blocks) {
        detail::leg_source<Block> source{.blocks = std::move(blocks)};
        auto const tokens =
            options_.folder && options_.checkpoint_interval > 0 ? options_.checkpoint_interval : ~std::uint64_t{0};
        while (!source.ended && !source.stopped) {
            auto const loss = learner_->learn(detail::next_leg(&source, tokens, [this](Block const& block) {
                standing_.at = block.next;
                return learner_->passed(block);
            }));
            standing_.in_epoch += loss;
            standing_.recent += loss;
            if (source.stopped) stop();
            if (!source.ended) save();
        }
    }

    void save() {
        since_checkpoint_ = 0;
        if (!options_.folder) return;
        auto notes = standing_.to_notes();
        add_description(options_.description, notes);
        options_.folder->save([&](std::string const& path) { learner_->save_checkpoint(path, notes); });
    }
    void load(std::string const& path) {
        note_map notes = learner_->load_checkpoint(path);
        check_description(notes, options_.description, path);
        standing_ = training_standing::of(notes, path);
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
        if constexpr (requires { learner_->end_epoch(); }) learner_->end_epoch();
        due_ = false;
        save();
    }
    [[noreturn]] void stop() {
        stopping_ = true;
        save();
        throw error(failure::interrupted,
                    "training: stopped on request after step " + std::to_string(learner_->steps()),
                    {.file = options_.folder ? options_.folder->path() : std::string()},
                    options_.folder ? "the run can go on from its checkpoint" : "");
    }

    Learner* learner_;
    trainer_options options_;
    training_standing standing_{};
    std::uint64_t since_checkpoint_ = 0; // tokens
    bool due_ = false;                   // a checkpoint is due before the next batch
    bool stopping_ = false;
};
}
