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
#include <string_view>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :language_model_folder;
import :lm_text;
import :metrics_arguments;
import :progress;
import :run_folder;
import :signals;
import :train_options;
import :vocabulary_arguments;
import wordmill.batch;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.language_model;
import wordmill.metrics;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
struct lm_arguments {
    text_arguments text;
    vocabulary_arguments words;
    run_arguments run;
    metrics_arguments metrics;
    std::string valid;
    std::string cell = "lstm";
    std::string layers = "1";
    std::string size = "100";
    std::string embedding;
    std::string dropout = "0";
    std::string forget_bias = "0";
    bool dropout_per_sequence = false;
    bool tied = false;
    bool skip = false;
    std::string batch = "20";
    std::string steps = "35";
    std::string layout = "parts";
    std::string optimizer = "sgd";
    std::string rate;
    std::string schedule = "quarter";
    std::string clip = "0.25";
    std::string epochs = "4";
    std::string patience = "0";
    std::string seed = "1";
    std::string checkpoint; ///< a folder
    std::string resume;     ///< likewise
    std::string every = "5M";
    std::string output; ///< a folder
    bool half = false;
    bool overwrite = false;
};

enum class rate_schedule { quarter, constant, cosine };

/// Where a run stands: everything before it has been learnt from.
struct lm_standing {
    std::uint64_t epoch = 0;                               ///< the one going on, from 0
    position at{};                                         ///< of its next batch
    loss_sum loss{};                                       ///< of the epoch so far
    double best = std::numeric_limits<double>::infinity(); ///< validation perplexity
    std::uint64_t worse = 0;                               ///< epochs since then

    [[nodiscard]] model_notes notes() const {
        return {{"epoch", std::to_string(epoch)},      {"position", to_text(at)}, {"loss", exact(loss.sum)},
                {"count", std::to_string(loss.count)}, {"best", exact(best)},     {"worse", std::to_string(worse)}};
    }
    static lm_standing of(model_notes const& notes) {
        lm_standing s;
        s.epoch = parse_count(note_or(notes, "epoch", ""), "checkpoint: epoch");
        s.at = parse_position(note_or(notes, "position", ""));
        s.loss = {.sum = parse_real(note_or(notes, "loss", ""), "checkpoint: loss"),
                  .count = parse_count(note_or(notes, "count", ""), "checkpoint: count")};
        s.best = parse_real(note_or(notes, "best", ""), "checkpoint: best");
        s.worse = parse_count(note_or(notes, "worse", ""), "checkpoint: worse");
        return s;
    }
};

language_model_options model_of(lm_arguments const& a, std::size_t vocabulary) {
    static constexpr named_value<recurrent_cell> cells[] = {
        {"lstm", recurrent_cell::lstm}, {"gru", recurrent_cell::gru}, {"tanh", recurrent_cell::tanh}};
    auto const hidden = parse_count(a.size, "--size");
    language_model_options options{.vocabulary_size = vocabulary,
                                   .embedding_size =
                                       a.embedding.empty() ? hidden : parse_count(a.embedding, "--embedding-size"),
                                   .hidden_size = hidden,
                                   .layers = parse_count(a.layers, "--layers"),
                                   .cell = choose("--cell", a.cell, cells),
                                   .dropout = parse_real(a.dropout, "--dropout"),
                                   .dropout_per_sequence = a.dropout_per_sequence,
                                   .tied = a.tied,
                                   .skip = a.skip,
                                   .forget_bias = parse_real(a.forget_bias, "--forget-bias")};
    options.check();
    return options;
}

optimizer_options optimizer_of(lm_arguments const& a) {
    static constexpr named_value<optimizer_kind> kinds[] = {
        {"sgd", optimizer_kind::sgd},           {"momentum", optimizer_kind::momentum},
        {"nesterov", optimizer_kind::nesterov}, {"adagrad", optimizer_kind::adagrad},
        {"rmsprop", optimizer_kind::rmsprop},   {"adam", optimizer_kind::adam}};
    optimizer_options options{.kind = choose("--optimizer", a.optimizer, kinds),
                              .max_norm = parse_real(a.clip, "--clip")};
    if (!a.rate.empty())
        options.learning_rate = parse_real(a.rate, "--lr");
    else if (options.kind == optimizer_kind::sgd)
        options.learning_rate = 20; // of a mean loss that is clipped: the book's
    if (options.learning_rate && !(*options.learning_rate > 0 && *options.learning_rate <= 1e6))
        throw error(failure::usage, "--lr: expected more than 0, at most 1e6, found '" + a.rate + "'");
    if (!(options.max_norm >= 0) || !std::isfinite(options.max_norm))
        throw error(failure::usage, "--clip: expected 0 (never) or more, found '" + a.clip + "'");
    return options;
}

