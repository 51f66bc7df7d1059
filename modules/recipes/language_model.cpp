module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
module wordmill.recipes;
import :corpus;
import :language_model;
import :option_names;
import :run_options;
import :running;
import wordmill.batch;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
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

/// The ids of a corpus, in a temporary file.
stored_ids ids_of(any_corpus const& corpus, vocabulary const& words, language_model_recipe const& how, unsigned threads,
                  tally const& counts) {
    corpus.require_sentence_mark(words, how.sentence_end);
    return stored_ids(corpus.ids(words, {.threads = threads, .watch = how.run.watch, .counts = counts}),
                      how.temporary_folder, how.run.watch);
}

std::uint64_t memory_of(language_model_options const& model, optimizer_kind kind) {
    auto const moments = kind == optimizer_kind::sgd ? 0 : kind == optimizer_kind::adam ? 2 : 1;
    return checked_sum(model.memory_bytes(), checked_product(model.weights(), 4 * moments));
}

note_map notes_of(language_model_recipe const& how) {
    auto const& [kind, rate, momentum, decay, beta1, beta2, epsilon, max_norm] = how.optimizer;
    (void)momentum, (void)decay, (void)beta1, (void)beta2, (void)epsilon; // in the description
    note_map notes{{"optimizer", std::string(name_in(optimizer_names, kind))},
                   {"batch", std::to_string(how.lanes.lanes)},
                   {"bptt", std::to_string(how.lanes.steps)},
                   {"layout", std::string(name_in(lane_layout_names, how.lanes.layout))},
                   {"clip", detail::exact_number(max_norm)},
                   {"epochs", std::to_string(how.epochs)},
                   {"lr", rate ? detail::exact_number(*rate) : "default"},
                   {"schedule", std::string(name_in(rate_schedule_names, how.schedule))},
                   {"precision", std::string(name_in(precision_names, how.products))}};
    detail::describe(how.run, notes);
    return notes;
}

/// All options that decide the result, by the names of the command's.
note_map options_of(language_model_recipe const& how) {
    // A new option does not compile until it is here, or it is decided that it changes nothing in a run that goes on.
    auto const& [model, optimizer, schedule, lanes, epochs, patience, validation, sentence_end, words, folder, products,
                 on_best, run] = how;
    (void)schedule, (void)lanes, (void)epochs, (void)products, (void)run; // in the notes
    (void)sentence_end, (void)words; // in the description of the corpus, in the vocabulary's fingerprint
    (void)patience;                  // ends the run, changes nothing in it
    (void)folder, (void)on_best;
    auto notes = notes_of(how);
    for (auto const& [key, value] : wordmill::notes_of(model)) notes.emplace(key, value);
    notes.erase("vocabulary-size");
    for (auto const& [key, option] :
         {std::pair("hidden-size", "size"), std::pair("dropout-per-sequence", "variational"),
          std::pair("skip", "skip-connections")})
        if (auto note = notes.extract(key)) {
            note.key() = option;
            notes.insert(std::move(note));
        }
    notes["model"] = "language model";
    notes["optimizer constants"] = format_exact(optimizer.momentum) + " " + format_exact(optimizer.decay) + " "
                                   + format_exact(optimizer.beta1) + " " + format_exact(optimizer.beta2) + " "
                                   + format_exact(optimizer.epsilon);
    if (validation) {
        auto const text = validation->description();
        for (auto const& key : {"input text", "encoded input"})
            if (auto const found = text.find(key); found != text.end())
                notes["validation: " + found->first] = found->second;
    }
    return notes;
}
}

