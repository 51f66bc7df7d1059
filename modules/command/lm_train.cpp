module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :checkpoint_arguments;
import :language_model_folder;
import :lm_options;
import :lm_text;
import :metrics_arguments;
import :progress;
import :signals;
import :train_options;
import :vocabulary_arguments;
import wordmill.batch;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.metrics;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;
import wordmill.training;

namespace wordmill {
namespace {
/// A language model whose learning rate follows a curve.
class scheduled_learner {
public:
    scheduled_learner(language_trainer& of, std::optional<cosine_rate> rate) : of_(&of), rate_(rate) {}

    loss_sum step(bptt_batch const& batch) {
        if (rate_) of_->set_learning_rate(rate_->at(of_->steps()));
        return of_->step(batch);
    }
    [[nodiscard]] std::uint64_t steps() const noexcept { return of_->steps(); }
    [[nodiscard]] double learning_rate() const noexcept { return of_->learning_rate(); }
    void save_checkpoint(std::string const& path, note_map const& notes) const { of_->save_checkpoint(path, notes); }
    note_map load_checkpoint(std::string const& path) { return of_->load_checkpoint(path); }

private:
    language_trainer* of_;
    std::optional<cosine_rate> rate_;
};

/// One run of the command, from options to a model.
class language_model_run {
public:
    explicit language_model_run(lm_arguments const& arguments)
        : a_(arguments),
          log_(arguments.run.log()),
          inputs_(find_inputs(arguments.text.input.inputs)),
          valid_(arguments.valid.empty() ? std::vector<input_file>() : find_inputs(std::vector{arguments.valid})),
          resumes_(arguments.checkpoints.resumes()),
          how_(optimizer_of(arguments)),
          epochs_(parse_count(arguments.epochs, "--epochs")),
          patience_(parse_count(arguments.patience, "--patience")),
          key_(parse_count(arguments.seed, "--seed")),
          schedule_(schedule_of(arguments)),
          lanes_(lanes_of(arguments)),
          folder_{arguments.output},
          ops_(arguments.precision.resolve(arguments.run)) {
        if (epochs_ == 0) throw error(failure::usage, "--epochs: expected 1 or more, found 0");
        if (patience_ > 0 && valid_.empty())
            throw error(failure::usage, "--patience: expected --valid FILE beside it, found none");
        a_.checkpoints.check(a_.words.file);
        a_.checkpoints.apply(run_);
        (void)model_of(a_, std::numeric_limits<std::uint32_t>::max()); // what no vocabulary could make right
        check_passes("lm train", inputs_, 1 + (resumes_ ? 0 : a_.words.passes()),
                     "write the input to a file, or give --vocabulary");
        a_.metrics.check(folder_.file("model.safetensors"), inputs_, a_.overwrite || resumes_);
        if (resumes_) kept_.emplace(run_.folder, run_.start);
        folder_.begin(a_.overwrite || resumes_);
    }

    void run() {
        interruptible(log_, watch_, [&] { train(); });
        if (stopped_)
            throw error(failure::interrupted, "stopped on request; everything trained so far is in the checkpoint",
                        {.file = run_.folder}, "--resume goes on");
    }

private:
    void say(std::string const& line) const {
        if (!log_.quiet) log_line(log_, "info", line);
    }

    vocabulary make_vocabulary() {
        if (kept_) return load_vocabulary(kept_->file("vocabulary.tsv"));
        auto const corpus = a_.text.open(inputs_, a_.run);
        auto words = a_.words.resolve(corpus, a_.text.input.pass(a_.run, watch_, {}), a_.run);
        corpus.require_sentence_mark(words, a_.text.tokens.sentence_end); // before an older run is replaced
        return words;
    }