/// One run of the command, from options to a model.
class language_model_run {
public:
    explicit language_model_run(lm_arguments const& arguments)
        : a_(arguments),
          log_(arguments.run.log()),
          inputs_(find_inputs(arguments.text.input.inputs)),
          valid_(arguments.valid.empty() ? std::vector<input_file>() : find_inputs(std::vector{arguments.valid})),
          how_(optimizer_of(arguments)),
          epochs_(parse_count(arguments.epochs, "--epochs")),
          patience_(parse_count(arguments.patience, "--patience")),
          every_(std::max<std::uint64_t>(parse_count(arguments.every, "--checkpoint-every"), 1)),
          folder_{arguments.output} {
        static constexpr named_value<rate_schedule> schedules[] = {{"quarter", rate_schedule::quarter},
                                                                   {"constant", rate_schedule::constant},
                                                                   {"cosine", rate_schedule::cosine}};
        static constexpr named_value<lane_layout> layouts[] = {{"parts", lane_layout::parts},
                                                               {"wrap-around", lane_layout::wrap_around}};
        schedule_ = choose("--schedule", a_.schedule, schedules);
        lanes_ = {.lanes = parse_count(a_.batch, "--batch"),
                  .steps = parse_count(a_.steps, "--bptt"),
                  .layout = choose("--layout", a_.layout, layouts)};
        if (epochs_ == 0) throw error(failure::usage, "--epochs: expected 1 or more, found 0");
        if (patience_ > 0 && valid_.empty())
            throw error(failure::usage, "--patience: expected --valid FILE beside it, found none");
        if (!a_.resume.empty() && (!a_.checkpoint.empty() || !a_.words.file.empty()))
            throw error(failure::usage,
                        "--resume: the folder has vocabulary and checkpoint; expected neither --vocabulary "
                        "nor --checkpoint beside it");
        (void)model_of(a_, 1);
        check_passes("lm train", inputs_, 2, "write the input to a file, or give --vocabulary");
        a_.metrics.check(folder_.file("model.safetensors"), inputs_, a_.overwrite || !a_.resume.empty());
        if (a_.resume.empty())
            folder_.begin(a_.overwrite);
        else
            folder_of_run_ = run_folder::resume(a_.resume);
    }

    void run() {
        interruptible(log_, watch_, [&] { train(); });
        if (stopped_)
            throw error(failure::interrupted, "stopped on request; all that was learnt is in the checkpoint",
                        {.file = folder_of_run_->path()}, "--resume goes on");
    }

private:
    void say(std::string const& line) const {
        if (!log_.quiet) log_line(log_, "info", line);
    }

    vocabulary make_vocabulary() {
        if (folder_of_run_) return folder_of_run_->words();
        return a_.words.resolve(inputs_, a_.text.input, a_.text.split({}), a_.run, watch_);
    }

    void check_memory(language_model_options const& model) const {
        auto const moments = how_.kind == optimizer_kind::sgd ? 0 : how_.kind == optimizer_kind::adam ? 2 : 1;
        auto const plan = checked_sum(model.memory_bytes(), model.memory_bytes() / 2 * moments);
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
               + a_.layout + ", epochs " + a_.epochs + ", seed " + a_.seed + ", vocabulary "
               + std::to_string(words.fingerprint()) + ", text " + std::to_string(ids.fingerprint());
    }

    void save_checkpoint(language_trainer const& trainer, lm_standing const& at) const {
        if (!folder_of_run_) return;
        auto notes = at.notes();
        notes["options"] = options_;
        trainer.save_checkpoint(folder_of_run_->checkpoint(), notes);
    }
    lm_standing load_checkpoint(language_trainer& trainer) const {
        auto const file = folder_of_run_->checkpoint();
        auto const notes = trainer.load_checkpoint(file);
        if (auto const found = note_or(notes, "options", ""); found != options_)
            throw error(failure::bad_data,
                        "the run was begun with other options or another text: expected " + options_ + "; found "
                            + found,
                        {.file = file}, "give what it was begun with");
        auto const at = lm_standing::of(notes);
        say("going on in epoch " + std::to_string(at.epoch + 1) + " behind " + format_count(at.loss.count) + " tokens");
        return at;
    }