trained_language_model train_language_model(any_corpus const& corpus, language_model_recipe const& how) {
    if (how.epochs == 0) throw error(failure::usage, "language model: expected 1 epoch or more, found 0");
    if (how.patience > 0 && !how.validation)
        throw error(failure::usage, "language model: expected a validation text with a patience, found none");
    auto const& run = how.run;
    auto model_options = how.model;
    model_options.vocabulary_size = std::numeric_limits<std::uint32_t>::max();
    model_options.check(); // what no vocabulary could make right
    auto const threads = resolve_threads(run.threads).count;
    auto const memory = resolve_memory(run.memory_bytes);
    std::optional<run_folder> folder;
    bool const resumes =
        !run.folder.empty() && run.start != run_start::begin && run_folder::holds_checkpoint(run.folder);
    if (resumes || run.start == run_start::resume) folder = detail::open_folder(run);
    check_passes(corpus.inputs(), 1 + (resumes ? 0 : passes_of(how.words)));
    auto const words = resumes ? load_vocabulary(folder->file("vocabulary.tsv"))
                               : make_vocabulary(corpus, how.words, {.threads = threads, .watch = run.watch}, memory);
    corpus.require_sentence_mark(words, how.sentence_end); // before an older run is replaced
    if (!resumes) {
        folder = detail::open_folder(run);
        if (folder) save_vocabulary(words, folder->file("vocabulary.tsv"), {.overwrite = true});
    }
    auto description = detail::describe_run(folder, folder ? options_of(how) : note_map{}, corpus, how.words, words);
    tally counts;
    auto const ids = ids_of(corpus, words, how, threads, counts);
    if (folder) description["fingerprint of the ids"] = std::to_string(ids.fingerprint());
    std::optional<stored_ids> valid;
    if (how.validation) {
        valid = ids_of(*how.validation, words, how, threads, {});
        if (valid->size() < 2)
            throw error(failure::bad_data, "validation text (--valid): expected two tokens or more, found "
                                               + std::to_string(valid->size()));
    }
    auto const batches = batches_in_pass(ids.size(), how.lanes); // refuses a text that is too short
    auto const wraps = how.lanes.layout == lane_layout::wrap_around;
    auto const in_epoch = wraps ? batches * how.lanes.lanes * how.lanes.steps : ids.size() - 1;
    model_options.vocabulary_size = words.size();
    auto const needed = memory_of(model_options, how.optimizer.kind);
    detail::check_budget(format_count(words.size()) + " types, " + std::to_string(model_options.layers) + " layers of "
                             + std::to_string(model_options.hidden_size),
                         needed, memory, "raise --min-count or --memory, lower --size or --max-size");
    detail::tell(run.on_message, format_count(words.size()) + " types, " + format_bytes(needed) + " for the model, "
                                     + std::to_string(threads) + " threads");

    auto const key = random_key(run.seed);
    trained_language_model result{
        .model = language_model<float>(model_options, cpu_operations(threads, how.products), key.fold_in(0)),
        .words = words,
        .counts = counts};
    language_trainer learner(result.model, how.optimizer, key.fold_in(1));
    auto const rate = learner.learning_rate();
    result.notes = notes_of(how);
    result.notes["lr"] = detail::short_number(rate);
    auto shown = wordmill::notes_of(model_options);
    shown.insert(result.notes.begin(), result.notes.end());
    detail::tell(run.on_message, detail::in_words(shown));

    scheduled_learner scheduled(learner, how.schedule == rate_schedule::cosine
                                             ? std::optional(cosine_rate{.first = rate, .steps = batches * how.epochs})
                                             : std::nullopt);
    detail::run_reporter reporter(run, how.epochs);
    training_standing const* at = nullptr;
    bool told_of_best = false;
    auto const judge = [&](training_report const& epoch) {
        auto score = reporter.end_epoch(epoch);
        auto const perplexity = detail::short_number(epoch.perplexity());
        auto notes = result.notes;
        notes["epoch"] = std::to_string(epoch.epoch);
        notes["training-perplexity"] = perplexity;
        auto line = "perplexity " + perplexity;
        bool best = true;
        if (valid) {
            score = evaluate_perplexity(
                        result.model,
                        bptt_batches(*valid, {.lanes = std::min<std::size_t>(10, valid->size() - 1), .steps = 35}),
                        words.unknown())
                        .perplexity();
            quarter_on_worse next{.rate = learner.learning_rate(), .best = at->best};
            best = next.saw(score);
            notes["validation-perplexity"] = detail::short_number(score);
            line += ", of the validation text " + detail::short_number(score);
            if (!best && how.schedule == rate_schedule::quarter) {
                learner.set_learning_rate(next.rate);
                line += "; learning rate " + detail::short_number(next.rate) + " from now on";
            }
        }
        reporter.tell_epoch(epoch, line);
        result.notes.insert_or_assign("epoch", notes["epoch"]);
        result.notes.insert_or_assign("training-perplexity", perplexity);
        if (best && how.on_best) how.on_best(result.model, words, notes);
        told_of_best = told_of_best || best;
        return score;
    };
    trainer training(scheduled, {.evaluation_interval = 0,
                                 .on_epoch = judge,
                                 .patience = how.patience,
                                 .folder = folder,
                                 .checkpoint_interval = run.checkpoint_tokens,
                                 .description = std::move(description),
                                 .on_warning = run.on_warning,
                                 .epochs_continue = wraps,
                                 .watch = run.watch});
    at = &training.standing();
    if (training.resume())
        detail::tell(run.on_message, "resuming in epoch " + std::to_string(at->epoch + 1) + " after "
                                         + format_count(at->in_epoch.count) + " tokens");
    auto const left = how.epochs - std::min(at->epoch, how.epochs);
    auto watch = run.watch;
    watch.expect_learnt(left * in_epoch - std::min(at->in_epoch.count, in_epoch));
    auto begun = result.notes;
    begun["model"] = "lm";
    reporter.begin(
        {.notes = std::move(begun), .tokens_before = at->epoch * in_epoch + at->in_epoch.count, .resumes = resumes},
        at->epoch + 1);
    reporter.fit(training, [&] [[clang::coro_wrapper]] (std::uint64_t, position from) {
        auto lanes = how.lanes;
        lanes.from = std::move(from);
        return bptt_batches(ids, lanes);
    });
    return result;
}
}