    void check_memory(language_model_options const& model) const {
        auto const moments = how_.kind == optimizer_kind::sgd ? 0 : how_.kind == optimizer_kind::adam ? 2 : 1;
        auto const plan = checked_sum(model.memory_bytes(), checked_product(model.weights(), 4 * moments));
        auto const most = a_.run.memory_bytes();
        if (plan > most)
            throw error(failure::resource,
                        "lm train: " + format_count(model.vocabulary_size) + " types, " + std::to_string(model.layers)
                            + " layers of " + std::to_string(model.hidden_size) + " need " + format_bytes(plan)
                            + ", --memory allows " + format_bytes(most),
                        {}, "raise --min-count or --memory, lower --size or --max-size");
        say(format_count(model.vocabulary_size) + " types, " + format_bytes(plan) + " for the model, "
            + std::to_string(a_.run.thread_count()) + " threads");
    }

    /// What must be the same for a run to go on.
    [[nodiscard]] std::string described(language_model_options const& model, vocabulary const& words,
                                        stored_ids const& ids) const {
        std::string text;
        for (auto const& [key, value] : notes_of(model)) text += key + " " + value + ", ";
        return text + "optimizer " + a_.optimizer + ", lr " + (a_.rate.empty() ? "default" : a_.rate) + ", schedule "
               + a_.schedule + ", clip " + a_.clip + ", batch " + a_.batch + ", bptt " + a_.steps + ", layout "
               + a_.layout + ", epochs " + a_.epochs + ", seed " + a_.seed + ", precision " + a_.precision.precision
               + ", vocabulary " + std::to_string(words.fingerprint()) + ", text " + std::to_string(ids.fingerprint());
    }

    /// The end of an epoch: validates, saves the model when it is the best so far. What the trainer takes for its
    /// score.
    double judge(training_report const& epoch, double best_so_far, language_trainer& trainer,
                 language_model<float>& model, vocabulary const& words, std::optional<stored_ids> const& valid) {
        auto const perplexity = number(epoch.perplexity());
        auto notes = notes_;
        notes["epoch"] = std::to_string(epoch.epoch);
        notes["training-perplexity"] = perplexity;
        auto line =
            "epoch " + std::to_string(epoch.epoch) + " of " + std::to_string(epochs_) + ": perplexity " + perplexity;
        bool best = true;
        auto result = epoch.loss.mean();
        if (valid) {
            auto const score = evaluate_perplexity(
                model, bptt_batches(*valid, {.lanes = std::min<std::size_t>(10, valid->size() - 1), .steps = 35}),
                words.unknown());
            result = score.perplexity();
            quarter_on_worse rate{.rate = trainer.learning_rate(), .best = best_so_far};
            best = rate.saw(result);
            notes["validation-perplexity"] = number(result);
            line += ", of the validation text " + number(result);
            if (!best && schedule_ == rate_schedule::quarter) {
                trainer.set_learning_rate(rate.rate);
                line += "; learning rate " + number(rate.rate) + " from now on";
            }
        }
        say(line);
        if (best) folder_.save(model, words, notes, a_.half);
        return result;
    }