    /// From where the epoch stands to its end, or to a request to stop.
    void train_epoch(language_trainer& trainer, lm_standing& at, stored_ids const& ids) {
        auto options = lanes_;
        options.from = at.at;
        auto const in_epoch = batches_in_pass(ids.size(), lanes_);
        auto saved = at.loss.count;
        for (auto const& batch : bptt_batches(ids, options)) {
            if (schedule_ == rate_schedule::cosine)
                trainer.set_learning_rate(
                    cosine_rate{.first = first_rate_, .steps = in_epoch * epochs_}.at(trainer.steps()));
            auto const loss = trainer.step(batch);
            at.loss += loss;
            at.at = batch.next;
            watch_.add_tokens(loss.count);
            watch_.add_learnt(
                {.tokens = loss.count, .examples = loss.count, .loss = loss.sum, .rate = trainer.learning_rate()});
            if (watch_.stop_requested()) {
                if (!folder_of_run_) watch_.check();
                save_checkpoint(trainer, at);
                stopped_ = true;
                return;
            }
            if (at.loss.count - saved >= every_) {
                save_checkpoint(trainer, at);
                saved = at.loss.count;
            }
        }
    }

    /// Saves the model when it is the best so far; false when it is time to stop.
    bool end_epoch(language_trainer& trainer, language_model<float>& model, lm_standing& at, vocabulary const& words,
                   std::optional<stored_ids> const& valid) {
        auto notes = notes_;
        notes["epoch"] = std::to_string(at.epoch + 1);
        notes["training-perplexity"] = number(std::exp(at.loss.mean()));
        auto line = "epoch " + std::to_string(at.epoch + 1) + " of " + std::to_string(epochs_) + ": perplexity "
                    + number(std::exp(at.loss.mean()));
        bool best = true;
        if (valid) {
            auto const score = evaluate_perplexity(
                model, bptt_batches(*valid, {.lanes = std::min<std::size_t>(10, valid->size() - 1), .steps = 35}),
                words.unknown());
            quarter_on_worse rate{.rate = trainer.learning_rate(), .best = at.best};
            best = rate.saw(score.perplexity());
            at.best = rate.best;
            at.worse = best ? 0 : at.worse + 1;
            notes["validation-perplexity"] = number(score.perplexity());
            line += ", of the validation text " + number(score.perplexity());
            if (!best && schedule_ == rate_schedule::quarter) {
                trainer.set_learning_rate(rate.rate);
                line += "; learning rate " + number(rate.rate) + " from now on";
            }
        }
        say(line);
        if (best) folder_.save(model, words, notes, a_.half);
        at = {.epoch = at.epoch + 1,
              .at = lanes_.layout == lane_layout::wrap_around ? at.at : position{},
              .best = at.best,
              .worse = at.worse};
        save_checkpoint(trainer, at);
        return patience_ == 0 || at.worse < patience_;
    }

    void train() {
        auto const words = make_vocabulary();
        if (!a_.checkpoint.empty()) folder_of_run_ = run_folder::begin(a_.checkpoint, words, a_.overwrite);
        auto const ids = a_.text.ids_of(inputs_, words, a_.run, watch_, counts_);
        std::optional<stored_ids> valid;
        tally of_valid;
        if (!valid_.empty()) valid = a_.text.ids_of(valid_, words, a_.run, watch_, of_valid);
        if (valid && valid->size() < 2)
            throw error(failure::bad_data,
                        "--valid: expected two tokens or more, found " + std::to_string(valid->size()));
        (void)batches_in_pass(ids.size(), lanes_); // refuses a text that is too short
        auto const options = model_of(a_, words.size());
        check_memory(options);
        language_model<float> model(options, cpu_operations(a_.run.thread_count()),
                                    random_key(parse_count(a_.seed, "--seed")).fold_in(0));
        language_trainer trainer(model, how_, random_key(parse_count(a_.seed, "--seed")).fold_in(1));
        first_rate_ = trainer.learning_rate();
        options_ = described(options, words, ids);
        notes_ = {{"optimizer", a_.optimizer}, {"batch", a_.batch},         {"bptt", a_.steps},       {"clip", a_.clip},
                  {"seed", a_.seed},           {"lr", number(first_rate_)}, {"schedule", a_.schedule}};
        a_.text.describe(notes_);
        say(options_);
        lm_standing at;
        if (!a_.resume.empty()) at = load_checkpoint(trainer);
        auto described_run = notes_;
        described_run["model"] = "lm";
        described_run["output"] = a_.output;
        auto const before = at.epoch * (ids.size() - 1) + at.loss.count;
        progress shown(log_, "training", 0, watch_);
        std::optional<training_recorder> recorder;
        if (auto sinks = a_.metrics.sinks({.notes = described_run,
                                           .tokens_before = before,
                                           .goes_on = !a_.resume.empty(),
                                           .overwrite = a_.overwrite});
            !sinks.empty())
            recorder.emplace(
                watch_, std::move(sinks),
                recorder_options{.every = a_.metrics.seconds(), .epoch = at.epoch + 1, .tokens_before = before});
        while (at.epoch < epochs_ && !stopped_) {
            train_epoch(trainer, at, ids);
            if (stopped_) break;
            if (recorder) recorder->end_epoch(at.loss.mean());
            if (!end_epoch(trainer, model, at, words, valid)) break;
        }
        if (recorder) recorder->finish();
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch_.learnt().tokens) / shown.seconds());
        shown.finish();
        if (stopped_) return;
        say("the model is in " + a_.output + "; " + format_count(speed) + " tokens/s");
        if (!log_.quiet) report_counts(log_, counts_);
    }

    lm_arguments const& a_;
    log_options const log_;
    std::vector<input_file> const inputs_;
    std::vector<input_file> const valid_;
    optimizer_options const how_;
    std::uint64_t const epochs_;
    std::uint64_t const patience_;
    std::uint64_t const every_;
    language_model_folder const folder_;
    rate_schedule schedule_{};
    bptt_options lanes_{};
    double first_rate_ = 0;
    monitor watch_{};
    tally counts_{};
    std::string options_{};
    model_notes notes_{};
    std::optional<run_folder> folder_of_run_{};
    bool stopped_ = false;
};
}

void add_lm_train(command_line line) {
    auto const a = std::make_shared<lm_arguments>();
    a->words.min_count = "1";
    auto command = line.subcommand("train", "Learn to foretell the next word of a text");
    a->text.add_to(command);
    auto model = command.under("Model");
    model.option("--cell", a->cell, "lstm, gru, tanh", "NAME");
    model.option("--layers", a->layers, "Recurrent layers", "N");
    model.option("--size", a->size, "Values of a recurrent layer, and of an embedding", "H");
    model.option("--embedding-size", a->embedding, "... of an embedding, when it is another", "D");
    model.option("--dropout", a->dropout, "Share of values dropped between layers", "P");
    model.flag("--variational", a->dropout_per_sequence, "The same values of all steps of a batch are dropped");
    model.flag("--tied", a->tied, "The last layer shares the weights of the embedding");
    model.flag("--skip-connections", a->skip, "Recurrent layers add what they are given to what they give");
    model.option("--forget-bias", a->forget_bias, "First bias of the LSTM's forget gates", "X");
    auto training = command.under("Training");
    training.option("--valid", a->valid, "A text to validate on after each epoch; the best model is kept", "FILE");
    training.option("--batch", a->batch, "Lanes: parts of the text that are read side by side", "B");
    training.option("--bptt", a->steps, "Steps that gradients go back", "T");
    training.option("--layout", a->layout, "parts (each token once), wrap-around (as in the book)", "NAME");
    training.option("--optimizer", a->optimizer, "sgd, momentum, nesterov, adagrad, rmsprop, adam", "NAME");
    training.option("--lr", a->rate, "Learning rate (sgd 20, adam 0.001, others 0.01)", "RATE");
    training.option("--schedule", a->schedule, "quarter (when validation gets worse), constant, cosine", "NAME");
    training.option("--clip", a->clip, "Largest norm of all gradients together; 0 = any", "NORM");
    training.option("--epochs", a->epochs, "Passes over the text", "N");
    training.option("--patience", a->patience, "Stop after so many epochs without a better one; 0 = never", "N");
    training.option("--seed", a->seed, "Seed of all random numbers", "N");
    training.option("--checkpoint", a->checkpoint, "Keep in this folder what a run needs to go on", "FOLDER");
    training.option("--checkpoint-every", a->every, "Tokens between two checkpoints", "N");
    training.option("--resume", a->resume, "Go on with the run in this folder", "FOLDER");
    a->words.add_to(command);
    a->metrics.add_to(command);
    auto output = command.under("Output");
    output.option("--output", a->output, "The folder of the model", "FOLDER", {.required = true});
    output.flag("--half", a->half, "Floats of 16 bits");
    output.flag("--overwrite", a->overwrite, "Replace a model that is there");
    a->run.add_to(command);
    command.run([a] { language_model_run(*a).run(); });
}
}