    void train() {
        auto const words = make_vocabulary();
        if (!run_.folder.empty() && !kept_) {
            kept_.emplace(run_.folder, run_.start, a_.overwrite);
            save_vocabulary(words, kept_->file("vocabulary.tsv"), {.overwrite = true});
        }
        auto const ids = a_.text.ids_of(inputs_, words, a_.run, watch_, counts_);
        std::optional<stored_ids> valid;
        tally of_valid;
        if (!valid_.empty()) valid = a_.text.ids_of(valid_, words, a_.run, watch_, of_valid);
        if (valid && valid->size() < 2)
            throw error(failure::bad_data,
                        "--valid: expected two tokens or more, found " + std::to_string(valid->size()));
        auto const batches = batches_in_pass(ids.size(), lanes_); // refuses a text that is too short
        auto const wraps = lanes_.layout == lane_layout::wrap_around;
        auto const in_epoch = wraps ? batches * lanes_.lanes * lanes_.steps : ids.size() - 1;
        auto const options = model_of(a_, words.size());
        check_memory(options);
        language_model<float> model(options, ops_, key_.fold_in(0));
        language_trainer trainer(model, how_, key_.fold_in(1));
        auto const rate = trainer.learning_rate();
        auto const options_text = described(options, words, ids);
        notes_ = {{"optimizer", a_.optimizer}, {"batch", a_.batch},
                  {"bptt", a_.steps},          {"clip", a_.clip},
                  {"seed", a_.seed},           {"lr", number(rate)},
                  {"schedule", a_.schedule},   {"precision", a_.precision.precision}};
        a_.text.describe(notes_);
        say(options_text);
        scheduled_learner learner(trainer, schedule_ == rate_schedule::cosine
                                               ? std::optional(cosine_rate{.first = rate, .steps = batches * epochs_})
                                               : std::nullopt);
        std::optional<training_recorder> recorder;
        training_standing const* at = nullptr;
        wordmill::trainer training(learner, {.evaluation_interval = 0,
                                             .on_epoch =
                                                 [&](training_report const& epoch) {
                                                     if (recorder) recorder->end_epoch(epoch.loss.mean());
                                                     return judge(epoch, at->best, trainer, model, words, valid);
                                                 },
                                             .patience = patience_,
                                             .folder = kept_,
                                             .checkpoint_interval = run_.checkpoint_tokens,
                                             .described = options_text,
                                             .on_warning =
                                                 [this](std::string const& line) {
                                                     if (!log_.quiet) log_line(log_, "warning", line);
                                                 },
                                             .epochs_continue = wraps,
                                             .watch = watch_});
        at = &training.standing();
        if (training.resume()) {
            say("going on in epoch " + std::to_string(at->epoch + 1) + " behind " + format_count(at->in_epoch.count)
                + " tokens");
        }
        auto const before = at->epoch * in_epoch + at->in_epoch.count;
        auto const left = epochs_ - std::min(at->epoch, epochs_);
        auto described_run = notes_;
        described_run["model"] = "lm";
        described_run["output"] = a_.output;
        progress shown(log_, "training", {.learnt_tokens = left * in_epoch - std::min(at->in_epoch.count, in_epoch)},
                       watch_);
        if (auto sinks =
                a_.metrics.sinks({.notes = described_run, .tokens_before = before, .resumes = resumes_}, a_.overwrite);
            !sinks.empty())
            recorder.emplace(
                watch_, std::move(sinks),
                recorder_options{.every = a_.metrics.seconds(), .epoch = at->epoch + 1, .tokens_before = before});
        try {
            training.fit(
                [&] [[clang::coro_wrapper]] (std::uint64_t, position from) {
                    auto lanes = lanes_;
                    lanes.from = std::move(from);
                    return bptt_batches(ids, lanes);
                },
                left);
            if (recorder) recorder->finish();
        } catch (error const& e) {
            if (e.kind() != failure::interrupted) throw;
            // a point that cannot be written stops the run: that is the error to show
            if (recorder) recorder->check();
            if (!kept_) throw;
            stopped_ = true;
        }
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch_.learnt().tokens) / shown.seconds());
        shown.finish();
        if (stopped_) return;
        if (!folder_.holds_model()) folder_.save(model, words, notes_, a_.half); // nothing was left to learn
        say("the model is in " + a_.output + "; " + format_count(speed) + " tokens/s");
        if (!log_.quiet) report_counts(log_, counts_);
    }

    lm_arguments const& a_;
    log_options const log_;
    std::vector<input_file> const inputs_;
    std::vector<input_file> const valid_;
    bool const resumes_; ///< from a checkpoint
    optimizer_options const how_;
    std::uint64_t const epochs_;
    std::uint64_t const patience_;
    random_key const key_;
    rate_schedule const schedule_;
    bptt_options const lanes_;
    language_model_folder const folder_;
    std::shared_ptr<operations<float>> const ops_;
    monitor watch_{};
    tally counts_{};
    note_map notes_{};
    run_options run_{};
    std::optional<run_folder> kept_{}; ///< the folder of checkpoints
    bool stopped_ = false;
};
}

void add_lm_train(command_line line) {
    auto const a = std::make_shared<lm_arguments>();
    auto command = line.subcommand("train", "Learn to foretell the next word of a text");
    a->add_to(command);
    command.run([a] { language_model_run(*a).run(); });
}
}
